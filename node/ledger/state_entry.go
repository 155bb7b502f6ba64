package ledger

// entry is what is kept while an entry is applied.
type entry struct {
	read     *prepared
	touched  []int // proposals whose phase it may have changed
	work     int64 // units that it cost so far
	workMost int64 // that it may cost; 0: no bound
	ready    ready // see Due
}
