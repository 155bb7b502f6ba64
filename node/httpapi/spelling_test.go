package httpapi

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/nodetest"
)

// TestOtherSpellingsAreNoRoutes: nobody pays for them, and none is taken for another path.
func TestOtherSpellingsAreNoRoutes(t *testing.T) {
	w, _ := gated(t)
	key := nodetest.Key(t, 12).Public().String()
	for path, status := range map[string]int{
		"/v1/agents/%61" + key[1:]: 400, "/v1/agents/..": 400, "/v1/agents/.": 400,
		"/v1/./info": 404, "/v1/agents//": 404, "/v1//info": 404, "/v1%2Finfo": 404, "//v1/info": 404,
	} {
		a := w.send(http.MethodGet, path, nil)
		require.Equal(t, status, a.status, "%s: %s", path, a.body)
	}
	a := w.send(http.MethodPost, "/v1/%6fperations", []byte("{}"), "Content-Type", "application/json")
	require.Equal(t, 404, a.status, "%s", a.body)
}
