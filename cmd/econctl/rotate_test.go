package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// keyDesk stands before an econd and knows which keys an agent had, as the log does.
type keyDesk struct {
	*econd
	keys []op.PublicKey // the last one speaks
}

func newKeyDesk(t *testing.T) (*keyDesk, *agent) {
	d := &keyDesk{econd: newEcond(t)}
	behind := d.Config.Handler
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if key, ok := strings.CutPrefix(r.URL.Path, "/v1/agents/"); ok && len(key) == 64 {
			reply(w, d.agent())
			return
		}
		before := len(d.events)
		if r.URL.Path == "/v1/operations" && len(d.keys) > 1 {
			d.refuse = map[string]any{"title": "Not allowed", "rule": "key-current", "field": "pubkey"}
		}
		behind.ServeHTTP(w, r)
		if len(d.events) > before && d.last().Kind == op.KindRotateKey {
			c := contentOf[op.RotateKey](t, d.econd)
			require.NoError(t, op.VerifyTakeOver(economy, d.last().PubKey, c.NewKey, c.Signature))
			d.keys = append(d.keys, c.NewKey)
		}
	}))
	t.Cleanup(front.Close)
	d.URL = front.URL
	g := newAgent(t, d.econd)
	d.keys = []op.PublicKey{g.key.Public()}
	return d, g
}

func (d *keyDesk) agent() view.Agent {
	v := view.Agent{PubKey: d.keys[len(d.keys)-1], Name: "ada"}
	for i, k := range d.keys {
		v.Keys = append(v.Keys, view.AgentKey{PubKey: k, FromSeq: uint64(4 + i)})
	}
	return v
}

func (g *agent) file(name string) string { return filepath.Join(g.dir, name) }

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

func TestKeyIsRotatedToAFile(t *testing.T) {
	d, g := newKeyDesk(t)
	next, err := keyfile.NewSecretKey()
	require.NoError(t, err)
	require.NoError(t, keyfile.Write(g.file("new.key"), keyfile.NewAgent(next)))
	before, fresh := readFile(t, g.file("agent.key")), readFile(t, g.file("new.key"))

	o := g.run("key", "rotate", "--to", g.file("new.key"), "--dry-run")
	require.Equal(t, exitOK, o.code, o.err)
	require.Contains(t, o.out, "would sign kind 3928 rotate-key")
	require.Empty(t, d.events)
	require.Equal(t, before, readFile(t, g.file("agent.key")))

	// What is refused changes no file.
	d.refuse = map[string]any{"title": "Not allowed", "rule": "operator-key"}
	require.Equal(t, exitRefused, g.run("key", "rotate", "--to", g.file("new.key")).code)
	require.Equal(t, before, readFile(t, g.file("agent.key")))
	require.NoFileExists(t, g.file("agent.key.old"))
	d.refuse = nil

	v := g.json("key", "rotate", "--to", g.file("new.key"))
	require.Equal(t, next.Public().String(), v["pubkey"])
	require.Equal(t, g.key.Public().String(), v["former"])
	require.Equal(t, g.key.Public(), d.last().PubKey)
	require.Equal(t, before, readFile(t, g.file("agent.key.old")))
	require.Equal(t, fresh, readFile(t, g.file("agent.key")))

	// Again: the same, and nothing is handed in.
	v = g.json("key", "rotate", "--to", g.file("new.key"))
	require.Equal(t, []any{next.Public().String(), true, 5.0}, []any{v["pubkey"], v["replay"], v["seq"]})
	require.Len(t, d.events, 1)

	// A run that was killed before it changed the file goes on.
	require.NoError(t, os.WriteFile(g.file("agent.key"), []byte(before), 0o600))
	v = g.json("key", "rotate", "--to", g.file("new.key"))
	require.Equal(t, []any{next.Public().String(), true, 5.0}, []any{v["pubkey"], v["replay"], v["seq"]})
	require.Equal(t, fresh, readFile(t, g.file("agent.key")))
	require.Len(t, d.events, 1)

	// A third key is not taken for the one that speaks.
	require.NoError(t, os.WriteFile(g.file("agent.key"), []byte(before), 0o600))
	third, err := keyfile.NewSecretKey()
	require.NoError(t, err)
	require.NoError(t, keyfile.Write(g.file("third.key"), keyfile.NewAgent(third)))
	require.NotEqual(t, exitOK, g.run("key", "rotate", "--to", g.file("third.key")).code)
	require.Equal(t, before, readFile(t, g.file("agent.key")))
}

func TestKeyIsRotatedToAnAccount(t *testing.T) {
	d, g := newKeyDesk(t)
	require.NoError(t, os.Remove(g.file("agent.key")))
	require.NoError(t, os.WriteFile(g.file("pass"), []byte("correct horse\n"), 0o600))
	pass := []string{"--passphrase-file", g.file("pass")}
	run := func(line ...string) map[string]any { return g.json(append(pass, line...)...) }
	first := run("key", "new", "--work-factor", "10")["pubkey"]
	second := run("--account", "1", "key", "show")["pubkey"]

	d.lose = 1
	v := run("key", "rotate", "--to-account", "1", "--work-factor", "10")
	require.Equal(t, []any{second, first}, []any{v["pubkey"], v["former"]})
	require.Equal(t, first, d.last().PubKey.String())
	require.Equal(t, second, run("key", "show")["pubkey"])
	require.Equal(t, first, run("--key", g.file("agent.key.old"), "key", "show")["pubkey"])
	require.Equal(t, exitUsage, g.run("key", "rotate").code)
	require.Equal(t, exitUsage, g.run(append(pass, "key", "rotate", "--to-account", "4294967295")...).code)

	// Where the configuration names the account, that is what has to change.
	d.keys, d.refuse = d.keys[:1], nil
	v = run("--account", "2", "key", "rotate", "--to-account", "3")
	require.Equal(t, "account: 3", v["configure"])
	require.NotContains(t, v, "file")
}
