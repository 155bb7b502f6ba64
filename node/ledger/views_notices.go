package ledger

import (
	"cmp"
	"slices"
	"sort"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/stake"
)

// What an agent can be told about. None of these walks the agents, nor the
// proposals that are closed.

// Turns lists the changes of a proposal's state by entries, oldest first; false
// if there is no such proposal. That a vote begins or its deadline passes is no
// entry and not among them.
func (s *State) Turns(id op.ID) ([]view.Turn, bool) {
	i, ok := s.proposals.at[id]
	if !ok {
		return nil, false
	}
	list := make([]view.Turn, len(s.proposals.list[i].turns))
	for n, t := range s.proposals.list[i].turns {
		list[n] = t.view()
	}
	return list, true
}

func (t turn) view() view.Turn {
	return view.Turn{Seq: t.seq, TimeMs: t.timeMs, State: t.phase.String()}
}

// PhaseChange is a change of one proposal's state by one entry.
type PhaseChange struct {
	Brief view.Brief
	Turn  view.Turn
	First bool // it is the proposal's own entry
}

// TurnsSince lists at most limit changes of proposals' states by the entries
// from..., in their order.
func (s *State) TurnsSince(from uint64, limit int) []PhaseChange {
	at := since(s.proposals.phaseChanges, from)
	list := make([]PhaseChange, 0, min(limit, len(s.proposals.phaseChanges)-at))
	for _, h := range s.proposals.phaseChanges[at : at+cap(list)] {
		p := &s.proposals.list[h.index]
		n, _ := slices.BinarySearchFunc(p.turns, h.seq, func(t turn, seq uint64) int { return cmp.Compare(t.seq, seq) })
		list = append(list, PhaseChange{s.brief(p), p.turns[n].view(), n == 0})
	}
	return list
}

// ClaimsSince lists the payouts to an agent that became claimable, by the
// entries from... to before to, and the entry of each. It walks the payouts made
// since.
func (s *State) ClaimsSince(agent op.PublicKey, from, to uint64) (list []view.Payout, seqs []uint64) {
	at, ok := s.agents.at[agent]
	if !ok {
		return nil, nil
	}
	first := sort.Search(len(s.treasury.payouts), func(i int) bool { return s.treasury.payouts[i].seq >= from })
	for i := first; i < len(s.treasury.payouts) && s.treasury.payouts[i].seq < to; i++ {
		if p := &s.treasury.payouts[i]; p.agent == at && p.node == (op.NodeKey{}) {
			list, seqs = append(list, s.PayoutAt(i)), append(seqs, p.seq)
		}
	}
	for _, h := range s.treasury.reopened[since(s.treasury.reopened, from):] {
		if h.seq < to && s.treasury.payouts[h.index].agent == at {
			list, seqs = append(list, s.PayoutAt(h.index)), append(seqs, h.seq)
		}
	}
	return list, seqs
}

// Seat is an agent's place in one round of a dispute.
type Seat struct {
	Dispute, Proposal op.ID
	Track             string
	Round             int
	CommitEndMs       int64  // last instant for commitments
	RevealEndMs       int64  // last instant to reveal
	Seq               uint64 // of the draw
	DrawnMs           int64
}

// SeatsSince lists the seats to which an agent was drawn by the entries from...
// to before to. It walks the juries drawn since.
func (s *State) SeatsSince(agent op.PublicKey, from, to uint64) []Seat {
	at, ok := s.agents.at[agent]
	if !ok {
		return nil
	}
	var list []Seat
	for _, h := range s.disputes.draws[since(s.disputes.draws, from):] {
		if h.seq >= to {
			break
		}
		x := &s.disputes.list[h.index]
		r, p := &x.rounds[h.n], &s.proposals.list[x.proposal]
		if slices.ContainsFunc(r.seats, func(t seat) bool { return s.jurors.list[t.juror].agent == at }) {
			list = append(list, Seat{x.id, p.id, p.track.Name, h.n, r.commitEnd, r.revealEnd, h.seq, r.stamp.TimeMs})
		}
	}
	return list
}

// Brief returns the outline of a proposal, or false.
func (s *State) Brief(id op.ID) (view.Brief, bool) {
	i, ok := s.proposals.at[id]
	if !ok {
		return view.Brief{}, false
	}
	return s.brief(&s.proposals.list[i]), true
}

func (s *State) brief(p *proposal) view.Brief {
	v := view.Brief{ID: p.id, Track: p.track.Name, Proposer: s.agents.proposerKey(p), Title: p.title, Seq: p.seq}
	if p.life.LockedMs != 0 {
		v.VoteStartMs = p.life.VoteStart(p.track)
		v.FirstEndMs, v.DeadlineMs = v.VoteStartMs+p.track.VoteS()*1000, p.life.DeadlineMs
	}
	if p.life.ClosedMs != 0 && p.life.Passed && p.life.HasActions {
		v.ExecuteAfter = p.life.ExecuteAfter(p.track)
	}
	return v
}

// Votes lists the proposals whose vote is pending or runs, in order of entry. It
// walks the deadlines ahead.
func (s *State) Votes() []view.Brief {
	var at []int
	for _, d := range s.agenda.due {
		if d.Kind == op.KindClose && s.stillDue(d) {
			at = append(at, d.Index)
		}
	}
	slices.Sort(at)
	at = slices.Compact(at)
	list := make([]view.Brief, len(at))
	for n, i := range at {
		list[n] = s.brief(&s.proposals.list[i])
	}
	return list
}

// WeighsOn tells whether an agent had weight on a track right after the entries
// of an instant: by the rule of the track as it is now.
func (s *State) WeighsOn(key op.PublicKey, track string, atMs int64) bool {
	at, ok := s.agents.at[key]
	t := s.constitution.Track(track)
	if !ok || t == nil || s.agents.list[at].registeredMs > atMs || s.agents.list[at].leftBefore(atMs+1) {
		return false
	}
	basis := s.basisBefore(&s.agents.list[at], atMs+1)
	return t.Weight.Admits(basis) && t.Weight.Weight(basis) > 0
}

// CanVote tells whether the agent has weight in a proposal's vote, as of the
// snapshot at its start. Conviction has no snapshot: there stake may be put behind
// a proposal or not, and nobody is called to vote. Who left cannot vote.
func (s *State) CanVote(id op.ID, key op.PublicKey) bool {
	i, found := s.proposals.at[id]
	at, known := s.agents.at[key]
	if !found || !known || s.proposals.list[i].life.LockedMs == 0 {
		return false
	}
	p := &s.proposals.list[i]
	if p.conviction != nil || s.agents.list[at].leftSeq != 0 {
		return false
	}
	return s.snapshotWeight(p, at) > 0
}

// EndingHold is a locked hold that can be renewed.
type EndingHold struct {
	view.Hold
	Seq uint64 // entry that asked for it
}

// LockedHolds lists an agent's locked holds that can be renewed, oldest first.
func (s *State) LockedHolds(key op.PublicKey) []EndingHold {
	at, ok := s.agents.at[key]
	if !ok || s.agents.list[at].openHolds == 0 {
		return nil
	}
	var list []EndingHold
	for _, i := range s.agents.list[at].holds {
		if h := &s.holds.list[i]; h.state == stake.Locked && h.rule().replaced != nil {
			list = append(list, EndingHold{s.holdView(i), h.seq})
		}
	}
	return list
}
