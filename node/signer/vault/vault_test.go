package vault

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/seed"
	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/signer/custody"
	"github.com/econd/econd/node/signer/signertest"
	"github.com/econd/econd/node/signer/vault/vaulttest"
)

const (
	words = "leader monkey parrot ring guide accident before fence cannon height naive bean"
	other = "what bleak badge arrange retreat wolf trade produce cricket blur garlic valid proud rude strong choose busy staff weather area salt hollow arm fade"
)

var update = flag.Bool("update", false, "write testdata/observed.txt anew, from the double")

func key(t testing.TB, words string) *custody.Key {
	s, err := seed.Parse(words)
	require.NoError(t, err)
	return custody.Seeded(s, 0)
}

// double is a double of the server on a port of this machine.
func double(t testing.TB) (*vaulttest.Server, *vaulttest.Admin) {
	s := vaulttest.New()
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return s, &vaulttest.Admin{Base: h.URL, Root: s.Root, Client: h.Client()}
}

// servers runs a story against the double, and against a real server where VAULT_ADDR names one.
func servers(t *testing.T, story func(*testing.T, *vaulttest.Admin)) {
	t.Run("double", func(t *testing.T) { _, a := double(t); story(t, a) })
	if a := vaulttest.Real(); a != nil {
		t.Run("real", func(t *testing.T) { story(t, a) })
	}
}

func config(p *vaulttest.Place) Config {
	return Config{Address: p.Base, Mount: p.Mount, Path: "econd/agents/alice", RoleID: p.RoleID, SecretIDFile: p.SecretIDFile, AppRoleMount: p.AppRole}
}

func store(t testing.TB, cfg Config) *Store {
	s, err := New(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func open(t testing.TB, cfg Config) *custody.Signer {
	s, err := New(cfg)
	require.NoError(t, err)
	held, err := custody.Open(t.Context(), custody.Config{Custodian: s})
	require.NoError(t, err)
	return held
}

func TestContract(t *testing.T) {
	servers(t, func(t *testing.T, a *vaulttest.Admin) {
		p := a.NewPlace(t, "20m", "30m")
		k := key(t, words)
		require.NoError(t, store(t, config(p)).Put(t.Context(), k))
		secret, err := k.Signing(nil)
		require.NoError(t, err)
		signertest.Run(t, func(t *testing.T) signer.Signer { return open(t, config(p)) }, secret.Bytes(), []byte(words), []byte(p.SecretID), []byte(p.RoleID))
	})
}

// The double answers as the table has it; a real server answers as the double does.
func TestTheDoubleIsFaithful(t *testing.T) {
	s, a := double(t)
	seen, err := vaulttest.Observe(a, s.Advance)
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("testdata/observed.txt", []byte(strings.Join(seen, "\n")+"\n"), 0o644))
	}
	want, err := os.ReadFile("testdata/observed.txt")
	require.NoError(t, err)
	require.Equal(t, string(want), strings.Join(seen, "\n")+"\n")
	if a := vaulttest.Real(); a != nil {
		observed, err := vaulttest.Observe(a, func(d time.Duration) { time.Sleep(d) })
		require.NoError(t, err)
		require.Equal(t, observed, seen)
	}
}

func TestAKeyIsNeverOverwritten(t *testing.T) {
	servers(t, func(t *testing.T, a *vaulttest.Admin) {
		p := a.NewPlace(t, "", "")
		s := store(t, config(p))
		require.NoError(t, s.Put(t.Context(), key(t, words)))
		require.NoError(t, s.Put(t.Context(), key(t, words)), "the same key again is content")
		require.ErrorIs(t, s.Put(t.Context(), key(t, other)), custody.ErrExists)
		read, _, err := s.Key(t.Context())
		require.NoError(t, err)
		require.True(t, read.Equal(key(t, words)))

		// Deleted is not free.
		p.Must(t, "DELETE", p.Mount+"/data/econd/agents/alice", "")
		require.ErrorIs(t, s.Put(t.Context(), key(t, other)), custody.ErrExists)
		_, _, err = s.Key(t.Context())
		require.ErrorIs(t, err, custody.ErrDenied)
		require.ErrorContains(t, err, "was deleted")
		p.Must(t, "POST", p.Mount+"/destroy/econd/agents/alice", `{"versions":[1]}`)
		_, _, err = s.Key(t.Context())
		require.ErrorContains(t, err, "was destroyed")
	})
}

