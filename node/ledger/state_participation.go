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
