package ledger

import (
	"slices"

	"github.com/econd/econd/voting"
)

// Who sees that sats will be forfeited must not save them by letting their hold
// end. So what is bound is taken at stake.ForfeitHeight unless another hold took
// its place before: ending a hold by not renewing it is never better than keeping
// it.

// notRenewed is the reason of what follows from it.
const notRenewed = "it was not renewed in time"

// mayForfeit tells whether some end of the proposal that is still possible
// forfeits its collateral. Until the vote starts none does: the proposer may
// cancel it.
func (p *proposal) mayForfeit(nowMs int64) bool {
	t := p.track
	veto := t.VetoForfeitPpm > 0 && (t.Vetoable || t.Dispute != nil)
	switch phase := p.life.Phase(t, nowMs); {
	case p.evaluating():
		return true
	case p.life.End != voting.NotEnded, phase.Final(), phase == voting.Draft, phase == voting.Pending:
		return false
	case p.close == nil:
		return veto || t.HonestForPpm > 0 || p.eval != nil
	}
	veto = t.Vetoable && !p.unstoppable() || t.Dispute != nil && !p.removal()
	return t.VetoForfeitPpm > 0 && veto || p.eval != nil
}

// endUnrenewed ends a hold that was locked to its end and not renewed: what is
// bound is forfeited, what is free returns.
func (s *State) endUnrenewed(i int) error {
	h := &s.holds.list[i]
	if !s.takenUnrenewed(h, s.clock.TimeMs) {
		if err := s.releaseHold(i, "lapsed: "+notRenewed); err != nil {
			return err
		}
		s.goneFor(i)
		return nil
	}
	return h.rule().unrenewed(s, i)
}

// collateralAtRisk tells whether the collateral of a proposal may be forfeited still.
func (s *State) collateralAtRisk(h *hold, nowMs int64) bool {
	return s.proposals.list[h.subject].mayForfeit(nowMs)
}

// collateralUnrenewed forfeits the collateral of a proposal, which ends; one that waits
// for its evaluation has missed its target.
func (s *State) collateralUnrenewed(i int) error {
	p := s.holds.list[i].subject
	if s.proposals.list[p].evaluating() {
		return s.conclude(p, voting.Missed, "its collateral: "+notRenewed)
	}
	s.endProposal(p, voting.EndCancelled, "its collateral: "+notRenewed)
	return s.forfeitHold(i, "collateral: "+notRenewed)
}

// bondUnrenewed forfeits the bond of a party. With that of the challenge the
// dispute is void; a round that an appeal brought about goes on.
func (s *State) bondUnrenewed(hold int) error {
	d := s.holds.list[hold].subject
	x := &s.disputes.list[d]
	b := x.bondOf(hold)
	x.forfeit(b)
	if err := s.forfeitHold(hold, "bond: "+notRenewed); err != nil {
		return err
	}
	if x.bonds[0].hold == hold {
		s.voidDispute(d, "its bond: "+notRenewed)
	}
	return nil
}

// jurorUnrenewed forfeits the bond of a juror that sits in disputes, in the one that
// it was drawn for first; in rounds without a ruling it has no vote any more.
func (s *State) jurorUnrenewed(hold int) error {
	i := s.holds.list[hold].subject
	j := &s.jurors.list[i]
	s.slash(i, j.sits[0], "juror's bond: "+notRenewed)
	return nil
}

// emptySeats takes the vote from a juror in all rounds that have no ruling yet.
func (s *State) emptySeats(i int) {
	for _, d := range s.jurors.list[i].sits {
		r := s.disputes.list[d].last()
		k := slices.IndexFunc(r.seats, func(t seat) bool { return t.juror == i })
		if k >= 0 && r.ruling == nil {
			r.seats[k].leave()
		}
	}
}