// A later version at the path changes nothing.
func TestOneVersionIsRead(t *testing.T) {
	servers(t, func(t *testing.T, a *vaulttest.Admin) {
		p := a.NewPlace(t, "", "")
		s := store(t, config(p))
		require.NoError(t, s.Put(t.Context(), key(t, words)))
		later := key(t, other)
		p.Must(t, "POST", p.Mount+"/data/econd/agents/alice", `{"data":`+string(later.Encode())+`}`)
		read, _, err := s.Key(t.Context())
		require.NoError(t, err)
		require.True(t, read.Equal(key(t, words)))

		cfg := config(p)
		cfg.Version = 2
		read, _, err = store(t, cfg).Key(t.Context())
		require.NoError(t, err)
		require.True(t, read.Equal(later))
		require.ErrorContains(t, store(t, cfg).Put(t.Context(), later), "Version")
		cfg.Version = 3
		_, _, err = store(t, cfg).Key(t.Context())
		require.ErrorIs(t, err, custody.ErrDenied)
		require.ErrorContains(t, err, "no version 3")
	})
}

func TestClearSentences(t *testing.T) {
	servers(t, func(t *testing.T, a *vaulttest.Admin) {
		p := a.NewPlace(t, "", "")
		p.Must(t, "POST", "sys/mounts/old-"+p.Mount, `{"type":"kv"}`)
		root := filepath.Join(t.TempDir(), "token")
		require.NoError(t, os.WriteFile(root, []byte(a.Root), 0o600))
		good := config(p)
		for name, c := range map[string]struct {
			change func(*Config)
			says   string
		}{
			"nothing there": {func(c *Config) {}, "there is no version 1 at"},
			"KV 1": {func(c *Config) { c.Mount, c.RoleID, c.SecretIDFile, c.TokenFile = "old-"+p.Mount, "", "", root },
				"is of version 1"},
			"no mount":        {func(c *Config) { c.Mount = "none" }, "permission denied"},
			"not allowed":     {func(c *Config) { c.Path = "others/bob" }, "permission denied"},
			"a wrong role":    {func(c *Config) { c.RoleID = "none" }, "lets the AppRole not in"},
			"no AppRole":      {func(c *Config) { c.AppRoleMount = "none" }, "lets the AppRole not in"},
			"a wrong token":   {func(c *Config) { c.RoleID, c.SecretIDFile, c.TokenFile = "", "", p.SecretIDFile }, "expired or revoked"},
			"no way in":       {func(c *Config) { c.RoleID, c.SecretIDFile = "", "" }, "nothing lets in"},
			"secret_id away":  {func(c *Config) { c.SecretIDFile += "x" }, "no such file"},
			"nobody listens":  {func(c *Config) { c.Address = "http://127.0.0.1:1" }, "connection refused"},
			"no Vault at all": {func(c *Config) { c.Address = nonsense(t) }, "did not log in by AppRole"},
		} {
			t.Run(name, func(t *testing.T) {
				t.Setenv("VAULT_TOKEN", "")
				cfg := good
				c.change(&cfg)
				s := store(t, cfg)
				s.client.SetMaxRetries(0)
				_, _, err := s.Key(t.Context())
				require.ErrorContains(t, err, c.says)
				hidden(t, err, p.SecretID, a.Root, "?", "/v1/", "Errors")
				if name == "KV 1" {
					require.ErrorContains(t, s.Put(t.Context(), key(t, words)), c.says)
				}
			})
		}
	})
}

