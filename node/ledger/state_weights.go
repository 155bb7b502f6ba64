package ledger

// weights are the sums of weight by the rules that count somewhere.
type weights struct {
	classes []weightClass
	weighed []int // of them, those that are kept up
	ballots map[trackClass]int
}
