package ledger

import "github.com/econd/econd/node/op"

// disputes are all that were ever brought.
type disputes struct {
	list     []dispute
	at       map[op.ID]int
	draws    []occurrence // those whose juries were drawn, by round
	juryless []int        // those that wait for a jury
}
