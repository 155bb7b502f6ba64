package ledger

// participation is what closed votes leave behind of each track.
type participation struct {
	records  []trackRecord     // of closed votes, in order of the first on each track
	recordAt map[string]int    // by track
	turnout  map[string]uint32 // by track, the average turnout, ppm
}
