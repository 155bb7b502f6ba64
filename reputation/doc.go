// Package reputation turns rated payments into reputation that money cannot
// mint: a stake-seeded flow of trust over positive receipts, times the decayed
// quality of what was delivered.
//
// It guarantees:
//
//   - Integers only. The same receipts, stakes, keys and parameters give the
//     same bits on every machine, for any number of workers, and for any order
//     in which the receipts of one epoch arrived.
//   - The mass of trust is exactly [FlowOne] after every round of flow, so no
//     arrangement of accounts creates any.
//   - An epoch starts from the canonical pre-trust, never from the last result.
//     Receipts keep their day; nothing is decayed in place. One that is withdrawn
//     leaves no trace but that it bars a second rating of its day.
//
// It refuses to know the time, storage, networks, signatures and what a
// payment looks like, or who made it: a caller hands in receipts that it has checked,
// stakes that it has counted, and the day it believes to be today.
//
// The flow is personalised PageRank restarted at stakes (Page et al. 1999;
// Haveliwala 2002) with a fixed number of rounds; evidence follows the beta
// reputation system (Jøsang and Ismail 2002).
//
// Agents are dense slots 0..n-1; the caller maps its keys to slots. No type of
// this package may be used by several goroutines at once, except that reading
// methods may run together while nothing writes.
package reputation

//go:generate go run ./internal/gentables decay_tables.go
