package op

import (
	"strconv"
	"unicode/utf8"
)

// The strict JSON of this package (RFC 8259 with less freedom): valid UTF-8,
// no duplicate member names, numbers are integers without sign tricks,
// fraction or exponent, nesting at most maxDepth.

const (
	maxDepth = 12
	// MaxInteger bounds every JSON integer: 2^53, exact in every language.
	MaxInteger = 1 << 53
)

type valueKind uint8

const (
	kindNull valueKind = iota
	kindBool
	kindInt
	kindString
	kindArray
	kindObject
)

func (k valueKind) String() string {
	return [...]string{"null", "boolean", "integer", "string", "array", "object"}[k]
}

// value is one parsed JSON value. raw is its text in the input.
type value struct {
	kind    valueKind
	boolean bool
	integer int64
	str     string
	items   []value
	names   []string // object: member names, parallel to items
	raw     []byte
}

type parser struct {
	in  []byte
	pos int
}

// parseJSON reads exactly one value; field names it in errors.
func parseJSON(in []byte, field string) (value, error) {
	p := parser{in: in}
	v, err := p.value(field, 0)
	if err != nil {
		return v, err
	}
	p.space()
	if p.pos != len(p.in) {
		return v, malformed(field, "trailing data after the JSON value at byte %d", p.pos)
	}
	return v, nil
}

