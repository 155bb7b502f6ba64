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
	seq     uint64
	atMs    int64
	agents  int   // that it speaks of: the first so many registered
	version int64 // of the rules that made its root
}

// found begins the first epoch of an economy.
func (s *scores) found(book *reputation.Book, epochMs int64) { s.book, s.epochMs = book, epochMs }

// close takes over the book of the epoch that ends. Epoch is its number until next.
func (s *scores) close(book *reputation.Book, r epochRecord) {
	s.book, s.epochs = book, append(s.epochs, r)
}

// next begins the epoch after the one that was closed at an instant. Epochs missed while
// the daemon was down are not made up for.
func (s *scores) next(nowMs, lengthMs int64) {
	s.epoch++
	s.epochMs += lengthMs * (1 + (nowMs-s.epochMs-1)/lengthMs)
}

// add enters a receipt.
func (s *scores) add(r reputation.Receipt) error { return s.book.Add(r) }

// withdraw takes one back.
func (s *scores) withdraw(c claim, provider slot) {
	s.book.Withdraw(c.agent, provider, int64(c.day), !c.praise)
}
