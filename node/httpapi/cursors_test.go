package httpapi

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/cursor"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// listRoute is a list that openapi.yaml documents: a path with ids put in, the filter
// that it demands, and those that it allows, with a value each.
type listRoute struct {
	path    string
	demands []string // name and value, or empty
	filters map[string]string
}

func (r listRoute) list(filter ...string) cursor.List {
	return cursor.Of(append(append([]string{r.path}, r.demands...), filter...)...)
}

// url asks the list for the page that a cursor names.
func (r listRoute) url(text string) string {
	u := r.path + "?cursor=" + text
	if len(r.demands) > 0 {
		u += "&" + r.demands[0] + "=" + r.demands[1]
	}
	return u
}

// listRoutes are all routes that take a cursor.
func (d *document) listRoutes(t *testing.T, ids map[string]string) (list []listRoute) {
	t.Helper()
	for _, template := range slices.Sorted(maps.Keys(d.tree["paths"].(map[string]any))) {
		parameters, _ := d.at(d.tree, "paths", template, "get", "parameters")
		given, _ := parameters.([]any)
		r, paged := listRoute{filters: map[string]string{}}, false
		for _, p := range given {
			v, _ := d.at(map[string]any{"p": p}, "p")
			name := v.(map[string]any)["name"].(string)
			switch {
			case name == "cursor":
				paged = true
			case v.(map[string]any)["in"] == "query" && name != "limit" && name != "at":
				schema, _ := d.at(v, "schema")
				values, _ := schema.(map[string]any)["enum"].([]any)
				if values == nil {
					values = []any{ids[name]}
				}
				if v.(map[string]any)["required"] == true {
					r.demands = []string{name, values[0].(string)}
					continue
				}
				r.filters[name] = values[0].(string)
			}
		}
		if !paged {
			continue
		}
		r.path = regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllStringFunc(template, func(s string) string {
			require.NotEmpty(t, ids[strings.Trim(s, "{}")], "%s: no value for %s", template, s)
			return ids[strings.Trim(s, "{}")]
		})
		list = append(list, r)
	}
	return list
}

// A cursor is taken by the list that gave it, with the filters that it had, and by no other.
func TestCursorsAreBoundToTheirLists(t *testing.T) {
	w := newWorld(t, nil)
	ada, bob := nodetest.Key(t, 2), nodetest.Key(t, 3)
	first := w.vote(ada, bob)
	w.submit(bob, op.KindDelegate, op.Delegate{To: ada.Public()})
	second := w.submit(ada, op.KindPropose, op.Propose{Track: "poll", Title: "Which?", Options: []string{"a", "b"}, Actions: []op.Raw{}})
	ids := map[string]string{"id": first.String(), "pubkey": ada.Public().String(), "agent": ada.Public().String(), "track": "signal",
		"metric": "load", "pool": "reserve", "field": "models", "kind": "model", "name": "m", "version": "2", "hash": second.String(),
		"entry": "1", "seq": "1", "stake": first.String(), "voter": ada.Public().String(), "status": "allowed", "txid": first.String(), "owner": ada.Public().String(),
		"wallet": "wallet-1b0c9f52e7a94d3c8f60c21d77ab3e5590f4d1c2"}
	routes := w.spec.listRoutes(t, ids)
	require.Greater(t, len(routes), 15)
	routes = append(routes, listRoute{path: "/v1/proposals/" + second.String() + "/ballots"},
		listRoute{path: "/v1/proposals/" + second.String() + "/disputes"},
		listRoute{path: "/v1/agents/" + bob.Public().String() + "/delegations"}, listRoute{path: "/v1/agents/" + bob.Public().String() + "/reputation"})

	// refuses tells whether the list refuses the cursor as not its own.
	refuses := func(r listRoute, filter, text string) bool {
		a := w.get(r.url(text) + filter)
		return a.status == http.StatusBadRequest && a.problem(t).Rule == "cursor"
	}
	for _, from := range routes {
		for _, to := range routes {
			taken := false
			for _, length := range []int{8, 12, 32} {
				taken = taken || !refuses(to, "", from.list().Text(make([]byte, length)))
			}
			require.Equal(t, from.path == to.path, taken, "%s takes a cursor of %s", to.path, from.path)
		}
		for name, value := range from.filters {
			filter := "&" + name + "=" + value
			bare, filtered := from.list().Index(0), from.list(name, value).Index(0)
			require.True(t, refuses(from, filter, bare), "%s%s", from.path, filter)
			require.True(t, refuses(from, "", filtered), "%s%s", from.path, filter)
			require.False(t, refuses(from, filter, filtered), "%s%s", from.path, filter)
			require.False(t, refuses(from, filter+"&limit=1&at=0", filtered), "%s%s", from.path, filter)
		}
	}
}

// A cursor that a list gave goes on in it, whatever the page's size.
func TestCursorsGoOn(t *testing.T) {
	w := newWorld(t, nil)
	ada, bob := nodetest.Key(t, 2), nodetest.Key(t, 3)
	id := w.vote(ada, bob)
	for _, path := range []string{"/v1/agents?", "/v1/proposals/" + id.String() + "/ballots?"} {
		var one, rest, all anyPage
		w.get(path+"limit=1").into(t, &one)
		w.get(path).into(t, &all)
		require.NotEmpty(t, one.Next, path)
		w.get(path+"cursor="+one.Next).into(t, &rest)
		require.Equal(t, all.Items, append(one.Items, rest.Items...))
	}
}
