package httpapi

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStartingSaysWhatIsDone(t *testing.T) {
	h := Starting(func() string { return "its log is read" })
	get := func(path string) *http.Response {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Result()
	}
	for _, path := range []string{"/", "/v1/info", "/readyz"} {
		resp := get(path)
		require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
		require.Equal(t, "1", resp.Header.Get("Retry-After"))
		var p struct{ Rule, Detail string }
		require.NoError(t, json.NewDecoder(resp.Body).Decode(&p))
		require.Equal(t, "starting", p.Rule)
		require.Equal(t, "econd is starting: its log is read", p.Detail)
	}
	require.Equal(t, http.StatusOK, get("/healthz").StatusCode)
}
