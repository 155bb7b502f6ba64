package l402_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/macaroon.v2"

	"github.com/econd/econd/l402"
)

// thirdParty tells whether a macaroon needs a discharge.
func thirdParty(m *macaroon.Macaroon) bool {
	for _, c := range m.Caveats() {
		if len(c.VerificationId) > 0 {
			return true
		}
	}
	return false
}

// FuzzParseMacaroon: what is accepted has one encoding and means the same to
// gopkg.in/macaroon.v2; what that package writes is accepted within the limits.
func FuzzParseMacaroon(f *testing.F) {
	d := newDuel(f)
	for _, m := range []*macaroon.Macaroon{d.mint(f), d.mint(f, fine), d.mint(f, fine, strings.Repeat("x", 200), "")} {
		b, err := m.MarshalBinary()
		require.NoError(f, err)
		f.Add(b)
		f.Add(b[:len(b)-1])
		f.Add(append(b, 0))
	}
	third := d.mint(f, fine)
	require.NoError(f, third.AddThirdPartyCaveat([]byte("key"), []byte("id"), "somewhere"))
	b, err := third.MarshalBinary()
	require.NoError(f, err)
	f.Add(b)
	f.Add(version1(d.mint(f, fine)))

	f.Fuzz(func(t *testing.T, b []byte) {
		var reference macaroon.Macaroon
		refErr := reference.UnmarshalBinary(b)
		m, err := l402.ParseMacaroon(b)
		if err != nil {
			require.ErrorIs(t, err, l402.ErrMalformed)
			if refErr == nil && reference.Version() == macaroon.V2 && !thirdParty(&reference) &&
				len(b) <= 4096 && len(reference.Caveats()) <= 64 {
				again, err := reference.MarshalBinary()
				require.NoError(t, err)
				require.NotEqual(t, b, again, "refused a canonical encoding")
			}
			return
		}
		again, err := m.MarshalBinary()
		require.NoError(t, err)
		require.True(t, bytes.Equal(b, again), "two encodings of one macaroon")
		require.NoError(t, refErr)
		var list []string
		for _, c := range reference.Caveats() {
			list = append(list, string(c.Id))
		}
		require.Equal(t, list, m.Caveats())
		id, err := m.Identifier()
		if err == nil {
			raw := id.Bytes()
			require.Equal(t, reference.Id(), raw[:])
		}
	})
}

// FuzzParseDemand: no input makes a client panic, and what it accepts it would
// accept again from a server that writes the one common form.
func FuzzParseDemand(f *testing.F) {
	for _, c := range demands {
		f.Add(c.value)
	}
	for _, c := range forms {
		f.Add(strings.NewReplacer("{T}", aJWT, "{I}", anInv).Replace(c.value))
	}
	f.Fuzz(func(t *testing.T, value string) {
		d, err := l402.ParseDemand([]string{value})
		if err != nil {
			return
		}
		again, err := l402.ParseDemand([]string{
			d.Scheme + ` macaroon="` + d.Token() + `", invoice="` + d.Invoice + `"`,
		})
		require.NoError(t, err)
		require.Equal(t, d, again)
		d.PaymentHash()
	})
}

// FuzzCheck: no Authorization value makes a gate panic, and none but the token
// itself is granted.
func FuzzCheck(f *testing.F) {
	h := newHouse(f, nil)
	m, p := h.buy(f, need)
	good := header(f, m, p)
	f.Add(good, "Bearer x")
	f.Add("", "LSAT "+good[5:])
	f.Add(strings.Replace(good, ":", ",AgAA:", 1), ",,,")
	stem := strings.TrimRight(b64(f, m), "=")
	f.Fuzz(func(t *testing.T, first, second string) {
		if _, err := h.gate.Check(context.Background(), t0, []string{first, second}, need); err != nil {
			return
		}
		both := strings.NewReplacer("-", "+", "_", "/").Replace(first + second)
		if !strings.Contains(both, stem) {
			// The location is not signed, and several macaroons may be in one
			// text; compare what is signed.
			require.Contains(t, strings.ToLower(both), p.Reveal())
		}
	})
}

func TestMacaroonsAreThoseOfTheReference(t *testing.T) {
	h := newHouse(t, nil)
	m, _ := h.buy(t, need)
	id, err := m.Identifier()
	require.NoError(t, err)
	r, err := h.store.Get(id.TokenID)
	require.NoError(t, err)
	raw := id.Bytes()
	reference, err := macaroon.New(r.RootKey[:], raw[:], "econd", macaroon.V2)
	require.NoError(t, err)
	for _, c := range append(m.Caveats(), "added=by the holder") {
		require.NoError(t, reference.AddFirstPartyCaveat([]byte(c)))
	}
	want, err := reference.MarshalBinary()
	require.NoError(t, err)
	require.Equal(t, base64.StdEncoding.EncodeToString(want), b64(t, attenuate(t, m, "added=by the holder")))
}

func TestMacaroonLimits(t *testing.T) {
	h := newHouse(t, nil)
	m, p := h.buy(t, need)
	t.Run("caveats", func(t *testing.T) {
		full := attenuate(t, m)
		for range 64 - len(m.Caveats()) {
			require.NoError(t, full.AddCaveat(l402.Caveat{Condition: "x"}))
		}
		require.ErrorIs(t, full.AddCaveat(l402.Caveat{Condition: "x"}), l402.ErrMalformed)
		_, err := h.gate.Check(context.Background(), t0, []string{header(t, full, p)}, need)
		require.NoError(t, err, "what AddCaveat allows, a verifier accepts")
	})
	t.Run("bytes", func(t *testing.T) {
		room := 4096 - len(bin(t, m)) - len("\x02\x80\x01x=\x00")
		require.ErrorIs(t, attenuate(t, m).AddCaveat(l402.Caveat{Condition: "x", Value: strings.Repeat("x", room+1)}), l402.ErrMalformed)
		full := attenuate(t, m, "x="+strings.Repeat("x", room))
		require.Len(t, bin(t, full), 4096)
		_, err := h.gate.Check(context.Background(), t0, []string{header(t, full, p)}, need)
		require.NoError(t, err)
	})
}
