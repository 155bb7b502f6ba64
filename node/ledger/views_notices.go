package ledger

import (
	"cmp"
	"slices"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/stake"
)

// What an agent can be told about. None of these walks the agents, nor the
// proposals that are closed.

// TurnView is one change of a proposal's state by an entry.
type TurnView struct {
	Seq    uint64 `json:"seq"`
	TimeMs int64  `json:"time_ms"`
	State  string `json:"state"`
}

// Turns lists the changes of a proposal's state by entries, oldest first; false
// if there is no such proposal. That a vote begins or its deadline passes is no
// entry and not among them.
func (s *State) Turns(id op.ID) ([]TurnView, bool) {
	i, ok := s.proposalAt[id]
	if !ok {
		return nil, false
	}
	list := make([]TurnView, len(s.proposals[i].turns))
	for n, t := range s.proposals[i].turns {
		list[n] = TurnView{t.seq, t.timeMs, t.phase.String()}
	}
	return list, true
}

// TurnAt returns how the entry of that number changed a proposal's state, and
// who made the proposal; false if it did not.
func (s *State) TurnAt(id op.ID, seq uint64) (t TurnView, proposer op.PublicKey, ok bool) {
	i, ok := s.proposalAt[id]
	if !ok {
		return t, proposer, false
	}
	p := &s.proposals[i]
	n, ok := slices.BinarySearchFunc(p.turns, seq, func(t turn, seq uint64) int { return cmp.Compare(t.seq, seq) })
	if !ok {
		return t, proposer, false
	}
	return TurnView{seq, p.turns[n].timeMs, p.turns[n].phase.String()}, s.agents[p.proposer].key, true
}

// BriefView is what a notice says of a proposal.
type BriefView struct {
	ID       op.ID
	Track    string
	Proposer op.PublicKey
	Title    string

	VoteStartMs  int64 // 0 without a vote so far
	FirstEndMs   int64 // deadline without any extension
	DeadlineMs   int64 // last instant at which a ballot counts
	ExecuteAfter int64 // end of the timelock, 0 if not queued
}

// Brief returns the outline of a proposal, or false.
func (s *State) Brief(id op.ID) (BriefView, bool) {
	i, ok := s.proposalAt[id]
	if !ok {
		return BriefView{}, false
	}
	return s.brief(&s.proposals[i]), true
}

func (s *State) brief(p *proposal) BriefView {
	v := BriefView{ID: p.id, Track: p.track.Name, Proposer: s.agents[p.proposer].key, Title: p.title}
	if p.life.LockedMs != 0 {
		v.VoteStartMs = p.life.VoteStart(p.track)
		v.FirstEndMs, v.DeadlineMs = v.VoteStartMs+p.track.VotingPeriodS*1000, p.life.DeadlineMs
	}
	if p.life.ClosedMs != 0 && p.life.Passed && p.life.HasActions {
		v.ExecuteAfter = p.life.ExecuteAfter(p.track)
	}
	return v
}

// Votes lists the proposals whose vote is pending or runs, in order of entry. It
// walks the deadlines ahead.
func (s *State) Votes() []BriefView {
	var at []int
	for _, d := range s.due {
		if d.kind == op.KindClose && s.stillDue(d) {
			at = append(at, d.index)
		}
	}
	slices.Sort(at)
	at = slices.Compact(at)
	list := make([]BriefView, len(at))
	for n, i := range at {
		list[n] = s.brief(&s.proposals[i])
	}
	return list
}

// WeighsOn tells whether an agent had weight on a track right after the entries
// of an instant: by the rule of the track as it is now.
func (s *State) WeighsOn(key op.PublicKey, track string, atMs int64) bool {
	at, ok := s.agentAt[key]
	t := s.constitution.Track(track)
	if !ok || t == nil || s.agents[at].registeredMs > atMs {
		return false
	}
	basis := s.basisBefore(&s.agents[at], atMs+1)
	return t.Weight.Admits(basis) && t.Weight.Weight(basis) > 0
}

// CanVote tells whether the agent has weight in a proposal's vote, as of the
// snapshot at its start.
func (s *State) CanVote(id op.ID, key op.PublicKey) bool {
	i, found := s.proposalAt[id]
	at, known := s.agentAt[key]
	if !found || !known || s.proposals[i].life.LockedMs == 0 {
		return false
	}
	_, err := s.votingWeight(&s.proposals[i], at)
	return err == nil
}

// EndingHold is a locked hold and the block height at which it lapses.
type EndingHold struct {
	HoldView
	LapseHeight uint32
}

// LockedHolds lists an agent's locked holds, oldest first.
func (s *State) LockedHolds(key op.PublicKey) []EndingHold {
	at, ok := s.agentAt[key]
	if !ok || s.agents[at].openHolds == 0 {
		return nil
	}
	var list []EndingHold
	for _, i := range s.agents[at].holds {
		if h := &s.holds[i]; h.state == stake.Locked {
			list = append(list, EndingHold{s.holdView(i), stake.LapseHeight(h.expiryHeight)})
		}
	}
	return list
}

// Disputed returns the proposal that a dispute is about, or false.
func (s *State) Disputed(dispute op.ID) (proposal op.ID, ok bool) {
	d, ok := s.disputeAt[dispute]
	if !ok {
		return proposal, false
	}
	return s.proposals[s.disputes[d].proposal].id, true
}

// SeatEnds tells until when the jurors of a round send their commitments, and
// until when they reveal their votes; false if no jury of that round was drawn.
func (s *State) SeatEnds(dispute op.ID, round int64) (commitMs, revealMs int64, ok bool) {
	d, ok := s.disputeAt[dispute]
	if !ok || round < 0 || round >= int64(len(s.disputes[d].rounds)) {
		return 0, 0, false
	}
	r := &s.disputes[d].rounds[round]
	return r.commitEnd, r.revealEnd, r.stamp.TimeMs != 0
}
