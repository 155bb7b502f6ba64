package wallet_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// A proxy forwards one credential of several, so a request that has its own goes
// without the stored token where it costs nothing, and takes it along where it
// has to.
func TestOwnCredentialTravelsAlone(t *testing.T) {
	n := newLightning(t)
	s := newShop(t, n)
	w := newWallet(t, n, nil)
	require.NoError(t, call(t, w, "GET", s.URL+"/v1/things", "").err)
	var sent [][]string
	free := true
	s.setAlter(func(w http.ResponseWriter, r *http.Request) bool {
		sent = append(sent, r.Header.Values("Authorization"))
		return free
	})
	signed := func() int {
		req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/v1/things", nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Nostr e30=")
		resp, _, err := w.Do(req)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode
	}
	require.Equal(t, 200, signed())
	require.Equal(t, [][]string{{"Nostr e30="}}, sent)

	sent, free = nil, false
	require.Equal(t, 200, signed())
	require.Len(t, sent, 2)
	require.Equal(t, []string{"Nostr e30="}, sent[0])
	require.Len(t, sent[1], 2, "beside the token that was paid before")
	require.Equal(t, 1, n.payments())
}
