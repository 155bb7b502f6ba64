package wallet_test

import (
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/wallet"
)

// All bitcoin may be asked for, and not a satoshi more: no amount is negative.
func TestNoInvoiceIsAboveAllBitcoin(t *testing.T) {
	n := newLightning(t)
	const all = wallet.MaxSat * 1000
	const bitcoin = 100_000_000_000
	for msat, fine := range map[uint64]bool{1: true, all: true, all + 1000: false, 92_233_720 * bitcoin: false, 92_233_721 * bitcoin: false, 184_467_440 * bitcoin: false} {
		var hash l402.Hash
		_, _ = rand.Read(hash[:])
		invoice, err := n.invoice(hash, msat, "")
		require.NoError(t, err)
		p, err := wallet.ReadInvoice(invoice)
		if !fine {
			require.ErrorIs(t, err, wallet.ErrDemand, msat)
			continue
		}
		require.NoError(t, err, msat)
		require.EqualValues(t, msat, p.AmountMsat)
	}
}
