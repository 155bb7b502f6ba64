package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/reputation"
)

// entry is what is kept while an entry is applied.
type entry struct {
	read     *prepared
	touched  []int // proposals whose phase it may have changed
	work     int64 // units that it cost so far
	workMost int64 // that it may cost; 0: no bound
	ready    ready // see Due
}

// ready is what Due computed of a close or an epoch, kept for the entry that states
// it: the state is the same until an entry is applied. An entry with another stamp
// computes it anew.
type ready struct {
	seq   uint64
	stamp op.Stamp

	proposal int
	close    *op.Close
	said     representation

	epoch   *op.Epoch
	book    *reputation.Book
	results []reputation.Result
}