// nonsense is a server that answers everything with a page.
func nonsense(t *testing.T) string {
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>?</html>") }))
	t.Cleanup(h.Close)
	return h.URL
}

func hidden(t *testing.T, err error, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		require.NotContains(t, err.Error(), secret)
	}
}

// Each state of a server has its sentence, and none of the body's text is in it.
func TestStatesOfTheServer(t *testing.T) {
	d, a := double(t)
	p := a.NewPlace(t, "", "")
	good := store(t, config(p))
	require.NoError(t, good.Put(t.Context(), key(t, words)))
	for _, c := range []struct {
		set  func()
		says string
	}{
		{func() { d.Health(503) }, "it is sealed"},
		{func() { d.Health(501) }, "it is not initialised"},
		{func() { d.Cut() }, "it is a standby and reaches no active node"},
		{func() { d.Fail(502) }, "it fails (502)"},
		{func() { d.Fail(429) }, "fewer requests (429)"},
		{func() { d.Fail(472); d.Health(472) }, "standby of another cluster"},
		{func() { d.Fail(412) }, "(412)"},
		{func() { d.Fail(400) }, "(400)"},
	} {
		c.set()
		good.client.SetMaxRetries(0)
		_, _, err := good.Key(t.Context())
		require.ErrorIs(t, err, signer.ErrAway, c.says)
		require.ErrorContains(t, err, c.says)
		hidden(t, err, "a text of a server", p.SecretID)
		d.Health(200)
	}
	for _, code := range []int{200, 429, 473} { // a standby hands requests on
		d.Health(code)
		_, _, err := good.Key(t.Context())
		require.NoError(t, err)
	}
}

// Busy, sealed and failing servers are asked again, with pauses; a no is taken at once.
func TestCallsAreRepeated(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		p := w.NewPlace(t, "", "")
		s := w.store(t, config(p))
		require.NoError(t, s.Put(t.Context(), key(t, words)))
		for _, code := range []int{429, 500, 502, 503, 412} {
			w.server.Fail(code, code, code, code)
			began := time.Now()
			_, _, err := s.Key(t.Context())
			require.NoError(t, err, code)
			require.GreaterOrEqual(t, time.Since(began), 3*time.Second)
			require.LessOrEqual(t, time.Since(began), 4*lastPause)
		}
		before := len(w.server.Requests())
		w.server.Fail(503, 503, 503, 503, 503, 503, 503, 503)
		_, _, err := s.Key(t.Context())
		require.ErrorIs(t, err, signer.ErrAway)
		require.Less(t, len(w.server.Requests())-before, 8, "not for ever")
	})
}

// world is a double behind connections in memory, for a clock that a test sets.
type world struct {
	*vaulttest.Admin
	server *vaulttest.Server
	dial   func(context.Context, string, string) (net.Conn, error)
}

func (w *world) store(t *testing.T, cfg Config) *Store {
	cfg.dial = func(t *http.Transport) { t.DialContext = w.dial }
	s, err := New(cfg)
	require.NoError(t, err)
	return s
}

type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8200} }

func inMemory(t *testing.T, story func(*testing.T, *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		w := &world{server: vaulttest.New()}
		w.dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
			near, far := net.Pipe()
			select {
			case l.conns <- far:
				return near, nil
			case <-l.done:
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		transport := &http.Transport{DialContext: w.dial, DisableKeepAlives: true}
		w.Admin = &vaulttest.Admin{Base: "http://127.0.0.1:8200", Root: w.server.Root, Client: &http.Client{Transport: transport}}
		h := &http.Server{Handler: w.server}
		var ended atomic.Bool
		go func() { h.Serve(l); ended.Store(true) }()
		story(t, w)
		h.Close()
		synctest.Wait()
		require.True(t, ended.Load())
	})
}
