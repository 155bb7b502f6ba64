package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// ErrScenario is the kind of every refusal of a scenario. The sentence names
// the key and what would be allowed.
var ErrScenario = errors.New("invalid scenario")

func invalid(key, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrScenario, key, fmt.Sprintf(format, args...))
}

// rule is what a field's tags say.
type rule struct {
	name     string
	def      string // JSON of the default
	optional bool
	enum     []string
	min, max int64
	least    int // entries of a list
	doc      string
}

func ruleOf(f reflect.StructField) rule {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	r := rule{name: name, doc: f.Tag.Get("doc"), min: tagInt(f, "min"), max: tagInt(f, "max"), least: int(tagInt(f, "least"))}
	r.def, r.optional = f.Tag.Lookup("default")
	if r.optional && f.Type.Kind() == reflect.String {
		r.def = strconv.Quote(r.def)
	}
	if f.Type.Kind() == reflect.Pointer {
		r.optional = true
	}
	if e := f.Tag.Get("enum"); e != "" {
		r.enum = strings.Split(e, "|")
	}
	return r
}

// tagInt reads an integer tag; 0 where there is none.
func tagInt(f reflect.StructField, tag string) int64 {
	text, ok := f.Tag.Lookup(tag)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic("sim: tag " + tag + " of " + f.Name + ": " + err.Error())
	}
	return n
}

// assign fills dst from a decoded JSON value by the tags: unknown keys, wrong
// types and values out of range are refused, defaults filled in.
func assign(key string, v any, r rule, dst reflect.Value) error {
	switch dst.Kind() {
	case reflect.Pointer:
		dst.Set(reflect.New(dst.Type().Elem()))
		return assign(key, v, r, dst.Elem())
	case reflect.Struct:
		return assignStruct(key, v, dst)
	case reflect.Slice:
		return assignSlice(key, v, r, dst)
	case reflect.Map:
		m, ok := v.(map[string]any)
		if !ok {
			return invalid(key, "needs keys and values, got %s", show(v))
		}
		dst.Set(reflect.ValueOf(m))
		return nil
	case reflect.Interface:
		return assignAny(key, v, dst)
	}
	return assignScalar(key, v, r, dst)
}

func assignStruct(key string, v any, dst reflect.Value) error {
	if n, ok := v.(json.Number); ok && dst.Type() == reflect.TypeFor[Replicates]() {
		least, _ := dst.Type().FieldByName("Min")
		if err := assignScalar(key, n, ruleOf(least), reflect.New(least.Type).Elem()); err != nil {
			return err
		}
		v = map[string]any{"min": n, "max": n}
	}
	m, ok := v.(map[string]any)
	if !ok {
		return invalid(orRoot(key), "needs keys and values, got %s", show(v))
	}
	var known []string
	for i := range dst.NumField() {
		known = append(known, ruleOf(dst.Type().Field(i)).name)
	}
	// First, since a key with another name is why one is missing, as a rule.
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(known, name) {
			return invalid(join(key, name), "unknown key; known are %s", strings.Join(known, ", "))
		}
	}
	for i := range dst.NumField() {
		r := ruleOf(dst.Type().Field(i))
		value, given := m[r.name]
		if !given && !r.optional {
			return invalid(join(key, r.name), "missing: %s", r.doc)
		}
		if !given && r.def == "" {
			continue
		}
		if !given {
			value = parseDefault(r.def)
		}
		if err := assign(join(key, r.name), value, r, dst.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

func assignSlice(key string, v any, r rule, dst reflect.Value) error {
	list, ok := v.([]any)
	if !ok {
		return invalid(key, "needs a list, got %s", show(v))
	}
	if len(list) < r.least {
		return invalid(key, "needs at least %d entries", r.least)
	}
	out := reflect.MakeSlice(dst.Type(), len(list), len(list))
	for i, x := range list {
		if err := assign(fmt.Sprintf("%s[%d]", key, i), x, rule{}, out.Index(i)); err != nil {
			return err
		}
	}
	dst.Set(out)
	return nil
}

// assignAny takes a value of a swept parameter: a whole number, text or truth.
func assignAny(key string, v any, dst reflect.Value) error {
	switch x := v.(type) {
	case string, bool:
		dst.Set(reflect.ValueOf(x))
		return nil
	case json.Number:
		if _, err := x.Int64(); err == nil {
			dst.Set(reflect.ValueOf(x))
			return nil
		}
	}
	return invalid(key, "needs a whole number, a text, true or false, got %s", show(v))
}

func assignScalar(key string, v any, r rule, dst reflect.Value) error {
	switch dst.Kind() {
	case reflect.Bool:
		b, ok := v.(bool)
		if !ok {
			return invalid(key, "needs true or false, got %s", show(v))
		}
		dst.SetBool(b)
	case reflect.String:
		s, ok := v.(string)
		if !ok {
			return invalid(key, "needs a text, got %s", show(v))
		}
		if r.enum != nil && !slices.Contains(r.enum, s) {
			return invalid(key, "is %q, must be one of %s", s, strings.Join(r.enum, ", "))
		}
		dst.SetString(s)
	case reflect.Int64:
		text, ok := v.(json.Number)
		n, err := strconv.ParseInt(string(text), 10, 64)
		if !ok || err != nil {
			return invalid(key, "needs a whole number, got %s", show(v))
		}
		if r.min == r.max && n != r.min {
			return invalid(key, "is %d, must be %d", n, r.min)
		}
		if n < r.min || n > r.max {
			return invalid(key, "is %d, must be between %d and %d", n, r.min, r.max)
		}
		dst.SetInt(n)
	case reflect.Float64:
		text, ok := v.(json.Number)
		x, err := strconv.ParseFloat(string(text), 64)
		if !ok || err != nil {
			return invalid(key, "needs a number, got %s", show(v))
		}
		if x < float64(r.min) || x > float64(r.max) {
			return invalid(key, "is %v, must be between %d and %d", x, r.min, r.max)
		}
		dst.SetFloat(x)
	default:
		panic("sim: no reader for " + dst.Type().String())
	}
	return nil
}

// parseDefault decodes a default; it is part of the source.
func parseDefault(text string) any {
	v, err := decodeJSON([]byte(text))
	if err != nil {
		panic("sim: default " + text + ": " + err.Error())
	}
	return v
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

func orRoot(key string) string {
	if key == "" {
		return "scenario"
	}
	return key
}

// show shortens a value for a message.
func show(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return "something else"
	}
	if len(raw) > 60 {
		return string(raw[:60]) + "..."
	}
	return string(raw)
}
