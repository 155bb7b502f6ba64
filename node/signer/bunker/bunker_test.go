package bunker

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/nostr"
	"github.com/econd/econd/node/nostr/relaytest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/signer/signertest"
)

// double is a bunker in this process: it answers over a relay as NIP-46 says, and as answer
// says where that is set.
type double struct {
	t          *testing.T
	relay      *relaytest.Relay
	self, user op.SecretKey
	pool       *nostr.Pool

	mu     sync.Mutex
	asked  []call
	answer func(c call, honest answer) []answer // nil: the honest one
}

func newKey(t *testing.T) op.SecretKey {
	t.Helper()
	key, err := keyfile.NewSecretKey()
	require.NoError(t, err)
	return key
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func newDouble(t *testing.T) *double {
	d := &double{t: t, relay: relaytest.New(t), self: newKey(t), user: newKey(t)}
	var err error
	d.pool, err = nostr.New(nostr.Config{Relays: []string{d.relay.URL()}, Key: d.self, FirstPause: time.Millisecond})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	sub := d.pool.Subscribe(ctx, nostr.Filter{Kinds: []op.Kind{Kind}, P: []op.PublicKey{d.self.Public()}})
	var group sync.WaitGroup
	group.Go(func() { _ = d.pool.Run(ctx) })
	group.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-sub.Events():
				group.Go(func() { d.take(ctx, e) })
			}
		}
	})
	t.Cleanup(func() {
		cancel()
		group.Wait()
	})
	d.relay.Listening(within(t), 1)
	return d
}

// uri is what the bunker would show its owner.
func (d *double) uri(secret string) string {
	return "bunker://" + d.self.Public().String() + "?" + url.Values{"relay": {d.relay.URL()}, "secret": {secret}}.Encode()
}

func (d *double) take(ctx context.Context, e *op.Event) {
	talk, err := nostr.NewConversation(d.self, e.PubKey)
	if err != nil {
		return
	}
	plain, err := talk.Decrypt(e.Content)
	if err != nil {
		return
	}
	var c call
	if json.Unmarshal([]byte(plain), &c) != nil {
		return
	}
	d.mu.Lock()
	d.asked = append(d.asked, c)
	reply := d.answer
	d.mu.Unlock()
	answers := []answer{d.honest(c)}
	if reply != nil {
		answers = reply(c, answers[0])
	}
	for _, a := range answers {
		d.send(ctx, d.self, talk, e.PubKey, a)
	}
}

func (d *double) send(ctx context.Context, from op.SecretKey, talk nostr.Conversation, to op.PublicKey, a answer) {
	raw, err := json.Marshal(a)
	if err != nil {
		return
	}
	payload, err := talk.Encrypt(string(raw))
	if err != nil {
		return
	}
	e := &op.Event{CreatedAt: time.Now().Unix(), Kind: Kind, Tags: [][]string{{"p", to.String()}}, Content: payload}
	if e.Sign(from) == nil {
		_ = d.pool.Publish(ctx, e)
	}
}

func (d *double) honest(c call) answer {
	switch c.Method {
	case "connect":
		return answer{ID: c.ID, Result: "ack"}
	case "ping":
		return answer{ID: c.ID, Result: "pong"}
	case "get_public_key":
		return answer{ID: c.ID, Result: d.user.Public().String()}
	case "sign_event":
		var t template
		if json.Unmarshal([]byte(c.Params[0]), &t) == nil {
			return answer{ID: c.ID, Result: signed(d.user, t)}
		}
	}
	return answer{ID: c.ID, Error: "no such method"}
}

func signed(key op.SecretKey, t template) string {
	e := &op.Event{CreatedAt: t.CreatedAt, Kind: op.Kind(t.Kind), Tags: t.Tags, Content: t.Content}
	if err := e.Sign(key); err != nil {
		return err.Error()
	}
	return string(nostr.Encode(e))
}

func (d *double) says(answer func(c call, honest answer) []answer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answer = answer
}

func (d *double) open(opt Options) (*Signer, State) {
	d.t.Helper()
	state, err := Connect(within(d.t), d.uri("once"), opt)
	require.NoError(d.t, err)
	s, err := Open(state, opt)
	require.NoError(d.t, err)
	d.t.Cleanup(func() { _ = s.Close() })
	return s, state
}

