package ledger

import "github.com/econd/econd/node/op"

// What each kind of deadline rests on, whether it stands still, and the fact that ends
// it, as of the state's clock. The table of kinds brings them together.

func (s *State) epochStands(d deadline) bool { return d.at == s.epochMs }

func (s *State) dueEpoch(int) *Fact { return &Fact{op.KindEpoch, s.epochFact()} }

func (s *State) closeStands(d deadline) bool {
	l := &s.proposals[d.index].life
	return l.ClosedMs == 0 && l.End == 0 && l.DeadlineMs == d.at
}

func (s *State) dueClose(i int) *Fact {
	f, said := s.decide(&s.proposals[i])
	s.ready.proposal, s.ready.close, s.ready.said = i, &f, said
	return &Fact{op.KindClose, f}
}

func (s *State) executeStands(d deadline) bool {
	p := &s.proposals[d.index]
	return p.life.End == 0 && !p.life.Disputed && p.life.ExecuteAfter(p.track) == d.at
}

func (s *State) dueExecute(i int) *Fact {
	f, _ := s.executeFact(&s.proposals[i])
	return f
}

func (s *State) evaluateStands(d deadline) bool {
	p := &s.proposals[d.index]
	return p.evaluating() && !p.life.Disputed
}

func (s *State) dueEvaluate(i int) *Fact {
	return &Fact{op.KindEvaluate, s.evaluateFact(&s.proposals[i])}
}

// drawStands, rulingStands and appealEndStands are of the last round of a dispute.
func (s *State) drawStands(d deadline) bool {
	r := s.openRound(d.index)
	return r != nil && r.stamp.TimeMs == 0 && int64(r.drawHeight) == d.at
}

func (s *State) rulingStands(d deadline) bool {
	r := s.openRound(d.index)
	return r != nil && r.stamp.TimeMs != 0 && r.ruling == nil && r.revealEnd == d.at
}

func (s *State) appealEndStands(d deadline) bool {
	r := s.openRound(d.index)
	return r != nil && r.ruling != nil && r.appealEnd == d.at
}

func (s *State) dueDraw(d int) *Fact { return &Fact{op.KindDraw, s.drawFact(d)} }

func (s *State) dueRuling(d int) *Fact { return &Fact{op.KindRuling, s.rulingFact(d)} }

func (s *State) dueDisputeClose(d int) *Fact {
	return &Fact{op.KindDisputeClose, s.disputeCloseFact(d)}
}

func (s *State) lapseStands(d deadline) bool { return s.lapses(d.index, d.at) }

func (s *State) dueLapse(i int) *Fact {
	return &Fact{op.KindHoldLapse, op.HoldLapse{Hold: s.holds[i].id}}
}

func (s *State) claimLapseStands(d deadline) bool { return s.payouts[d.index].state == payoutClaimable }

func (s *State) dueClaimLapse(i int) *Fact {
	return &Fact{op.KindClaimLapse, op.ClaimLapse{Payout: s.payouts[i].id}}
}
