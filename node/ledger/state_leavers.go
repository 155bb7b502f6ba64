package ledger

// leavers are who left, and who has announced it.
type leavers struct {
	list        []departure // those that left, in order
	going, left goneSums    // of who leaves or left; of who left, those who blocked a decision apart
	leavingSat  uint64      // locked stake of those that leave when a decision is executed
}
