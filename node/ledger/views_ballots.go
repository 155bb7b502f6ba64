package ledger

import (
	"bytes"
	"container/heap"
	"slices"
	"sort"

	"github.com/econd/econd/node/op"
)

// BallotsPage lists at most limit ballots of a proposal as they count, in order
// of voter key, from the first key above after (the zero key is the start), and
// tells whether more follow; ok is false if there is no such proposal. It copies
// no more than the page: while the vote runs one pass over the ballots keeps
// the least keys, once it is over the page is found by bisection.
func (s *State) BallotsPage(id op.ID, after op.PublicKey, limit int) (page []BallotView, more, ok bool) {
	i, ok := s.proposalAt[id]
	if !ok || limit < 1 {
		return nil, false, ok
	}
	p := &s.proposals[i]
	var picked []int
	if p.order != nil {
		from := sort.Search(len(p.order), func(n int) bool { return s.voterAbove(p, p.order[n], after) })
		picked = p.order[from:min(from+limit+1, len(p.order))]
	} else {
		picked = s.leastBallots(p, after, limit+1)
	}
	if more = len(picked) > limit; more {
		picked = picked[:limit]
	}
	page = make([]BallotView, len(picked))
	for n, at := range picked {
		page[n] = s.ballotView(p, at)
	}
	return page, more, true
}

// Ballot returns one agent's ballot on a proposal as it counts, or false.
func (s *State) Ballot(id op.ID, voter op.PublicKey) (BallotView, bool) {
	i, ok := s.proposalAt[id]
	if !ok {
		return BallotView{}, false
	}
	at, ok := s.agentAt[voter]
	if !ok {
		return BallotView{}, false
	}
	p := &s.proposals[i]
	n, ok := p.ballotAt[at]
	if !ok {
		return BallotView{}, false
	}
	return s.ballotView(p, n), true
}

func (s *State) voterAbove(p *proposal, at int, after op.PublicKey) bool {
	key := &s.agents[p.ballots[at].voter].key
	return bytes.Compare(key[:], after[:]) > 0
}

// leastBallots returns the n ballots with the least voter keys above after, in
// order.
func (s *State) leastBallots(p *proposal, after op.PublicKey, n int) []int {
	h := &ballotHeap{s: s, p: p}
	for at := range p.ballots {
		switch {
		case !s.voterAbove(p, at, after):
		case len(h.at) < n:
			heap.Push(h, at)
		case h.above(h.at[0], at):
			h.at[0] = at
			heap.Fix(h, 0)
		}
	}
	slices.SortFunc(h.at, func(a, b int) int {
		if h.above(a, b) {
			return 1
		}
		return -1
	})
	return h.at
}

// ballotHeap has the greatest voter key on top.
type ballotHeap struct {
	s  *State
	p  *proposal
	at []int
}

func (h *ballotHeap) above(a, b int) bool {
	x, y := &h.s.agents[h.p.ballots[a].voter].key, &h.s.agents[h.p.ballots[b].voter].key
	return bytes.Compare(x[:], y[:]) > 0
}

func (h *ballotHeap) Len() int           { return len(h.at) }
func (h *ballotHeap) Less(i, j int) bool { return h.above(h.at[i], h.at[j]) }
func (h *ballotHeap) Swap(i, j int)      { h.at[i], h.at[j] = h.at[j], h.at[i] }
func (h *ballotHeap) Push(x any)         { h.at = append(h.at, x.(int)) }
func (h *ballotHeap) Pop() any {
	last := h.at[len(h.at)-1]
	h.at = h.at[:len(h.at)-1]
	return last
}
