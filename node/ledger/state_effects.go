package ledger

// effects are what has to be done outside and was not answered yet.
type effects struct {
	pending   []Effect
	pendingAt map[string]int
	emitted   []Effect // by the last entry
	answered  []string // likewise
}
