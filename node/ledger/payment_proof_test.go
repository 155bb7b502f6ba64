package ledger

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// opened is a scenario after its genesis.
func opened(t *testing.T) *scenario {
	sc := newScenario(t)
	sc.file = t.Name()
	sc.command([]string{"agent", "alice"})
	return sc
}

// No invoice dated beyond operations.max_future_s is read, whatever it is for.
func TestInvoicesDatedAhead(t *testing.T) {
	sc := opened(t)
	hash := op.Hash{1}
	ahead := func(s int64) error {
		_, err := sc.s.decodeInvoice("content.invoice", sc.invoiceAt(nodeOf("alice"), hash, 10, sc.at.TimeMs+1000*s, "x"))
		return err
	}
	most := sc.s.constitution.Operations.MaxFutureS
	if err := ahead(most); err != nil {
		t.Errorf("as far ahead as allowed: %v", err)
	}
	for _, s := range []int64{most + 1, 5 * 366 * 86400} {
		var r *refusal.Refusal
		if err := ahead(s); !errors.As(err, &r) || r.Rule != "invoice-future" || r.Field != "content.invoice" {
			t.Errorf("%d s ahead: %v", s, err)
		}
	}
}

// The end of an invoice's life never overflows: an expiry without end is held at one
// that no stamp reaches.
func TestInvoiceExpiryNeverOverflows(t *testing.T) {
	sc := opened(t)
	issued := sc.at.TimeMs / 1000
	for _, expiry := range []int64{90, 1 << 40, bolt11.MaxNumber} {
		p, err := sc.s.decodeInvoice("content.invoice", sc.invoiceAt(nodeOf("alice"), op.Hash{1}, 10, sc.at.TimeMs, "x",
			func(i *bolt11.Invoice) { i.ExpiryS = expiry }))
		if err != nil {
			t.Errorf("expiry %d: %v", expiry, err)
		} else if p.expiresUnix != issued+expiry {
			t.Errorf("expiry %d: ends at %d, want %d", expiry, p.expiresUnix, issued+expiry)
		}
	}
	if bolt11.MaxNumber <= math.MaxInt64/1000 {
		t.Error("a stamp, in milliseconds, may lie after an expiry without end")
	}
}

// Only a description names a customer; the hash of one names nobody.
func TestWhomAnInvoiceNames(t *testing.T) {
	sc := opened(t)
	alice := secretOf("alice").Public()
	named, err := sc.s.decodeInvoice("content.invoice", sc.invoiceAt(nodeOf("bob"), op.Hash{1}, 10, sc.at.TimeMs, "tea "+op.NameCustomer(alice)))
	if err != nil || named.customer != alice {
		t.Errorf("names %s, %v", named.customer, err)
	}
	byHash := func(i *bolt11.Invoice) { i.Description, i.DescriptionHash = "", new([32]byte) }
	hidden, err := sc.s.decodeInvoice("content.invoice", sc.invoiceAt(nodeOf("bob"), op.Hash{1}, 10, sc.at.TimeMs, "x", byHash))
	if err != nil || hidden.customer != (op.PublicKey{}) {
		t.Errorf("names %s, %v", hidden.customer, err)
	}
}

// An invoice may be over all bitcoin that there are, which are no negative amount; over
// more there is none.
func TestAnInvoiceOverAllBitcoin(t *testing.T) {
	sc := opened(t)
	p, err := sc.s.decodeInvoice("content.invoice", sc.invoiceAt(nodeOf("alice"), op.Hash{1}, maxPayoutSat, sc.at.TimeMs, "x"))
	if err != nil || p.amountSat != maxPayoutSat || 1000*p.amountSat != bolt11.MaxMsat {
		t.Errorf("%d sat, %v", p.amountSat, err)
	}
}

// A description that is not UTF-8 made LND's decoders differ: v0.19.3 took the invoice, v0.20.1 refuses it. An
// entry with one is refused, whatever LND is installed.
func TestADescriptionThatIsNoText(t *testing.T) {
	const invoice = "lnbcrt100n1p45n5sqpp5yg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3qdqzlusp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygsjyx0y8mgc8vces6r9lyrl2qzfq2agnjjsw7wa2f3y4kqqhx39trka63k69a3qz3sxnw737wfarwmg9qdlyw3p68vdj5a6fwfvzcpemgp45tnhd"
	var r *refusal.Refusal
	if err := Prepare(&op.Event{Kind: op.KindClaim, Content: op.EncodeContent(op.Claim{Payout: "p", Invoice: invoice})}); !errors.As(err, &r) ||
		r.Rule != "bolt11" || !strings.Contains(r.Error(), "d is not valid UTF-8") {
		t.Errorf("%v", err)
	}
}
