// Package shares divides what has an end among callers, so that nobody fills it
// who has nothing at risk: places for readers, batches, streams and connections,
// and what is remembered of signed requests.
//
// Whoever holds something gets more of it only while it holds little beside what
// is free: an address less than an eighth of that, its block less than a quarter,
// its region less than a half. So one address alone comes to a ninth of all places, a
// region to a third, and whoever holds nothing gets a first place while there is
// one. This is the dynamic threshold of shared buffers (A. Choudhury, E. Hahne,
// "Dynamic queue length thresholds for shared-memory packet switches", 1998),
// level by level.
//
// A quarter of all places is for keys alone that have sats at risk, whatever their
// addresses; the caller of this package proves the key and its stake.
//
// The package knows neither HTTP nor the ledger.
package shares
