package cli

import (
	"errors"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
)

// No message about a configuration speaks of Go's types.
func TestYAMLErrorsArePlain(t *testing.T) {
	type inner struct {
		Port uint16 `yaml:"port"`
		On   bool   `yaml:"on"`
	}
	type outer struct {
		MaxSats int64    `yaml:"max_sats"`
		Inner   inner    `yaml:"inner"`
		List    []string `yaml:"list"`
	}
	for text, want := range map[string]string{
		"max_sats: many\n":        `line 1: max_sats: is "many", must be a whole number`,
		"inner:\n  port: -1\n":    `line 2: port: is "-1", must be a whole number from 0 that is smaller`,
		"inner:\n  port: 70000\n": `line 2: port: is "70000", must be a whole number from 0 that is smaller`,
		"inner:\n  on: perhaps\n": `line 2: on: is "perhaps", must be true or false`,
		"inner: 5\n":              `line 1: inner: is "5", must be a mapping of keys`,
		"list: one\n":             `line 1: list: is "one", must be a list`,
		"list:\n  - a: 5\n":       "",
	} {
		var o outer
		err := YAML(yaml.UnmarshalWithOptions([]byte(text), &o, yaml.Strict()))
		require.Error(t, err, text)
		require.NotRegexp(t, `Go struct|int64|uint16|ast\.|outer|inner\.`, err.Error(), text)
		if want != "" {
			require.EqualError(t, err, want, text)
		}
	}
	other := errors.New("other")
	require.Equal(t, other, YAML(other))
}
