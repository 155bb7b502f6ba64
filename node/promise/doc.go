// Package promise is what an operator signs in an answer, so that its caller can show
// later what it was told.
//
// A Promise says that an event stands in the log at a place and time: a C2SP tlog-proof
// under a signed checkpoint. Whoever holds it and a log that does not have the entry
// there holds two statements of one key that cannot both be true.
//
// A Refusal says that the rules let an event not in: which rule, and at which head of the
// log. The rules are deterministic, so whoever has the log can apply the event to that
// head; if the rules let it in, the refusal is proof of censorship.
//
// The package is pure: no clock, no I/O, no goroutine, safe for concurrent use.
package promise

import "errors"

// Kinds of refusal. Test with errors.Is.
var (
	// ErrFormat: the text is not written the one way it is written.
	ErrFormat = errors.New("malformed")
	// ErrSignature: the log's key did not sign it.
	ErrSignature = errors.New("not signed by the log's key")
	// ErrOther: it is a promise, and of something else.
	ErrOther = errors.New("promises something else")
)
