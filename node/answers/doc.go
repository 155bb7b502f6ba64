// Package answers keeps what signed requests were answered, each until its
// instant, in one bbolt file beside the ballot store, so that a request is carried
// out once, whatever restarts between.
//
// What it guarantees: whatever Put returned nil for is on disk, concurrent writes
// share one fsync, and what ended is gone with the next write. After a write whose
// outcome is doubtful it takes no further writes; opening the file again is the
// recovery.
//
// What it refuses to know: requests, keys and who is let in. How much it holds is
// for its caller to bound. Answers may hold private URLs: the file is made readable
// for its owner alone.
package answers
