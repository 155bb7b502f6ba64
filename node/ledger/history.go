package ledger

import "sort"

// history is a value with its past: one record for each change. Looking up a
// past value costs a binary search, keeping it costs nothing per proposal, so
// a weight snapshot is no more than its instant.
type history []change

type change struct {
	atMs  int64
	value uint64
}

// set records the value from atMs on; atMs never goes back.
func (h *history) set(atMs int64, value uint64) {
	if n := len(*h); n > 0 && (*h)[n-1].atMs == atMs {
		(*h)[n-1].value = value
		return
	}
	*h = append(*h, change{atMs, value})
}

// now is the present value, 0 before the first change.
func (h history) now() uint64 {
	if len(h) == 0 {
		return 0
	}
	return h[len(h)-1].value
}

// least is the least value that held at any time from atMs on: that before it, or
// one since.
func (h history) least(atMs int64) uint64 {
	low := h.before(atMs)
	for i := len(h) - 1; i >= 0 && h[i].atMs >= atMs; i-- {
		low = min(low, h[i].value)
	}
	return low
}

// before is the value after everything entered strictly before atMs.
func (h history) before(atMs int64) uint64 {
	i := h.upTo(atMs)
	if i == 0 {
		return 0
	}
	return h[i-1].value
}

// upTo is the number of changes strictly before atMs.
func (h history) upTo(atMs int64) int {
	if n := len(h); n == 0 || h[n-1].atMs < atMs { // asked most: all of them
		return n
	}
	return sort.Search(len(h), func(i int) bool { return h[i].atMs >= atMs })
}
