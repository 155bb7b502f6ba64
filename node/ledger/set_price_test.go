package ledger

import (
	"errors"
	"strings"
	"testing"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger/internal/history"
	"github.com/econd/econd/node/refusal"
)

// One decision raises a price tenfold, or to 1,000 sat; back from where another
// decision put it, a price may go however much that is.
func TestPriceRises(t *testing.T) {
	for _, c := range []struct {
		inForce, sat int64
		refused      bool
	}{
		{0, 1000, false}, {0, 1001, true},
		{99, 1000, false}, {100, 1000, false}, {100, 1001, true},
		{101, 1010, false}, {101, 1011, true},
		{1_000_000, 1_000_000, false}, {1_000_000, 0, false},
	} {
		sc := newScenario(t)
		sc.begin()
		c1 := sc.s.constitution.Clone()
		c1.Prices[1].Sat = c.inForce
		sc.s.constitution = c1
		rise := &SetPrice{Resource: constitution.ResourceProofs, Sat: c.sat, ExpectSat: c.inForce}
		_, err := sc.s.tryActions([]action{rise})
		if (err != nil) != c.refused || err != nil && !strings.Contains(err.Error(), "price-rise") {
			t.Errorf("from %d to %d: %v", c.inForce, c.sat, err)
		}
		back := (&SetPrice{Resource: constitution.ResourceProofs, Sat: c.inForce, ExpectSat: c.sat}).reversed()
		if _, err := sc.s.tryActions([]action{back}); err != nil {
			t.Errorf("back from %d to %d: %v", c.inForce, c.sat, err)
		}
	}
}

// An operation may cost a thousandth of the stake that was locked a week ago and
// is now, a stake be a hundredth of it.
func TestWhatStakeBounds(t *testing.T) {
	const week = 7 * dayS * 1000
	for _, c := range []struct {
		name      string
		then, now uint64 // sat locked
		set       func(*constitution.Constitution)
		refused   string
	}{
		{"the dearest operation", 5_000_000, 6_000_000, func(c *constitution.Constitution) { c.Prices[0].Sat = 5000 }, ""},
		{"a dearer one", 5_000_000, 6_000_000, func(c *constitution.Constitution) { c.Prices[0].Sat = 5001 }, "prices.operations is 5001"},
		{"stake of today", 0, 6_000_000, func(c *constitution.Constitution) { c.Prices[0].Sat = 1001 }, "prices.operations is 1001"},
		{"stake of then", 6_000_000, 0, func(c *constitution.Constitution) { c.Prices[0].Sat = 1001 }, "prices.operations is 1001"},
		{"what it may always cost", 0, 0, func(c *constitution.Constitution) { c.Prices[0].Sat = 1000 }, ""},
		{"the greatest least stake", 5_000_000, 6_000_000, func(c *constitution.Constitution) { c.Stake.MinSat = 50_000 }, ""},
		{"a greater one", 5_000_000, 6_000_000, func(c *constitution.Constitution) { c.Stake.MinSat = 50_001 }, "stake.min_sat is 50001"},
		{"what it may always be", 0, 0, func(c *constitution.Constitution) { c.Stake.MinSat = 20_000 }, ""},
		{"no time to pay", 0, 0, func(c *constitution.Constitution) { c.Stake.InvoiceExpiryS = 59 }, "stake.invoice_expiry_s is 59"},
		{"time to pay", 0, 0, func(c *constitution.Constitution) { c.Stake.InvoiceExpiryS = 60 }, ""},
		{"no room for holds", 0, 0, func(c *constitution.Constitution) { c.Stake.MaxUnpaid = 15 }, "stake.max_unpaid is 15"},
		{"room for holds", 0, 0, func(c *constitution.Constitution) { c.Stake.MaxUnpaid = 16 }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			sc := newScenario(t)
			sc.load("default")
			sc.begin()
			now := sc.s.clock.TimeMs
			sc.s.stakes.lockedSat = history.History{{AtMs: now - week - 1, Value: c.then}, {AtMs: now, Value: c.now}}
			next := sc.s.constitution.Clone()
			c.set(next)
			err := sc.s.successor(next)
			if c.refused == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			r := new(refusal.Refusal)
			if !errors.As(err, &r) || r.Rule != "guardians-removable" || !strings.Contains(err.Error(), c.refused) {
				t.Fatalf("got %v, want a refusal of %q", err, c.refused)
			}
		})
	}
}
