// Package schema makes the JSON Schema of constitutions of the rows that they are held
// against.
package schema

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/member"
	"github.com/econd/econd/node/op"
)

// rows are those of the constitution by their path.
var rows = rowsByPath()

func rowsByPath() map[string]member.Row {
	all := map[string]member.Row{}
	for _, r := range constitution.Members() {
		all[r.Path] = r
	}
	return all
}

// JSON returns the JSON Schema (draft 2020-12) of a constitution. It names
// every member, its range and what it means; a constitution that it refuses the
// ledger refuses, too. The ledger also checks what a schema cannot say: how
// members fit together, and that keys are keys.
func JSON() []byte {
	s := schemaOf(reflect.TypeFor[constitution.Constitution](), "")
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "econd constitution"
	s["description"] = "Durations are seconds, shares are parts per million (ppm), amounts are sats."
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic("schema: " + err.Error())
	}
	return append(raw, '\n')
}

// Changes returns the JSON Schema of changes to a constitution: any of its members, with
// the descriptions and ranges that JSON has, or null in place of a value.
func Changes() map[string]any {
	return optional(schemaOf(reflect.TypeFor[constitution.Constitution](), ""))
}

// optional makes every member of a schema dispensable and null a value.
func optional(s map[string]any) map[string]any {
	delete(s, "required")
	s["type"] = []string{s["type"].(string), "null"}
	if values, ok := s["enum"].([]string); ok {
		list := make([]any, 0, len(values)+1)
		for _, v := range values {
			list = append(list, v)
		}
		s["enum"] = append(list, nil)
	}
	if items, ok := s["items"].(map[string]any); ok {
		s["items"] = optional(items)
	}
	if properties, ok := s["properties"].(map[string]any); ok {
		for name, p := range properties {
			properties[name] = optional(p.(map[string]any))
		}
	}
	return s
}

// schemaOf describes a type; path names the place, as in tracks[].weight.kind.
func schemaOf(t reflect.Type, path string) map[string]any {
	s := map[string]any{}
	switch {
	case t.Kind() == reflect.Pointer:
		return schemaOf(t.Elem(), path)
	case t.Kind() == reflect.Struct:
		objectSchema(s, t, path)
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		s["type"], s["pattern"] = "string", hexPattern(t)
	case t.Kind() == reflect.Slice:
		s["type"], s["items"] = "array", schemaOf(t.Elem(), path+"[]")
	case t.Kind() == reflect.Bool:
		s["type"] = "boolean"
	case t.Kind() == reflect.String:
		s["type"] = "string"
	default:
		s["type"] = "integer"
	}
	describe(s, rows[path])
	return s
}

func objectSchema(s map[string]any, t reflect.Type, path string) {
	properties, required := map[string]any{}, []string{}
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		properties[name] = schemaOf(t.Field(i).Type, strings.TrimPrefix(path+"."+name, "."))
		if options == "" {
			required = append(required, name)
		}
	}
	s["type"], s["properties"], s["additionalProperties"] = "object", properties, false
	if len(required) > 0 {
		s["required"] = required
	}
}

// hexPattern is that of keys and hashes, lower-case hex of a fixed length.
func hexPattern(t reflect.Type) string {
	if t.Len() == 33 {
		return "^[0-9a-f]{66}$"
	}
	return "^[0-9a-f]{64}$"
}

// describe adds what a row says of a member of the type in s.
func describe(s map[string]any, r member.Row) {
	if text := r.Description(); text != "" {
		s["description"] = text
	}
	if r.Bounded && s["type"] == "integer" {
		s["minimum"], s["maximum"] = r.Least, min(r.Most, op.MaxInteger) // no integer in JSON is more
	}
	if r.Enum != nil {
		s["enum"] = r.Enum
	}
	if p := r.Form.Pattern(); p != "" {
		s["pattern"] = p
	}
}
