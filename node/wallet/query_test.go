package wallet_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/wallet"
)

// documents is a seller whose goods hang on the query and the body: each has a token of
// its own. It sees every credential that it is shown, by path.
type documents struct {
	*httptest.Server
	mu    sync.Mutex
	shown map[string][]string
}

func newDocuments(t *testing.T, n *lightning) *documents {
	s := &documents{shown: map[string][]string{}}
	good := map[string]bool{}
	serial := 0
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked := r.URL.RequestURI() + " " + string(body)
		s.mu.Lock()
		defer s.mu.Unlock()
		a := r.Header.Get("Authorization")
		if a != "" {
			s.shown[r.URL.Path] = append(s.shown[r.URL.Path], a)
		}
		if good[a+asked] {
			_, _ = io.WriteString(w, "document "+asked)
			return
		}
		invoice, hash, err := n.AddInvoice(t.Context(), 10_000, "", 0)
		if err != nil {
			t.Error(err)
		}
		serial++
		token := "token-" + strconv.Itoa(serial)
		n.mu.Lock()
		preimage := n.preimages[hash]
		n.mu.Unlock()
		good["L402 "+token+":"+preimage.Reveal()+asked] = true
		w.Header().Set("WWW-Authenticate", `L402 macaroon="`+token+`", invoice="`+invoice+`"`)
		w.WriteHeader(http.StatusPaymentRequired)
	}))
	t.Cleanup(s.Close)
	return s
}

// TestGoodsThatHangOnTheRequest: what a query or a body was bought for is bought once,
// however often other goods of the same path are read in between.
func TestGoodsThatHangOnTheRequest(t *testing.T) {
	for name, asked := range map[string][][2]string{
		"query": {{"?id=1", ""}, {"?id=2", ""}, {"", ""}, {"?id=3", ""}},
		"body":  {{"", "one"}, {"", "two"}, {"", ""}, {"", "three"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := newLightning(t)
			s := newDocuments(t, n)
			dir := t.TempDir()
			for range 10 { // more often than wrong guesses are forgiven
				for _, q := range asked {
					w := newWallet(t, n, func(c *wallet.Config) { c.TokenStore = wallet.NewFileStore(dir) })
					got := call(t, w, "POST", s.URL+"/doc"+q[0], q[1])
					require.NoError(t, got.err)
					require.Equal(t, "document /doc"+q[0]+" "+q[1], got.body)
				}
			}
			require.Equal(t, len(asked), n.payments())
		})
	}
}

// TestOpenPaymentIsFinishedForItsRequest: a payment that was left open is not spent on
// another query or body, and is kept for its own.
func TestOpenPaymentIsFinishedForItsRequest(t *testing.T) {
	n := newLightning(t)
	s := newDocuments(t, n)
	w := newWallet(t, n, nil)
	n.loseAnswer, n.trackErr = true, errors.New("node is away")
	require.ErrorIs(t, call(t, w, "POST", s.URL+"/doc?id=1", "a").err, wallet.ErrUnresolved)
	n.trackErr = nil
	for _, q := range [][2]string{{"?id=2", "a"}, {"?id=1", "b"}, {"?id=1", "a"}, {"?id=2", "a"}, {"?id=1", "b"}} {
		got := call(t, w, "POST", s.URL+"/doc"+q[0], q[1])
		require.NoError(t, got.err)
		require.Equal(t, "document /doc"+q[0]+" "+q[1], got.body)
	}
	require.Equal(t, 3, n.payments())
}

// TestNeighboursAreNotShownTokens: two sellers share an origin; a call to one does not
// hand it a token, good for hours, of the other.
func TestNeighboursAreNotShownTokens(t *testing.T) {
	n := newLightning(t)
	s := newDocuments(t, n)
	w := newWallet(t, n, nil)
	for _, path := range []string{"/alice/x", "/bob/x", "/", "/alicext", "/alice", "/alice/x/y"} {
		require.NoError(t, call(t, w, "GET", s.URL+path, "").err)
	}
	require.Len(t, s.shown["/bob/x"], 1, "its own token")
	require.Len(t, s.shown["/"], 1)
	require.Len(t, s.shown["/alicext"], 1)
	require.Len(t, s.shown["/alice"], 2, "one that was bought under the same first segment, and its own")
	require.Len(t, s.shown["/alice/x/y"], 3)
}
