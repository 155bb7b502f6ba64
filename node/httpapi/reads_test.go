package httpapi

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/read"
)

// badly asks for a read in one wrong way and names what is wrong.
type badly struct{ query, field, rule string }

// badlyOf are the wrong ways to ask for a row in its query string.
func badlyOf(r *read.Route) []badly {
	list := []badly{{"nonsense=1", "nonsense", "unknown-parameter"}, {"%zz", "query", "query"}}
	for _, name := range queryNames(r) {
		list = append(list, badly{name + "=1&" + name + "=1", name, "duplicate-parameter"})
	}
	for _, p := range r.Params {
		given := func(text string, rule string) {
			list = append(list, badly{p.Name + "=" + text, p.Name, rule})
		}
		switch {
		case p.In != read.InQuery:
		case p.Kind == read.ID:
			given("12", "hex")
		case p.Kind == read.Key:
			given(strings.Repeat("00", 32), "key")
		case p.Kind == read.Number:
			list = append(list, badly{p.Name + "=01&" + others(r, p.Name), p.Name, "range"})
		case p.Bad.Rule != "":
			given("", p.Bad.Rule)
		}
		if p.Longest > 0 {
			given(strings.Repeat("x", p.Longest+1), "length")
		}
		if p.In == read.InQuery && p.Needed.Rule != "" {
			list = append(list, badly{others(r, p.Name), p.Name, p.Needed.Rule})
		}
	}
	if r.Paging != read.NotPaged {
		list = append(list, badly{"limit=0&" + others(r, ""), "limit", "range"}, badly{"cursor=AQ&" + others(r, ""), "cursor", "cursor"})
	}
	if r.Past {
		list = append(list, badly{"at=-1&" + others(r, ""), "at", "range"}, badly{"at=99&" + others(r, ""), "at", "beyond-head"})
	}
	return list
}

// others are good values of what a read needs in the query but for one parameter.
func others(r *read.Route, but string) string {
	v := url.Values{}
	for _, p := range r.Params {
		if p.In == read.InQuery && p.Needed.Rule != "" && p.Name != but {
			v.Set(p.Name, sampleOf(p))
		}
	}
	return v.Encode()
}

var sampleKey = strings.Repeat("0", 63) + "1" // on the curve

func sampleOf(p read.Param) string {
	switch p.Kind {
	case read.Word:
		return p.Words[0]
	case read.Number:
		return "1"
	case read.ID, read.Key:
		return sampleKey
	}
	return "x"
}

// Every read refuses what it does not take, what is given twice and what has a wrong
// form, by name.
func TestEveryReadRefusesBadQueries(t *testing.T) {
	w := newWorld(t, nil)
	for _, r := range read.Routes() {
		if !r.IsRead() || r.Path == "" {
			continue
		}
		path := r.Path
		for _, p := range r.Params {
			path = strings.ReplaceAll(path, "{"+p.Name+"}", sampleOf(p))
		}
		for _, c := range badlyOf(r) {
			a := w.do(http.MethodGet, path+"?"+c.query, nil)
			require.Equal(t, http.StatusBadRequest, a.status, "%s?%s: %s", path, c.query, a.body)
			p := a.problem(t)
			require.Equal(t, []string{c.field, c.rule}, []string{p.Field, p.Rule}, "%s?%s: %s", path, c.query, a.body)
		}
		for _, p := range r.Params {
			if p.In == read.InPath && (p.Kind == read.ID || p.Kind == read.Key) {
				wrong := strings.ReplaceAll(r.Path, "{"+p.Name+"}", "12")
				for _, q := range r.Params {
					wrong = strings.ReplaceAll(wrong, "{"+q.Name+"}", sampleOf(q))
				}
				a := w.do(http.MethodGet, wrong+"?"+others(r, ""), nil)
				require.Equal(t, http.StatusBadRequest, a.status, "%s: %s", wrong, a.body)
				require.Equal(t, p.Name, a.problem(t).Field, wrong)
			}
		}
	}
}

// A refusal names what a read takes in the order of the table, and first the past.
func TestUnknownParametersAreToldTheKnownOnes(t *testing.T) {
	w := newWorld(t, nil)
	for path, want := range map[string]string{
		"/v1/log/nowhere":             "",
		"/v1/checkpoints/latest":      "no query parameters",
		"/v1/checkpoints/consistency": "only old, size",
		"/v1/agents":                  "only at, cursor, limit",
		"/v1/proposals":               "only at, state, track, cursor, limit",
		"/v1/registry":                "only at, kind, status, cursor, limit",
		"/v1/registry/tool/x":         "only at, version",
	} {
		a := w.do(http.MethodGet, path+"?nonsense=1", nil)
		if want == "" {
			require.Equal(t, http.StatusNotFound, a.status, path)
			continue
		}
		require.Contains(t, a.problem(t).Detail, "this route takes "+want, path)
	}
}

// What is no read has a handler, and no handler is for nothing.
func TestEveryOtherRowHasAHandler(t *testing.T) {
	w := newWorld(t, nil)
	handlers := w.api.others()
	for _, r := range w.api.routes() {
		require.NotNil(t, r.handle, r.Name)
		delete(handlers, r.Name)
	}
	require.Empty(t, handlers)
}
