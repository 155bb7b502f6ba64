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
	all   []wire.BlockHeader // that it has, of other branches too; nil: list
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
		for _, h := range append(n.all, n.list...) {
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

// A reorganisation while headers are fetched leaves none of the branch that went, whenever it comes, and one
// that was kept by then is put right.
func TestFullNodeReorganisedMidway(t *testing.T) {
	ours := audittest.Headers(30)
	other := append([]wire.BlockHeader{}, ours[:22]...)
	for i := 22; i < 34; i++ {
		h := ours[min(i, 29)]
		h.Nonce ^= 0x5555
		h.PrevBlock = other[i-1].BlockHash()
		other = append(other, h)
	}
	all := append(append([]wire.BlockHeader{}, ours...), other[22:]...)
	cookie := filepath.Join(t.TempDir(), ".cookie")
	require.NoError(t, os.WriteFile(cookie, []byte("watcher:secret:word"), 0o600))
	for call := range 52 {
		n, calls := &chainNode{t: t, list: ours, all: all, calls: map[string]int{}}, 0
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if calls == call {
				n.list = other
			}
			calls++
			n.ServeHTTP(w, r)
		}))
		cfg := FullNodeConfig{URL: s.URL, CookieFile: cookie, Cache: filepath.Join(t.TempDir(), "headers")}
		var got []wire.BlockHeader
		for range 2 {
			node, err := NewFullNode(cfg)
			require.NoError(t, err)
			_, got, err = node.Headers(context.Background(), 105)
			require.NoError(t, err, call)
			for i := 1; i < len(got); i++ {
				require.Equal(t, got[i-1].BlockHash(), got[i].PrevBlock, "call %d, header %d", call, i)
			}
		}
		require.Equal(t, other[5:], got, call)
		s.Close()
	}
}

// Kept headers that do not follow each other are kept no longer.
func TestFullNodeTornCache(t *testing.T) {
	list := audittest.Headers(30)
	n := &chainNode{t: t, list: list, calls: map[string]int{}}
	s := httptest.NewServer(n)
	t.Cleanup(s.Close)
	dir := t.TempDir()
	cookie, cache := filepath.Join(dir, ".cookie"), filepath.Join(dir, "headers")
	require.NoError(t, os.WriteFile(cookie, []byte("watcher:secret:word"), 0o600))
	ask := func() []wire.BlockHeader {
		node, err := NewFullNode(FullNodeConfig{URL: s.URL, CookieFile: cookie, Cache: cache})
		require.NoError(t, err)
		_, got, err := node.Headers(context.Background(), 105)
		require.NoError(t, err)
		return got
	}
	require.Equal(t, list[5:], ask())
	raw, err := os.ReadFile(cache)
	require.NoError(t, err)
	raw[4+10*80+40] ^= 1
	require.NoError(t, os.WriteFile(cache, raw, 0o600))
	require.Equal(t, list[5:], ask())
}
