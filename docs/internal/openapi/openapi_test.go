package main

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/read"
)

const root = "../../.."

func TestDocumentIsUpToDate(t *testing.T) {
	want, err := document(root)
	require.NoError(t, err)
	have, err := os.ReadFile("../../openapi.yaml")
	require.NoError(t, err)
	require.True(t, string(have) == string(want), "docs/openapi.yaml is out of date; run: go generate ./docs")
	want, err = priceListSchema(want)
	require.NoError(t, err)
	have, err = os.ReadFile("../../schemas/l402.json")
	require.NoError(t, err)
	require.True(t, string(have) == string(want), "docs/schemas/l402.json is out of date; run: go generate ./docs")
}

// What base.yaml has by hand are the routes of the table that answer no read, under
// their names, with their summaries.
func TestRoutesByHandAreThoseOfTheTable(t *testing.T) {
	var tree struct {
		Paths map[string]map[string]struct {
			OperationID string `yaml:"operationId"`
			Summary     string
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(base), &tree))
	have, want := map[string]string{}, map[string]string{}
	for path, item := range tree.Paths {
		for method, o := range item {
			have[strings.ToUpper(method)+" "+path] = o.OperationID + ": " + o.Summary
		}
	}
	for _, r := range read.Routes() {
		if r.Path != "" && !r.IsRead() {
			want[r.Verb()+" "+r.Path] = r.Name + ": " + r.Summary
		}
	}
	require.Equal(t, want, have)
}

// What has a narrower form than its Go type says so.
func TestNarrowFormsAreTold(t *testing.T) {
	text, err := document(root)
	require.NoError(t, err)
	var tree any
	require.NoError(t, yaml.Unmarshal(text, &tree))
	at := func(path string) any {
		v := tree
		for name := range strings.SplitSeq(path, " ") {
			switch of := v.(type) {
			case map[string]any:
				v = of[name]
			case []any:
				v = of[0]
			}
		}
		return v
	}
	parts := func(path string) any { return at("components schemas " + path) }
	const most = uint64(1<<53 - 1)
	for _, of := range []string{"SetPrice properties sat", "SetPrice properties expect_sat", "RemoveRule properties expect_seq",
		"RevokeGrant properties expect_drawn_sat"} {
		require.Equal(t, most, parts("Action"+of+" maximum"), of)
		require.Zero(t, parts("Action"+of+" minimum"), of)
	}
	require.Equal(t, refs+"GrantID", parts("ActionRevokeGrant properties grant $ref"))
	require.Equal(t, "^grant-[0-9a-f]{40}$", parts("GrantID pattern"))
	require.Equal(t, refs+"DigitsOrNone", parts("CloseConviction properties threshold $ref"))
	require.Equal(t, "^(|0|[1-9][0-9]*)$", parts("DigitsOrNone pattern"))
	require.EqualValues(t, 1, at("paths /v1/constitution/versions/{number} get parameters 0 schema minimum"))
}

// The words are those of YAML, whatever stands in a text.
func TestYAMLIsReadAsWritten(t *testing.T) {
	words := []any{"plain", "no", "True", "1", "-1", "1.5", "", " x", "x ", "a: b", "a:b", "a #b", "# b", "a, b", "{a}", "[a]", "/v1/{id}", "it's", `"a"`,
		"`a`", "*a", "&a", "!a", "|", ">", "%a", "@a", "null", "~", "a\\b", "2026-01-02", "a:", "ä", "x: [y]", "a]", "a}", "?", "-", "=", "a\tb"}
	o := object{{"$ref", "#/x"}, {"Econd-Seq", true}, {"200", int64(-3)}, {"two", "lines\n\nof text\n"}, {"words", words}}
	for _, w := range words {
		o = append(o, member{"key " + w.(string), w}, member{"in " + w.(string), object{{"a", w}, {"b", []any{object{{w.(string), 1}}}}}})
	}
	o = append(o, member{"properties", object{{"a", object{{"description", strings.Repeat("long, ", 40)}}}}})
	var b strings.Builder
	o.write(&b, "")
	var have any
	require.NoError(t, yaml.Unmarshal([]byte(b.String()), &have), b.String())
	require.Equal(t, tree(o), tree(have))
}

// tree is a value as maps, with every number an int64.
func tree(v any) any {
	switch v := v.(type) {
	case object:
		m := map[string]any{}
		for _, x := range v {
			m[x.key] = tree(x.value)
		}
		return m
	case map[string]any:
		m := map[string]any{}
		for k, x := range v {
			m[k] = tree(x)
		}
		return m
	case []any:
		l := []any{}
		for _, x := range v {
			l = append(l, tree(x))
		}
		return l
	case int, uint64:
		return reflect.ValueOf(v).Convert(reflect.TypeFor[int64]()).Int()
	}
	return v
}

func TestCommentsBecomeDescriptions(t *testing.T) {
	members := map[string]string{"AmountSat": "amount_sat", "For": "for", "Cast": "cast", "Possible": "possible"}
	for _, c := range []struct{ comment, own, want string }{
		{"Hold is one stake or collateral.", "Hold", "One stake or collateral"},
		{"BudgetTerms say how much may be spent.", "BudgetTerms", "Say how much may be spent"},
		{"Close (3957) ends a vote.", "Close", "Ends a vote"},
		{"what was paid beyond AmountSat", "PaidSat", "What was paid beyond amount_sat"},
		{"AmountSat and more", "PaidSat", "amount_sat and more"},
		{"share of Cast in Possible; For programs. For all.", "TurnoutPPM", "Share of cast in possible; for programs. For all"},
		{"Households are asked.", "Hold", "Households are asked"},
		{"", "Hold", ""},
	} {
		require.Equal(t, c.want, described(c.comment, c.own, members))
	}
}

type odd struct {
	Range   int64    `json:"range" schema:"min=-2,max=3"`
	List    []string `json:"list,omitempty" schema:"max=4,enum=a|b"`
	Flag    bool     `json:"flag,omitempty"`
	Sat     *uint64  `json:"paid_sat,omitempty"`
	Hidden  int      `json:"-"`
	Private [33]byte `json:"-"`
}

func TestSchemaOfAStruct(t *testing.T) {
	s := newSchemas(root)
	s.comments.read[reflect.TypeFor[odd]().PkgPath()] = true // of tests there are no comments to read
	o, err := s.object(reflect.TypeFor[odd]())
	require.NoError(t, err)
	require.Equal(t, []any{"range"}, o[1].value)
	require.Equal(t, object{
		{"range", object{{"type", "integer"}, {"minimum", int64(-2)}, {"maximum", int64(3)}}},
		{"list", object{{"type", "array"}, {"minItems", 1}, {"maxItems", int64(4)}, {"items", object{{"type", "string"}, {"enum", []any{"a", "b"}}}}}},
		{"flag", object{{"type", "boolean"}, {"const", true}}},
		{"paid_sat", ref("Sat")},
	}, o[3].value)
	for _, tag := range []string{"least=1", "min=x", "is="} {
		_, err := parseTag(tag)
		require.Error(t, err, tag)
	}
}

// Two types of one name, with different members, cannot both be described.
func TestSchemasHaveOneTypeEach(t *testing.T) {
	type Page struct{ A, B int }
	s := newSchemas(root)
	s.made["Page"] = reflect.TypeFor[struct{ A string }]()
	_, err := s.of(reflect.TypeFor[Page]())
	require.ErrorContains(t, err, "one schema, Page")
}
