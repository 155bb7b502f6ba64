package voting

import (
	"math/big"
	"math/bits"
)

// Roots to some 120 binary digits, without a big integer: enough to round nearly
// every quadratic score, for a fiftieth of the work of exact enclosures.

// nearRoot is a root above 0, m * 2^-e, to within m * 2^-123 of it.
type nearRoot struct {
	m U128 // 2^125 to 2^127
	e int
}

// rootOf returns the root of n/d, both above 0.
func rootOf(n, d uint64) nearRoot {
	// n/d = ratio * 2^exp with ratio between 1/2 and 2, as whole and 128 binary
	// digits that are rounded down.
	shiftN, shiftD := bits.LeadingZeros64(n), bits.LeadingZeros64(d)
	n, d = n<<shiftN, d<<shiftD
	exp := shiftD - shiftN
	whole, rem := uint64(0), n
	if n >= d {
		whole, rem = 1, n-d
	}
	hi, rem := bits.Div64(rem, 0, d)
	lo, _ := bits.Div64(rem, 0, d)
	// x = ratio * 2^s rounded down, with an even exponent: 2^123 to 2^126.
	s := 124 + (exp & 1)
	down := uint(128 - s)
	x := U128{Hi: hi>>down | whole<<(64-down), Lo: lo>>down | hi<<(64-down)}
	// The root of x * 2^128, by one step of Newton's method from that of x: it is
	// above by less than 2, and rounded down.
	r := rootBelow(x)
	square := mulWide(r, r)
	over := x.less(square) // at most 2r
	digits := ^uint64(0)
	if half := over.Hi<<63 | over.Lo>>1; half < r {
		digits, _ = bits.Div64(half, over.Lo<<63, r)
	}
	return nearRoot{m: U128{Hi: r, Lo: digits}, e: 64 + (s-exp)/2}
}

// rootBelow returns the largest r with r*r <= x, for x from 2^123 to 2^126.
func rootBelow(x U128) uint64 {
	const middle = 0x5a82799999999999 // about the root of 2^125
	quo, _ := bits.Div64(x.Hi, x.Lo, middle)
	r := meanBelow(middle, quo) + 1 // never below: the mean of two factors
	for {
		quo, _ := bits.Div64(x.Hi, x.Lo, r)
		next := meanBelow(r, quo)
		if next >= r {
			return r
		}
		r = next
	}
}

// meanBelow returns (a+b)/2 rounded down.
func meanBelow(a, b uint64) uint64 { return a/2 + b/2 + a&b&1 }

func mulWide(a, b uint64) U128 {
	hi, lo := bits.Mul64(a, b)
	return U128{hi, lo}
}

// times returns the product, rounded down to within 2^-121 of it.
func (a nearRoot) times(b nearRoot) nearRoot {
	h00, _ := bits.Mul64(a.m.Lo, b.m.Lo)
	h01, l01 := bits.Mul64(a.m.Lo, b.m.Hi)
	h10, l10 := bits.Mul64(a.m.Hi, b.m.Lo)
	h11, l11 := bits.Mul64(a.m.Hi, b.m.Hi)
	mid, c := bits.Add64(h00, l01, 0)
	_, d := bits.Add64(mid, l10, 0)
	lo, c := bits.Add64(l11, h01, c)
	hi := h11 + c
	lo, d = bits.Add64(lo, h10, d)
	return nearRoot{m: U128{Hi: hi + d, Lo: lo}, e: a.e + b.e - 128}
}

// Roots are added up as counts of 2^-rootDigits, each rounded down.
const rootDigits = 128

// rootSum is such a sum of n roots: 192 binary digits.
type rootSum struct {
	hi, mid, lo uint64
	n           int64
}

func (s *rootSum) add(r nearRoot) {
	s.n++
	var hi, mid, lo uint64
	switch down := r.e - rootDigits; {
	case down >= 128:
		return
	case down >= 64:
		lo = r.m.Hi >> (down - 64)
	case down > 0:
		mid, lo = r.m.Hi>>down, r.m.Lo>>down|r.m.Hi<<(64-down)
	default: // a root is below 2^32, so that it fits
		up := -down
		hi, mid, lo = r.m.Hi>>(64-up), r.m.Hi<<up|r.m.Lo>>(64-up), r.m.Lo<<up
	}
	var c uint64
	s.lo, c = bits.Add64(s.lo, lo, 0)
	s.mid, c = bits.Add64(s.mid, mid, c)
	s.hi += hi + c
}

// enclose returns two integers between which the exact sum lies, times
// 2^rootDigits.
func (s *rootSum) enclose() (low, high *big.Int) {
	low = new(big.Int).SetUint64(s.hi)
	if s.n == 0 {
		return low, new(big.Int)
	}
	low.Lsh(low, 64).Or(low, bigU(s.mid)).Lsh(low, 64).Or(low, bigU(s.lo))
	slack := new(big.Int).Rsh(low, 119)
	slack.Add(slack, big.NewInt(1))
	high = new(big.Int).Add(low, slack)
	high.Add(high, big.NewInt(s.n))
	if low.Sub(low, slack).Sign() < 0 {
		low.SetInt64(0)
	}
	return low, high
}

// mostCachedRoots is up to which share roots are kept during a count: most ballots
// name small ones.
const mostCachedRoots = 4096

// nearRootSums encloses the sum of roots per option; false where a number has more
// than 64 binary digits.
func (t *tally) nearRootSums() (low, high []*big.Int, ok bool) {
	sums := make([]rootSum, t.options)
	known := make([]nearRoot, min(mostCachedRoots, len(t.ballots)))
	for i := range t.ballots {
		b := &t.ballots[i]
		sum, fits := sharesSum(b.Choice.Portions)
		if !b.Weight.IsUint64() || !fits {
			return nil, nil, false
		}
		if b.Weight.Sign() == 0 {
			continue
		}
		each := rootOf(b.Weight.Uint64(), sum)
		for _, p := range b.Choice.Portions {
			amount := p.Amount.Uint64()
			if amount == 0 {
				continue
			}
			sums[p.Option-1].add(each.times(rootIn(known, amount)))
		}
	}
	low, high = make([]*big.Int, t.options), make([]*big.Int, t.options)
	for i := range sums {
		low[i], high[i] = sums[i].enclose()
	}
	return low, high, true
}

// sharesSum adds shares up, and tells whether sum and shares have 64 binary digits at most.
func sharesSum(list []Portion) (sum uint64, fits bool) {
	fits = true
	for _, p := range list {
		var over uint64
		sum, over = bits.Add64(sum, p.Amount.Uint64(), 0)
		fits = fits && over == 0 && p.Amount.IsUint64()
	}
	return sum, fits
}

// rootIn returns the root of n, above 0, and keeps it where there is room.
func rootIn(known []nearRoot, n uint64) nearRoot {
	if n >= uint64(len(known)) {
		return rootOf(n, 1)
	}
	if known[n].e == 0 {
		known[n] = rootOf(n, 1)
	}
	return known[n]
}
