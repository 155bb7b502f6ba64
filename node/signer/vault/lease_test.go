package vault

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/signer/custody"
	"github.com/econd/econd/node/signer/signertest"
	"github.com/econd/econd/node/signer/vault/vaulttest"
)

// holds opens a signer on a place of the world, closed at the end of the story.
func (w *world) holds(t *testing.T, cfg Config, check, grace time.Duration) *custody.Signer {
	held, err := custody.Open(t.Context(), custody.Config{Custodian: w.store(t, cfg), Check: check, Grace: grace})
	require.NoError(t, err)
	return held
}

func signs(t *testing.T, s signer.Signer) error {
	e := signertest.Events()[0]
	if err := s.Sign(t.Context(), e); err != nil {
		return err
	}
	return e.Verify()
}

func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// calls counts requests whose path ends so, since an index.
func (w *world) calls(since int, suffix string) (n int) {
	for _, r := range w.server.Requests()[since:] {
		if strings.HasSuffix(r.Path, suffix) {
			n++
		}
	}
	return n
}

// place makes a place with a key in it.
func (w *world) place(t *testing.T, life, most string) *vaulttest.Place {
	p := w.NewPlace(t, life, most)
	require.NoError(t, w.store(t, config(p)).Put(t.Context(), key(t, words)))
	return p
}

// A token is renewed while that lengthens it, then there is a new login, and no gap between.
func TestTokensAreRenewedAndReplaced(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		p := w.place(t, "9m", "30m")
		since := len(w.server.Requests())
		s := w.holds(t, config(p), time.Minute, 10*time.Minute)
		for range 6 * 60 {
			pass(time.Minute)
			require.NoError(t, signs(t, s))
		}
		logins, renewals := w.calls(since, "/login"), w.calls(since, "/renew-self")
		require.GreaterOrEqual(t, logins, 6*60/30)
		require.LessOrEqual(t, logins, 6*60/20, "not by each question")
		require.Greater(t, renewals, 2*logins)
		for _, r := range w.server.Requests()[since:] {
			require.NotEqual(t, "DELETE", r.Method)
		}
		require.NoError(t, s.Close())
		require.NotZero(t, w.calls(since, "/revoke-self"), "what a login got is given back")
		last := w.server.Requests()[len(w.server.Requests())-1]
		require.Equal(t, "auth/token/revoke-self", last.Path)
	})
}

// A lease that is shorter than the time between two questions is kept up all the same.
func TestAShortLease(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		p := w.place(t, "30s", "10m")
		s := w.holds(t, config(p), 5*time.Minute, 10*time.Minute)
		defer s.Close()
		since := len(w.server.Requests())
		pass(9 * time.Minute)
		require.NoError(t, signs(t, s))
		require.Zero(t, w.calls(since, "/login"))
		pass(20 * time.Minute)
		require.NoError(t, signs(t, s))
	})
}

// A token of a file has nobody who logs in anew: it is kept up as long as it can be, and another one in
// the file is taken when it ends.
func TestATokenFile(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		p := w.place(t, "", "")
		file := filepath.Join(t.TempDir(), "token")
		give := func(body string) {
			_, answer, err := w.Call("POST", "auth/token/create", w.Root, body)
			require.NoError(t, err)
			token, _ := answer["auth"].(map[string]any)["client_token"].(string)
			require.NoError(t, os.WriteFile(file, []byte(token+"\n"), 0o600))
		}
		give(`{"policies":["` + p.Policy + `"],"ttl":"9m","explicit_max_ttl":"20m"}`)
		cfg := config(p)
		cfg.RoleID, cfg.SecretIDFile, cfg.TokenFile = "", "", file
		s := w.holds(t, cfg, time.Minute, 5*time.Minute)
		pass(19 * time.Minute)
		require.NoError(t, signs(t, s))
		pass(3 * time.Minute)
		err := signs(t, s)
		require.ErrorIs(t, err, custody.ErrDenied)
		require.ErrorContains(t, err, file)
		give(`{"policies":["` + p.Policy + `"],"ttl":"9m","no_default_policy":true}`)
		pass(time.Minute)
		require.NoError(t, signs(t, s))
		require.NoError(t, s.Close())
		require.Zero(t, w.calls(0, "/revoke-self"), "another's token is left alone")
	})
}

