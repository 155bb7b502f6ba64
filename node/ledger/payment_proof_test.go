package ledger

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/lightningnetwork/lnd/zpay32"

	"github.com/econd/econd/node/op"
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
		var r *Refusal
		if err := ahead(s); !errors.As(err, &r) || r.Rule != "invoice-future" || r.Field != "content.invoice" {
			t.Errorf("%d s ahead: %v", s, err)
		}
	}
}

// The end of an invoice's life never overflows: an expiry beyond what a duration
// holds is none, the longest that it holds is kept.
func TestInvoiceExpiryNeverOverflows(t *testing.T) {
	sc := opened(t)
	issued := sc.at.TimeMs / 1000
	for _, c := range []struct {
		expiry time.Duration
		want   int64
	}{
		{90 * time.Second, issued + 90},
		{math.MaxInt64 / time.Second * time.Second, issued + math.MaxInt64/int64(time.Second)},
		{-time.Second, issued}, // written as 2^64-1 s or so
	} {
		p, err := sc.s.decodeInvoice("content.invoice", sc.invoiceAt(nodeOf("alice"), op.Hash{1}, 10, sc.at.TimeMs, "x", zpay32.Expiry(c.expiry)))
		if err != nil {
			t.Errorf("expiry %v: %v", c.expiry, err)
		} else if p.expiresUnix != c.want {
			t.Errorf("expiry %v: ends at %d, want %d", c.expiry, p.expiresUnix, c.want)
		}
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
	byHash := func(i *zpay32.Invoice) { i.Description, i.DescriptionHash = nil, new([32]byte) }
	hidden, err := sc.s.decodeInvoice("content.invoice", sc.invoiceAt(nodeOf("bob"), op.Hash{1}, 10, sc.at.TimeMs, "x", byHash))
	if err != nil || hidden.customer != (op.PublicKey{}) {
		t.Errorf("names %s, %v", hidden.customer, err)
	}
}

// An invoice may be over all bitcoin, and not a satoshi more: no amount is negative.
func TestNoInvoiceIsAboveAllBitcoin(t *testing.T) {
	sc := opened(t)
	for sat, fine := range map[int64]bool{maxPayoutSat: true, maxPayoutSat + 1: false, 9_223_372_100_000_000: false} {
		p, err := sc.s.decodeInvoice("content.invoice", sc.invoiceAt(nodeOf("alice"), op.Hash{1}, sat, sc.at.TimeMs, "x"))
		if fine && (err != nil || p.amountSat != sat) || !fine && !errors.Is(err, ErrPayment) {
			t.Errorf("%d sat: %d, %v", sat, p.amountSat, err)
		}
	}
}
