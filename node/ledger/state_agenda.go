package ledger

import "github.com/econd/econd/node/ledger/internal/deadlines"

// agenda is what will be due.
type agenda struct {
	due     deadlines.Heap
	heights deadlines.Heap // by block height
}
