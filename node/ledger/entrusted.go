package ledger

import (
	"slices"

	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/voting"
)

// What delegations gave in a closed vote is looked up for the agent that somebody
// asks about: from the past of weights and delegations, and the ballots.

// maxKeptDelegates bounds the delegates that a view of one agent on a track
// tells apart; the one not delegated to for the longest time makes room.
const maxKeptDelegates = 64

// maxTrustLooks bounds the delegations that one report on a delegate looks at.
// Beyond it, a vote in which its ballot carried nothing counts as one in which
// nothing was entrusted to it.
const maxTrustLooks = 2000

// delegateUse counts the votes in which a delegate was given weight; in a list,
// the last used is the last.
type delegateUse struct {
	to    slot
	votes uint64
}

// latestVotes are those of a track's closed votes that views look at; first is
// the number of the first of them.
func (r *trackRecord) latestVotes() (votes []closedVote, first int) {
	first = max(0, len(r.votes)-turnoutVotes)
	return r.votes[first:], first
}

// gave lists the delegations by which others could speak with an agent's weight
// in a closed vote, and that weight: none if it voted itself. A part of a weight
// that is rounded down to nothing is given to nobody.
func (s *State) gave(p *proposal, at slot) (edges []voting.Edge, weight uint64) {
	if _, voted := p.ballotAt[at]; voted || len(s.agents.list[at].scopes) == 0 {
		return nil, 0
	}
	edges = s.agents.leftTo(p, at)
	if len(edges) == 0 {
		return nil, 0
	}
	if weight = s.delegatedWeight(p, at); weight == 0 {
		return nil, 0
	}
	return edges, weight
}

// leftTo lists an agent's delegations at the close of a vote, as far as its
// counting method follows them.
func (s *agents) leftTo(p *proposal, at slot) []voting.Edge {
	return p.followed(s.delegationsBefore(p.closeSeq, at, p.track.Name, p.life.DeadlineMs))
}

// delegatesOf tells in how many of a track's latest votes others could speak with
// an agent's weight, and which delegates it gave some.
func (s *State) delegatesOf(at slot, track int) (delegated uint64, uses []delegateUse) {
	votes, _ := s.participation.records[track].latestVotes()
	for i := range votes {
		edges, w := s.gave(&s.proposals.list[votes[i].proposal], at)
		if len(edges) > 0 {
			delegated++
		}
		for _, e := range edges {
			if muldiv.Floor(w, uint64(e.PPM), voting.PPM) > 0 {
				uses = useDelegate(uses, e.To)
			}
		}
	}
	return delegated, uses
}

// useDelegate counts a vote for one of the delegates and moves it to the end.
func useDelegate(list []delegateUse, to slot) []delegateUse {
	i := slices.IndexFunc(list, func(d delegateUse) bool { return d.to == to })
	d := delegateUse{to: to}
	switch {
	case i >= 0:
		d = list[i]
		list = slices.Delete(list, i, i+1)
	case len(list) == maxKeptDelegates:
		list = slices.Delete(list, 0, 1)
	}
	d.votes++
	return append(list, d)
}

// trust is what became of the weight that others gave an agent.
type trust struct {
	entrusted uint64 // votes in which somebody's weight was with it
	spoke     uint64 // of them, those with its own ballot
	passedOn  uint64 // and those that it left to a delegate of its own
}

// trustIn looks up what was entrusted to an agent in a track's latest votes, with
// at most so many looks at delegations, which it takes off.
func (s *State) trustIn(at slot, track int, looks *int) (t trust) {
	votes, first := s.participation.records[track].latestVotes()
	var carried []int
	if p := s.agents.list[at].partOf(track); p != nil && p.as != nil {
		carried = p.as.votes
	}
	for i := range votes {
		p := &s.proposals.list[votes[i].proposal]
		if _, known := slices.BinarySearch(carried, first+i); !known && !s.entrustedIn(p, at, looks) {
			continue
		}
		t.entrusted++
		if _, voted := p.ballotAt[at]; voted {
			t.spoke++
		} else if len(s.agents.leftTo(p, at)) > 0 {
			t.passedOn++
		}
	}
	return t
}

// entrustedIn tells whether somebody gave an agent weight in a closed vote. Those
// who delegated to it last are looked at first.
func (s *State) entrustedIn(p *proposal, at slot, looks *int) bool {
	from := s.agents.list[at].trustedBy
	for k := len(from) - 1; k >= 0 && *looks > 0; k-- {
		*looks--
		edges, w := s.gave(p, from[k].from)
		for _, e := range edges {
			if e.To == at && muldiv.Floor(w, uint64(e.PPM), voting.PPM) > 0 {
				return true
			}
		}
	}
	return false
}
