package kms

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/seed"
	"github.com/econd/econd/node/signer/custody"
)

// paper is a Service that wraps by doing nothing, and holds to the context.
type paper struct{ drawn byte }

func (*paper) Name() string { return "paper" }

func (p *paper) NewDataKey(_ context.Context, bound map[string]string) (plain, wrapped []byte, key string, err error) {
	p.drawn++
	plain = bytes.Repeat([]byte{p.drawn}, 32)
	wrapped, err = json.Marshal(map[string]any{"key": plain, "bound": bound})
	return plain, wrapped, "drawer 1", err
}

func (p *paper) OpenDataKey(_ context.Context, wrapped []byte, key string, bound map[string]string) ([]byte, error) {
	var w struct {
		Key   []byte            `json:"key"`
		Bound map[string]string `json:"bound"`
	}
	if key != "drawer 1" || json.Unmarshal(wrapped, &w) != nil || fmt.Sprint(w.Bound) != fmt.Sprint(bound) {
		return nil, custody.ErrDenied
	}
	return w.Key, nil
}

func sealed(t testing.TB, economy string) (*Box, *Envelope) {
	s, err := seed.Parse("leader monkey parrot ring guide accident before fence cannon height naive bean")
	require.NoError(t, err)
	b, err := New(&paper{}, filepath.Join(t.TempDir(), "e.json"))
	require.NoError(t, err)
	require.NoError(t, b.Put(t.Context(), custody.Seeded(s, 0), economy))
	e, err := b.Envelope()
	require.NoError(t, err)
	return b, e
}

func TestAnEnvelopeOpens(t *testing.T) {
	b, e := sealed(t, "economy 1")
	require.Equal(t, "economy 1", e.Context[ContextEconomy])
	k, _, err := b.Key(t.Context())
	require.NoError(t, err)
	k.Wipe()
	info, err := os.Stat(b.path)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
}

// Whatever member of an envelope is another's, it does not open, though the service would.
func TestNothingOfAnEnvelopeIsExchanged(t *testing.T) {
	_, one := sealed(t, "economy 1")
	_, two := sealed(t, "economy 2")
	key := bytes.Repeat([]byte{1}, 32) // both drew the same
	_, err := one.open(key)
	require.NoError(t, err)
	for name, change := range map[string]func(e *Envelope){
		"service": func(e *Envelope) { e.Service = "papers" },
		"key":     func(e *Envelope) { e.Key = "drawer 2" },
		"context": func(e *Envelope) { e.Context = two.Context },
		"less":    func(e *Envelope) { e.Context = map[string]string{ContextAgent: e.Context[ContextAgent]} },
		"wrapped": func(e *Envelope) { e.Wrapped = two.Wrapped },
		"sealed":  func(e *Envelope) { e.Sealed = two.Sealed },
		"a bit":   func(e *Envelope) { e.Sealed = bytes.Clone(e.Sealed); e.Sealed[20] ^= 1 },
		"nonce":   func(e *Envelope) { e.Sealed = bytes.Clone(e.Sealed); e.Sealed[0] ^= 1 },
		"version": func(e *Envelope) { e.Envelope = 2 },
	} {
		changed := *one
		change(&changed)
		_, err := changed.open(key)
		require.ErrorIs(t, err, custody.ErrMalformed, name)
	}
	_, err = one.open(key[:16])
	require.Error(t, err)
}

// The key inside is the one that the envelope names: a service that wraps anything for anybody does
// not lend one agent's name to another's key.
func TestTheKeyIsTheAgentsThatIsNamed(t *testing.T) {
	_, e := sealed(t, "")
	s, err := seed.New(12)
	require.NoError(t, err)
	require.ErrorIs(t, isOf(custody.Seeded(s, 0), e), custody.ErrMalformed)
}

func TestDecodeIsStrict(t *testing.T) {
	_, e := sealed(t, "economy")
	good, err := e.Encode()
	require.NoError(t, err)
	again, err := Decode(good)
	require.NoError(t, err)
	require.Equal(t, e, again)
	for name, change := range map[string]func(string) string{
		"empty":          func(string) string { return "" },
		"trailing":       func(s string) string { return s + "{}" },
		"a member more":  func(s string) string { return strings.Replace(s, `"key"`, `"x":1,"key"`, 1) },
		"version 2":      func(s string) string { return strings.Replace(s, `"envelope": 1`, `"envelope": 2`, 1) },
		"no version":     func(s string) string { return strings.Replace(s, `"envelope": 1,`, ``, 1) },
		"no service":     func(s string) string { return strings.Replace(s, `"paper"`, `""`, 1) },
		"a line feed":    func(s string) string { return strings.Replace(s, `"drawer 1"`, `"drawer\n1"`, 1) },
		"no agent":       func(s string) string { return strings.Replace(s, `"agent"`, `"economy"`, 1) },
		"another name":   func(s string) string { return strings.Replace(s, `"economy"`, `"purpose"`, 1) },
		"no key of it":   func(s string) string { return strings.Replace(s, e.Context["agent"], strings.Repeat("f", 64), 1) },
		"nothing sealed": func(s string) string { return s[:strings.Index(s, `"sealed"`)] + `"sealed":""}` },
		"no base64":      func(s string) string { return s[:strings.Index(s, `"sealed"`)] + `"sealed":"?"}` },
		"too long":       func(s string) string { return s + strings.Repeat(" ", MaxEnvelope) },
	} {
		_, err := Decode([]byte(change(string(good))))
		require.ErrorIs(t, err, custody.ErrMalformed, name)
	}
}

func TestWhatAServiceGivesIsChecked(t *testing.T) {
	s, err := seed.New(12)
	require.NoError(t, err)
	for name, service := range map[string]Service{"a short key": &broken{size: 16}, "a long blob": &broken{size: 32, blob: maxWrapped + 1}, "an error": &broken{err: errors.New("lost")}} {
		b, err := New(service, filepath.Join(t.TempDir(), "e.json"))
		require.NoError(t, err)
		require.Error(t, b.Put(t.Context(), custody.Seeded(s, 0), ""), name)
		_, err = os.Stat(b.path)
		require.ErrorIs(t, err, os.ErrNotExist, name)
	}
	_, err = New(&broken{}, "")
	require.Error(t, err)
}

type broken struct {
	size, blob int
	err        error
}

func (*broken) Name() string { return "broken" }
func (b *broken) NewDataKey(context.Context, map[string]string) (plain, wrapped []byte, key string, err error) {
	return make([]byte, b.size), make([]byte, b.blob), "x", b.err
}
func (b *broken) OpenDataKey(context.Context, []byte, string, map[string]string) ([]byte, error) {
	return nil, b.err
}

// Whatever Decode takes it writes again as the same envelope; nothing opens by a wrong key, and
// nothing panics.
func FuzzDecode(f *testing.F) {
	_, e := sealed(f, "economy")
	good, err := e.Encode()
	require.NoError(f, err)
	f.Add(good)
	_, e = sealed(f, "")
	good, err = e.Encode()
	require.NoError(f, err)
	f.Add(good)
	f.Add([]byte(`{"envelope":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := Decode(text)
		if err != nil {
			return
		}
		out, err := e.Encode()
		require.NoError(t, err)
		again, err := Decode(out)
		require.NoError(t, err)
		require.Equal(t, e, again)
		_, err = e.open(make([]byte, 32))
		require.ErrorIs(t, err, custody.ErrMalformed)
	})
}
