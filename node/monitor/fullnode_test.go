package monitor

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit/audittest"
)

// chainNode is a full node with headers from height 100 on.
type chainNode struct {
	t     *testing.T
	list  []wire.BlockHeader
	calls map[string]int
}

func (n *chainNode) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	if user != "watcher" || password != "secret:word" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var q struct {
		Method string
		Params []any
	}
	require.NoError(n.t, json.NewDecoder(r.Body).Decode(&q))
	n.calls[q.Method]++
	var result any
	switch q.Method {
	case "getblockcount":
		result = 100 + len(n.list) - 1
	case "getblockhash":
		result = n.list[int(q.Params[0].(float64))-100].BlockHash().String()
	case "getblockheader":
		for _, h := range n.list {
			if h.BlockHash().String() == q.Params[0] {
				var raw bytes.Buffer
				require.NoError(n.t, h.Serialize(&raw))
				result = hex.EncodeToString(raw.Bytes())
			}
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"result": result, "error": nil, "id": "econd"})
}

// Headers are fetched once, kept over a restart, and replaced by a reorganisation.
func TestFullNode(t *testing.T) {
	list := audittest.Headers(30)
	n := &chainNode{t: t, list: list[:20], calls: map[string]int{}}
	s := httptest.NewServer(n)
	t.Cleanup(s.Close)
	dir := t.TempDir()
	cookie := filepath.Join(dir, ".cookie")
	require.NoError(t, os.WriteFile(cookie, []byte("watcher:secret:word"), 0o600))
	cfg := FullNodeConfig{URL: s.URL, CookieFile: cookie, Cache: filepath.Join(dir, "headers")}
	ask := func(from uint32) []wire.BlockHeader {
		node, err := NewFullNode(cfg)
		require.NoError(t, err)
		first, got, err := node.Headers(context.Background(), from)
		require.NoError(t, err)
		require.Equal(t, from, first)
		return got
	}
	require.Equal(t, list[5:20], ask(105))
	require.Equal(t, 15, n.calls["getblockheader"])
	n.list = list
	require.Equal(t, list[5:], ask(105))
	require.Equal(t, 25, n.calls["getblockheader"], "fetched again")

	other := append(append([]wire.BlockHeader{}, list[:25]...), list[25])
	other[25].Nonce++
	n.list = other
	require.Equal(t, other[5:], ask(105))
	require.Equal(t, 26, n.calls["getblockheader"])
	require.Equal(t, other[7:], ask(107))
}

// What is wrong with a full node is said, without the password.
func TestFullNodeFaults(t *testing.T) {
	for _, cfg := range []FullNodeConfig{{}, {URL: "http://user:word@127.0.0.1:1", CookieFile: "x"}, {URL: "http://127.0.0.1:1"}, {URL: "http://127.0.0.1:1", User: "u"},
		{URL: "http://127.0.0.1:1", CookieFile: "x", PasswordFile: "y"}} {
		_, err := NewFullNode(cfg)
		require.ErrorIs(t, err, ErrConfig)
	}
	n := &chainNode{t: t, list: audittest.Headers(2), calls: map[string]int{}}
	s := httptest.NewServer(n)
	t.Cleanup(s.Close)
	password := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(password, []byte("wrong-word\n"), 0o600))
	node, err := NewFullNode(FullNodeConfig{URL: s.URL, User: "watcher", PasswordFile: password})
	require.NoError(t, err)
	_, _, err = node.Headers(context.Background(), 100)
	require.ErrorContains(t, err, "refuses the user and password")
	require.NotContains(t, err.Error(), "wrong-word")
	require.NoError(t, os.WriteFile(password, []byte("secret:word\n"), 0o600))
	_, _, err = node.Headers(context.Background(), 200)
	require.ErrorContains(t, err, "no block 200 yet")
	s.Close()
	_, _, err = node.Headers(context.Background(), 100)
	require.ErrorContains(t, err, "the full node at "+s.URL)
	require.NotContains(t, err.Error(), "secret")
}
