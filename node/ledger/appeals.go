package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/stake"
)

// appeal asks for another round, against the ruling of the last. The first
// appeal whose bond is locked in time brings it about.
func (s *State) appeal(e *op.Entry, c *op.Appeal) error {
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	d, err := s.disputes.openDispute(c.Dispute)
	if err != nil {
		return err
	}
	if err := refusal.TextWithin("content.text", c.Text, 1, maxText); err != nil {
		return err
	}
	x := &s.disputes.list[d]
	r := x.last()
	if r.ruling == nil {
		return refusal.New(refusal.ErrPhase, "content.dispute", "appeal-window", "round %d of it has no ruling yet", len(x.rounds)-1)
	}
	if err := s.holdRoom(at); err != nil {
		return err
	}
	h := s.openHold(e, at, x.rule.BondAfter(x.nth+len(x.rounds)), forBond, d)
	x = &s.disputes.list[d]
	x.addAppeal(partyBond{agent: at, hold: h, round: len(x.rounds) - 1,
		uphold: x.last().ruling.Verdict != verdictUpheld, text: c.Text, seq: e.Seq})
	return nil
}

// appealLocked opens the next round, unless another appeal or the end came
// first, or the appellant itself would be missing; then the bond returns.
func (s *State) appealLocked(d, hold int) error {
	x := &s.disputes.list[d]
	b, _ := x.takeAppeal(hold)
	if x.state != disputeOpen || b.round != len(x.rounds)-1 || s.clock.TimeMs > x.last().appealEnd {
		return s.releaseHold(hold, "the appeal was locked too late")
	}
	if s.thwarts(d, b.agent) {
		return s.releaseHold(hold, "without its appellant, a juror, no jury could be drawn")
	}
	x.addBond(b)
	s.nextRound(d)
	return nil
}

// unseated ends a dispute whose appeal found no jury. The ruling that was appealed
// is confirmed by nobody, so it decides nothing: the decision of the vote stands, as
// if the challenge were refused, and no juror is paid or punished for how it voted.
// Who never voted loses its bond all the same; and where the ruling was against the
// challenge, its side pays for having stopped the decision: else who loses could
// appeal where no jury can be had and stop decisions for nothing. What is forfeited
// goes to the pools.
func (s *State) unseated(d int, reason string) {
	x := &s.disputes.list[d]
	unheard := x.unseat("no jury for an appeal: "+reason, s.clock.TimeMs)
	refused := x.last().ruling.Verdict == verdictRefused
	s.releaseIfHeld(unheard.hold, x.reason)
	for i := range x.bonds {
		b := &x.bonds[i]
		switch {
		case s.holds.list[b.hold].state != stake.Locked:
		case refused && b.uphold:
			x.forfeit(b)
			s.mustHold(s.forfeitHold(b.hold, x.reason))
		default:
			s.releaseIfHeld(b.hold, x.reason)
		}
	}
	for _, b := range x.appeals {
		s.releaseIfHeld(b.hold, "the dispute ended")
	}
	for _, t := range x.lastSeats() {
		s.jurors.rises(t.juror, d)
		switch {
		case t.gone:
		case t.vote == absent:
			s.slash(t.juror, d, "the juror was absent")
		default:
			s.letGo(t.juror)
		}
	}
	s.hasJury(d)
	s.thaw(x.proposal)
	s.shareOut(d)
}

// releaseIfHeld gives a hold back that is locked or waits to be paid.
func (s *State) releaseIfHeld(hold int, reason string) {
	if st := s.holds.list[hold].state; st == stake.Locked || st == stake.Offered {
		s.mustHold(s.releaseHold(hold, reason))
	}
}

// mustHold: the state of the hold was looked at just before.
func (s *State) mustHold(err error) {
	if err != nil {
		panic("ledger: hold in another state than it is in: " + err.Error())
	}
}
