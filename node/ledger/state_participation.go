package ledger

// participation is what closed votes leave behind of each track.
type participation struct {
	records  []trackRecord     // of closed votes, in order of the first on each track
	recordAt map[string]int    // by track
	turnout  map[string]uint32 // by track, the average turnout, ppm
}

// closedVote is the turnout of one vote. Both shares are rounded down.
type closedVote struct {
	proposal   int
	registered int    // agents in the snapshot, with weight or without
	turnoutPPM uint32 // weight counted, of the eligible
	headsPPM   uint32 // ballots and delegators, of those registered
}

// trackRecord is what the closed votes of one track come to.
type trackRecord struct {
	name     string
	votes    []closedVote // in order of their closes; only ever appended to
	passed   uint64
	turnouts uint64 // sum over the votes, ppm
	heads    uint64 // the same of heads
}

// drop forgets the turnout of a track that is gone.
func (s *participation) drop(track string) { delete(s.turnout, track) }

// add adds a closed vote.
func (r *trackRecord) add(v closedVote, passed bool) {
	r.votes = append(r.votes, v)
	r.turnouts += uint64(v.turnoutPPM)
	r.heads += uint64(v.headsPPM)
	if passed {
		r.passed++
	}
}

// setTurnout sets the average turnout of a track.
func (s *participation) setTurnout(track string, ppm uint32) { s.turnout[track] = ppm }
