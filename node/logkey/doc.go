// Package logkey says by which key the heads of a log are signed, over its whole life: the
// one that its genesis names, and those that came after it by handovers.
//
// A Handover is a statement that the old key and the new one both signed: over so many
// entries with this root the old key has signed its last head, and whatever covers more is
// signed by the new one. So it is a head of the log itself, and it stands in the log as the
// entry after that head (op.LogKey). A head by the old key over more entries contradicts the
// statement, and whoever has both has proof against the operator.
//
// The package is pure: no clock, no I/O, no goroutine. A Keys value that nobody changes may be
// used concurrently.
package logkey
