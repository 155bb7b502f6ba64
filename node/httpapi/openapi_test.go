package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/docs/schemas"
)

// document is openapi.yaml, ready to hold answers against.
type document struct {
	tree     map[string]any
	compiler *jsonschema.Compiler
	paths    []documented
}

type documented struct {
	template string
	pattern  *regexp.Regexp
}

const documentURL = "https://econd.invalid/v1/openapi.json"

func loadDocument(t testing.TB) *document {
	t.Helper()
	text, err := yaml.YAMLToJSON(OpenAPI())
	require.NoError(t, err)
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	d := &document{tree: tree.(map[string]any), compiler: jsonschema.NewCompiler()}
	require.NoError(t, d.compiler.AddResource(documentURL, tree))
	for _, name := range schemas.Names() {
		text, _ := schemas.Read(name)
		published, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		require.NoError(t, err)
		require.NoError(t, d.compiler.AddResource("https://econd.invalid/v1/schemas/"+name, published))
	}
	for path := range d.tree["paths"].(map[string]any) {
		pattern := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(path, `[^/]*`)
		d.paths = append(d.paths, documented{path, regexp.MustCompile("^" + pattern + "$")})
	}
	return d
}

// at follows keys down the tree, and references.
func (d *document) at(node any, keys ...string) (any, string) {
	pointer := ""
	for _, k := range keys {
		m, ok := node.(map[string]any)
		if !ok || m[k] == nil {
			return nil, ""
		}
		node = m[k]
		pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(k)
		if m, ok := node.(map[string]any); ok {
			if ref, ok := m["$ref"].(string); ok && strings.HasPrefix(ref, "#/") {
				node, pointer = d.at(d.tree, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
			}
		}
	}
	return node, pointer
}

// check demands that an answer is documented and valid against its schema.
func (d *document) check(t testing.TB, method, path string, a answer) {
	t.Helper()
	path, _, _ = strings.Cut(path, "?")
	for _, p := range d.paths {
		if !p.pattern.MatchString(path) {
			continue
		}
		keys := []string{"paths", p.template, strings.ToLower(method)}
		if operation, _ := d.at(d.tree, keys...); operation == nil {
			break // another method: the problem below
		}
		if a.status == http.StatusNoContent {
			response, _ := d.at(d.tree, append(keys, "responses", "204")...)
			require.NotNil(t, response, "%s %s: 204 is not documented", method, path)
			return
		}
		d.checkContent(t, append(keys, "responses"), a)
		return
	}
	require.GreaterOrEqual(t, a.status, 400, "%s %s is answered and not documented", method, path)
	d.valid(t, "/components/schemas/Problem", a.body)
}

func (d *document) checkContent(t testing.TB, keys []string, a answer) {
	t.Helper()
	status := http.StatusText(a.status)
	code, media := jsonInt(a.status), a.header.Get("Content-Type")
	if response, _ := d.at(d.tree, append(keys, code)...); response == nil {
		code = "default"
	}
	short, _, _ := strings.Cut(media, ";")
	schema, pointer := d.at(d.tree, append(keys, code, "content", short, "schema")...)
	require.NotNil(t, schema, "%v: %d %s as %s is not documented", keys, a.status, status, short)
	switch short {
	case "application/json", problemType:
		d.valid(t, pointer, a.body)
	case ndjsonType:
		for line := range bytes.Lines(a.body) {
			d.valid(t, pointer, line)
		}
	}
}

func jsonInt(n int) string { b, _ := json.Marshal(n); return string(b) }

func (d *document) valid(t testing.TB, pointer string, body []byte) {
	t.Helper()
	schema, err := d.compiler.Compile(documentURL + "#" + pointer)
	require.NoError(t, err)
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	require.NoError(t, err, "%s", body)
	require.NoError(t, schema.Validate(v), "%s", body)
}

func TestEveryRouteIsDocumentedAndEveryDocumentedRouteServed(t *testing.T) {
	w := newWorld(t, nil)
	var served, described []string
	for _, r := range w.api.echo.Routes() {
		if r.Method == http.MethodHead {
			continue // the document says once that GET has HEAD
		}
		served = append(served, r.Method+" "+regexp.MustCompile(`:([a-z]+)`).ReplaceAllString(r.Path, "{$1}"))
	}
	for path, item := range w.spec.tree["paths"].(map[string]any) {
		for method := range item.(map[string]any) {
			described = append(described, strings.ToUpper(method)+" "+path)
		}
	}
	sort.Strings(served)
	sort.Strings(described)
	require.NotEmpty(t, served)
	require.Equal(t, described, served)
}

// What readers of the document rely on: unique names, and every path parameter
// declared.
func TestDocumentIsWhole(t *testing.T) {
	d := loadDocument(t)
	require.Equal(t, "3.1.0", d.tree["openapi"])
	names := map[string]bool{}
	for path, item := range d.tree["paths"].(map[string]any) {
		for method, operation := range item.(map[string]any) {
			o := operation.(map[string]any)
			name, _ := o["operationId"].(string)
			require.NotEmpty(t, name, path)
			require.False(t, names[name], name)
			names[name] = true
			require.NotEmpty(t, o["summary"], path)
			declared := map[string]bool{}
			parameters, _ := o["parameters"].([]any)
			for _, p := range parameters {
				q, _ := d.at(map[string]any{"p": p}, "p")
				if q.(map[string]any)["in"] == "path" {
					declared[q.(map[string]any)["name"].(string)] = true
				}
			}
			for _, m := range regexp.MustCompile(`\{([^}]*)\}`).FindAllStringSubmatch(path, -1) {
				require.True(t, declared[m[1]], "%s %s: %s is not declared", method, path, m[1])
			}
		}
	}
	for name := range d.tree["components"].(map[string]any)["schemas"].(map[string]any) {
		_, err := d.compiler.Compile(documentURL + "#/components/schemas/" + name)
		require.NoError(t, err, name)
	}
}

func TestDocumentIsServed(t *testing.T) {
	w := newWorld(t, nil)
	require.Equal(t, string(OpenAPI()), string(w.get("/v1/openapi.yaml").body))
	var v struct{ OpenAPI string }
	w.get("/v1/openapi.json").into(t, &v)
	require.Equal(t, "3.1.0", v.OpenAPI)
}
