package node

import (
	"bytes"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Recorded tells which events are in the log already: asking for their receipt
// again costs nothing, so that a lost answer is not paid for twice. It must be the
// same to the byte: another signature under its id would have to be checked. For a
// nil event, and where the entry cannot be read, it says no. Nothing that is new waits
// for the writer here.
func (n *Node) Recorded(events ...*op.Event) []bool {
	known := make([]bool, len(events))
	for i, e := range events {
		known[i] = e != nil && n.recorded(e) != nil
	}
	return known
}

// recorded is the receipt of an event that stands in the log to the byte, so that its
// signature was checked; nil of all others.
func (n *Node) recorded(e *op.Event) *view.Receipt {
	if !n.signers.recorded(e.ID) {
		return nil
	}
	var seq uint64
	var ok bool
	n.View(func(s *ledger.State, _ int64) { seq, ok = s.Lookup(e.ID) })
	if !ok {
		return nil
	}
	is, _, err := n.Entry(seq)
	if err != nil || !bytes.Equal(is.Event.Marshal(), e.Marshal()) {
		return nil
	}
	r := receiptFor(is)
	r.Replay = true
	return &r
}
