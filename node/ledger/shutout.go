package ledger

import (
	"fmt"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/voting"
)

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
func (s *State) shutsOut(c *constitution.Constitution) string {
	was, locked := s.constitution, s.lastingSat()
	for _, x := range []struct {
		field     string
		was, is   int64
		least     int64
		otherwise string
	}{
		{"stake.max_per_agent", was.Stake.MaxPerAgent, c.Stake.MaxPerAgent, leastHolds, "nobody could propose anything"},
		{"stake.invoice_expiry_s", was.Stake.InvoiceExpiryS, c.Stake.InvoiceExpiryS, leastExpiryS, "few could pay in time"},
		{"stake.max_unpaid", was.Stake.Unpaid(), c.Stake.Unpaid(), leastUnpaid, "few keys would take all room there is"},
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
		{"prices.operations", was.PriceSat(constitution.ResourceOperations), c.PriceSat(constitution.ResourceOperations), max(mostOperation, locked/1000)},
	} {
		if x.is > max(x.was, x.most) {
			return fmt.Sprintf("%s is %d, with more than %d, of %d sat locked for a week, few could propose or vote", x.field, x.is, x.most, locked)
		}
	}
	return ""
}

// What a removal of guardians may always ask, and the shortest vote on one, where it
// is no shorter already.
const (
	mostRemovalBond   = 1000   // sat, of who votes
	mostRemovalStake  = 20_000 // sat, of who proposes, in stake and in collateral each
	leastRemovalVoteS = dayS
)

// outbids says where a constitution to come after the one in force asks more of who
// proposes or votes on a removal of guardians than they can have, or gives them less
// time, or "". A vote may take a thousandth of the stake that lasts, a proposal a
// hundredth, rounded down; stake.max_sat is no bound, for it can be raised beside.
func (s *State) outbids(c *constitution.Constitution) string {
	was, locked := removalTerms{voteS: leastRemovalVoteS}, s.lastingSat()
	for i := range s.constitution.Tracks {
		if t := &s.constitution.Tracks[i]; t.Allows(constitution.ActionSetGuardians) {
			was = was.lenient(termsOf(t))
		}
	}
	was = was.lenient(removalTerms{bond: max(mostRemovalBond, locked/1000), stake: max(mostRemovalStake, locked/100), collateral: max(mostRemovalStake, locked/100)})
	for i := range c.Tracks {
		t := &c.Tracks[i]
		if !t.Allows(constitution.ActionSetGuardians) {
			continue
		}
		is := termsOf(t)
		for _, x := range []struct {
			field    string
			is, most int64
		}{
			{"weight.bond_sat", is.bond, was.bond},
			{"propose_stake_sat", is.stake, was.stake},
			{"collateral_sat", is.collateral, was.collateral},
		} {
			if x.is > x.most {
				return fmt.Sprintf("track %s: %s is %d, at most %d lets those who have the stake of %d sat, locked for a week, remove guardians", t.Name, x.field, x.is, x.most, locked)
			}
		}
		if is.voteS < was.voteS {
			return fmt.Sprintf("track %s: voting_period_s is %d, a vote on removing guardians lasts %d at least", t.Name, is.voteS, was.voteS)
		}
	}
	return ""
}

// removalTerms is what a track asks of a removal of guardians, in sats, and how long
// its vote lasts, in seconds.
type removalTerms struct{ bond, stake, collateral, voteS int64 }

func termsOf(t *voting.Track) removalTerms {
	x := removalTerms{int64(t.Weight.BondSat), t.ProposeStakeSat, t.CollateralSat, t.VotingPeriodS}
	if t.Throttle != nil {
		x.collateral = max(x.collateral, t.Throttle.MaxSat)
	}
	return x
}

// lenient takes the more that is asked by either, and the shorter vote where the
// other has one.
func (x removalTerms) lenient(y removalTerms) removalTerms {
	if y.voteS == 0 {
		y.voteS = x.voteS
	}
	return removalTerms{max(x.bond, y.bond), max(x.stake, y.stake), max(x.collateral, y.collateral), min(x.voteS, y.voteS)}
}

// lastingSat is the lesser of the stake that is locked and that was locked a week
// ago: what is locked for the day on which something is decided raises no bound.
func (s *State) lastingSat() int64 {
	return int64(min(s.stakes.lockedSat.Now(), s.stakes.lockedSat.Before(s.clock.TimeMs-7*dayS*1000)))
}
