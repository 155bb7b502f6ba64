package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/econd/econd/node/op"
)

var update = flag.Bool("update", false, "write docs/schemas anew")

func compile(t testing.TB, name string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema(name)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What is published is what is embedded.
func TestSchemasArePublished(t *testing.T) {
	for _, name := range Names() {
		file := "../../docs/schemas/" + name + ".json"
		if *update {
			if err := os.WriteFile(file, Schema(name), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(have, Schema(name)) {
			t.Errorf("%s is out of date (%v); run: go test ./node/template -update", file, err)
		}
	}
}

// The members of a schema are those of its struct, at every depth, and the same
// ones are required.
func TestSchemasHaveTheMembersOfTheStructs(t *testing.T) {
	for _, name := range Names() {
		var doc map[string]any
		if err := json.Unmarshal(Schema(name), &doc); err != nil {
			t.Fatal(err)
		}
		members(t, name, doc, doc, reflect.TypeOf(newTerms(name)).Elem())
	}
}

func members(t *testing.T, at string, root, s map[string]any, typ reflect.Type) {
	if ref, ok := s["$ref"].(string); ok {
		s = root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	if typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Struct {
		members(t, at+"[]", root, s["items"].(map[string]any), typ.Elem())
		return
	}
	if typ.Kind() != reflect.Struct {
		return
	}
	props := s["properties"].(map[string]any)
	var required []any
	for i := range typ.NumField() {
		name, opts, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		if props[name] == nil {
			t.Errorf("%s: the schema lacks %s", at, name)
			continue
		}
		if opts == "" {
			required = append(required, name)
		}
		members(t, at+"."+name, root, props[name].(map[string]any), typ.Field(i).Type)
	}
	if len(props) != typ.NumField() || s["additionalProperties"] != false {
		t.Errorf("%s: the schema has %d members, the struct %d", at, len(props), typ.NumField())
	}
	if !slices.Equal(required, s["required"].([]any)) {
		t.Errorf("%s: required %v, the struct asks for %v", at, s["required"], required)
	}
}

// Changes that make an example bad, or leave it good; the strict decoder and the
// schema agree on every one, and the decoder names the member.
func TestDecoderAndSchemaAgree(t *testing.T) {
	key, long := strings.Repeat("ab", 32), strings.Repeat("a", 65)
	for _, c := range []struct {
		template, member, value string // value "" takes the member away
		field                   string // of the refusal; "" is good
	}{
		{"model-upgrade", "rollback_s", `0`, ""},
		{"model-upgrade", "rollback_s", `-1`, "rollback_s"},
		{"model-upgrade", "rollback_s", `31622400`, ""},
		{"model-upgrade", "rollback_s", `31622401`, "rollback_s"},
		{"model-upgrade", "rollback_s", `"60"`, "rollback_s"},
		{"model-upgrade", "rollback_s", ``, "rollback_s"},
		{"model-upgrade", "rollout", `"shadow"`, ""},
		{"model-upgrade", "rollout", `"big-bang"`, "rollout"},
		{"model-upgrade", "rollout", `null`, "rollout"},
		{"model-upgrade", "service", `"` + long[1:] + `"`, ""},
		{"model-upgrade", "service", `"` + long + `"`, "service"},
		{"model-upgrade", "service", `""`, "service"},
		{"model-upgrade", "service", `"Forecast"`, "service"},
		{"model-upgrade", "service", `"fore cast"`, "service"},
		{"model-upgrade", "service", `"a\n"`, "service"},
		{"model-upgrade", "provider", `"` + key[1:] + `"`, "provider"},
		{"model-upgrade", "provider", `"` + strings.ToUpper(key) + `"`, "provider"},
		{"model-upgrade", "from", `{"name":"a","version":"1"}`, ""},
		{"model-upgrade", "from", `{"name":"a"}`, "from.version"},
		{"model-upgrade", "from", `{"name":"a","version":"1","size":3}`, "from.size"},
		{"model-upgrade", "from", `[]`, "from"},
		{"model-upgrade", "to", `{"name":"a","version":"1","url":"http://a.example/"}`, "to.url"},
		{"model-upgrade", "to", `{"name":"a","version":"1","url":"https://"}`, "to.url"},
		{"model-upgrade", "to", `{"name":"a","version":"1","url":"https://a b"}`, "to.url"},
		{"model-upgrade", "to", `{"name":"a","version":"1","license":"MIT OR X"}`, "to.license"},
		{"model-upgrade", "to", `{"name":"a","version":"1","sha256":"` + key + `"}`, ""},
		{"model-upgrade", "to", `{"name":"a","version":"1","sha256":"abc"}`, "to.sha256"},
		{"model-upgrade", "extra", `1`, "extra"},
		{"tool-access", "rights", `["read","write","execute"]`, ""},
		{"tool-access", "rights", `[]`, "rights"},
		{"tool-access", "rights", `["read","read"]`, "rights[1]"},
		{"tool-access", "rights", `["own"]`, "rights[0]"},
		{"tool-access", "calls_per_day", `0`, "calls_per_day"},
		{"tool-access", "calls_per_day", `1000000000`, ""},
		{"tool-access", "calls_per_day", `1000000001`, "calls_per_day"},
		{"tool-access", "sat_per_day", `2100000000000000`, ""},
		{"tool-access", "sat_per_day", `2100000000000001`, "sat_per_day"},
		{"tool-access", "until_ms", `0`, "until_ms"},
		{"scope-change", "until_ms", `1900000000000`, ""},
		{"scope-change", "until_ms", `-1`, "until_ms"},
		{"scope-change", "add", `[]`, ""},
		{"scope-change", "add", `["x","y","x"]`, "add[2]"},
		{"scope-change", "add", `["x y"]`, "add[0]"},
		{"scope-change", "remove", ``, "remove"},
		{"scope-change", "add", `[` + strings.TrimSuffix(strings.Repeat(`"x",`, 33), ",") + `]`, "add"},
		{"training-allocation", "datasets", `[]`, "datasets"},
		{"training-allocation", "datasets", `[{"name":"a","version":"1"},{"name":"b"}]`, "datasets[1].version"},
		{"training-allocation", "compute_hours", `0`, "compute_hours"},
		{"training-allocation", "budget_sat", `0`, ""},
		{"training-allocation", "deadline_ms", `9007199254740992`, ""},
		{"training-allocation", "deadline_ms", `9007199254740993`, "deadline_ms"},
	} {
		var doc map[string]json.RawMessage
		if err := json.Unmarshal(Example(c.template), &doc); err != nil {
			t.Fatal(err)
		}
		if doc[c.member] = json.RawMessage(c.value); c.value == "" {
			delete(doc, c.member)
		}
		raw, _ := json.Marshal(doc)
		err := Check(c.template, "terms", raw)
		v, _ := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		schemaErr := compile(t, c.template).Validate(v)
		if (err == nil) != (c.field == "") || (schemaErr == nil) != (c.field == "") {
			t.Errorf("%s with %s %s: decoder says %v, schema says %v", c.template, c.member, c.value, err, schemaErr)
		}
		var f *op.FieldError
		if err != nil && (!errors.As(err, &f) || f.Field != "terms."+c.field) {
			t.Errorf("%s with %s %s: %v, want field %s", c.template, c.member, c.value, err, c.field)
		}
	}
}

// Every example is good by both.
func TestExamples(t *testing.T) {
	for _, name := range Names() {
		if err := Check(name, "terms", Example(name)); err != nil {
			t.Error(err)
		}
		v, _ := jsonschema.UnmarshalJSON(bytes.NewReader(Example(name)))
		if err := compile(t, name).Validate(v); err != nil {
			t.Error(err)
		}
	}
	if Known("upgrade") || Check("upgrade", "terms", []byte("{}")) == nil {
		t.Error("a template that there is not is known")
	}
}

// Whatever the decoder accepts the schema accepts, too.
func FuzzCheck(f *testing.F) {
	for i, name := range Names() {
		f.Add(uint8(i), Example(name))
	}
	f.Add(uint8(0), []byte(`{"service":"\n"}`))
	f.Fuzz(func(t *testing.T, which uint8, raw []byte) {
		name := Names()[int(which)%len(Names())]
		if Check(name, "terms", raw) != nil {
			return
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if err := compile(t, name).Validate(v); err != nil {
			t.Fatalf("accepted: %s\n%v", raw, err)
		}
	})
}
