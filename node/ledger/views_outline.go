package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/voting"
)

// Outlines are what lists for people show. Making one looks at nothing but the
// state, takes constant time and copies no text but a title.

// PhaseAt is the phase of the i-th proposal in order of entry as it is at nowMs, 0
// <= i < Proposals().
func (s *State) PhaseAt(i int, nowMs int64) voting.Phase {
	p := &s.proposals.list[i]
	return p.life.Phase(p.track, nowMs)
}

// OutlineAt returns the outline of the i-th proposal in order of entry as it is
// at nowMs, 0 <= i < Proposals().
func (s *State) OutlineAt(i int, nowMs int64) view.ProposalOutline {
	p := &s.proposals.list[i]
	v := view.ProposalOutline{ID: p.id, Track: p.track.Name, Title: p.title, State: s.PhaseAt(i, nowMs).String(), ByRule: p.byRule,
		Options: p.track.Method().HasOptions(), Conviction: p.conviction != nil,
		For: op.Weight(p.counts.For), Against: op.Weight(p.counts.Against), Abstain: op.Weight(p.counts.Abstain), Ballots: len(p.ballots)}
	if p.life.LockedMs != 0 {
		v.DeadlineMs, v.Eligible = p.life.DeadlineMs, op.Weight(s.eligible(p))
	}
	if c := p.close; c != nil {
		v.For, v.Against, v.Abstain = c.For, c.Against, c.Abstain
	}
	return v
}

// DisputeOutlineAt returns the outline of the i-th dispute in order of entry, 0 <=
// i < Disputes().
func (s *State) DisputeOutlineAt(i int) view.DisputeOutline {
	x := &s.disputes.list[i]
	p := &s.proposals.list[x.proposal]
	return view.DisputeOutline{ID: x.id, Proposal: p.id, Title: p.title, Ground: x.ground, State: disputeStates[x.state],
		Challenger: s.agents.list[x.bonds[0].agent].key, Rounds: len(x.rounds), LockedMs: x.lockedMs, EndedMs: x.endedMs}
}

// LockedSat is all stake that is locked now.
func (s *State) LockedSat() uint64 { return s.stakes.locked.Current }

// PendingCount is the number of effects that no fact has answered yet.
func (s *State) PendingCount() int { return len(s.effects.pendingAt) }

// NewestDisputes outlines at most limit of the disputes about a proposal, the
// newest first, and tells whether there are more.
func (s *State) NewestDisputes(id op.ID, limit int) (list []view.DisputeOutline, more bool) {
	i, ok := s.proposals.at[id]
	if !ok {
		return nil, false
	}
	of := s.proposals.list[i].disputes
	for n := len(of) - 1; n >= 0 && len(list) < limit; n-- {
		list = append(list, s.DisputeOutlineAt(of[n]))
	}
	return list, len(of) > limit
}
