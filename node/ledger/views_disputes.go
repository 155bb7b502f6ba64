package ledger

import (
	"slices"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

// JurorStates lists the states of an offer.
func JurorStates() []string { return []string{"unbonded", "ready", "seated", "leaving", "gone"} }

// DisputeStates lists the states of a dispute.
func DisputeStates() []string { return disputeStates[:] }

// Disputes is the number of disputes ever opened.
func (s *State) Disputes() int { return len(s.disputes.list) }

// DisputeAt returns the i-th dispute in order of entry as it is at nowMs, 0 <= i
// < Disputes(). See Recalled for the texts of one that ended.
func (s *State) DisputeAt(i int, nowMs int64) view.Dispute {
	x := &s.disputes.list[i]
	v := view.Dispute{ID: x.id, Proposal: s.proposals.list[x.proposal].id, Ground: x.ground, Text: x.bonds[0].text,
		Challenger: s.agents.list[x.bonds[0].agent].key, State: disputeStates[x.state], Reason: x.reason, Undoing: x.undoing,
		Field: x.rule.Field, MaxRounds: x.rule.MaxRounds, LockedMs: x.lockedMs, EndedMs: x.endedMs,
		Bonds: []view.DisputeBond{}, Rounds: []view.DisputeRound{}, PotSat: x.potSat, Shared: x.settled && x.state != disputeVoid, Seq: x.seq}
	for _, b := range slices.Concat(x.bonds, x.appeals) {
		v.Bonds = append(v.Bonds, s.bondView(x, b))
	}
	for r := range x.rounds {
		v.Rounds = append(v.Rounds, s.roundView(x, r))
	}
	if x.state == disputeOpen {
		showStep(&v, x, nowMs)
	}
	return v
}

// showStep says what an open dispute waits for.
func showStep(v *view.Dispute, x *dispute, nowMs int64) {
	switch r := x.last(); {
	case r.stamp.TimeMs == 0:
		v.Step, v.DrawHeight = "draw", r.drawHeight
	case r.ruling != nil:
		v.Step, v.StepUntilMs, v.AppealSat = "appeal", r.appealEnd, x.rule.BondAfter(x.nth+len(x.rounds))
	case nowMs <= r.commitEnd:
		v.Step, v.StepUntilMs = "commit", r.commitEnd
	default:
		v.Step, v.StepUntilMs = "reveal", r.revealEnd
	}
}

func (s *State) bondView(x *dispute, b partyBond) view.DisputeBond {
	h := &s.holds.list[b.hold]
	v := view.DisputeBond{Hold: h.id, Agent: s.agents.list[b.agent].key, AmountSat: h.boundSat(), Side: verdictVote(b.uphold),
		State: h.state.String(), Appeals: b.round >= 0, Round: b.round + 1, Text: b.text}
	if x.forgotten {
		v.TextSeq = b.seq
	}
	return v
}

// verdictVote spells a side as votes do.
func verdictVote(upholds bool) string {
	if upholds {
		return "uphold"
	}
	return "refuse"
}

func (s *State) roundView(x *dispute, i int) view.DisputeRound {
	r := &x.rounds[i]
	v := view.DisputeRound{Round: i, DrawHeight: r.drawHeight, Height: r.stamp.Height, Block: r.stamp.BlockHash,
		CommitUntilMs: r.commitEnd, RevealUntilMs: r.revealEnd, AppealUntilMs: r.appealEnd, Jurors: []view.JurySeat{}}
	for _, t := range r.seats {
		seat := view.JurySeat{PubKey: s.agents.list[s.jurors.list[t.juror].agent].key, Seats: t.seats, Committed: t.committed, Commitment: t.commit, Gone: t.gone}
		switch t.vote {
		case uphold:
			v.Uphold += t.seats
			seat.Vote = "uphold"
		case against:
			v.Refuse += t.seats
			seat.Vote = "refuse"
		default:
			v.Absent += t.seats
		}
		v.Jurors = append(v.Jurors, seat)
	}
	if r.ruling != nil {
		v.Verdict = r.ruling.Verdict
	}
	return v
}

// Dispute returns one dispute as it is at nowMs, or false.
func (s *State) Dispute(id op.ID, nowMs int64) (view.Dispute, bool) {
	i, ok := s.disputes.at[id]
	if !ok {
		return view.Dispute{}, false
	}
	return s.DisputeAt(i, nowMs), true
}

// Jurors is the number of offers ever made.
func (s *State) Jurors() int { return len(s.jurors.list) }

// JurorAt returns the i-th offer in order of entry, 0 <= i < Jurors().
func (s *State) JurorAt(i int) view.Juror {
	j := &s.jurors.list[i]
	h, a := &s.holds.list[j.hold], &s.agents.list[j.agent]
	v := view.Juror{PubKey: a.key, Fields: slices.Clone(j.fields), State: "ready", Hold: h.id, BondSat: h.boundSat(),
		Score: op.Weight(a.praised.Now()), Seq: s.holds.heldAt(j.hold, 0).seq}
	if len(j.sits) > 0 {
		v.Dispute = s.disputes.list[j.sits[0]].id
	}
	switch {
	case j.gone:
		v.State = "gone"
	case h.state != stake.Locked:
		v.State = "unbonded"
	case j.leaves:
		v.State = "leaving"
	case len(j.sits) > 0:
		v.State = "seated"
	}
	return v
}

// Juror returns an agent's last offer, or false.
func (s *State) Juror(key op.PublicKey) (view.Juror, bool) {
	at, ok := s.agents.at[key]
	if !ok {
		return view.Juror{}, false
	}
	i, ok := s.jurors.at[at]
	if !ok {
		return view.Juror{}, false
	}
	return s.JurorAt(i), true
}

// challengeUntilMs is the last instant at which a challenge of a proposal can be
// locked as things stand, or 0 if none can at nowMs.
func (s *State) challengeUntilMs(p *proposal, nowMs int64) int64 {
	r := p.track.Dispute
	if r == nil {
		return 0
	}
	until := int64(0)
	switch phase := p.life.Phase(p.track, nowMs); {
	case phase == voting.Queued || p.frozen():
		until = p.life.ClosedMs + r.WindowS*1000
	case r.AfterS > 0 && (phase == voting.Executed || phase == voting.Evaluating || phase == voting.Disputed):
		if _, can := p.undoing(); can {
			until = p.executedMs + r.AfterS*1000
		}
	}
	if until < nowMs {
		return 0
	}
	return until
}
