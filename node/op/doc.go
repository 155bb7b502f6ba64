// Package op holds the signed envelope of every operation and fact: a Nostr
// event as NIP-01 defines it, decoded strictly, with one canonical encoding,
// and the log entry that stamps such an event with the time and block at which
// it was taken.
//
// The package guarantees that a decoded event has exactly one encoding
// (Event.Marshal), that its id commits to all of its content, and that an
// error names the field and the rule it broke. It refuses to know what an
// operation means: that is the ledger's part. It has no clock and does no I/O;
// every function may be called concurrently.
package op
