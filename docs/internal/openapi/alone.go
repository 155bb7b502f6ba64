package main

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/goccy/go-yaml"
)

// priceListSchema is the JSON Schema of /.well-known/l402.json, which is read by those who
// know no OpenAPI: the schema PriceList of the document, and those it refers to beside it.
func priceListSchema(document []byte) ([]byte, error) {
	return alone(document, "PriceList", "What costs what, /.well-known/l402.json")
}

// alone is a schema of the document as a file of its own.
func alone(document []byte, name, title string) ([]byte, error) {
	var tree struct {
		Components struct{ Schemas map[string]map[string]any }
	}
	if err := yaml.Unmarshal(document, &tree); err != nil {
		return nil, err
	}
	root := tree.Components.Schemas[name]
	defs := map[string]any{}
	take(root, tree.Components.Schemas, defs)
	root["$schema"], root["title"], root["$defs"] = "https://json-schema.org/draft/2020-12/schema", title, defs
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(root)
	return b.Bytes(), err
}

// take puts the schemas that a node refers to into defs, and has it refer to them there.
func take(node any, all map[string]map[string]any, defs map[string]any) {
	switch v := node.(type) {
	case []any:
		for _, x := range v {
			take(x, all, defs)
		}
	case map[string]any:
		if to, ok := v["$ref"].(string); ok && strings.HasPrefix(to, refs) {
			name := strings.TrimPrefix(to, refs)
			v["$ref"] = "#/$defs/" + name
			if _, done := defs[name]; !done {
				defs[name] = all[name]
				take(all[name], all, defs)
			}
			return
		}
		for _, x := range v {
			take(x, all, defs)
		}
	}
}
