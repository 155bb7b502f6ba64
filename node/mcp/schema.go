package mcp

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// schemaOf is the JSON Schema of a struct, made of its types, its json tags and, for the
// members of the struct itself, the tag `is`: "min=1,max=64" are the bounds of a number or of
// the length of a text or list, "enum=a|b" the texts that there are.
func schemaOf[T any]() *jsonschema.Schema {
	s, err := jsonschema.For[T](nil)
	if err != nil {
		panic("mcp: schema: " + err.Error()) // a type of this package, see TestSchemas
	}
	s.Type, s.Types = "object", nil
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if tag := f.Tag.Get("is"); tag != "" {
			if err := bound(s.Properties[name], tag); err != nil {
				panic("mcp: schema of " + name + ": " + err.Error())
			}
		}
	}
	return s
}

func bound(s *jsonschema.Schema, tag string) error {
	for part := range strings.SplitSeq(tag, ",") {
		name, value, _ := strings.Cut(part, "=")
		if name == "enum" {
			for word := range strings.SplitSeq(value, "|") {
				s.Enum = append(s.Enum, word)
			}
			continue
		}
		n, err := strconv.Atoi(value)
		if err != nil {
			return err
		}
		f, texts, list := float64(n), s.Type == "string", s.Items != nil
		switch {
		case name == "min" && texts:
			s.MinLength = &n
		case name == "max" && texts:
			s.MaxLength = &n
		case name == "min" && list:
			s.MinItems = &n
		case name == "max" && list:
			s.MaxItems = &n
		case name == "min":
			s.Minimum = &f
		case name == "max":
			s.Maximum = &f
		default:
			return fmt.Errorf("no bound is called %q", name)
		}
	}
	return nil
}