func TestATokenOfTheEnvironment(t *testing.T) {
	_, a := double(t)
	p := a.NewPlace(t, "", "")
	require.NoError(t, store(t, config(p)).Put(t.Context(), key(t, words)))
	cfg := config(p)
	cfg.RoleID, cfg.SecretIDFile = "", ""
	t.Setenv("VAULT_TOKEN", a.Root)
	_, _, err := store(t, cfg).Key(t.Context())
	require.NoError(t, err)
	t.Setenv("BAO_TOKEN", "hvs.wrong")
	_, _, err = store(t, cfg).Key(t.Context())
	require.ErrorIs(t, err, custody.ErrDenied, "BAO_TOKEN comes first")
	require.ErrorContains(t, err, "BAO_TOKEN")
	hidden(t, err, "hvs.wrong")
}

// However the access is taken away, within one check nothing is signed any more.
func TestRevocationBites(t *testing.T) {
	at := "/data/econd/agents/alice"
	for name, revoke := range map[string]func(*testing.T, *world, *vaulttest.Place){
		"the policy": func(t *testing.T, w *world, p *vaulttest.Place) { p.Allow(t) },
		"the key":    func(t *testing.T, w *world, p *vaulttest.Place) { p.Must(t, "DELETE", p.Mount+at, "") },
		"its metadata": func(t *testing.T, w *world, p *vaulttest.Place) {
			p.Must(t, "DELETE", p.Mount+"/metadata/econd/agents/alice", "")
		},
		"destroyed": func(t *testing.T, w *world, p *vaulttest.Place) {
			p.Must(t, "POST", p.Mount+"/destroy/econd/agents/alice", `{"versions":[1]}`)
		},
		"the role's secret and token": func(t *testing.T, w *world, p *vaulttest.Place) {
			p.Must(t, "POST", "auth/"+p.AppRole+"/role/econd/secret-id/destroy", `{"secret_id":"`+p.SecretID+`"}`)
			for _, r := range w.server.Requests() {
				if r.Token != "" && r.Token != w.Root {
					p.Must(t, "POST", "auth/token/revoke", `{"token":"`+r.Token+`"}`)
				}
			}
		},
		"another key in its place": func(t *testing.T, w *world, p *vaulttest.Place) {
			p.Must(t, "DELETE", p.Mount+"/metadata/econd/agents/alice", "")
			p.Must(t, "POST", p.Mount+at, `{"data":`+string(key(t, other).Encode())+`}`)
		},
		"no key in its place": func(t *testing.T, w *world, p *vaulttest.Place) {
			p.Must(t, "DELETE", p.Mount+"/metadata/econd/agents/alice", "")
			p.Must(t, "POST", p.Mount+at, `{"data":{"x":"y"}}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inMemory(t, func(t *testing.T, w *world) {
				p := w.place(t, "20m", "30m")
				s := w.holds(t, config(p), time.Minute, time.Hour)
				defer s.Close()
				pass(90 * time.Second)
				require.NoError(t, signs(t, s))
				revoke(t, w, p)
				pass(time.Minute)
				err := signs(t, s)
				if name == "no key in its place" {
					require.ErrorIs(t, err, custody.ErrMalformed)
				} else {
					require.ErrorIs(t, err, signer.ErrRefused)
				}
				hidden(t, err, p.SecretID, w.Root)
			})
		})
	}
}

// A token that was revoked, with an AppRole that is still good, is replaced in the middle of 100
// signatures, and none of them fails.
func TestATokenRevokedInTheMiddle(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		p := w.place(t, "20m", "30m")
		s := w.holds(t, config(p), time.Minute, 2*time.Minute)
		defer s.Close()
		for i := range 100 {
			if i == 50 {
				for _, r := range w.server.Requests() {
					if r.Token != "" && r.Token != w.Root {
						p.Must(t, "POST", "auth/token/revoke", `{"token":"`+r.Token+`"}`)
					}
				}
			}
			require.NoError(t, signs(t, s))
			pass(10 * time.Second)
		}
	})
}

// A server that seals itself is bridged for the grace; unsealed it is gone on with.
func TestASealedServer(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		p := w.place(t, "20m", "30m")
		s := w.holds(t, config(p), time.Minute, 10*time.Minute)
		defer s.Close()
		w.server.Health(503)
		pass(9 * time.Minute)
		require.NoError(t, signs(t, s))
		pass(2 * time.Minute)
		err := signs(t, s)
		require.ErrorIs(t, err, signer.ErrAway)
		require.ErrorContains(t, err, "sealed")
		w.server.Health(200)
		pass(time.Minute)
		require.NoError(t, signs(t, s))
	})
}

// The server goes away between the login and the reading: nothing is opened, and nothing left behind.
func TestGoneBetweenLoginAndReading(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		p := w.place(t, "20m", "30m")
		gone := false
		w.server.Lose(func(r *vaulttest.Request) bool {
			gone = gone || strings.HasSuffix(r.Path, "/login") && r.Answered
			return gone && !strings.HasSuffix(r.Path, "/login")
		})
		_, err := custody.Open(t.Context(), custody.Config{Custodian: w.store(t, config(p))})
		require.ErrorIs(t, err, signer.ErrAway)
		require.ErrorContains(t, err, "did not read the key")
		hidden(t, err, p.SecretID, "/v1/", "?version")
	})
}

// The answer to a write is lost: the client asks again, meets its own key and is content. Where each
// answer is lost it says that it does not know.
func TestALostAnswerOfAWrite(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		p := w.NewPlace(t, "", "")
		writes := 0
		w.server.Lose(func(r *vaulttest.Request) bool {
			if r.Method == "GET" || !strings.Contains(r.Path, "/data/") || !r.Answered {
				return false
			}
			writes++
			return writes == 1
		})
		require.NoError(t, w.store(t, config(p)).Put(t.Context(), key(t, words)))
		require.Equal(t, 2, writes)

		cfg := config(p)
		cfg.Path = "econd/agents/bob"
		w.server.Lose(func(r *vaulttest.Request) bool { return strings.Contains(r.Path, "/data/") && r.Answered })
		err := w.store(t, cfg).Put(t.Context(), key(t, other))
		require.ErrorIs(t, err, signer.ErrAway)
		require.ErrorContains(t, err, "repeat the call with the same key")
		w.server.Lose(nil)
		require.NoError(t, w.store(t, cfg).Put(t.Context(), key(t, other)))
		require.ErrorIs(t, w.store(t, cfg).Put(t.Context(), key(t, words)), custody.ErrExists)
	})
}

// A server that takes the connection and says nothing keeps nobody longer than was asked for.
func TestAServerThatStalls(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		p := w.place(t, "", "")
		s := w.holds(t, config(p), time.Minute, 5*time.Minute)
		defer s.Close()
		release := make(chan struct{})
		defer close(release)
		w.server.Lose(func(*vaulttest.Request) bool { <-release; return true })
		pass(7 * time.Minute)
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, s.Sign(ctx, signertest.Events()[0]), context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(began))
		began = time.Now()
		require.ErrorIs(t, signs(t, s), signer.ErrAway)
		require.LessOrEqual(t, time.Since(began), 2*custody.DefaultTimeout)
	})
}

// The clock of the server is turned: a token that is over for it is replaced.
func TestTheServersClockJumps(t *testing.T) {
	inMemory(t, func(t *testing.T, w *world) {
		p := w.place(t, "20m", "30m")
		s := w.holds(t, config(p), time.Minute, 2*time.Minute)
		defer s.Close()
		w.server.Advance(time.Hour)
		pass(5 * time.Minute)
		require.NoError(t, signs(t, s))
		w.server.Advance(-2 * time.Hour)
		pass(2 * time.Hour)
		require.NoError(t, signs(t, s))
	})
}

func TestNamespacesAreNamed(t *testing.T) {
	d, a := double(t)
	p := a.NewPlace(t, "", "")
	require.NoError(t, store(t, config(p)).Put(t.Context(), key(t, words)))
	d.Space("team/econd")
	_, _, err := store(t, config(p)).Key(t.Context())
	require.Error(t, err)
	cfg := config(p)
	cfg.Namespace = "/team/econd/"
	s := store(t, cfg)
	read, _, err := s.Key(t.Context())
	require.NoError(t, err)
	require.Equal(t, op.PublicKey(public(t, key(t, words))), public(t, read))
	d.Health(503)
	s.client.SetMaxRetries(0)
	_, _, err = s.Key(t.Context())
	require.ErrorContains(t, err, "sealed", "health is asked without the namespace")
}

func public(t *testing.T, k *custody.Key) op.PublicKey {
	secret, err := k.Signing(nil)
	require.NoError(t, err)
	return secret.Public()
}
