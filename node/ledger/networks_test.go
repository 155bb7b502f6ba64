package ledger

import (
	"strings"
	"testing"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

func invoiceOn(t *testing.T, prefix string) string {
	t.Helper()
	text, err := bolt11.Encode(bolt11.Invoice{Prefix: prefix, AmountMsat: 10_000, TimestampS: 1_800_000_000,
		PaymentHash: op.Hash{1}, Description: "x"}, nodeOf("alice"))
	require.NoError(t, err)
	return text
}

// An economy takes the invoices of its own network, in either case of letters, and no
// others, whether they were read before the writer or by it. The two test networks'
// are alike.
func TestInvoicesOfNetworks(t *testing.T) {
	for _, of := range networks {
		invoice := invoiceOn(t, of.prefix)
		for _, text := range []string{invoice, strings.ToUpper(invoice)} {
			read, err := prepareInvoice(text)
			require.NoError(t, err, of.name)
			require.Equal(t, of.prefix, read.invoice.prefix)
			for _, at := range networks {
				for _, before := range []*prepared{nil, read} {
					s := &State{core: core{network: at.name, constitution: &constitution.Constitution{}, clock: op.Stamp{TimeMs: 1_900_000_000_000}}, entry: entry{read: before}}
					_, err := s.decodeInvoice("content.invoice", text)
					if of.prefix == at.prefix {
						require.NoError(t, err, "%s at %s", of.name, at.name)
						continue
					}
					require.ErrorIs(t, err, refusal.ErrPayment, "%s at %s", of.name, at.name)
					require.ErrorContains(t, err, at.name)
				}
			}
		}
	}
	for _, text := range []string{"", "ln", "lnb", "lnxy1"} {
		_, err := prepareInvoice(text)
		require.ErrorIs(t, err, refusal.ErrPayment)
	}
}

// The simulation network's invoices are read, and are those of no economy.
func TestInvoicesOfNoEconomy(t *testing.T) {
	s := &State{core: core{network: "mainnet", constitution: &constitution.Constitution{}, clock: op.Stamp{TimeMs: 1_900_000_000_000}}}
	_, err := s.decodeInvoice("content.invoice", invoiceOn(t, "lnsb"))
	require.ErrorContains(t, err, "is an invoice for lnsb, this economy is on mainnet")
}

// What was read of an event without an invoice is no empty invoice.
func TestNoInvoiceIsNotRead(t *testing.T) {
	s := &State{core: core{network: "", constitution: &constitution.Constitution{}}, entry: entry{read: &prepared{}}}
	_, err := s.decodeInvoice("content.invoice", "")
	require.ErrorIs(t, err, refusal.ErrPayment)
}

func TestKnownNetworks(t *testing.T) {
	for _, n := range networks {
		require.True(t, knownNetwork(n.name))
		require.Contains(t, []string{chaincfg.MainNetParams.Name, chaincfg.TestNet3Params.Name, chaincfg.TestNet4Params.Name,
			chaincfg.SigNetParams.Name, chaincfg.RegressionNetParams.Name}, n.name, "anchors name it so")
		require.Contains(t, networkNames, n.name)
	}
	for _, name := range []string{"", "testnet", "simnet", "Mainnet"} {
		require.False(t, knownNetwork(name), name)
		require.Empty(t, InvoicePrefix(name))
	}
}
