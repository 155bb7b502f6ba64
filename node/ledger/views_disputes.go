package ledger

import (
	"slices"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

// DisputeView is one challenge of one proposal, with what has happened to it.
type DisputeView struct {
	ID         op.ID        `json:"id"`
	Proposal   op.ID        `json:"proposal"`
	Ground     string       `json:"ground"`
	Text       string       `json:"text"`
	Challenger op.PublicKey `json:"challenger"`
	State      string       `json:"state"` // unbonded, open, upheld, refused or void
	Step       string       `json:"step"`  // of an open one: draw, commit, reveal or appeal; else empty
	// StepUntilMs is the last instant of commit, reveal or appeal.
	StepUntilMs int64 `json:"step_until_ms,omitempty"`
	// DrawHeight is the block that the next jury is drawn with, or the first
	// after it.
	DrawHeight uint32 `json:"draw_height,omitempty"`
	// AppealSat is the bond of an appeal, while one is possible.
	AppealSat int64              `json:"appeal_sat,omitempty"`
	Reason    string             `json:"reason,omitempty"`  // why it is void, or its ruling does not count
	Undoing   string             `json:"undoing,omitempty"` // what came of undoing what was executed
	Field     string             `json:"field"`             // of expertise
	MaxRounds int64              `json:"max_rounds"`
	LockedMs  int64              `json:"locked_ms,omitempty"` // when its bond was locked
	EndedMs   int64              `json:"ended_ms,omitempty"`
	Bonds     []DisputeBondView  `json:"bonds"` // the challenge's first
	Rounds    []DisputeRoundView `json:"rounds"`
	PotSat    int64              `json:"pot_sat"` // forfeited in it, and arrived
	Shared    bool               `json:"shared"`  // all of that has been divided
	Seq       uint64             `json:"seq"`
}

// DisputeBondView is what the challenger, or somebody who appealed, locked.
type DisputeBondView struct {
	Hold      op.ID        `json:"hold"`
	Agent     op.PublicKey `json:"agent"`
	AmountSat int64        `json:"amount_sat"`
	Side      string       `json:"side"`  // uphold or refuse
	State     string       `json:"state"` // of the hold
	Appeals   bool         `json:"appeals"`
	Round     int          `json:"round"` // that it brought about, or would, from 0
	Text      string       `json:"text"`

	textSeq uint64 // entry of the text, if that is to be recalled
}

// DisputeRoundView is one jury and what it said.
type DisputeRoundView struct {
	Round         int        `json:"round"` // from 0
	DrawHeight    uint32     `json:"draw_height"`
	Height        uint32     `json:"height,omitempty"` // of the block drawn with
	Block         op.Hash    `json:"block,omitzero"`
	CommitUntilMs int64      `json:"commit_until_ms,omitempty"`
	RevealUntilMs int64      `json:"reveal_until_ms,omitempty"`
	AppealUntilMs int64      `json:"appeal_until_ms,omitempty"`
	Jurors        []SeatView `json:"jurors"` // in the order drawn
	Verdict       string     `json:"verdict,omitempty"`
	Uphold        int64      `json:"uphold"` // seats whose votes are revealed so far
	Refuse        int64      `json:"refuse"`
	Absent        int64      `json:"absent"` // not revealed so far
}

// SeatView is what one juror has of a jury.
type SeatView struct {
	PubKey    op.PublicKey `json:"pubkey"`
	Seats     int64        `json:"seats"` // its vote counts as often
	Committed bool         `json:"committed"`
	// Commitment is the last one sent, see CommitmentOf.
	Commitment op.Hash `json:"commitment,omitzero"`
	Vote       string  `json:"vote,omitempty"` // once revealed: uphold or refuse
	Gone       bool    `json:"gone,omitempty"` // its bond ended, so it has no vote
}

// JurorView is one offer to sit on juries.
type JurorView struct {
	PubKey  op.PublicKey `json:"pubkey"`
	Fields  []string     `json:"fields"`
	State   string       `json:"state"` // unbonded, ready, seated, leaving or gone
	Hold    op.ID        `json:"hold"`  // its bond
	BondSat int64        `json:"bond_sat"`
	Score   op.Weight    `json:"score"`            // what it is drawn by, as of now: by praise alone
	Dispute op.ID        `json:"dispute,omitzero"` // the first that it sits on
	Seq     uint64       `json:"seq"`
}

// JurorStates lists the states of an offer.
func JurorStates() []string { return []string{"unbonded", "ready", "seated", "leaving", "gone"} }

// DisputeStates lists the states of a dispute.
func DisputeStates() []string { return disputeStates[:] }

// Disputes is the number of disputes ever opened.
func (s *State) Disputes() int { return len(s.disputes) }

// DisputeAt returns the i-th dispute in order of entry as it is at nowMs, 0 <= i
// < Disputes(). See Recalled for the texts of one that ended.
func (s *State) DisputeAt(i int, nowMs int64) DisputeView {
	x := &s.disputes[i]
	v := DisputeView{ID: x.id, Proposal: s.proposals[x.proposal].id, Ground: x.ground, Text: x.bonds[0].text,
		Challenger: s.agents[x.bonds[0].agent].key, State: disputeStates[x.state], Reason: x.reason, Undoing: x.undoing,
		Field: x.rule.Field, MaxRounds: x.rule.MaxRounds, LockedMs: x.lockedMs, EndedMs: x.endedMs,
		Bonds: []DisputeBondView{}, Rounds: []DisputeRoundView{}, PotSat: x.potSat, Shared: x.settled && x.state != disputeVoid, Seq: x.seq}
	for _, b := range slices.Concat(x.bonds, x.appeals) {
		v.Bonds = append(v.Bonds, s.bondView(x, b))
	}
	for r := range x.rounds {
		v.Rounds = append(v.Rounds, s.roundView(x, r))
	}
	if x.state == disputeOpen {
		v.step(x, nowMs)
	}
	return v
}

// step says what an open dispute waits for.
func (v *DisputeView) step(x *dispute, nowMs int64) {
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

func (s *State) bondView(x *dispute, b partyBond) DisputeBondView {
	h := &s.holds[b.hold]
	v := DisputeBondView{Hold: h.id, Agent: s.agents[b.agent].key, AmountSat: h.boundSat(), Side: verdictVote(b.uphold),
		State: h.state.String(), Appeals: b.round >= 0, Round: b.round + 1, Text: b.text}
	if x.forgotten {
		v.textSeq = b.seq
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

func (s *State) roundView(x *dispute, i int) DisputeRoundView {
	r := &x.rounds[i]
	v := DisputeRoundView{Round: i, DrawHeight: r.drawHeight, Height: r.stamp.Height, Block: r.stamp.BlockHash,
		CommitUntilMs: r.commitEnd, RevealUntilMs: r.revealEnd, AppealUntilMs: r.appealEnd, Jurors: []SeatView{}}
	for _, t := range r.seats {
		seat := SeatView{PubKey: s.agents[s.jurors[t.juror].agent].key, Seats: t.seats, Committed: t.committed, Commitment: t.commit, Gone: t.gone}
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
func (s *State) Dispute(id op.ID, nowMs int64) (DisputeView, bool) {
	i, ok := s.disputeAt[id]
	if !ok {
		return DisputeView{}, false
	}
	return s.DisputeAt(i, nowMs), true
}

// Jurors is the number of offers ever made.
func (s *State) Jurors() int { return len(s.jurors) }

// JurorAt returns the i-th offer in order of entry, 0 <= i < Jurors().
func (s *State) JurorAt(i int) JurorView {
	j := &s.jurors[i]
	h, a := &s.holds[j.hold], &s.agents[j.agent]
	v := JurorView{PubKey: a.key, Fields: slices.Clone(j.fields), State: "ready", Hold: h.id, BondSat: h.boundSat(),
		Score: op.Weight(a.praised.now()), Seq: s.heldAt(j.hold, 0).seq}
	if len(j.sits) > 0 {
		v.Dispute = s.disputes[j.sits[0]].id
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
func (s *State) Juror(key op.PublicKey) (JurorView, bool) {
	at, ok := s.agentAt[key]
	if !ok {
		return JurorView{}, false
	}
	i, ok := s.jurorAt[at]
	if !ok {
		return JurorView{}, false
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
