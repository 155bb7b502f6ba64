package ledger

import "math/bits"

// ceilDiv returns a/b for non-negative a and positive b, rounded up.
func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }

// atLeastShare tells whether part/whole >= ppm/1,000,000, by exact
// cross-multiplication in 128 bits.
func atLeastShare(part, whole uint64, ppm int64) bool {
	ph, pl := bits.Mul64(part, 1_000_000)
	wh, wl := bits.Mul64(whole, uint64(ppm))
	return ph > wh || ph == wh && pl >= wl
}
