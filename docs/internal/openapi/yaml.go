package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// object is a YAML map whose members keep their order. Values are texts, numbers,
// booleans, lists ([]any) and objects.
type object []member

type member struct {
	key   string
	value any
}

// longest is the length of a line up to which a map is written on one.
const longest = 150

// write appends the members of an object, each on lines of its own.
func (o object) write(b *strings.Builder, indent string) {
	for _, m := range o {
		b.WriteString(indent + word(m.key, plain) + ":")
		writeValue(b, m, indent+"  ")
	}
}

// writeValue ends the line of a member with its value, or goes on below it where the
// value is large.
func writeValue(b *strings.Builder, m member, indent string) {
	line := flow(m.value)
	inline := m.key != "properties" && !holds(m.value, "properties") && len(indent)+len(line) <= longest
	switch v := m.value.(type) {
	case object:
		if !inline {
			b.WriteString("\n")
			v.write(b, indent)
			return
		}
	case []any:
		if !inline && slices.ContainsFunc(v, func(x any) bool { _, ok := x.(object); return ok }) {
			b.WriteString("\n")
			for _, x := range v {
				b.WriteString(indent + "- " + flow(x) + "\n")
			}
			return
		}
	case string:
		if strings.Contains(v, "\n") {
			b.WriteString(" |\n")
			for line := range strings.Lines(v) {
				b.WriteString(strings.TrimRight(indent+line, " \n") + "\n")
			}
			return
		}
		line = word(v, plain)
	}
	b.WriteString(" " + line + "\n")
}

// holds tells whether an object, or one in it, has a member.
func holds(v any, key string) bool {
	o, ok := v.(object)
	return ok && slices.ContainsFunc(o, func(m member) bool { return m.key == key || holds(m.value, key) })
}

// flow is a value on one line.
func flow(v any) string {
	var parts []string
	switch v := v.(type) {
	case object:
		for _, m := range v {
			parts = append(parts, word(m.key, plainInFlow)+": "+flow(m.value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, x := range v {
			parts = append(parts, flow(x))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		return word(v, plainInFlow)
	}
	return fmt.Sprint(v)
}

// Texts that YAML reads as texts without quotes, on lines of their own and within
// brackets; and words among them that it takes for something else.
var (
	plain       = regexp.MustCompile(`^[A-Za-z/$]([A-Za-z0-9 ,{}'"._/();$<>=+*^` + "`" + `-]|:[^ ])*$`)
	plainInFlow = regexp.MustCompile(`^[A-Za-z/$][A-Za-z0-9 '._/();$<>=+*^-]*$`)
	special     = regexp.MustCompile(`(?i)^(true|false|null|yes|no|on|off|y|n|)$`)
)

// word is a text as YAML spells it, without quotes where it is like plain.
func word(s string, plain *regexp.Regexp) string {
	if plain.MatchString(s) && !special.MatchString(s) && !strings.HasSuffix(s, " ") {
		return s
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic(err) // no text fails
	}
	return strings.TrimSuffix(b.String(), "\n")
}
