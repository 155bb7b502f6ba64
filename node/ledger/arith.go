package ledger

import "math/bits"

// mulDiv returns floor(a*b/c) for non-negative a, b and positive c with
// b <= c, so that the result fits.
func mulDiv(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, _ := bits.Div64(hi, lo, uint64(c))
	return int64(q)
}

// ceilDiv returns a/b for non-negative a and positive b, rounded up.
func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }

// mulDivU returns floor(a*b/c) for b <= c and c above 0.
func mulDivU(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	q, _ := bits.Div64(hi, lo, c)
	return q
}

// atLeastShare tells whether part/whole >= ppm/1,000,000, by exact
// cross-multiplication in 128 bits.
func atLeastShare(part, whole uint64, ppm int64) bool {
	ph, pl := bits.Mul64(part, 1_000_000)
	wh, wl := bits.Mul64(whole, uint64(ppm))
	return ph > wh || ph == wh && pl >= wl
}
