package ledger

// stakesPerUnit is how many changes of an agent's stake are looked at for one unit
// of work.
const stakesPerUnit = 4

// goneSat is the sum for a vote that started at an instant.
func (s *stakes) goneSat(g goneSums, startMs int64) uint64 {
	return g.changes.Sum(s.lockedSat.UpTo(startMs))
}

// countGone adds an agent that leaves with so much stake to the sums, or takes it
// out.
func (s *State) countGone(g *goneSums, at slot, ownSat uint64, in bool) {
	past := s.agents.list[at].stakeSat
	s.entry.count(units(len(past), stakesPerUnit))
	var was uint64
	for _, c := range past {
		now := min(ownSat, c.Value)
		if in {
			s.stakes.moveGone(g, c.AtMs, was, now)
		} else {
			s.stakes.moveGone(g, c.AtMs, now, was)
		}
		was = now
	}
}

// moveGone changes what an agent weighs from the instant of a change of its stake
// on.
func (s *stakes) moveGone(g *goneSums, atMs int64, was, now uint64) {
	if was != now {
		g.add(s.lockedSat.UpTo(atMs), now-was)
	}
}
