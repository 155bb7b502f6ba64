// Package ledger gives the log its meaning: Apply takes a state and the next
// entry and returns what must be done outside. It is the only place where
// reputation, voting and stake meet.
//
// It guarantees: the same log gives the same state, bit for bit, on every
// machine; a refused entry leaves the state untouched; a deadline cannot be
// passed over in silence, because no entry is accepted while a fact that is
// due is missing; nothing is settled that a rule did not forfeit.
//
// It refuses to know the clock, storage, the network and who sequenced the
// entries. It has no goroutine, no float and never ranges over a map. A State
// is not safe for concurrent use; readers and the writer must be kept apart by
// the caller.
package ledger
