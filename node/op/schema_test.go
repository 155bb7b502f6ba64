package op

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const schemasDir = "../../docs/schemas/operations/"

// schemaWriter makes the JSON Schemas of contents: shapes from the Go types, ranges from
// their schema tags, words from their comments.
//
// A schema tag has parts with commas between: min and max (of a number's value, of a
// text's bytes, of a list's items), enum and type, whose alternatives stand between bars.
// A text of n bytes has at most n characters, which is what JSON Schema counts, so what a
// schema refuses the ledger refuses, too; the ledger says the rest.
type schemaWriter struct {
	t        *testing.T
	comments map[string]string // by Type.Field
}

func newSchemaWriter(t *testing.T) *schemaWriter {
	t.Helper()
	w := &schemaWriter{t, map[string]string{}}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		file, err := goparser.ParseFile(token.NewFileSet(), name, nil, goparser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if fields, ok := spec.Type.(*ast.StructType); ok {
					w.read(spec.Name.Name, fields)
				}
			}
			return true
		})
	}
	return w
}

func (w *schemaWriter) read(of string, fields *ast.StructType) {
	for _, f := range fields.Fields.List {
		text := f.Doc.Text()
		if text == "" {
			text = f.Comment.Text()
		}
		for _, name := range f.Names {
			w.comments[of+"."+name.Name] = strings.Join(strings.Fields(text), " ")
		}
	}
}

// object describes a struct.
func (w *schemaWriter) object(t reflect.Type) map[string]any {
	required, properties := []string{}, map[string]any{}
	for i, m := range membersOf(t) {
		f := t.Field(i)
		p := w.value(f.Type)
		w.constrain(p, f)
		if text := w.comments[t.Name()+"."+f.Name]; text != "" {
			p["description"] = text
		}
		properties[m.name] = p
		if m.optional == "" {
			required = append(required, m.name)
		}
	}
	return map[string]any{"type": "object", "additionalProperties": false, "required": required, "properties": properties}
}

const largest = 1 << 53 // of integers in JSON

func (w *schemaWriter) value(t reflect.Type) map[string]any {
	hex := func(digits int) map[string]any {
		return map[string]any{"type": "string", "pattern": fmt.Sprintf("^[0-9a-f]{%d}$", digits)}
	}
	switch {
	case t == rawType:
		return map[string]any{}
	case t == weightType:
		return map[string]any{"type": "string", "pattern": "^(0|[1-9][0-9]{0,19})$"}
	case t == scoresType:
		return map[string]any{"type": "array", "items": map[string]any{"type": "string"}}
	case t.Kind() == reflect.Array:
		return hex(2 * t.Len())
	}
	switch t.Kind() {
	case reflect.Pointer:
		return w.value(t.Elem())
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int64:
		return map[string]any{"type": "integer", "minimum": -largest, "maximum": largest}
	case reflect.Uint32, reflect.Uint64:
		return map[string]any{"type": "integer", "minimum": 0, "maximum": uint64(min(largest, 1<<min(t.Bits(), 60)-1))}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": w.value(t.Elem())}
	case reflect.Struct:
		return w.object(t)
	}
	w.t.Fatalf("no schema of a %v", t)
	return nil
}

// constrain adds what a field's schema tag says.
func (w *schemaWriter) constrain(p map[string]any, f reflect.StructField) {
	tag := f.Tag.Get("schema")
	if tag == "" {
		return
	}
	least, most := "minimum", "maximum"
	switch p["type"] {
	case "string":
		least, most = "minLength", "maxLength"
	case "array":
		least, most = "minItems", "maxItems"
	}
	for part := range strings.SplitSeq(tag, ",") {
		name, text, _ := strings.Cut(part, "=")
		n, err := strconv.ParseInt(text, 10, 64)
		switch {
		case name == "min" && err == nil:
			p[least] = n
		case name == "max" && err == nil:
			p[most] = n
		case name == "is": // a schema of the OpenAPI document
		case name == "enum":
			p["enum"] = strings.Split(text, "|")
		case name == "type" && p["type"] == "array":
			p["items"] = map[string]any{"type": text}
		case name == "type":
			alternatives(p, strings.Split(text, "|"))
		default:
			w.t.Fatalf("%s: schema tag %q", f.Name, part)
		}
	}
}

// alternatives says which types a member may have: one, or each by itself, as strict
// validators ask for.
func alternatives(p map[string]any, types []string) {
	if len(types) == 1 {
		p["type"] = types[0]
		return
	}
	var list []any
	for _, t := range types {
		list = append(list, map[string]any{"type": t})
	}
	p["oneOf"] = list
}

func (w *schemaWriter) schema(row *kindRow) []byte {
	s := w.object(reflect.TypeOf(row.example))
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = fmt.Sprintf("Content of %d %s", row.kind, row.name)
	s["description"] = row.text
	s["examples"] = []any{json.RawMessage(EncodeContent(row.example))}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		w.t.Fatal(err)
	}
	return b.Bytes()
}

// Every kind has its schema among the published ones, and there are no others.
func TestSchemasArePublished(t *testing.T) {
	w := newSchemaWriter(t)
	if *update {
		if err := os.RemoveAll(schemasDir); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(schemasDir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for i := range kindTable {
		row := &kindTable[i]
		want, path := w.schema(row), schemasDir+row.name+".json"
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, want) {
			t.Errorf("%s is out of date (%v); run: go test ./node/op -update", path, err)
		}
	}
	if list, err := filepath.Glob(schemasDir + "*"); err != nil || len(list) != len(kindTable) {
		t.Errorf("%d files of %d kinds in %s: %v", len(list), len(kindTable), schemasDir, err)
	}
}

// What decodes and what a schema takes have one shape: the example is taken by both, and
// with a member too few, too many or of another type by neither.
func TestSchemasAgreeWithTheDecoder(t *testing.T) {
	c := jsonschema.NewCompiler()
	for i := range kindTable {
		row := &kindTable[i]
		s, err := c.Compile(schemasDir + row.name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		check := func(content map[string]any, want bool) {
			t.Helper()
			text := EncodeContent(content)
			value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			_, decoded := (&Event{Kind: row.kind, Content: text}).Decoded()
			if valid := s.Validate(value); (valid == nil) != want || (decoded == nil) != want {
				t.Errorf("%s %s: schema %v, decoder %v, want %t", row.name, text, valid, decoded, want)
			}
		}
		variant := func(change func(map[string]any)) map[string]any {
			m := map[string]any{}
			d := json.NewDecoder(strings.NewReader(EncodeContent(row.example)))
			d.UseNumber()
			if err := d.Decode(&m); err != nil {
				t.Fatal(err)
			}
			change(m)
			return m
		}
		check(variant(func(map[string]any) {}), true)
		check(variant(func(m map[string]any) { m["more"] = 1 }), false)
		typ := reflect.TypeOf(row.example)
		for at, member := range membersOf(typ) {
			name := member.name
			_, shown := variant(func(map[string]any) {})[name]
			if shown {
				check(variant(func(m map[string]any) { delete(m, name) }), member.optional != "")
			}
			if typ.Field(at).Type == rawType {
				continue // somebody else decodes it
			}
			check(variant(func(m map[string]any) { m[name] = nil }), false)
			check(variant(func(m map[string]any) { m[name] = json.Number("1.5") }), false)
		}
	}
}
