package ledger

import (
	"strings"

	"github.com/btcsuite/btcd/chaincfg"
)

// networks are the Bitcoin networks that an economy may be founded on, by the name in
// its genesis, each with the prefix of its invoices (BOLT 11). Both test networks have
// the same: an invoice does not say for which of them it is, the operator's LND, which
// made it, does.
var networks = []struct {
	name, prefix string
	params       *chaincfg.Params
}{
	{"mainnet", "lnbc", &chaincfg.MainNetParams},
	{"testnet3", "lntb", &chaincfg.TestNet3Params},
	{"testnet4", "lntb", &chaincfg.TestNet4Params},
	{"signet", "lntbs", &chaincfg.SigNetParams},
	{"regtest", "lnbcrt", &chaincfg.RegressionNetParams},
}

// networkNames lists them for people.
const networkNames = "mainnet, testnet3, testnet4, signet or regtest"

// knownNetwork tells whether an economy may be founded on it.
func knownNetwork(name string) bool {
	for _, n := range networks {
		if n.name == name {
			return true
		}
	}
	return false
}

// invoicePrefix is that of a network's invoices, "" for an unknown network.
func invoicePrefix(network string) string {
	for _, n := range networks {
		if n.name == network {
			return n.prefix
		}
	}
	return ""
}

// prefixOf is the prefix of the network that an invoice is written for: the longest
// that it begins with, for one begins another. "" if there is none.
func prefixOf(invoice string) string {
	found := ""
	for _, n := range networks {
		if p := n.prefix; len(p) > len(found) && len(invoice) >= len(p) && strings.EqualFold(invoice[:len(p)], p) {
			found = p
		}
	}
	return found
}

// invoiceNetworks names the networks of a prefix, for messages, and gives the
// parameters to decode their invoices by. A prefix of none is taken for regtest's,
// which no such invoice passes.
func invoiceNetworks(prefix string) (names string, params *chaincfg.Params) {
	for _, n := range networks {
		switch {
		case n.prefix != prefix:
		case params == nil:
			names, params = n.name, n.params
		default:
			names += " or " + n.name
		}
	}
	if params == nil {
		return "regtest", &chaincfg.RegressionNetParams
	}
	return names, params
}
