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
			return nil, malformed(field, "step %d, %+q, must not be empty, and ~ only in ~0 and ~1", i+1, s)
		}
		steps[i] = strings.NewReplacer("~0", "~", "~1", "/").Replace(s)
	}
	return steps, nil
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
