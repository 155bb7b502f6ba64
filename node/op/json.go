package op

import (
	"slices"
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

// place is where a value stands. Its text is made only for an error: a path for
// each value would cost the square of the input.
type place struct {
	in     *place // nil: the outermost value, called name
	name   string // of a member
	index  int    // of an item
	member bool
}

// called is the place of an outermost value.
func called(name string) *place { return &place{name: name} }

// String spells the place as errors name it, as "content.actions[2].sat".
func (at *place) String() string {
	switch {
	case at.in == nil:
		return at.name
	case at.member:
		return join(at.in.String(), at.name)
	}
	return at.in.String() + "[" + strconv.Itoa(at.index) + "]"
}

func (at *place) malformed(format string, args ...any) error {
	return malformed(at.String(), format, args...)
}

// parseJSON reads exactly one value; field names it in errors. It takes time and
// memory linear in the input.
func parseJSON(in []byte, field string) (value, error) {
	p, at := parser{in: in}, called(field)
	v, err := p.value(at, 0)
	if err != nil {
		return v, err
	}
	p.space()
	if p.pos != len(p.in) {
		return v, at.malformed("trailing data after the JSON value at byte %d", p.pos)
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

func (p *parser) value(at *place, depth int) (v value, err error) {
	p.space()
	if depth > maxDepth {
		return v, at.malformed("nested deeper than %d", maxDepth)
	}
	start := p.pos
	switch c := p.peek(); {
	case c == '"':
		v.kind = kindString
		v.str, err = p.string(at)
	case c == '{':
		err = p.object(&v, at, depth)
	case c == '[':
		err = p.array(&v, at, depth)
	case c == '-' || '0' <= c && c <= '9':
		v.kind = kindInt
		v.integer, err = p.integer(at)
	default:
		err = p.literal(&v, at)
	}
	if err != nil {
		return v, err
	}
	v.raw = p.in[start:p.pos]
	return v, nil
}

func (p *parser) literal(v *value, at *place) error {
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
	return at.malformed("not valid JSON at byte %d", p.pos)
}

func (p *parser) integer(at *place) (int64, error) {
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
		return 0, at.malformed("must be an integer, without fraction or exponent")
	case p.pos == digits, p.in[digits] == '0' && p.pos-digits > 1, text == "-0":
		return 0, at.malformed("not a valid JSON integer")
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n > MaxInteger || n < -MaxInteger {
		return 0, at.malformed("integer beyond 2^53")
	}
	return n, nil
}

func (p *parser) array(v *value, at *place, depth int) error {
	v.kind = kindArray
	here := place{in: at}
	p.pos++
	for p.space(); p.peek() != ']'; p.space() {
		if len(v.items) > 0 {
			if p.peek() != ',' {
				return at.malformed("not valid JSON at byte %d", p.pos)
			}
			p.pos++
		}
		here.index = len(v.items)
		item, err := p.value(&here, depth+1)
		if err != nil {
			return err
		}
		v.items = append(v.items, item)
	}
	p.pos++
	return nil
}

func (p *parser) object(v *value, at *place, depth int) error {
	v.kind = kindObject
	var seen names
	here := place{in: at, member: true}
	p.pos++
	for p.space(); p.peek() != '}'; p.space() {
		if len(v.items) > 0 {
			if p.peek() != ',' {
				return at.malformed("not valid JSON at byte %d", p.pos)
			}
			p.pos++
			p.space()
		}
		name, err := p.memberName(at)
		if err != nil {
			return err
		}
		here.name = name
		if seen.add(v.names, name) {
			return here.malformed("duplicate member")
		}
		item, err := p.value(&here, depth+1)
		if err != nil {
			return err
		}
		v.names = append(v.names, name)
		v.items = append(v.items, item)
	}
	p.pos++
	return nil
}

// memberName reads a name and its colon.
func (p *parser) memberName(at *place) (string, error) {
	if p.peek() != '"' {
		return "", at.malformed("not valid JSON at byte %d", p.pos)
	}
	name, err := p.string(at)
	if err != nil {
		return "", err
	}
	p.space()
	if p.peek() != ':' {
		return "", malformed(join(at.String(), name), "not valid JSON at byte %d", p.pos)
	}
	p.pos++
	return name, nil
}

// fewNames is how many member names are compared one by one; of more, a set is
// kept.
const fewNames = 16

// names is the set of an object's member names, nil while they are few.
type names map[string]struct{}

// add puts a name beside those there are and tells whether it was there.
func (n *names) add(have []string, name string) bool {
	if len(have) < fewNames {
		return slices.Contains(have, name)
	}
	if *n == nil {
		*n = make(names, 2*fewNames)
		for _, h := range have {
			(*n)[h] = struct{}{}
		}
	}
	_, there := (*n)[name]
	(*n)[name] = struct{}{}
	return there
}

func join(field, name string) string {
	if field == "" {
		return name
	}
	return field + "." + name
}

// string reads a JSON string. The common case, no escapes, costs one copy.
func (p *parser) string(at *place) (string, error) {
	p.pos++
	start := p.pos
	for p.pos < len(p.in) {
		switch c := p.in[p.pos]; {
		case c == '"':
			s := p.in[start:p.pos]
			p.pos++
			if !utf8.Valid(s) {
				return "", at.malformed("not valid UTF-8")
			}
			return string(s), nil
		case c == '\\':
			return p.escaped(start, at)
		case c < 0x20:
			return "", at.malformed("unescaped control character")
		}
		p.pos++
	}
	return "", at.malformed("unterminated string")
}

func (p *parser) escaped(start int, at *place) (string, error) {
	out := append([]byte(nil), p.in[start:p.pos]...)
	for p.pos < len(p.in) {
		c := p.in[p.pos]
		p.pos++
		switch {
		case c == '"':
			if !utf8.Valid(out) {
				return "", at.malformed("not valid UTF-8")
			}
			return string(out), nil
		case c < 0x20:
			return "", at.malformed("unescaped control character")
		case c != '\\':
			out = append(out, c)
			continue
		}
		r, ok := p.escape()
		if !ok {
			return "", at.malformed("invalid escape sequence")
		}
		out = utf8.AppendRune(out, r)
	}
	return "", at.malformed("unterminated string")
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
