package ledger

import (
	"strings"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/lightningnetwork/lnd/lnwire"
	"github.com/lightningnetwork/lnd/zpay32"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
)

func invoiceOn(t *testing.T, params *chaincfg.Params) string {
	t.Helper()
	inv, err := zpay32.NewInvoice(params, op.Hash{1}, time.Unix(1_800_000_000, 0), zpay32.Amount(lnwire.MilliSatoshi(10_000)),
		zpay32.Description("x"), zpay32.PaymentAddr([32]byte{1}),
		zpay32.Features(lnwire.NewFeatureVector(lnwire.NewRawFeatureVector(lnwire.TLVOnionPayloadRequired, lnwire.PaymentAddrRequired), lnwire.Features)))
	require.NoError(t, err)
	text, err := inv.Encode(zpay32.MessageSigner{SignCompact: func(msg []byte) ([]byte, error) {
		return ecdsa.SignCompact(nodeOf("alice"), chainhash.HashB(msg), true), nil
	}})
	require.NoError(t, err)
	return text
}

// An economy takes the invoices of its own network, in either case of letters, and no
// others, whether they were read before the writer or by it. The two test networks'
// are alike.
func TestInvoicesOfNetworks(t *testing.T) {
	for _, of := range networks {
		invoice := invoiceOn(t, of.params)
		require.Equal(t, of.prefix, prefixOf(invoice))
		require.Equal(t, of.prefix, prefixOf(strings.ToUpper(invoice)))
		read, err := prepareInvoice(invoice)
		require.NoError(t, err, of.name)
		for _, at := range networks {
			for _, before := range []*prepared{nil, read} {
				s := &State{network: at.name, constitution: &Constitution{}, clock: op.Stamp{TimeMs: 1_900_000_000_000}, read: before}
				_, err := s.decodeInvoice("content.invoice", invoice)
				if of.prefix == at.prefix {
					require.NoError(t, err, "%s at %s", of.name, at.name)
					continue
				}
				require.ErrorIs(t, err, ErrPayment, "%s at %s", of.name, at.name)
				require.ErrorContains(t, err, at.name)
			}
		}
	}
	for _, text := range []string{"", "ln", "lnb", "lnxy1"} {
		require.Empty(t, prefixOf(text))
		_, err := prepareInvoice(text)
		require.ErrorIs(t, err, ErrPayment)
	}
}

func TestKnownNetworks(t *testing.T) {
	for _, n := range networks {
		require.True(t, knownNetwork(n.name))
		require.Equal(t, n.params.Name, n.name, "anchors name it so")
		require.Contains(t, networkNames, n.name)
	}
	for _, name := range []string{"", "testnet", "simnet", "Mainnet"} {
		require.False(t, knownNetwork(name), name)
		require.Empty(t, invoicePrefix(name))
	}
}
