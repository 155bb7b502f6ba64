package httpapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/nodetest"
)

// TestEveryGetHasItsHead: the same status and type, no body, also of streams, which end.
func TestEveryGetHasItsHead(t *testing.T) {
	w, sign := noticesWorld(t)
	bob := nodetest.Key(t, 12)
	id := strings.Repeat("ab", 32)
	fill := strings.NewReplacer("{pubkey}", bob.Public().String(), "{id}", id, "{agent}", bob.Public().String(), "{voter}", id,
		"{number}", "1", "{kind}", "tool", "{name}", "constitution.json", "{metric}", "agents")
	seen := 0
	for _, r := range w.api.routes() {
		if r.Verb() != http.MethodGet {
			continue
		}
		seen++
		path := fill.Replace(r.Path)
		require.NotContains(t, path, "{", "a sample of every parameter")
		head := w.send(http.MethodHead, path, nil, sign(bob, http.MethodHead, path, "")...)
		require.Empty(t, head.body, path)
		require.NotEqual(t, http.StatusMethodNotAllowed, head.status, path)
		if r.stream && head.status == http.StatusOK && r.Path != "/v1/log" {
			require.Equal(t, "text/event-stream", head.header.Get("Content-Type"), path)
			continue
		}
		get := w.send(http.MethodGet, path, nil, sign(bob, http.MethodGet, path, "")...)
		require.Equal(t, get.status, head.status, "%s: %s", path, get.body)
		require.Equal(t, get.header.Get("Content-Type"), head.header.Get("Content-Type"), path)
	}
	require.Positive(t, seen)
	require.NotContains(t, w.logged(), "request failed")
}

// TestHeadCostsWhatGetCosts: a stranger cannot look for nothing.
func TestHeadCostsWhatGetCosts(t *testing.T) {
	w := newWorldOf(t, pricedReads(t), func(_ *world, c *Config) { sells(t, c, &invoicer{}) })
	for path, status := range map[string]int{"/v1/rules": 402, "/v1/info": 200, "/v1/info?at=0": 402} {
		a := w.send(http.MethodHead, path, nil)
		require.Equal(t, status, a.status, path)
		require.Equal(t, status == 402, a.header.Get("WWW-Authenticate") != "", path)
	}
}
