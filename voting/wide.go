package voting

import (
	"fmt"
	"math/big"
	"math/bits"
)

// U128 is an unsigned 128-bit integer. Comparisons of shares are done in it so
// that no product of two weights can wrap around.
//
// The zero value is zero. U128 is a value: copies are independent and safe for
// concurrent use.
type U128 struct {
	Hi, Lo uint64
}

// Wide lifts a 64-bit weight into U128.
func Wide(v uint64) U128 { return U128{Lo: v} }

// ParseU128 reads a decimal integer from 0 to 2^128-1 without sign, leading
// zeros or separators.
func ParseU128(s string) (U128, error) {
	if s == "" || (len(s) > 1 && s[0] == '0') {
		return U128{}, fmt.Errorf("%+q is not a whole number", s)
	}
	var v U128
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return U128{}, fmt.Errorf("%+q is not a whole number of at least 0", s)
		}
		p := v.mul64(10)
		lo, carry := bits.Add64(p.lo, uint64(s[i]-'0'), 0)
		mid, carry := bits.Add64(p.mid, 0, carry)
		if p.hi+carry != 0 {
			return U128{}, fmt.Errorf("%+q is more than 2^128-1", s)
		}
		v = U128{Hi: mid, Lo: lo}
	}
	return v, nil
}

// String renders v in decimal.
func (v U128) String() string {
	b := new(big.Int).SetUint64(v.Hi)
	return b.Lsh(b, 64).Add(b, new(big.Int).SetUint64(v.Lo)).String()
}

// Cmp returns -1, 0 or 1 as v is below, equal to or above w.
func (v U128) Cmp(w U128) int {
	switch {
	case v == w:
		return 0
	case v.Hi < w.Hi || (v.Hi == w.Hi && v.Lo < w.Lo):
		return -1
	}
	return 1
}

// Add returns v+w and whether the sum still fits.
func (v U128) Add(w U128) (sum U128, fits bool) {
	lo, carry := bits.Add64(v.Lo, w.Lo, 0)
	hi, carry := bits.Add64(v.Hi, w.Hi, carry)
	return U128{hi, lo}, carry == 0
}

// isZero reports whether v is zero.
func (v U128) isZero() bool { return v == U128{} }

// plus returns v+w, or 2^128-1 where the sum does not fit.
func (v U128) plus(w U128) U128 {
	if sum, fits := v.Add(w); fits {
		return sum
	}
	return U128{^uint64(0), ^uint64(0)}
}

// less returns v-w, or zero where w is the larger.
func (v U128) less(w U128) U128 {
	lo, borrow := bits.Sub64(v.Lo, w.Lo, 0)
	hi, borrow := bits.Sub64(v.Hi, w.Hi, borrow)
	if borrow != 0 {
		return U128{}
	}
	return U128{hi, lo}
}

// u192 holds the exact product of a U128 and a 64-bit factor.
type u192 struct{ hi, mid, lo uint64 }

// mul64 returns v*f exactly.
func (v U128) mul64(f uint64) u192 {
	midA, lo := bits.Mul64(v.Lo, f)
	hi, midB := bits.Mul64(v.Hi, f)
	mid, carry := bits.Add64(midA, midB, 0)
	return u192{hi + carry, mid, lo}
}

// cmp returns -1, 0 or 1 as a is below, equal to or above b.
func (a u192) cmp(b u192) int {
	if a.hi != b.hi {
		return U128{Lo: a.hi}.Cmp(U128{Lo: b.hi})
	}
	return U128{a.mid, a.lo}.Cmp(U128{b.mid, b.lo})
}

// sqrt128 returns the largest x with x*x <= v.
func sqrt128(v U128) uint64 {
	if v.isZero() {
		return 0
	}
	length := bits.Len64(v.Lo)
	if v.Hi != 0 {
		length = 64 + bits.Len64(v.Hi)
	}
	if length > 124 {
		// The sum of two guesses would not fit; no weight is this large.
		return sqrtBig(v)
	}
	// The guess is a power of two above the root, so the sequence falls
	// until it reaches the floor of the root, and v/x always fits 64 bits.
	x := uint64(1) << ((length + 1) / 2)
	for {
		quo, _ := bits.Div64(v.Hi, v.Lo, x)
		next := (x + quo) / 2
		if next >= x {
			return x
		}
		x = next
	}
}

func sqrtBig(v U128) uint64 {
	b := new(big.Int).SetUint64(v.Hi)
	b.Lsh(b, 64).Add(b, new(big.Int).SetUint64(v.Lo))
	return b.Sqrt(b).Uint64()
}

// mul returns the exact product of two 64-bit numbers.
func mul(a, b uint64) (hi, lo uint64) { return bits.Mul64(a, b) }
