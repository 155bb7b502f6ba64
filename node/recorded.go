package node

import (
	"bytes"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// Log is what Recorded looks into. *Node is one.
type Log interface {
	View(fn func(s *ledger.State, nowMs int64))
	Entry(seq uint64) (*op.Entry, []byte, error)
}

// Recorded tells which events are in the log already: asking for their receipt
// again costs nothing, so that a lost answer is not paid for twice. It must be the
// same to the byte: another signature under its id would have to be checked. For a
// nil event, and where the entry cannot be read, it says no.
func Recorded(log Log, events ...*op.Event) []bool {
	known, seqs := make([]bool, len(events)), make([]uint64, len(events))
	log.View(func(s *ledger.State, _ int64) {
		for i, e := range events {
			if e != nil {
				seqs[i], known[i] = s.Lookup(e.ID)
			}
		}
	})
	for i, e := range events {
		if known[i] {
			is, _, err := log.Entry(seqs[i])
			known[i] = err == nil && bytes.Equal(is.Event.Marshal(), e.Marshal())
		}
	}
	return known
}
