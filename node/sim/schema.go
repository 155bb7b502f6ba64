package sim

import (
	"encoding/json"
	"reflect"

	"github.com/econd/econd/node/constitution/schema"
)

// Schema returns the JSON Schema (draft 2020-12) of scenario files. It is
// derived from the types that the reader fills, so the two cannot differ in
// keys, ranges and choices; what ties keys to each other only Load checks.
func Schema() []byte {
	s := schemaOf(reflect.TypeFor[Scenario](), rule{})
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "econsim scenario"
	s["properties"].(map[string]any)["constitution"] = schema.Changes()
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
