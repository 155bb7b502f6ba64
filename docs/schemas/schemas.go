// Package schemas holds the JSON Schemas (draft 2020-12) that econd publishes at
// /v1/schemas. Each is written by the package whose types it describes, and a
// test there holds the two together.
package schemas

import (
	"embed"
	"strings"
)

//go:embed *.json
var files embed.FS

// Names lists the schemas, each with its ending .json.
func Names() []string {
	list, err := files.ReadDir(".")
	if err != nil {
		panic("schemas: embedded: " + err.Error())
	}
	names := make([]string, len(list))
	for i, f := range list {
		names[i] = f.Name()
	}
	return names
}

// Read returns the schema of that name, or false.
func Read(name string) ([]byte, bool) {
	if strings.ContainsAny(name, "/\\") {
		return nil, false
	}
	text, err := files.ReadFile(name)
	return text, err == nil
}
