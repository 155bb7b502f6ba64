package ledger

import (
	"github.com/econd/econd/node/ledger/internal/deadlines"
	"github.com/econd/econd/node/op"
)

// What each kind of deadline rests on, whether it stands still, and the fact that ends
// it, as of the state's clock. The table of kinds brings them together.

func (s *State) epochStands(d deadlines.Deadline) bool { return d.At == s.scores.epochMs }

func (s *State) dueEpoch(int) *Fact { return &Fact{op.KindEpoch, s.epochFact()} }

func (s *State) closeStands(d deadlines.Deadline) bool {
	l := s.proposals.list[d.Index].life
	return l.ClosedMs == 0 && l.End == 0 && l.DeadlineMs == d.At
}

func (s *State) dueClose(i int) *Fact {
	f, said := s.decide(&s.proposals.list[i])
	s.entry.readyClose(i, &f, said)
	return &Fact{op.KindClose, f}
}

func (s *State) executeStands(d deadlines.Deadline) bool {
	p := &s.proposals.list[d.Index]
	return p.life.End == 0 && !p.life.Disputed && p.life.ExecuteAfter(p.track) == d.At
}

func (s *State) dueExecute(i int) *Fact {
	f, _ := s.executeFact(&s.proposals.list[i])
	return f
}

func (s *State) evaluateStands(d deadlines.Deadline) bool {
	p := &s.proposals.list[d.Index]
	return p.evaluating() && !p.life.Disputed
}

func (s *State) dueEvaluate(i int) *Fact {
	return &Fact{op.KindEvaluate, s.evaluateFact(&s.proposals.list[i])}
}

// drawStands, rulingStands and appealEndStands are of the last round of a dispute.
func (s *State) drawStands(d deadlines.Deadline) bool {
	r := s.disputes.openRound(d.Index)
	return r != nil && r.stamp.TimeMs == 0 && int64(r.drawHeight) == d.At
}

func (s *State) rulingStands(d deadlines.Deadline) bool {
	r := s.disputes.openRound(d.Index)
	return r != nil && r.stamp.TimeMs != 0 && r.ruling == nil && r.revealEnd == d.At
}

func (s *State) appealEndStands(d deadlines.Deadline) bool {
	r := s.disputes.openRound(d.Index)
	return r != nil && r.ruling != nil && r.appealEnd == d.At
}

func (s *State) dueDraw(d int) *Fact { return &Fact{op.KindDraw, s.drawFact(d)} }

func (s *State) dueRuling(d int) *Fact { return &Fact{op.KindRuling, s.disputes.rulingFact(d)} }

func (s *State) dueDisputeClose(d int) *Fact {
	return &Fact{op.KindDisputeClose, s.disputes.disputeCloseFact(d)}
}

func (s *State) lapseStands(d deadlines.Deadline) bool { return s.holds.lapses(d.Index, d.At) }

func (s *State) dueLapse(i int) *Fact {
	return &Fact{op.KindHoldLapse, op.HoldLapse{Hold: s.holds.list[i].id}}
}

func (s *State) recoveredStands(d deadlines.Deadline) bool {
	w := s.agents.list[d.Index].guard.waits()
	return w != nil && w.untilMs == d.At
}

func (s *State) dueRecovered(i int) *Fact {
	a := &s.agents.list[i]
	return &Fact{op.KindKeyRecovered, op.KeyRecovered{Agent: a.key, NewKey: a.guard.waits().key}}
}

func (s *State) claimLapseStands(d deadlines.Deadline) bool {
	return s.treasury.payouts[d.Index].state == payoutClaimable
}

func (s *State) dueClaimLapse(i int) *Fact {
	return &Fact{op.KindClaimLapse, op.ClaimLapse{Payout: s.treasury.payouts[i].id}}
}
