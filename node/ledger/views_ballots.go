package ledger

import (
	"bytes"
	"sort"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// BallotsPage lists at most limit ballots of a proposal as they count, in order
// of the keys that the voters registered, from the first key above after (the zero key is the start), and
// tells whether more follow, as they may after fewer, see Listed; ok is false if there is no such proposal. It
// costs bisections and the page, while the vote runs and once it is over.
func (s *State) BallotsPage(id op.ID, after op.PublicKey, limit int) (page []view.Ballot, more, ok bool) {
	i, ok := s.proposals.at[id]
	if !ok || limit < 1 {
		return nil, false, ok
	}
	p := &s.proposals.list[i]
	after = s.agents.first(after)
	var picked []int
	if p.order != nil {
		from := sort.Search(len(p.order), func(n int) bool { return s.voterAbove(p, p.order[n], after) })
		picked = p.order[from:min(from+limit+1, len(p.order))]
	} else {
		for _, voter := range p.voters.After(s.agents.keys, (*[32]byte)(&after), limit+1) {
			picked = append(picked, p.ballotAt[voter])
		}
	}
	page, next := Listed(0, limit, len(picked), func(n int) (view.Ballot, bool) { return s.ballotView(p, picked[n]), true })
	return page, next != 0, true
}

// Ballot returns one agent's ballot on a proposal as it counts, or false.
func (s *State) Ballot(id op.ID, voter op.PublicKey) (view.Ballot, bool) {
	i, ok := s.proposals.at[id]
	if !ok {
		return view.Ballot{}, false
	}
	at, ok := s.agents.at[voter]
	if !ok {
		return view.Ballot{}, false
	}
	p := &s.proposals.list[i]
	n, ok := p.ballotAt[at]
	if !ok {
		return view.Ballot{}, false
	}
	return s.ballotView(p, n), true
}

func (s *State) voterAbove(p *proposal, at int, after op.PublicKey) bool {
	key := s.agents.keys[p.ballots[at].voter]
	return bytes.Compare(key[:], after[:]) > 0
}
