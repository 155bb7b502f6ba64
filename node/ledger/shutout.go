package ledger

import "fmt"

// Least limits under which somebody can hold a stake and a collateral, renew both,
// pay in time and sign in time.
const (
	leastHolds    = 4
	leastMaxAgeS  = 60
	leastExpiryS  = 60
	leastUnpaid   = 16
	mostOperation = 1000   // sat that an operation may always cost
	mostLeastSat  = 20_000 // sat that a stake may always have to have
)

// shutsOut says which number, as a constitution to come after the one in force
// changes it, keeps agents from proposing or voting at all, or "". What sats are
// too many is measured by what lasts of the locked stake: an operation may cost a
// thousandth of it, a stake may have to be a hundredth of it, rounded down.
func (s *State) shutsOut(c *Constitution) string {
	was, locked := s.constitution, s.lastingSat()
	for _, x := range []struct {
		field     string
		was, is   int64
		least     int64
		otherwise string
	}{
		{"stake.max_per_agent", was.Stake.MaxPerAgent, c.Stake.MaxPerAgent, leastHolds, "nobody could propose anything"},
		{"stake.invoice_expiry_s", was.Stake.InvoiceExpiryS, c.Stake.InvoiceExpiryS, leastExpiryS, "few could pay in time"},
		{"stake.max_unpaid", was.Stake.maxUnpaid(), c.Stake.maxUnpaid(), leastUnpaid, "few keys would take all room there is"},
		{"operations.max_age_s", was.Operations.MaxAgeS, c.Operations.MaxAgeS, leastMaxAgeS, "nobody could propose anything"},
	} {
		if x.is < min(x.was, x.least) {
			return fmt.Sprintf("%s is %d, with less than %d %s", x.field, x.is, x.least, x.otherwise)
		}
	}
	for _, x := range []struct {
		field   string
		was, is int64
		most    int64
	}{
		{"stake.min_sat", was.Stake.MinSat, c.Stake.MinSat, max(mostLeastSat, locked/100)},
		{"prices.operations", was.PriceSat(ResourceOperations), c.PriceSat(ResourceOperations), max(mostOperation, locked/1000)},
	} {
		if x.is > max(x.was, x.most) {
			return fmt.Sprintf("%s is %d, with more than %d, of %d sat locked for a week, few could propose or vote", x.field, x.is, x.most, locked)
		}
	}
	return ""
}

// lastingSat is the lesser of the stake that is locked and that was locked a week
// ago: what is locked for the day on which something is decided raises no bound.
func (s *State) lastingSat() int64 {
	return int64(min(s.lockedSat.now(), s.lockedSat.before(s.clock.TimeMs-7*dayS*1000)))
}
