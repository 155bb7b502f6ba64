package sim

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/econd/econd/node/ledger"
)

// Schema returns the JSON Schema (draft 2020-12) of scenario files. It is
// derived from the types that the reader fills, so the two cannot differ in
// keys, ranges and choices; what ties keys to each other only Load checks.
func Schema() []byte {
	s := schemaOf(reflect.TypeFor[Scenario](), rule{})
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "econsim scenario"
	s["properties"].(map[string]any)["constitution"] = changes(reflect.TypeFor[ledger.Constitution]())
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic("sim: schema: " + err.Error())
	}
	return append(raw, '\n')
}

func schemaOf(t reflect.Type, r rule) map[string]any {
	s := map[string]any{}
	if r.doc != "" {
		s["description"] = r.doc
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem(), r)
	case reflect.Struct:
		structSchema(t, s)
		if t == reflect.TypeFor[Replicates]() { // or one number
			whole := schemaOf(t.Field(0).Type, ruleOf(t.Field(0)))
			return map[string]any{"description": r.doc, "oneOf": []any{whole, s}}
		}
	case reflect.Slice:
		s["type"], s["items"] = "array", schemaOf(t.Elem(), rule{})
		if r.least > 0 {
			s["minItems"] = r.least
		}
	case reflect.Map:
		s["type"] = "object"
	case reflect.Interface:
		s["type"] = []string{"integer", "string", "boolean"}
	case reflect.Bool:
		s["type"] = "boolean"
	case reflect.String:
		s["type"] = "string"
		if r.enum != nil {
			s["enum"] = r.enum
		}
	case reflect.Float64:
		s["type"], s["minimum"], s["maximum"] = "number", r.min, r.max
	case reflect.Int64:
		s["type"], s["minimum"], s["maximum"] = "integer", r.min, r.max
	}
	if r.optional && r.def != "" {
		s["default"] = json.RawMessage(r.def)
	}
	return s
}

func structSchema(t reflect.Type, s map[string]any) {
	properties, required := map[string]any{}, []string{}
	for i := range t.NumField() {
		r := ruleOf(t.Field(i))
		properties[r.name] = schemaOf(t.Field(i).Type, r)
		if !r.optional {
			required = append(required, r.name)
		}
	}
	s["type"], s["properties"], s["required"], s["additionalProperties"] = "object", properties, required, false
}

// changes is the schema of changes to a constitution: any of its keys, or null
// in place of a value.
func changes(t reflect.Type) map[string]any {
	switch {
	case t.Kind() == reflect.Pointer:
		return changes(t.Elem())
	case t.Kind() == reflect.Struct:
		properties := map[string]any{}
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			properties[name] = changes(t.Field(i).Type)
		}
		return map[string]any{"type": []string{"object", "null"}, "properties": properties, "additionalProperties": false}
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()), t.Kind() == reflect.String:
		return map[string]any{"type": []string{"string", "null"}}
	case t.Kind() == reflect.Slice:
		return map[string]any{"type": []string{"array", "null"}, "items": changes(t.Elem())}
	case t.Kind() == reflect.Bool:
		return map[string]any{"type": []string{"boolean", "null"}}
	}
	return map[string]any{"type": []string{"integer", "null"}}
}
