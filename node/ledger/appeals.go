package ledger

import (
	"slices"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/stake"
)

// appeal asks for another round, against the ruling of the last. The first
// appeal whose bond is locked in time brings it about.
func (s *State) appeal(e *op.Entry, c *op.Appeal) error {
	at, err := s.signer(e)
	if err != nil {
		return err
	}
	d, err := s.openDispute(c.Dispute)
	if err != nil {
		return err
	}
	if err := textWithin("content.text", c.Text, 1, maxText); err != nil {
		return err
	}
	x := &s.disputes[d]
	r := x.last()
	if r.ruling == nil {
		return refuse(ErrPhase, "content.dispute", "appeal-window", "round %d of it has no ruling yet", len(x.rounds)-1)
	}
	if err := s.holdRoom(at); err != nil {
		return err
	}
	h := s.openHold(e, at, x.rule.BondAfter(x.nth+len(x.rounds)), forBond, d)
	x = &s.disputes[d]
	x.appeals = append(x.appeals, partyBond{agent: at, hold: h, round: len(x.rounds) - 1,
		uphold: x.last().ruling.Verdict != verdictUpheld, text: c.Text})
	return nil
}

// appealLocked opens the next round, unless another appeal or the end came
// first; then the bond returns.
func (s *State) appealLocked(d, hold int) error {
	x := &s.disputes[d]
	i := slices.IndexFunc(x.appeals, func(b partyBond) bool { return b.hold == hold })
	b := x.appeals[i]
	x.appeals = slices.Delete(x.appeals, i, i+1)
	if x.state != disputeOpen || b.round != len(x.rounds)-1 || s.clock.TimeMs > x.last().appealEnd {
		return s.releaseHold(hold, "the appeal was locked too late")
	}
	x.bonds = append(x.bonds, b)
	s.nextRound(d)
	return nil
}

// releaseIfHeld gives a hold back that is locked or waits to be paid.
func (s *State) releaseIfHeld(hold int, reason string) {
	if st := s.holds[hold].state; st == stake.Locked || st == stake.Offered {
		s.mustHold(s.releaseHold(hold, reason))
	}
}

// mustHold: the state of the hold was looked at just before.
func (s *State) mustHold(err error) {
	if err != nil {
		panic("ledger: hold in another state than it is in: " + err.Error())
	}
}
