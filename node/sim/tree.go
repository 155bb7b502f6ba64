package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// A tree is a scenario as decoded JSON: map[string]any, []any, json.Number,
// string, bool. Whatever is merged, swept or hashed is one, so that all three
// see the same thing.

// decodeJSON reads one JSON value and keeps numbers exact.
func decodeJSON(raw []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return v, nil
}

func decodeYAML(text []byte) (any, error) {
	raw, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, fmt.Errorf("%w: not valid YAML: %w", ErrScenario, err)
	}
	return decodeJSON(raw)
}

// treeOf turns a struct into a tree.
func treeOf(v any) (any, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return decodeJSON(raw)
}

// nameKeys are the keys by which the entries of a list are addressed.
var nameKeys = []string{"name", "resource"}

func nameOf(v any) (string, bool) {
	m, ok := v.(map[string]any)
	if !ok {
		return "", false
	}
	for _, k := range nameKeys {
		if s, ok := m[k].(string); ok {
			return s, true
		}
	}
	return "", false
}

func find(list []any, name string) int {
	return slices.IndexFunc(list, func(v any) bool { n, ok := nameOf(v); return ok && n == name })
}

// merge lays changes over a base, in the manner of RFC 7396: maps key by key,
// null removes, and lists of named entries by their names; any other value
// replaces. The base is left as it is.
func merge(base, change any) any {
	switch c := change.(type) {
	case map[string]any:
		b, ok := base.(map[string]any)
		if !ok {
			b = nil
		}
		out := maps.Clone(b)
		if out == nil {
			out = map[string]any{}
		}
		for k, v := range c {
			if v == nil {
				delete(out, k)
			} else {
				out[k] = merge(out[k], v)
			}
		}
		return out
	case []any:
		b, ok := base.([]any)
		if !ok || !allNamed(b) || !allNamed(c) {
			return c
		}
		out := slices.Clone(b)
		for _, v := range c {
			name, _ := nameOf(v)
			if i := find(out, name); i >= 0 {
				out[i] = merge(out[i], v)
			} else {
				out = append(out, v)
			}
		}
		return out
	}
	return change
}

func allNamed(list []any) bool {
	for _, v := range list {
		if _, ok := nameOf(v); !ok {
			return false
		}
	}
	return len(list) > 0
}

// set returns a copy of the tree with the value at a path changed.
func set(tree any, path string, value any) (any, error) {
	return setAt(tree, "", strings.Split(path, "."), value)
}

func setAt(tree any, above string, parts []string, value any) (any, error) {
	if len(parts) == 0 {
		return value, nil
	}
	key := join(above, parts[0])
	switch t := tree.(type) {
	case map[string]any:
		child, ok := t[parts[0]]
		if !ok && len(parts) > 1 {
			return nil, invalid(key, "not in the scenario; %s has %s", orRoot(above), strings.Join(slices.Sorted(maps.Keys(t)), ", "))
		}
		next, err := setAt(child, key, parts[1:], value)
		if err != nil {
			return nil, err
		}
		out := maps.Clone(t)
		out[parts[0]] = next
		return out, nil
	case []any:
		i := find(t, parts[0])
		if i < 0 {
			return nil, invalid(key, "no entry of that name")
		}
		next, err := setAt(t[i], key, parts[1:], value)
		if err != nil {
			return nil, err
		}
		out := slices.Clone(t)
		out[i] = next
		return out, nil
	}
	return nil, invalid(key, "has nothing below it")
}

// leaf is one scalar of a tree and its path.
type leaf struct{ path, value string }

// leaves lists the scalars of a tree in order of their paths. Entries of lists
// go by name, unnamed ones by number.
func leaves(tree any) []leaf {
	var out []leaf
	walk(tree, "", &out)
	slices.SortStableFunc(out, func(a, b leaf) int { return strings.Compare(a.path, b.path) })
	return out
}

func walk(v any, path string, out *[]leaf) {
	switch x := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			walk(x[k], join(path, k), out)
		}
	case []any:
		for i, e := range x {
			name, ok := nameOf(e)
			if !ok {
				name = fmt.Sprint(i)
			}
			walk(e, join(path, name), out)
		}
	default:
		*out = append(*out, leaf{path, text(v)})
	}
}

// text spells a scalar for a table.
func text(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	case nil:
		return ""
	}
	return fmt.Sprint(v)
}
