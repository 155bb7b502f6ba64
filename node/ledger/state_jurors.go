package ledger

// jurors are all offers that agents ever made.
type jurors struct {
	list     []juror
	at       map[slot]int // the last offer of each
	roll     []int        // offers, by rising index; some are gone
	struck   int          // of them, those that are gone
	askedOut []int        // offers of who asked to leave; some are gone
}

// juror is an agent's offer to sit on juries. It counts while its bond is
// locked.
type juror struct {
	agent  slot
	hold   int
	fields []string
	seq    uint64 // entry of the first lock; 0 before

	sinceMs int64 // instant of the first lock
	sits    []int // disputes that it sits on, in the order of the draws
	leaves  bool  // asked to leave, and is bound still
	leftMs  int64 // when
	gone    bool  // left, slashed, or its bond ended

	signed signed // its offer, or that it leaves

	slashedIn int // dispute in which its bond was forfeited, or -1
}
