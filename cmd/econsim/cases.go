package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// solver turns one case, a JSON object, into its result.
type solver func(fields *object) (any, error)

// caseCommand returns a command that reads one case from standard input, or an array
// of them, and writes the result, or an array of them, as one line of JSON. The
// example ends the long text, after the line "Example:".
func caseCommand(use, short, long string, solve solver) *cobra.Command {
	long, example, _ := strings.Cut(long, "\n\nExample:\n")
	return &cobra.Command{
		Use:     use,
		Short:   short,
		Long:    long,
		Example: example,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			data, err := io.ReadAll(cmd.InOrStdin())
			if err != nil {
				return fmt.Errorf("read standard input: %w", err)
			}
			result, err := solveAll(data, solve)
			if err != nil {
				return err
			}
			enc := json.NewEncoder(cmd.OutOrStdout())
			enc.SetEscapeHTML(false)
			return enc.Encode(result)
		},
	}
}

// solveAll solves one case or an array of cases.
func solveAll(data []byte, solve solver) (any, error) {
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return nil, errors.New("standard input is empty: pipe in a JSON object or an array of them")
	}
	if !json.Valid(data) {
		var ignored any
		return nil, fmt.Errorf("standard input is not JSON: %w", json.Unmarshal(data, &ignored))
	}
	if data[0] != '[' {
		return solveOne("", data, solve)
	}
	var cases []json.RawMessage
	if err := json.Unmarshal(data, &cases); err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	results := make([]any, 0, len(cases))
	for i, raw := range cases {
		result, err := solveOne(fmt.Sprintf("case %d: ", i+1), raw, solve)
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return results, nil
}

func solveOne(label string, raw []byte, solve solver) (any, error) {
	fields, err := readObject("", raw)
	if err != nil {
		return nil, fmt.Errorf("%s%w", label, err)
	}
	result, err := solve(fields)
	if err != nil {
		return nil, fmt.Errorf("%s%w", label, err)
	}
	return result, nil
}

// object is a JSON object with its place in the input, for messages. Members
// keep their order; none occurs twice.
type object struct {
	path    string
	names   []string
	members map[string]json.RawMessage
}

func readObject(path string, raw []byte) (*object, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] != '{' {
		return nil, fmt.Errorf("%sneeds a JSON object, got %s", colon(path), brief(raw))
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("%s%w", colon(path), err)
	}
	o := &object{path: path, members: make(map[string]json.RawMessage)}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("%s%w", colon(path), err)
		}
		name, ok := key.(string)
		if !ok {
			return nil, fmt.Errorf("%smember name %v is not a string", colon(path), key)
		}
		if _, twice := o.members[name]; twice {
			return nil, fmt.Errorf("%s: given twice", o.at(name))
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, fmt.Errorf("%s: %w", o.at(name), err)
		}
		o.members[name] = value
		o.names = append(o.names, name)
	}
	return o, nil
}

func colon(path string) string {
	if path == "" {
		return ""
	}
	return path + ": "
}

// at names a member in messages.
func (o *object) at(name string) string {
	if o.path == "" {
		return name
	}
	return o.path + "." + name
}

// allow refuses members other than these; the ones that published cases carry
// beside their input (a name, the expected result) are always allowed.
func (o *object) allow(names ...string) error {
	for _, name := range o.names {
		if !slices.Contains(names, name) && (o.path != "" || !slices.Contains(remarks, name)) {
			return fmt.Errorf("%s: unknown member; known are %s", o.at(name), strings.Join(names, ", "))
		}
	}
	return nil
}

var remarks = []string{"name", "test", "comment", "expect", "tally", "conviction", "scores", "scoresTotal", "total", "valid"}

// get returns a member that has to be there.
func (o *object) get(name string) (json.RawMessage, error) {
	raw, ok := o.members[name]
	if !ok {
		return nil, fmt.Errorf("%s: missing", o.at(name))
	}
	return raw, nil
}

func (o *object) object(name string) (*object, error) {
	raw, err := o.get(name)
	if err != nil {
		return nil, err
	}
	return readObject(o.at(name), raw)
}

func (o *object) text(name string) (string, error) {
	raw, err := o.get(name)
	if err != nil {
		return "", err
	}
	return readText(o.at(name), raw)
}

func readText(path string, raw []byte) (string, error) {
	var s *string
	if json.Unmarshal(raw, &s) != nil || s == nil {
		return "", fmt.Errorf("%s: needs a string, got %s", path, brief(raw))
	}
	return *s, nil
}

func (o *object) flag(name string) (bool, error) {
	raw, err := o.get(name)
	if err != nil {
		return false, err
	}
	var b *bool
	if json.Unmarshal(raw, &b) != nil || b == nil {
		return false, fmt.Errorf("%s: needs true or false, got %s", o.at(name), brief(raw))
	}
	return *b, nil
}

// digits returns a whole number of at least 0, written as a JSON number or as a
// string, in decimal digits.
func (o *object) digits(name string) (string, error) {
	raw, err := o.get(name)
	if err != nil {
		return "", err
	}
	text := string(raw)
	if raw[0] == '"' {
		if text, err = readText(o.at(name), raw); err != nil {
			return "", err
		}
	}
	if text == "" || len(text) > 400 || strings.Trim(text, "0123456789") != "" || (text[0] == '0' && text != "0") {
		return "", fmt.Errorf("%s: needs a whole number of at least 0, got %s", o.at(name), brief(raw))
	}
	return text, nil
}

// uint returns a whole number that fits bits.
func (o *object) uint(name string, bits int) (uint64, error) {
	text, err := o.digits(name)
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseUint(text, 10, bits)
	if err != nil {
		return 0, fmt.Errorf("%s: %s is more than %d bits hold", o.at(name), text, bits)
	}
	return v, nil
}

// big returns a whole number of any size.
func (o *object) big(name string) (*big.Int, error) {
	text, err := o.digits(name)
	if err != nil {
		return nil, err
	}
	v, _ := new(big.Int).SetString(text, 10) // digits only, checked above
	return v, nil
}

// brief shortens a value for a message.
func brief(raw []byte) string {
	const most = 60
	if len(raw) > most {
		return string(raw[:most]) + "..."
	}
	return string(raw)
}
