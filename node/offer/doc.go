// Package offer decides whether the invoice of a hold may be paid: only what the log of the
// economy offers is, to the node that its genesis names.
//
// Sats paid to an invoice that no log shows are a stake that nobody counts, and whoever
// stands between an agent and its node, or the node itself, could ask for them. An Offer is
// made by Check alone, so whoever takes one takes nothing on the word of a server:
//   - genesis and hold-offered stand in the log, under one head that the log's key signed;
//   - that head goes on from the newest one that the payer saw before;
//   - the operator of the genesis signed the fact, and the node of the genesis the invoice;
//   - the invoice is over the hash, the sats and the hold that fact and payer name.
//
// What it cannot tell: that the rules let the fact in, which a replay of the log shows
// (econaudit), and whose node it is where the genesis names none (rules version 1).
//
// The package is pure: no clock, no I/O, no goroutine, safe for concurrent use.
package offer

import "errors"

// Kinds of refusal. Test with errors.Is; nothing is paid after any of them.
var (
	// ErrProof: what should prove the offer does not.
	ErrProof = errors.New("the log is not proved to offer it")
	// ErrHistory: the head does not go on from one that was seen before. Both are
	// evidence: see econaudit equivocation.
	ErrHistory = errors.New("it is another history of the log than was seen before")
	// ErrInvoice: the invoice is not the one for this hold.
	ErrInvoice = errors.New("the invoice is not what the log offers")
	// ErrPayee: another node signed the invoice.
	ErrPayee = errors.New("the invoice is another node's")
)