func (p *parser) space() {
	for p.pos < len(p.in) {
		switch p.in[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

func (p *parser) peek() byte {
	if p.pos < len(p.in) {
		return p.in[p.pos]
	}
	return 0
}

func (p *parser) value(field string, depth int) (v value, err error) {
	p.space()
	if depth > maxDepth {
		return v, malformed(field, "nested deeper than %d", maxDepth)
	}
	start := p.pos
	switch c := p.peek(); {
	case c == '"':
		v.kind = kindString
		v.str, err = p.string(field)
	case c == '{':
		err = p.object(&v, field, depth)
	case c == '[':
		err = p.array(&v, field, depth)
	case c == '-' || '0' <= c && c <= '9':
		v.kind = kindInt
		v.integer, err = p.integer(field)
	default:
		err = p.literal(&v, field)
	}
	if err != nil {
		return v, err
	}
	v.raw = p.in[start:p.pos]
	return v, nil
}

func (p *parser) literal(v *value, field string) error {
	for _, l := range [...]struct {
		text string
		kind valueKind
		b    bool
	}{{"true", kindBool, true}, {"false", kindBool, false}, {"null", kindNull, false}} {
		if n := p.pos + len(l.text); n <= len(p.in) && string(p.in[p.pos:n]) == l.text {
			p.pos, v.kind, v.boolean = n, l.kind, l.b
			return nil
		}
	}
	return malformed(field, "not valid JSON at byte %d", p.pos)
}

func (p *parser) integer(field string) (int64, error) {
	start := p.pos
	if p.peek() == '-' {
		p.pos++
	}
	digits := p.pos
	for '0' <= p.peek() && p.peek() <= '9' {
		p.pos++
	}
	text := string(p.in[start:p.pos])
	switch c := p.peek(); {
	case c == '.' || c == 'e' || c == 'E':
		return 0, malformed(field, "must be an integer, without fraction or exponent")
	case p.pos == digits, p.in[digits] == '0' && p.pos-digits > 1, text == "-0":
		return 0, malformed(field, "not a valid JSON integer")
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n > MaxInteger || n < -MaxInteger {
		return 0, malformed(field, "integer beyond 2^53")
	}
	return n, nil
}

func (p *parser) array(v *value, field string, depth int) error {
	v.kind = kindArray
	p.pos++
	for p.space(); p.peek() != ']'; p.space() {
		if len(v.items) > 0 {
			if p.peek() != ',' {
				return malformed(field, "not valid JSON at byte %d", p.pos)
			}
			p.pos++
		}
		item, err := p.value(field+"["+strconv.Itoa(len(v.items))+"]", depth+1)
		if err != nil {
			return err
		}
		v.items = append(v.items, item)
	}
	p.pos++
	return nil
}

func (p *parser) object(v *value, field string, depth int) error {
	v.kind = kindObject
	p.pos++
	for p.space(); p.peek() != '}'; p.space() {
		if len(v.items) > 0 {
			if p.peek() != ',' {
				return malformed(field, "not valid JSON at byte %d", p.pos)
			}
			p.pos++
			p.space()
		}
		name, err := p.memberName(v, field)
		if err != nil {
			return err
		}
		item, err := p.value(join(field, name), depth+1)
		if err != nil {
			return err
		}
		v.names = append(v.names, name)
		v.items = append(v.items, item)
	}
	p.pos++
	return nil
}

func (p *parser) memberName(v *value, field string) (string, error) {
	if p.peek() != '"' {
		return "", malformed(field, "not valid JSON at byte %d", p.pos)
	}
	name, err := p.string(field)
	if err != nil {
		return "", err
	}
	for _, have := range v.names {
		if have == name {
			return "", malformed(join(field, name), "duplicate member")
		}
	}
	p.space()
	if p.peek() != ':' {
		return "", malformed(join(field, name), "not valid JSON at byte %d", p.pos)
	}
	p.pos++
	return name, nil
}

func join(field, name string) string {
	if field == "" {
		return name
	}
	return field + "." + name
}

// string reads a JSON string. The common case, no escapes, costs one copy.
func (p *parser) string(field string) (string, error) {
	p.pos++
	start := p.pos
	for p.pos < len(p.in) {
		switch c := p.in[p.pos]; {
		case c == '"':
			s := p.in[start:p.pos]
			p.pos++
			if !utf8.Valid(s) {
				return "", malformed(field, "not valid UTF-8")
			}
			return string(s), nil
		case c == '\\':
			return p.escaped(start, field)
		case c < 0x20:
			return "", malformed(field, "unescaped control character")
		}
		p.pos++
	}
	return "", malformed(field, "unterminated string")
}

func (p *parser) escaped(start int, field string) (string, error) {
	out := append([]byte(nil), p.in[start:p.pos]...)
	for p.pos < len(p.in) {
		c := p.in[p.pos]
		p.pos++
		switch {
		case c == '"':
			if !utf8.Valid(out) {
				return "", malformed(field, "not valid UTF-8")
			}
			return string(out), nil
		case c < 0x20:
			return "", malformed(field, "unescaped control character")
		case c != '\\':
			out = append(out, c)
			continue
		}
		r, ok := p.escape()
		if !ok {
			return "", malformed(field, "invalid escape sequence")
		}
		out = utf8.AppendRune(out, r)
	}
	return "", malformed(field, "unterminated string")
}

// escape reads what follows a backslash. NIP-01 gives no canonical spelling
// for control characters beyond \b \t \n \f \r, so the others are refused.
func (p *parser) escape() (rune, bool) {
	if p.pos == len(p.in) {
		return 0, false
	}
	c := p.in[p.pos]
	p.pos++
	switch c {
	case '"', '\\', '/':
		return rune(c), true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case 'u':
		return p.unicodeEscape()
	}
	return 0, false
}

func (p *parser) unicodeEscape() (rune, bool) {
	r, ok := p.hex4()
	if !ok || r >= 0xdc00 && r < 0xe000 {
		return 0, false
	}
	if r >= 0xd800 && r < 0xdc00 {
		if p.pos+2 > len(p.in) || p.in[p.pos] != '\\' || p.in[p.pos+1] != 'u' {
			return 0, false
		}
		p.pos += 2
		low, ok := p.hex4()
		if !ok || low < 0xdc00 || low >= 0xe000 {
			return 0, false
		}
		r = 0x10000 + (r-0xd800)<<10 + (low - 0xdc00)
	}
	if r < 0x20 && r != '\b' && r != '\t' && r != '\n' && r != '\f' && r != '\r' {
		return 0, false
	}
	return r, true
}

func (p *parser) hex4() (rune, bool) {
	if p.pos+4 > len(p.in) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p.in[p.pos:p.pos+4]), 16, 16)
	p.pos += 4
	return rune(n), err == nil
}

// appendString writes s as NIP-01 serialises strings: the seven escapes it
// lists and everything else verbatim.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		var esc byte
		switch s[i] {
		case '\n':
			esc = 'n'
		case '"':
			esc = '"'
		case '\\':
			esc = '\\'
		case '\r':
			esc = 'r'
		case '\t':
			esc = 't'
		case '\b':
			esc = 'b'
		case '\f':
			esc = 'f'
		default:
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = append(dst, '\\', esc)
		start = i + 1
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
