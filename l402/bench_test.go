package l402_test

import (
	"context"
	"crypto/sha256"
	"net/http"
	"testing"
	"time"

	"github.com/lightninglabs/aperture/auth"
	aperture "github.com/lightninglabs/aperture/l402"
	"github.com/lightninglabs/aperture/mint"
	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lntypes"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/l402/l402test"
)

// secrets lets aperture's mint look root keys up in a map of its own.
type secrets map[[32]byte][32]byte

func (s secrets) NewSecret(context.Context, [32]byte) ([32]byte, error) { return [32]byte{}, errAway }
func (s secrets) RevokeSecret(context.Context, [32]byte) error          { return errAway }

func (s secrets) GetSecret(_ context.Context, id [32]byte) ([32]byte, error) {
	key, ok := s[id]
	if !ok {
		return key, mint.ErrSecretNotFound
	}
	return key, nil
}

// settled says of every invoice that it is settled, at no cost.
type settled struct{}

func (settled) VerifyInvoiceStatus(lntypes.Hash, lnrpc.Invoice_InvoiceState, time.Duration) error {
	return nil
}

// newAperture returns aperture's authenticator over the given root keys.
func newAperture(s secrets) *auth.L402Authenticator {
	m := mint.New(&mint.Config{Secrets: s, Now: func() time.Time { return t0 }})
	return auth.NewL402Authenticator(m, settled{})
}

// acceptBench is one header with five caveats (services, capabilities, uses,
// expiry, agent), accepted by both sides.
type acceptBench struct {
	authorization []string
	store         *l402test.Memory
	header        http.Header
	aperture      *auth.L402Authenticator
}

func newAcceptBench(b *testing.B) *acceptBench {
	h := newHouse(b, nil)
	m, p := h.buy(b, need)
	require.Len(b, m.Caveats(), 5)
	id, err := m.Identifier()
	require.NoError(b, err)
	r, err := h.store.Get(id.TokenID)
	require.NoError(b, err)
	value := header(b, m, p)
	raw := id.Bytes()
	return &acceptBench{
		authorization: []string{value},
		store:         h.store,
		header:        http.Header{aperture.HeaderAuthorization: {value}},
		aperture:      newAperture(secrets{sha256.Sum256(raw[:]): r.RootKey}),
	}
}

func (a *acceptBench) verifier(b *testing.B, tokens, keys int) *l402.Verifier {
	v, err := l402.NewVerifier(l402.VerifierConfig{Store: a.store, TokenCache: tokens, KeyCache: keys})
	require.NoError(b, err)
	return v
}

func (a *acceptBench) econd(b *testing.B, v *l402.Verifier) {
	if _, err := v.Check(t0, a.authorization, need); err != nil {
		b.Fatal(err)
	}
}

func (a *acceptBench) other(b *testing.B) {
	if !a.aperture.Accept(&a.header, need.Service) {
		b.Fatal("refused")
	}
}

// BenchmarkAccept compares the ways to decide on one header with five caveats,
// all with their root keys in memory. econd-cached: the token was seen before.
// econd-uncached: it was not, its root key was. econd-cold: neither; the same
// HMACs as aperture.
func BenchmarkAccept(b *testing.B) {
	a := newAcceptBench(b)
	for _, c := range []struct {
		name         string
		tokens, keys int
	}{
		{"econd-cached", 1024, 1024},
		{"econd-uncached", 0, 1024},
		{"econd-cold", 0, 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			v := a.verifier(b, c.tokens, c.keys)
			a.econd(b, v)
			b.ReportAllocs()
			for b.Loop() {
				a.econd(b, v)
			}
		})
	}
	b.Run("aperture", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			a.other(b)
		}
	})
}

// BenchmarkAcceptRatio runs both sides in turn, in slices too short for the
// machine to change in between, and reports how many times faster than
// aperture's Accept each of econd's paths is.
func BenchmarkAcceptRatio(b *testing.B) {
	const slice = 64
	a := newAcceptBench(b)
	for _, c := range []struct {
		name         string
		tokens, keys int
	}{
		{"uncached", 0, 1024},
		{"cold", 0, 0},
		{"cached", 1024, 1024},
	} {
		b.Run(c.name, func(b *testing.B) {
			v := a.verifier(b, c.tokens, c.keys)
			var ours, theirs time.Duration
			for b.Loop() {
				start := time.Now()
				for range slice {
					a.econd(b, v)
				}
				middle := time.Now()
				for range slice {
					a.other(b)
				}
				ours += middle.Sub(start)
				theirs += time.Since(middle)
			}
			n := float64(b.N * slice)
			b.ReportMetric(float64(theirs)/float64(ours), "x-aperture")
			b.ReportMetric(float64(ours)/n, "ns-econd")
			b.ReportMetric(float64(theirs)/n, "ns-aperture")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkCount reports what counting adds to deciding on a token seen before:
// "of-check" is the share of a counted use, in memory, to a check alone.
func BenchmarkCount(b *testing.B) {
	const slice = 64
	h := newHouse(b, nil)
	c, err := h.gate.Challenge(context.Background(), t0, l402.Ask{Caller: somebody, Need: need, Uses: l402.MaxUses, PriceMsat: 1})
	require.NoError(b, err)
	authorization := []string{header(b, c.Macaroon, h.ln.pay(b, c))}
	v, err := l402.NewVerifier(l402.VerifierConfig{Store: h.store, TokenCache: 1024, KeyCache: 1024})
	require.NoError(b, err)
	var alone, counted time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		for range slice {
			if _, err := v.Check(t0, authorization, need); err != nil {
				b.Fatal(err)
			}
		}
		middle := time.Now()
		for range slice {
			g, err := h.gate.Check(context.Background(), t0, authorization, need)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := h.gate.Take(t0, &g, 1); err != nil {
				b.Fatal(err)
			}
			h.gate.GiveBack(&g, 1)
		}
		alone += middle.Sub(start)
		counted += time.Since(middle)
	}
	b.ReportMetric(float64(counted)/float64(alone), "of-check")
	b.ReportMetric(0, "ns/op")
}