func TestContract(t *testing.T) {
	d := newDouble(t)
	state, err := Connect(within(t), d.uri("once"), Options{})
	require.NoError(t, err)
	require.Equal(t, d.user.Public(), state.User)
	require.NotEqual(t, state.Bunker, state.User, "a bunker's own key is another one")
	secret, err := hex.DecodeString(state.Client)
	require.NoError(t, err)
	talk, err := nostr.NewConversation(d.self, mustKey(t, state).Public())
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("conversation of NIP-44", 5), fmt.Sprintf("%v%+v%#v%d%x", talk, talk, talk, talk, talk))
	signertest.Run(t, func(t *testing.T) signer.Signer {
		s, err := Open(state, Options{})
		require.NoError(t, err)
		return s
	}, secret)
	d.says(func(call, answer) []answer { return nil })
	s, err := Open(state, Options{})
	require.NoError(t, err)
	defer s.Close()
	signertest.Stalled(t, s)
}

func mustKey(t *testing.T, s State) op.SecretKey {
	t.Helper()
	key, err := s.key()
	require.NoError(t, err)
	return key
}

func TestAnAlteredEventIsRefused(t *testing.T) {
	d := newDouble(t)
	s, _ := d.open(Options{})
	other := newKey(t)
	for name, reply := range map[string]func(t template) string{
		"another content": func(t template) string { t.Content += " "; return signed(d.user, t) },
		"another time":    func(t template) string { t.CreatedAt++; return signed(d.user, t) },
		"another kind":    func(t template) string { t.Kind++; return signed(d.user, t) },
		"another tag":     func(t template) string { t.Tags = append(t.Tags, []string{"x"}); return signed(d.user, t) },
		"another key":     func(t template) string { return signed(other, t) },
		"no event":        func(template) string { return "signed!" },
		"no signature": func(t template) string {
			e := &op.Event{PubKey: d.user.Public(), CreatedAt: t.CreatedAt, Kind: op.Kind(t.Kind), Tags: t.Tags, Content: t.Content}
			e.ID = e.Hash()
			return string(nostr.Encode(e))
		},
	} {
		d.says(func(c call, honest answer) []answer {
			var t template
			if c.Method != "sign_event" || json.Unmarshal([]byte(c.Params[0]), &t) != nil {
				return []answer{honest}
			}
			return []answer{{ID: c.ID, Result: reply(t)}}
		})
		for i, e := range []*op.Event{signertest.Events()[1], signertest.Events()[20]} {
			require.ErrorIs(t, s.Sign(within(t), e), signer.ErrSignature, name)
			require.Equal(t, []*op.Event{signertest.Events()[1], signertest.Events()[20]}[i], e, name)
		}
	}
	d.says(nil)
	require.NoError(t, s.Sign(within(t), signertest.Events()[1]), "an honest one is taken again")
	require.NoError(t, s.Ping(within(t)))
}

func TestAnswersAreTheBunkersAndTheRequests(t *testing.T) {
	d := newDouble(t)
	s, state := d.open(Options{})
	stranger := newKey(t)
	forged, err := nostr.NewConversation(stranger, mustKey(t, state).Public())
	require.NoError(t, err)
	true1, err := nostr.NewConversation(d.self, mustKey(t, state).Public())
	require.NoError(t, err)
	d.says(func(c call, honest answer) []answer {
		bad := answer{ID: c.ID, Result: "forged", Error: "forged"}
		// A stranger, with a conversation of its own, and with the bunker's, as if it had that.
		d.send(t.Context(), stranger, forged, mustKey(t, state).Public(), bad)
		d.send(t.Context(), stranger, true1, mustKey(t, state).Public(), bad)
		other := honest
		other.ID = strings.Repeat("0", len(c.ID))
		other.Error = "for another request"
		return []answer{other, honest, honest}
	})
	for range 3 {
		require.NoError(t, s.Sign(within(t), signertest.Events()[2]))
	}
}

func TestABunkerThatRefusesOrIsSilent(t *testing.T) {
	d := newDouble(t)
	s, state := d.open(Options{})
	d.says(func(c call, _ answer) []answer { return []answer{{ID: c.ID, Error: "not\x1b[2J allowed"}} })
	err := s.Sign(within(t), signertest.Events()[0])
	require.ErrorIs(t, err, signer.ErrRefused)
	require.NotContains(t, err.Error(), "\x1b")
	require.ErrorIs(t, s.Ping(within(t)), signer.ErrRefused)
	_, err = Connect(within(t), d.uri("once"), Options{})
	require.ErrorIs(t, err, signer.ErrRefused)
	require.NotContains(t, err.Error(), "once")

	d.says(func(call, answer) []answer { return nil })
	silent, err := Open(state, Options{Timeout: 20 * time.Millisecond})
	require.NoError(t, err)
	defer silent.Close()
	require.ErrorIs(t, silent.Sign(within(t), signertest.Events()[0]), signer.ErrAway)

	d.says(func(c call, _ answer) []answer { return []answer{{ID: c.ID, Result: "another secret"}} })
	_, err = Connect(within(t), d.uri("once"), Options{})
	require.ErrorIs(t, err, signer.ErrRefused)
	require.NotContains(t, err.Error(), "secret;")
	d.says(func(c call, honest answer) []answer {
		if c.Method == "connect" {
			honest.Result = c.Params[1] // the secret itself, as NIP-46 allows
		}
		return []answer{honest}
	})
	_, err = Connect(within(t), d.uri("once"), Options{})
	require.NoError(t, err)
}

