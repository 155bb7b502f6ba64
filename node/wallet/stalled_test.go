package wallet_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// A challenge whose body never comes is answered all the same: nobody reads the body.
func TestABodyThatNobodyReadsIsNotWaitedFor(t *testing.T) {
	n := newLightning(t)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			_, _ = io.WriteString(w, "goods")
			return
		}
		invoice, _, err := n.AddInvoice(r.Context(), 1000, "", 0)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("WWW-Authenticate", `L402 token="opaque", invoice="`+invoice+`"`)
		w.Header().Set("Content-Length", "60000")
		w.WriteHeader(http.StatusPaymentRequired)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	defer s.Close()
	a := call(t, newWallet(t, n, nil), "GET", s.URL+"/x", "")
	require.NoError(t, a.err)
	require.Equal(t, "goods", a.body)
	require.Equal(t, 1, n.payments())
}
