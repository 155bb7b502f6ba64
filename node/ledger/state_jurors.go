package ledger

// jurors are all offers that agents ever made.
type jurors struct {
	list     []juror
	at       map[slot]int // the last offer of each
	roll     []int        // offers, by rising index; some are gone
	struck   int          // of them, those that are gone
	askedOut []int        // offers of who asked to leave; some are gone
}
