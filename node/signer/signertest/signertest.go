// Package signertest is the contract of signer.Signer, which every adapter passes.
package signertest

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/signer"
)

// patience bounds a call that must end soon; it is generous, for a machine that is busy.
const patience = time.Minute

// Run holds a Signer against the contract. open makes one, always of the same key; Run closes it. secrets
// are what its texts must not show, in any spelling: the key, passphrases, tokens, as far as the
// caller knows them.
func Run(t *testing.T, open func(*testing.T) signer.Signer, secrets ...[]byte) {
	t.Helper()
	for _, part := range []struct {
		name string
		run  func(*testing.T, signer.Signer)
	}{
		{"signs", signs},
		{"signs again", signsAgain},
		{"concurrently", concurrently},
		{"another's event", anothers},
		{"a context that ended", ended},
		{"closed", closed},
		{"closed meanwhile", closedMeanwhile},
		{"shows nothing", func(t *testing.T, s signer.Signer) { showsNothing(t, s, secrets) }},
	} {
		t.Run(part.name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			part.run(t, s)
		})
	}
}

// Stalled holds a Signer against the contract whose key's keeper never answers: Sign ends with
// its context, and leaves the event as it was.
func Stalled(t *testing.T, s signer.Signer) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	e := Events()[0]
	before := clone(e)
	result := make(chan error, 1)
	go func() { result <- s.Sign(ctx, e) }()
	cancel()
	select {
	case err := <-result:
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, before, e)
	case <-time.After(patience):
		t.Fatal("Sign waits on, though its context ended")
	}
}

// Events are events of many shapes that nobody signed yet.
func Events() (list []*op.Event) {
	for i, content := range []string{"", "{}", `{"a":"b"}`, "plain", "two\nlines\ttab \"quoted\" \\ \x00\x01\x1f\x7f", "ünïcödé ✓ 中文 \U0001F511 <&>\u2028\u2029",
		strings.Repeat(`{"n":1}`, 1000)} {
		for j, tags := range [][][]string{{}, {{op.EconomyTag, strings.Repeat("ab", 16)}, {op.OrderTag, "7"}},
			{{"u", "https://econd.example/v1/x?y=1&z=\"2\""}, {"method", "POST"}, {"e"}, {"ü", "", "\n"}}} {
			for k, kind := range []op.Kind{1, 27235, op.KindVote} {
				list = append(list, &op.Event{CreatedAt: int64(1_800_000_000 + 100*i + 10*j + k), Kind: kind, Tags: tags, Content: content})
			}
		}
	}
	return list
}

func clone(e *op.Event) *op.Event {
	c := &op.Event{ID: e.ID, PubKey: e.PubKey, CreatedAt: e.CreatedAt, Kind: e.Kind, Content: e.Content, Sig: e.Sig}
	for _, tag := range e.Tags {
		c.Tags = append(c.Tags, slices.Clone(tag))
	}
	if e.Tags != nil && c.Tags == nil {
		c.Tags = [][]string{}
	}
	return c
}

// sign signs and holds what came of it against what was asked for.
func sign(ctx context.Context, s signer.Signer, e *op.Event) error {
	want := clone(e)
	if err := s.Sign(ctx, e); err != nil {
		return err
	}
	if err := e.Verify(); err != nil {
		return err
	}
	want.PubKey, want.ID, want.Sig = s.Public(), e.ID, e.Sig
	if got := e.Marshal(); string(got) != string(want.Marshal()) {
		return fmt.Errorf("the event is another one now: %s", got)
	}
	return nil
}

func signs(t *testing.T, s signer.Signer) {
	seen := map[op.ID]bool{}
	for _, e := range Events() {
		require.NoError(t, sign(t.Context(), s, e))
		seen[e.ID] = true
	}
	require.Len(t, seen, len(Events()))
}

// An event that names the key already, and one that was signed before and changed since.
func signsAgain(t *testing.T, s signer.Signer) {
	e := Events()[0]
	e.PubKey = s.Public()
	require.NoError(t, sign(t.Context(), s, e))
	first := e.ID
	e.Content = "changed"
	require.Error(t, e.Verify())
	require.NoError(t, sign(t.Context(), s, e))
	require.NotEqual(t, first, e.ID)
}

func concurrently(t *testing.T, s signer.Signer) {
	list := Events()
	var group sync.WaitGroup
	errs := make([]error, len(list))
	for i, e := range list {
		group.Go(func() { errs[i] = sign(t.Context(), s, e) })
	}
	group.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
}

func anothers(t *testing.T, s signer.Signer) {
	e := Events()[0]
	other := s.Public()
	other[5] ^= 1
	e.PubKey = other
	before := clone(e)
	require.ErrorIs(t, s.Sign(t.Context(), e), signer.ErrOtherKey)
	require.Equal(t, before, e)
}

func ended(t *testing.T, s signer.Signer) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e := Events()[0]
	before := clone(e)
	require.ErrorIs(t, s.Sign(ctx, e), context.Canceled)
	require.Equal(t, before, e)
	require.NoError(t, sign(t.Context(), s, e), "the signer works on")
}

func closed(t *testing.T, s signer.Signer) {
	public := s.Public()
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	e := Events()[0]
	before := clone(e)
	require.ErrorIs(t, s.Sign(t.Context(), e), signer.ErrClosed)
	require.Equal(t, before, e)
	require.Equal(t, public, s.Public())
}

// Each event is either signed or as it was, whatever Close met.
func closedMeanwhile(t *testing.T, s signer.Signer) {
	list := Events()
	var group sync.WaitGroup
	errs := make([]error, len(list))
	for i, e := range list {
		group.Go(func() { errs[i] = sign(t.Context(), s, e) })
	}
	group.Go(func() { errs[0] = s.Close() })
	group.Wait()
	for i, err := range errs[1:] {
		if err != nil {
			require.ErrorIs(t, err, signer.ErrClosed)
			require.Equal(t, Events()[i+1], list[i+1])
		}
	}
}

// showsNothing prints the signer, and errors of it, in every way.
func showsNothing(t *testing.T, s signer.Signer, secrets [][]byte) {
	e := Events()[0]
	e.PubKey[3] = 1
	refused := s.Sign(t.Context(), e)
	require.Error(t, refused)
	require.NoError(t, sign(t.Context(), s, Events()[1]))
	require.NoError(t, s.Close())
	after := s.Sign(t.Context(), Events()[2])
	require.Error(t, after)
	var shown []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown = append(shown, fmt.Sprintf(verb, s), fmt.Sprintf(verb, []any{s}), fmt.Sprintf(verb, struct{ S any }{s}))
	}
	for _, v := range []any{s, struct{ S any }{s}} {
		if text, err := json.Marshal(v); err == nil {
			shown = append(shown, string(text))
		}
	}
	shown = append(shown, refused.Error(), after.Error())
	for _, text := range shown {
		for i, secret := range secrets {
			for _, spelt := range spellings(secret) {
				if strings.Contains(strings.ToLower(text), strings.ToLower(spelt)) {
					t.Fatalf("secret %d of the test is shown", i)
				}
			}
		}
	}
}

func spellings(secret []byte) []string {
	list := fmt.Sprint(secret)
	return []string{string(secret), hex.EncodeToString(secret), base64.StdEncoding.EncodeToString(secret), base64.RawURLEncoding.EncodeToString(secret),
		list[1 : len(list)-1], strings.ReplaceAll(fmt.Sprintf("%#v", secret), " ", "")}
}
