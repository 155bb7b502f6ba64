// Package schemas holds the JSON Schemas (draft 2020-12) that econd publishes at
// /v1/schemas. Each is written by the package whose types it describes, and a
// test there holds the two together.
package schemas

import (
	"embed"
	"path"
	"strings"
)

//go:embed *.json operations/*.json
var files embed.FS

// Names lists the schemas, each with its ending .json, those of operations apart.
func Names() []string { return namesIn(".") }

// Operations lists the schemas of the contents of operations and facts, in the order of
// their names, each with its ending .json.
func Operations() []string { return namesIn("operations") }

func namesIn(folder string) (names []string) {
	list, err := files.ReadDir(folder)
	if err != nil {
		panic("schemas: embedded: " + err.Error())
	}
	for _, f := range list {
		if !f.IsDir() {
			names = append(names, f.Name())
		}
	}
	return names
}

// Read returns the schema of that name, or false.
func Read(name string) ([]byte, bool) { return readIn(".", name) }

// ReadOperation returns the schema of the content of an operation or fact, or false. It
// goes by the name of the kind, as in vote.json.
func ReadOperation(name string) ([]byte, bool) { return readIn("operations", name) }

func readIn(folder, name string) ([]byte, bool) {
	if strings.ContainsAny(name, "/\\") {
		return nil, false
	}
	text, err := files.ReadFile(path.Join(folder, name))
	return text, err == nil
}
