// Package history keeps a value with its past.
package history

import "sort"

// History is a value with its past: one record for each change. Looking up a
// past value costs a binary search, keeping it costs nothing per proposal, so
// a weight snapshot is no more than its instant.
type History []Change

// Change is a value from an instant on.
type Change struct {
	AtMs  int64 // unix ms
	Value uint64
}

// Set records the value from atMs on; atMs never goes back.
func (h *History) Set(atMs int64, value uint64) {
	if n := len(*h); n > 0 && (*h)[n-1].AtMs == atMs {
		(*h)[n-1].Value = value
		return
	}
	*h = append(*h, Change{atMs, value})
}

// Now is the present value, 0 before the first change.
func (h History) Now() uint64 {
	if len(h) == 0 {
		return 0
	}
	return h[len(h)-1].Value
}

// Least is the least value that held at any time from atMs on: that before it, or
// one since.
func (h History) Least(atMs int64) uint64 {
	low := h.Before(atMs)
	for i := len(h) - 1; i >= 0 && h[i].AtMs >= atMs; i-- {
		low = min(low, h[i].Value)
	}
	return low
}

// Before is the value after everything entered strictly before atMs.
func (h History) Before(atMs int64) uint64 {
	i := h.UpTo(atMs)
	if i == 0 {
		return 0
	}
	return h[i-1].Value
}

// UpTo is the number of changes strictly before atMs.
func (h History) UpTo(atMs int64) int {
	if n := len(h); n == 0 || h[n-1].AtMs < atMs { // asked most: all of them
		return n
	}
	return sort.Search(len(h), func(i int) bool { return h[i].AtMs >= atMs })
}
