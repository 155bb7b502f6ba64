package ledger

import "github.com/econd/econd/reputation"

// scores are the book of receipts and the epochs by which it is read.
type scores struct {
	book    *reputation.Book
	epoch   int64         // number of epochs closed
	epochMs int64         // when the next one ends
	epochs  []epochRecord // those closed, by number
}

// epochRecord is the entry that closed an epoch.
type epochRecord struct {
	seq  uint64
	atMs int64
}
