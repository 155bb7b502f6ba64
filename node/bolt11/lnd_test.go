package bolt11

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/lightningnetwork/lnd/lnwire"
	"github.com/lightningnetwork/lnd/zpay32"
)

// lndDecode is LND's decoder, for the network that a text begins with.
func lndDecode(text string) (*zpay32.Invoice, error) {
	lower := strings.ToLower(text)
	for _, n := range []struct {
		prefix string
		params *chaincfg.Params
	}{
		{"lnbcrt", &chaincfg.RegressionNetParams}, {"lntbs", &chaincfg.SigNetParams}, {"lntb", &chaincfg.TestNet3Params},
		{"lnsb", &chaincfg.SimNetParams},
	} {
		if strings.HasPrefix(lower, n.prefix) {
			return zpay32.Decode(text, n.params)
		}
	}
	return zpay32.Decode(text, &chaincfg.MainNetParams)
}

// asLND is what LND reads, as far as Invoice has it. LND does not say whether the payee is named.
func asLND(inv *zpay32.Invoice, prefix string) Invoice {
	out := Invoice{Prefix: prefix, TimestampS: inv.Timestamp.Unix(), PaymentHash: *inv.PaymentHash, DescriptionHash: inv.DescriptionHash,
		PaymentSecret: inv.PaymentAddr.UnwrapOr([32]byte{}), ExpiryS: int64(inv.Expiry() / time.Second),
		MinFinalCltv: int64(min(inv.MinFinalCLTVExpiry(), MaxNumber)), Payee: [33]byte(inv.Destination.SerializeCompressed())}
	if inv.MilliSat != nil {
		out.AmountMsat = int64(*inv.MilliSat)
	}
	if inv.Description != nil {
		out.Description = *inv.Description
	}
	var bits []int
	for bit := range 5 * maxFieldGroups {
		if inv.Features.IsSet(lnwire.FeatureBit(bit)) {
			bits = append(bits, bit)
		}
	}
	out.Features = FeatureBits(bits...)
	return out
}

// differs names what two invoices say differently; numbers that LND wraps are let be.
func differs(ours Invoice, lnd *zpay32.Invoice) string {
	theirs := asLND(lnd, ours.Prefix)
	theirs.Named = ours.Named
	if ours.ExpiryS > int64(1<<63-1)/int64(time.Second) {
		theirs.ExpiryS = ours.ExpiryS
	}
	if ours.MinFinalCltv == MaxNumber {
		theirs.MinFinalCltv = MaxNumber
	}
	if a, b := says(ours), says(theirs); a != b {
		return fmt.Sprintf("\nhere %s\nLND  %s", a, b)
	}
	return ""
}

// What both accept, both read alike.
func TestLNDReadsAlike(t *testing.T) {
	compared := 0
	for _, c := range vectorCases() {
		ours, err := Decode(c.text)
		lnd, lndErr := lndDecode(c.text)
		if err != nil || lndErr != nil {
			continue
		}
		compared++
		if d := differs(ours, lnd); d != "" {
			t.Errorf("%s: %s", c.about, d)
		}
	}
	if compared < 40 {
		t.Errorf("only %d vectors compared", compared)
	}
}

// onlyHere are the rules that LND does not have: by them alone Decode refuses what LND accepts. Each is
// explained in the package's documentation.
var onlyHere = []string{
	"leading-zero",    // LND takes 0u and 010u
	"all-bitcoin",     // LND lets amounts wrap
	"fixed-length",    // LND skips the field
	"field-once",      // LND takes the first
	"field-missing",   // LND needs no s
	"unknown-feature", // LND looks at features when it pays
	"recovery-number", // LND adds in 8 bits, and does not look beside an n
	"low-s",           // LND takes either s beside an n
	"padding",         // in a field that LND skips as the second of its type
	"utf-8",           // likewise
	"node-key",        // likewise
}

// onlyLND are beginnings of LND's reasons to refuse what Decode accepts: they are about routes and fallback
// addresses, which are skipped here, and about numbers and amounts that LND's types do not hold.
var onlyLND = []string{
	"cannot parse data of length",                                   // x, c of more than 13 groups
	"strconv.ParseUint",                                             // all bitcoin in p
	"empty fallback", "unknown witness", "invalid incomplete group", // f, m
	"length is not a multiple", "route hint field contains no", "invalid", // r
	"pkHash must be", "scriptHash must be", "witness program must be", // f
	"malformed public key", "unsupported", "pubkey", // r
	"cannot have both route hints", "unexpected EOF", "EOF", // b
}

// checkAgainstLND fails where a difference is not one that is wanted.
func checkAgainstLND(t *testing.T, text string) {
	t.Helper()
	ours, err := Decode(text)
	lnd, lndErr := lndDecode(text)
	switch {
	case err == nil && lndErr == nil:
		if d := differs(ours, lnd); d != "" {
			t.Errorf("%q: %s", text, d)
		}
	case err == nil:
		if !slices.ContainsFunc(onlyLND, func(s string) bool { return strings.HasPrefix(lndErr.Error(), s) }) {
			t.Errorf("%q: accepted here, LND: %v", text, lndErr)
		}
	case lndErr == nil:
		if e, ok := err.(*Error); !ok || !slices.Contains(onlyHere, e.Rule) {
			t.Errorf("%q: LND accepts it, here: %v", text, err)
		}
	}
}

// testdata/differences.txt lists every vector that the LND of go.mod takes otherwise. With another LND the list may
// change, the vectors may not.
func TestEveryDifferenceIsWanted(t *testing.T) {
	const path = "testdata/differences.txt"
	var got strings.Builder
	for _, c := range vectorCases() {
		checkAgainstLND(t, c.text)
		_, err := Decode(c.text)
		if _, lndErr := lndDecode(c.text); lndErr == nil && err != nil {
			fmt.Fprintf(&got, "# %s\nLND accepts; here %v\n\n", c.about, err)
		} else if lndErr != nil && err == nil {
			fmt.Fprintf(&got, "# %s\nLND refuses: %v; here accepted\n\n", c.about, lndErr)
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	compareBlocks(t, string(want), got.String())
}

// FuzzAgainstLND signs invoices of any amount and fields and holds what is read against what LND reads.
func FuzzAgainstLND(f *testing.F) {
	for _, c := range vectorCases() {
		hrp, data, err := splitBech32(c.text)
		if err == nil && len(data) >= timestampGroups+signatureGroups {
			f.Add(strings.TrimPrefix(hrp, "lnbcrt"), data[timestampGroups:len(data)-signatureGroups], byte(0))
		}
	}
	f.Fuzz(func(t *testing.T, amount string, fields []byte, change byte) {
		if strings.ToLower(amount) != amount {
			return
		}
		data := draft(fields)
		for i := range data {
			data[i] &= 31
		}
		checkAgainstLND(t, resigned("lnbcrt"+amount, data, func(sig []byte, hash [32]byte) {
			switch {
			case change&1 == 1:
				highS(sig, hash)
			case change&2 == 2:
				sig[64] = change >> 2
			}
		}))
	})
}
