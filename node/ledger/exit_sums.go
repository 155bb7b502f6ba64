package ledger

import "github.com/econd/econd/node/ledger/internal/fenwick"

// goneSums are sums over agents that leave, or have left, of what each weighs for a
// vote by the start of it: the stake that it announced to leave with, or what it had
// locked right before the start where that is less. So nobody weighs for a vote that
// started after it left.
//
// As the start moves, the sum changes where the stake of one of them did. These
// changes stand at the places of State.lockedSat, which has one for every change of
// anybody's stake: the sum for any start costs log2 of these, and an agent as many
// steps as its stake ever changed.
type goneSums struct{ changes fenwick.Sums }

// stakesPerUnit is how many changes of an agent's stake are looked at for one unit
// of work.
const stakesPerUnit = 4

// goneSat is the sum for a vote that started at an instant.
func (s *State) goneSat(g goneSums, startMs int64) uint64 {
	return g.changes.Sum(s.stakes.lockedSat.UpTo(startMs))
}

// countGone adds an agent that leaves with so much stake to the sums, or takes it
// out.
func (s *State) countGone(g *goneSums, at slot, ownSat uint64, in bool) {
	past := s.agents.list[at].stakeSat
	s.count(units(len(past), stakesPerUnit))
	var was uint64
	for _, c := range past {
		now := min(ownSat, c.Value)
		if in {
			s.moveGone(g, c.AtMs, was, now)
		} else {
			s.moveGone(g, c.AtMs, now, was)
		}
		was = now
	}
}

// moveGone changes what an agent weighs from the instant of a change of its stake
// on.
func (s *State) moveGone(g *goneSums, atMs int64, was, now uint64) {
	if was != now {
		g.changes.Add(uint32(s.stakes.lockedSat.UpTo(atMs)), now-was)
	}
}
