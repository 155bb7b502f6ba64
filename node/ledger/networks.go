package ledger

import "strings"

// networks are the Bitcoin networks that an economy may be founded on, by the name in
// its genesis, each with the prefix of its invoices (BOLT 11). Both test networks have
// the same: an invoice does not say for which of them it is, the operator's LND, which
// made it, does.
var networks = []struct{ name, prefix string }{
	{"mainnet", "lnbc"},
	{"testnet3", "lntb"},
	{"testnet4", "lntb"},
	{"signet", "lntbs"},
	{"regtest", "lnbcrt"},
}

// Networks lists the Bitcoin networks that an economy may be founded on.
func Networks() []string {
	var names []string
	for _, n := range networks {
		names = append(names, n.name)
	}
	return names
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

// InvoicePrefix is that of a network's invoices, "" for an unknown network.
func InvoicePrefix(network string) string {
	for _, n := range networks {
		if n.name == network {
			return n.prefix
		}
	}
	return ""
}

// networksOf names the networks of a prefix, for messages.
func networksOf(prefix string) string {
	var names []string
	for _, n := range networks {
		if n.prefix == prefix {
			names = append(names, n.name)
		}
	}
	if len(names) == 0 {
		return prefix
	}
	return strings.Join(names, " or ")
}