func TestABunkerThatWantsAPersonsConsent(t *testing.T) {
	d := newDouble(t)
	open := "https://bunker.example/auth?x=1"
	d.says(func(c call, honest answer) []answer {
		ask := answer{ID: c.ID, Result: "auth_url", Error: open}
		return []answer{ask, ask, honest}
	})
	var shown []string
	_, state := func() (*Signer, State) {
		return d.open(Options{AuthURL: func(text string) { shown = append(shown, text) }})
	}()
	require.Equal(t, []string{open, open}, shown, "once for each of two requests")
	s, err := Open(state, Options{})
	require.NoError(t, err)
	defer s.Close()
	require.ErrorIs(t, s.Sign(within(t), signertest.Events()[0]), signer.ErrRefused, "nobody is here")
	for _, bad := range []string{"javascript:alert(1)", "https://x\x1b[2J", "https://x y", "https://" + strings.Repeat("x", 3000), ""} {
		open = bad
		got := 0
		s, err := Open(state, Options{AuthURL: func(string) { got++ }})
		require.NoError(t, err)
		require.ErrorIs(t, s.Sign(within(t), signertest.Events()[0]), signer.ErrRefused, bad)
		require.Zero(t, got)
		require.NoError(t, s.Close())
	}
}

func TestABunkerBehindABadRelay(t *testing.T) {
	d := newDouble(t)
	s, _ := d.open(Options{})
	d.relay.Pass(func(e *op.Event) []*op.Event {
		forged := *e
		forged.Content += "x"
		return []*op.Event{&forged, e, e}
	})
	for range 4 {
		require.NoError(t, s.Sign(within(t), signertest.Events()[3]))
		d.relay.CloseAll()
	}
}

func TestTheStateLiesSealed(t *testing.T) {
	d := newDouble(t)
	_, state := d.open(Options{})
	path := filepath.Join(t.TempDir(), "bunker.key")
	pass := []byte("correct horse")
	require.NoError(t, Seal(path, pass, state, keyfile.WorkFactor(keyfile.MinWorkFactor)))
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.False(t, bytes.Contains(raw, []byte(state.Client)))
	ask := func(text string) func() ([]byte, error) { return func() ([]byte, error) { return []byte(text), nil } }
	back, err := Load(path, ask("correct horse"))
	require.NoError(t, err)
	require.True(t, back.Client == state.Client && back.User == state.User && back.Bunker == state.Bunker)
	_, err = Load(path, ask("wrong horses"))
	require.ErrorIs(t, err, keyfile.ErrPassphrase)
	for _, verb := range []string{"%v", "%+v", "%#v", "%d", "%x", "%q"} {
		require.NotContains(t, fmt.Sprintf(verb, []any{state}), state.Client)
	}
	state.Version = 2
	_, err = Open(state, Options{})
	require.ErrorIs(t, err, keyfile.ErrMalformed)
}

func TestURIs(t *testing.T) {
	key := newKey(t).Public().String()
	good, err := Parse("bunker://" + key + "?relay=wss%3A%2F%2Fa.example&relay=wss://b.example&secret=s3cr3t&perms=sign_event")
	require.NoError(t, err)
	require.Equal(t, []string{"wss://a.example", "wss://b.example"}, good.Relays)
	require.Equal(t, "s3cr3t", good.Secret)
	require.NotContains(t, fmt.Sprintf("%v %#v", good, good), "s3cr3t")
	for _, bad := range []string{"", "bunker://", "bunker://" + key, "bunker://" + key + "?secret=s3cr3t", "https://" + key + "?relay=wss://a",
		"bunker://" + strings.ToUpper(key) + "x?relay=wss://a", "bunker://" + strings.Repeat("f", 64) + "?relay=wss://a",
		"bunker://" + key + "?relay=http://a&secret=s3cr3t", "bunker://" + key + "?relay=wss://a;x&secret=s3cr3t%zz",
		"bunker://u:s3cr3t@" + key + "?relay=wss://a", "bunker://" + key + "?" + strings.Repeat("relay=wss://a&", 9), "bunker://" + key + "?relay=wss://" + strings.Repeat("a", 5000)} {
		_, err := Parse(bad)
		require.Error(t, err, bad)
		require.NotContains(t, err.Error(), "s3cr3t")
	}
}
