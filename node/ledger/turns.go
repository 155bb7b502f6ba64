package ledger

import "github.com/econd/econd/voting"

// turn is a change of a proposal's phase by an entry. Phases that begin by time
// alone, active and ended, have none: they follow from pending.
type turn struct {
	seq    uint64
	timeMs int64
	phase  voting.Phase
}

// touch says that the entry in work may have changed the phase of a proposal.
func (s *State) touch(i int) { s.touched = append(s.touched, i) }

// noteTurns records the changes that an entry has brought about, one for each
// proposal however often it was touched.
func (s *State) noteTurns() {
	for _, i := range s.touched {
		p := &s.proposals[i]
		phase := s.phase(p)
		if n := len(p.turns); n == 0 || byTime(p.turns[n-1].phase) != byTime(phase) {
			p.turns = append(p.turns, turn{s.next, s.clock.TimeMs, phase})
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
