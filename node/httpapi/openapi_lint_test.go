package httpapi

import (
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/docs/schemas"
	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// keysOfSchemas are the keywords that schemas here may use, and whether what they
// hold is one schema, a list of them or a map of them.
var keysOfSchemas = map[string]string{
	"$ref": "", "description": "", "title": "", "type": "", "enum": "", "const": "", "pattern": "", "format": "", "default": "", "required": "",
	"minimum": "", "maximum": "", "minLength": "", "maxLength": "", "minItems": "", "maxItems": "", "uniqueItems": "", "examples": "",
	"discriminator": "", "items": "one", "additionalProperties": "one", "propertyNames": "one", "not": "one", "if": "one", "then": "one", "else": "one",
	"properties": "map", "patternProperties": "map", "oneOf": "list", "anyOf": "list", "allOf": "list", "prefixItems": "list",
}

// keysOfNodes are the members of the other objects of OpenAPI that this document has.
var keysOfNodes = map[string][]string{
	"operation": {"operationId", "tags", "summary", "description", "parameters", "requestBody", "responses", "security", "deprecated"},
	"parameter": {"$ref", "name", "in", "required", "description", "schema", "content", "style", "explode"},
	"response":  {"$ref", "description", "headers", "content"},
	"header":    {"$ref", "description", "schema", "required"},
	"body":      {"$ref", "description", "required", "content"},
	"media":     {"schema", "example", "examples"},
}

// lint gathers what is wrong with the document.
type lint struct {
	d     *document
	found []string
	used  map[string]bool // references
}

func newLint(t *testing.T) *lint {
	t.Helper()
	return &lint{d: loadDocument(t), used: map[string]bool{}}
}

func (l *lint) bad(path, what string) { l.found = append(l.found, path+": "+what) }

// object is a node as an object of a kind, whose members are known.
func (l *lint) object(path string, v any, kind string) map[string]any {
	m, ok := v.(map[string]any)
	if !ok {
		l.bad(path, "is no object")
		return nil
	}
	for k := range m {
		if !slices.Contains(keysOfNodes[kind], k) {
			l.bad(path, fmt.Sprintf("has the unknown member %q", k))
		}
	}
	l.words(path, m)
	l.resolves(path, m)
	return m
}

// words holds a description to be a text.
func (l *lint) words(path string, m map[string]any) {
	for _, k := range []string{"description", "summary"} {
		if v, ok := m[k]; ok {
			if text, isText := v.(string); !isText || strings.TrimSpace(text) == "" {
				l.bad(path, k+" is no text")
			}
		}
	}
}

func (l *lint) resolves(path string, m map[string]any) {
	ref, ok := m["$ref"].(string)
	if !ok {
		return
	}
	l.used[ref] = true
	// Beside the document: as it is served, and as a file.
	if name, published := strings.CutPrefix(ref, "schemas/"); published {
		if _, ok := schemas.Read(name); !ok {
			l.bad(path, ref+" is not published")
		}
		if _, err := os.Stat("../../docs/" + ref); err != nil {
			l.bad(path, ref+" is no file beside openapi.yaml")
		}
		return
	}
	if !strings.HasPrefix(ref, "#/") {
		l.bad(path, ref+" is not relative")
		return
	}
	if node, _ := l.d.at(l.d.tree, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...); node == nil {
		l.bad(path, ref+" leads nowhere")
	}
}

func (l *lint) schema(path string, v any) {
	if _, ok := v.(bool); ok {
		return
	}
	m, ok := v.(map[string]any)
	if !ok {
		l.bad(path, "is no schema")
		return
	}
	l.words(path, m)
	l.resolves(path, m)
	for k, part := range m {
		holds, known := keysOfSchemas[k]
		switch {
		case !known:
			l.bad(path, fmt.Sprintf("has the unknown keyword %q", k))
		case holds == "one":
			l.schema(path+"/"+k, part)
		case holds == "map":
			for name, s := range part.(map[string]any) {
				l.schema(path+"/"+name, s)
			}
		case holds == "list":
			for i, s := range part.([]any) {
				l.schema(fmt.Sprintf("%s/%s/%d", path, k, i), s)
			}
		}
	}
	if m["type"] == "object" && m["properties"] == nil && m["additionalProperties"] == nil && m["$ref"] == nil {
		l.bad(path, "is an object of which nothing is said")
	}
	if len(m) == 0 {
		l.bad(path, "says nothing")
	}
	l.required(path, m)
}

// required holds what an object with members of its own demands against them.
func (l *lint) required(path string, m map[string]any) {
	names, _ := m["required"].([]any)
	if m["type"] != "object" {
		return // a condition on what another schema describes
	}
	members, _ := m["properties"].(map[string]any)
	for _, name := range names {
		if _, ok := members[name.(string)]; !ok {
			l.bad(path, fmt.Sprintf("requires %q, which it does not describe", name))
		}
	}
}

// operation is one method of a path or of a webhook.
func (l *lint) operation(at string, o any) {
	operation := l.object(at, o, "operation")
	parameters, _ := operation["parameters"].([]any)
	for i, p := range parameters {
		l.parameter(fmt.Sprintf("%s/parameters/%d", at, i), p)
	}
	if body := operation["requestBody"]; body != nil {
		l.content(at+"/requestBody", l.object(at+"/requestBody", body, "body")["content"])
	}
	for status, r := range operation["responses"].(map[string]any) {
		l.response(at+"/"+status, r, status)
	}
}

func (l *lint) content(path string, v any) {
	types, _ := v.(map[string]any)
	for media, m := range types {
		at := path + "/" + media
		node := l.object(at, m, "media")
		if node["schema"] == nil {
			l.bad(at, "has no schema")
			continue
		}
		l.schema(at+"/schema", node["schema"])
	}
}

func (l *lint) response(path string, v any, status string) {
	m := l.object(path, v, "response")
	if m["$ref"] != nil {
		return
	}
	if m["description"] == nil {
		l.bad(path, "has no description")
	}
	if m["content"] == nil && status != "204" && status != "304" {
		l.bad(path, "has no content")
	}
	headers, _ := m["headers"].(map[string]any)
	for name, h := range headers {
		node := l.object(path+"/"+name, h, "header")
		if node["$ref"] == nil {
			l.schema(path+"/"+name, node["schema"])
		}
	}
	l.content(path, m["content"])
}

func (l *lint) parameter(path string, v any) {
	if m := l.object(path, v, "parameter"); m["$ref"] == nil {
		if m["description"] == nil || m["name"] == nil || m["in"] == nil {
			l.bad(path, "lacks a name, a place or a description")
		}
		l.schema(path, m["schema"])
	}
}

// TestDocumentIsClean: every text is a text and every member is known, so that a comma
// in a flow map, which ends a description, shows; references lead somewhere; answers
// have schemas, no schema says "object" and no more or demands what it does not
// describe, and every part is used.
func TestDocumentIsClean(t *testing.T) {
	l := newLint(t)
	for _, part := range []string{"paths", "webhooks"} {
		for path, item := range l.d.tree[part].(map[string]any) {
			for method, o := range item.(map[string]any) {
				l.operation(method+" "+path, o)
			}
		}
	}
	parts := l.d.tree["components"].(map[string]any)
	for name, s := range parts["schemas"].(map[string]any) {
		l.schema(name, s)
	}
	for name, p := range parts["parameters"].(map[string]any) {
		l.parameter(name, p)
	}
	for name, r := range parts["responses"].(map[string]any) {
		l.response(name, r, name)
	}
	for kind, part := range parts {
		for name := range part.(map[string]any) {
			if ref := "#/components/" + kind + "/" + name; kind != "securitySchemes" && !l.used[ref] {
				l.bad(ref, "is not used")
			}
		}
	}
	require.NotEmpty(t, l.d.tree["servers"], "readers of the file ask for it")
	slices.Sort(l.found)
	require.Empty(t, l.found, strings.Join(l.found, "\n"))
}

// TestLintFindsABrokenDescription: what the lint is for.
func TestLintFindsABrokenDescription(t *testing.T) {
	l := newLint(t)
	l.schema("x", map[string]any{"type": "string", "description": "Praise", "in units of 2^-32": nil})
	l.schema("y", map[string]any{"type": "object"})
	l.schema("z", map[string]any{"$ref": "#/components/schemas/None"})
	l.schema("v", map[string]any{"type": "object", "required": []any{"a"}, "properties": map[string]any{"b": true}})
	l.schema("w", map[string]any{"$ref": "/v1/schemas/constitution.json"})
	require.Equal(t, []string{`x: has the unknown keyword "in units of 2^-32"`, "y: is an object of which nothing is said",
		"z: #/components/schemas/None leads nowhere",
		`v: requires "a", which it does not describe`, "w: /v1/schemas/constitution.json is not relative"}, l.found)
}

// TestSchemasAreThoseOfTheTypes holds the schemas of bundles, which are written by hand,
// against the types that are read and written: members, which of them are needed, and
// their forms.
func TestSchemasAreThoseOfTheTypes(t *testing.T) {
	d := loadDocument(t)
	for name, typ := range map[string]reflect.Type{"Bundle": reflect.TypeFor[audit.Bundle](), "IncludedEntry": reflect.TypeFor[audit.Included](),
		"BundledBallot": reflect.TypeFor[audit.Ballot](), "AnchorProof": reflect.TypeFor[anchor.Proof]()} {
		node, _ := d.at(d.tree, "components", "schemas", name)
		d.same(t, name, node, typ)
	}
}

// same compares an object's schema with a Go type.
func (d *document) same(t *testing.T, name string, node any, typ reflect.Type) {
	t.Helper()
	m := node.(map[string]any)
	require.Equal(t, false, m["additionalProperties"], name)
	var members, needed []string
	for i := range typ.NumField() {
		member, options, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		members = append(members, member)
		if options == "" {
			needed = append(needed, member)
		}
		v, _ := d.at(m, "properties", member)
		require.NotNil(t, v, "%s.%s", name, member)
		d.form(t, name+"."+member, v.(map[string]any), typ.Field(i).Type)
	}
	require.ElementsMatch(t, members, slices.Collect(maps.Keys(m["properties"].(map[string]any))), name)
	var required []string
	for _, r := range m["required"].([]any) {
		required = append(required, r.(string))
	}
	require.ElementsMatch(t, needed, required, name)
}

// form compares a member's schema with the Go type of the member.
func (d *document) form(t *testing.T, name string, v map[string]any, typ reflect.Type) {
	t.Helper()
	if v["const"] != nil || v["enum"] != nil || v["oneOf"] != nil {
		return
	}
	switch {
	case typ.Kind() == reflect.Pointer:
		d.form(t, name, v, typ.Elem())
	case typ == reflect.TypeFor[op.Raw](): // any JSON
	case typ == reflect.TypeFor[op.Weight](), typ == reflect.TypeFor[anchor.Hex]():
		require.NotEmpty(t, v["pattern"], name)
	case typ.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		require.Equal(t, fmt.Sprintf("^[0-9a-f]{%d}$", 2*typ.Len()), v["pattern"], name)
	case typ.Kind() == reflect.Slice:
		require.Equal(t, "array", v["type"], name)
		items, _ := d.at(v, "items")
		d.form(t, name+"[]", items.(map[string]any), typ.Elem())
	case typ.Kind() == reflect.String:
		require.Equal(t, "string", v["type"], name)
	case typ.Kind() == reflect.Struct:
		require.Equal(t, "object", v["type"], name)
	default:
		require.Equal(t, "integer", v["type"], name)
		require.NotNil(t, v["minimum"], name)
	}
}

// TestExamplesOfTheDocumentationAreValid: every action in an event of docs/operations.md.
func TestExamplesOfTheDocumentationAreValid(t *testing.T) {
	d := loadDocument(t)
	text, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	actions := 0
	for line := range strings.Lines(string(text)) {
		var e struct{ Content string }
		var content struct{ Actions []json.RawMessage }
		if !strings.HasPrefix(line, `{"id":`) || json.Unmarshal([]byte(line), &e) != nil || json.Unmarshal([]byte(e.Content), &content) != nil {
			continue
		}
		for _, a := range content.Actions {
			actions++
			d.valid(t, "/components/schemas/Action", a)
		}
	}
	require.Positive(t, actions)
}

// placeholders stand in scenarios for keys of agents, keys of their nodes, ids and instants.
var placeholders = []struct {
	form *regexp.Regexp
	text string
}{
	{regexp.MustCompile(`"@[A-Za-z0-9]+-node"`), `"02` + strings.Repeat("ab", 32) + `"`},
	{regexp.MustCompile(`"[@%][A-Za-z0-9-]+"`), `"` + strings.Repeat("ab", 32) + `"`},
	{regexp.MustCompile(`~[0-9a-z]+`), "1800000000000"},
	{regexp.MustCompile(`\^[a-z-]+`), "6"},
}

// TestActionsOfScenariosAreValid: every action that the ledger takes in a scenario is one by
// the schema, and there are such of every type.
func TestActionsOfScenariosAreValid(t *testing.T) {
	d := loadDocument(t)
	files, err := filepath.Glob("../ledger/testdata/*.txt")
	require.NoError(t, err)
	proposes := regexp.MustCompile(`^[a-z0-9]+ act \S+ \S+ (\[.*\])$`)
	seen := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			m := proposes.FindStringSubmatch(strings.TrimSpace(line))
			if m == nil {
				continue
			}
			for _, p := range placeholders {
				m[1] = p.form.ReplaceAllString(m[1], p.text)
			}
			var actions []json.RawMessage
			require.NoError(t, json.Unmarshal([]byte(m[1]), &actions), "%s: %s", file, line)
			for _, a := range actions {
				d.valid(t, "/components/schemas/Action", a)
				var kind struct{ Type string }
				require.NoError(t, json.Unmarshal(a, &kind))
				seen[kind.Type] = true
			}
		}
	}
	// Scenarios name a grant by its number, which has a verb of its own.
	revoke := op.EncodeContent(ledger.RevokeGrant{Type: constitution.ActionRevokeGrant, Grant: "grant-" + strings.Repeat("ab", 20)})
	d.valid(t, "/components/schemas/Action", []byte(revoke))
	seen[constitution.ActionRevokeGrant] = true
	known := constitution.Actions()
	slices.Sort(known)
	require.Equal(t, known, slices.Sorted(maps.Keys(seen)))
}
