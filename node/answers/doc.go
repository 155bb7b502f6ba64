// Package answers keeps what signed requests were answered, each until its
// instant, in one bbolt file beside the ballot store, so that a request is carried
// out once, whatever restarts between.
//
// What it guarantees: whatever Put returned nil for is on disk, and what ended is
// gone with the next write. What could not be written is kept in memory; the file is
// opened again and tried with the next call. A damaged file is an error that names
// it and what to do.
//
// What it refuses to know: requests, keys and who is let in. How much it holds is
// for its caller to bound. Answers may hold private URLs: the file is made readable
// for its owner alone.
package answers
