// Package yamlfile reads constitutions as people write them: YAML files
// with comments. What it returns is the strict JSON that the genesis entry
// carries. It holds the two files that econd ships.
package yamlfile

import (
	_ "embed"
	"fmt"
	"os"

	"github.com/goccy/go-yaml"

	"github.com/econd/econd/node/constitution"
)

// Default is the constitution that a new economy gets.
//
//go:embed default.yaml
var Default []byte

// Demo is the default constitution with delays of seconds, for trying out.
//
//go:embed demo.yaml
var Demo []byte

// Read returns the text of a constitution that people name: "default" or "" and
// "demo" are those that econd ships, anything else is the path of a file.
func Read(name string) ([]byte, error) {
	switch name {
	case "", "default":
		return Default, nil
	case "demo":
		return Demo, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("constitution: %w; default and demo are those that econd ships", err)
	}
	return text, nil
}

// Parse turns a YAML file into the JSON of a genesis entry, and refuses what
// the ledger would refuse: unknown or missing keys, values out of range.
func Parse(text []byte) ([]byte, error) {
	raw, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, fmt.Errorf("constitution: not valid YAML: %w", err)
	}
	if _, err := constitution.Decode(raw); err != nil {
		return nil, err // it starts with the member's path, constitution...
	}
	return raw, nil
}
