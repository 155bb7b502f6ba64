package mpp

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	maxJSON  = 64 << 10 // bytes of a text
	maxDepth = 32       // of arrays and objects in each other
)

// Canonical is a JSON text in the one form of RFC 8785: members sorted by the UTF-16 code units of
// their names, numbers as ECMAScript writes the double, strings with the escapes that they need.
// ErrMalformed for what is no I-JSON (RFC 7493): a member twice, half a surrogate pair, invalid UTF-8,
// a number beyond a double; and for more than 64 KiB or 32 levels.
func Canonical(text []byte) ([]byte, error) {
	switch {
	case len(text) > maxJSON:
		return nil, malformed("JSON: %d bytes, at most %d are read", len(text), maxJSON)
	case !utf8.Valid(text):
		return nil, malformed("JSON: not UTF-8")
	case !json.Valid(text):
		return nil, malformed("JSON: not one value")
	case loneSurrogate(text):
		return nil, malformed("JSON: half a surrogate pair")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return appendValue(nil, d, 0)
}

// loneSurrogate looks at the \u escapes of a valid text.
func loneSurrogate(text []byte) bool {
	escape := func(i int) (rune, bool) {
		if i+6 > len(text) || text[i] != '\\' || text[i+1] != 'u' {
			return 0, false
		}
		n, err := strconv.ParseUint(string(text[i+2:i+6]), 16, 16)
		return rune(n), err == nil
	}
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		first, ok := escape(i)
		if !ok {
			i++
			continue
		}
		i += 5
		if !utf16.IsSurrogate(first) {
			continue
		}
		second, ok := escape(i + 1)
		if !ok || utf16.DecodeRune(first, second) == utf8.RuneError {
			return true
		}
		i += 6
	}
	return false
}

// appendValue reads the next value of a valid text.
func appendValue(out []byte, d *json.Decoder, depth int) ([]byte, error) {
	token, err := d.Token()
	if err != nil {
		return nil, malformed("JSON: %w", err)
	}
	switch v := token.(type) {
	case json.Delim:
		if depth == maxDepth {
			return nil, malformed("JSON: nested deeper than %d", maxDepth)
		}
		if v == '[' {
			return appendArray(out, d, depth+1)
		}
		return appendObject(out, d, depth+1)
	case json.Number:
		return appendNumber(out, v)
	case string:
		return appendString(out, v), nil
	case bool:
		return strconv.AppendBool(out, v), nil
	}
	return append(out, "null"...), nil
}

func appendArray(out []byte, d *json.Decoder, depth int) ([]byte, error) {
	out = append(out, '[')
	for n := 0; d.More(); n++ {
		if n > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = appendValue(out, d, depth); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return append(out, ']'), err
}

func appendObject(out []byte, d *json.Decoder, depth int) ([]byte, error) {
	type member struct {
		name  string
		units []uint16
		value []byte
	}
	var members []member
	for d.More() {
		token, err := d.Token()
		name, ok := token.(string)
		if !ok {
			return nil, errors.Join(malformed("JSON: a member without a name"), err)
		}
		value, err := appendValue(nil, d, depth)
		if err != nil {
			return nil, err
		}
		members = append(members, member{name, utf16.Encode([]rune(name)), value})
	}
	if _, err := d.Token(); err != nil {
		return nil, malformed("JSON: %w", err)
	}
	slices.SortFunc(members, func(a, b member) int { return slices.Compare(a.units, b.units) })
	out = append(out, '{')
	for i, m := range members {
		if i > 0 {
			if m.name == members[i-1].name {
				return nil, malformed("JSON: member %q is given twice", m.name)
			}
			out = append(out, ',')
		}
		out = append(appendString(out, m.name), ':')
		out = append(out, m.value...)
	}
	return append(out, '}'), nil
}

// appendNumber writes the double nearest to a number as ECMAScript does (ECMA-262, Number::toString).
func appendNumber(out []byte, text json.Number) ([]byte, error) {
	f, err := text.Float64()
	if err != nil {
		return nil, malformed("JSON: number %.40q is beyond a double", text.String())
	}
	switch size := math.Abs(f); {
	case f == 0:
		return append(out, '0'), nil // of either sign
	case size >= 1e-6 && size < 1e21:
		return strconv.AppendFloat(out, f, 'f', -1, 64), nil
	}
	text64 := strconv.AppendFloat(nil, f, 'e', -1, 64)
	if n := len(text64); text64[n-2] == '0' && (text64[n-3] == '-' || text64[n-3] == '+') {
		text64 = append(text64[:n-2], text64[n-1]) // e-07
	}
	return append(out, text64...), nil
}

// appendString writes a string as JSON.stringify does.
func appendString(out []byte, s string) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c == '\b':
			out = append(out, '\\', 'b')
		case c == '\t':
			out = append(out, '\\', 't')
		case c == '\n':
			out = append(out, '\\', 'n')
		case c == '\f':
			out = append(out, '\\', 'f')
		case c == '\r':
			out = append(out, '\\', 'r')
		case c < ' ':
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}
