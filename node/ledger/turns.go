package ledger

import (
	"sort"

	"github.com/econd/econd/voting"
)

// occurrence says that the entry of a number did something to one of the objects
// of a kind: a proposal, a dispute, a payout. n tells which of its parts.
type occurrence struct {
	seq   uint64
	index int
	n     int
}

// since is the place of the first that happened at or after an entry.
func since(list []occurrence, seq uint64) int {
	return sort.Search(len(list), func(i int) bool { return list[i].seq >= seq })
}

// touch says that the entry in work may have changed the phase of a proposal.
func (s *entry) touch(i int) { s.touched = append(s.touched, i) }

// noteTurns records the changes that an entry has brought about, one for each
// proposal however often it was touched.
func (s *State) noteTurns() {
	for _, i := range s.entry.touched {
		p := &s.proposals.list[i]
		phase := s.phase(p)
		if n := len(p.turns); n == 0 || byTime(p.turns[n-1].phase) != byTime(phase) {
			s.proposals.turned(i, turn{s.next, s.clock.TimeMs, phase})
		}
	}
}

// byTime puts the phases together that follow on each other without an entry.
func byTime(p voting.Phase) voting.Phase {
	if p == voting.Active || p == voting.Ended {
		return voting.Pending
	}
	return p
}
