package l402_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
)

func TestForgedTokensAreRefused(t *testing.T) {
	h := newHouse(t, nil)
	m, p := h.buy(t, need)
	m2, p2 := h.buy(t, need)
	good := bin(t, m)
	text := func(b []byte, p l402.Preimage) []string {
		return []string{"L402 " + base64.StdEncoding.EncodeToString(b) + ":" + p.Reveal()}
	}
	t.Run("any bit of the macaroon but its location", func(t *testing.T) {
		const location = len("\x02\x01\x05econd")
		for i := range len(good) * 8 {
			b := append([]byte(nil), good...)
			b[i/8] ^= 1 << (i % 8)
			_, err := h.gate.Check(context.Background(), t0, text(b, p), need)
			if i/8 >= 3 && i/8 < location {
				require.NoError(t, err, "the location is an unsigned hint")
				continue
			}
			require.Error(t, err, "bit %d", i)
		}
	})
	t.Run("a caveat taken away", func(t *testing.T) {
		caveat := "agent=" + agent.String()
		cut := strings.Replace(string(good), "\x02"+string(rune(len(caveat)))+caveat+"\x00", "", 1)
		require.Less(t, len(cut), len(good))
		_, err := h.gate.Check(context.Background(), t0, text([]byte(cut), p), need)
		require.ErrorIs(t, err, l402.ErrSignature)
	})
	t.Run("another token's preimage", func(t *testing.T) {
		_, err := h.gate.Check(context.Background(), t0, text(good, p2), need)
		require.ErrorIs(t, err, l402.ErrPreimage)
	})
	t.Run("another payment hash under the same token id", func(t *testing.T) {
		id, err := m.Identifier()
		require.NoError(t, err)
		id2, err := m2.Identifier()
		require.NoError(t, err)
		forged := strings.Replace(string(good), string(id.PaymentHash[:]), string(id2.PaymentHash[:]), 1)
		for range 2 {
			_, err = h.gate.Check(context.Background(), t0, text([]byte(forged), p2), need)
			require.ErrorIs(t, err, l402.ErrUnknownToken)
			_, err = h.gate.Check(context.Background(), t0, text(good, p), need)
			require.NoError(t, err)
		}
	})
	t.Run("another house's token", func(t *testing.T) {
		empty := newHouse(t, nil)
		_, err := empty.gate.Check(context.Background(), t0, text(good, p), need)
		require.ErrorIs(t, err, l402.ErrUnknownToken)
		require.True(t, l402.NeedsPayment(err))
	})
}
