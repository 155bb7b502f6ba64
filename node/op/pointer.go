package op

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Pointer is a place in a JSON value: a JSON Pointer (RFC 6901), except that an
// item of an array goes by its member "name" or "resource" instead of its
// index, which would mean another item once one before it is gone.
type Pointer []string

// maxSteps bounds a pointer; nothing that Unmarshal reads is deeper.
const maxSteps = maxDepth

// ParsePointer reads the text form: each step after a slash, with ~0 for ~ and
// ~1 for a slash.
func ParsePointer(text, field string) (Pointer, error) {
	if !strings.HasPrefix(text, "/") {
		return nil, malformed(field, "must start with a slash, as in /stake/min_sat")
	}
	steps := strings.Split(text[1:], "/")
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return nil, malformed(field, "must be UTF-8 without control characters")
	}
	if len(steps) > maxSteps {
		return nil, malformed(field, "has %d steps, at most %d are allowed", len(steps), maxSteps)
	}
	for i, s := range steps {
		plain := strings.NewReplacer("~0", "", "~1", "").Replace(s)
		if s == "" || strings.Contains(plain, "~") {
			return nil, malformed(field, "step %d, %q, must not be empty, and ~ only in ~0 and ~1", i+1, s)
		}
		steps[i] = strings.NewReplacer("~0", "~", "~1", "/").Replace(s)
	}
	return steps, nil
}

// Lookup returns what is at the pointer, or null where nothing is.
func (p Pointer) Lookup(in []byte) (Raw, error) {
	v, err := parseJSON(in, "")
	if err != nil {
		return nil, err
	}
	for _, step := range p {
		at := v.find(step)
		if at < 0 {
			return Raw("null"), nil
		}
		v = v.items[at]
	}
	return v.raw, nil
}

// Replace returns the JSON value with what is at the pointer replaced, added
// where nothing is, or removed if with is null. Objects on the way are made; an
// item added to an array must have the name that the pointer gives it.
func (p Pointer) Replace(in []byte, with Raw, field string) ([]byte, error) {
	v, err := parseJSON(in, "")
	if err != nil {
		return nil, err
	}
	w, err := parseJSON(with, field)
	if err != nil {
		return nil, err
	}
	out, err := p.put(nil, v, w, field)
	if err != nil {
		return nil, err
	}
	_, err = parseJSON(out, field) // what was put there may nest too deeply
	return out, err
}

// find returns the index of the item that a step leads to, or -1.
func (v *value) find(step string) int {
	for i := range v.items {
		if v.kind == kindObject && v.names[i] == step || v.kind == kindArray && v.items[i].named(step) {
			return i
		}
	}
	return -1
}

// named tells whether an item of an array goes by that name.
func (v *value) named(name string) bool {
	for i, have := range v.names {
		if (have == "name" || have == "resource") && v.items[i].kind == kindString && v.items[i].str == name {
			return true
		}
	}
	return false
}

// put writes v with what the pointer names replaced.
func (p Pointer) put(dst []byte, v, with value, field string) ([]byte, error) {
	if len(p) == 0 {
		return append(dst, with.raw...), nil
	}
	if v.kind != kindObject && v.kind != kindArray {
		return nil, malformed(field, "step %q leads into a %v", p[0], v.kind)
	}
	at, drop := v.find(p[0]), len(p) == 1 && with.kind == kindNull
	open, end := byte('['), byte(']')
	if v.kind == kindObject {
		open, end = '{', '}'
	}
	dst = append(dst, open)
	start := len(dst)
	for i, item := range v.items {
		if i == at && drop {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		if v.kind == kindObject {
			dst = append(appendString(dst, v.names[i]), ':')
		}
		if i != at {
			dst = append(dst, item.raw...)
			continue
		}
		var err error
		if dst, err = p[1:].put(dst, item, with, field); err != nil {
			return nil, err
		}
	}
	if at >= 0 || with.kind == kindNull {
		return append(dst, end), nil
	}
	if len(dst) > start {
		dst = append(dst, ',')
	}
	dst, err := p.add(dst, v, with, field)
	return append(dst, end), err
}

// add writes what was not there before, with the objects on the way to it.
func (p Pointer) add(dst []byte, to, with value, field string) ([]byte, error) {
	if to.kind == kindArray {
		if len(p) > 1 || !with.named(p[0]) {
			return nil, malformed(field, "there is no %q; what is added there must be an object with that name", p[0])
		}
		return append(dst, with.raw...), nil
	}
	dst = append(appendString(dst, p[0]), ':')
	if len(p) == 1 {
		return append(dst, with.raw...), nil
	}
	dst, err := p[1:].add(append(dst, '{'), value{kind: kindObject}, with, field)
	return append(dst, '}'), err
}

// SameJSON tells whether two texts are the same JSON value, whatever the order
// of members and the space between. The second is named by field in errors.
func SameJSON(a, b []byte, field string) (bool, error) {
	x, err := parseJSON(a, "")
	if err != nil {
		return false, err
	}
	y, err := parseJSON(b, field)
	if err != nil {
		return false, err
	}
	return x.same(y), nil
}

func (v value) same(o value) bool {
	if v.kind != o.kind || v.boolean != o.boolean || v.integer != o.integer || v.str != o.str || len(v.items) != len(o.items) {
		return false
	}
	for i := range v.items {
		at := i
		if v.kind == kindObject {
			if at = o.find(v.names[i]); at < 0 {
				return false
			}
		}
		if !v.items[i].same(o.items[at]) {
			return false
		}
	}
	return true
}

// Shorten returns the start of a JSON text for a message.
func Shorten(raw Raw, most int) string {
	if raw = bytes.TrimSpace(raw); len(raw) <= most {
		return string(raw)
	}
	return strings.ToValidUTF8(string(raw[:most]), "") + "... (" + strconv.Itoa(len(raw)) + " bytes)"
}
