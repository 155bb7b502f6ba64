// Package muldiv multiplies and divides whole numbers in one step: a*b/c, with
// the product held in 128 bits and one rounding, whose direction is in the name.
// Shares of money, weight and reputation are reckoned with it. It imports only
// math/bits, so that every domain may use it.
//
// Numbers are at least 0 and divisors above 0. Floor, FloorRem and Ceil panic
// where that is broken, and where the quotient does not fit its type, rather
// than answer a wrapped number. The quotient always fits where a or b is at most
// c.
package muldiv

import "math/bits"

// Floor returns a*b/c rounded down.
func Floor[T int64 | uint64](a, b, c T) T {
	check(a, b, c)
	q, _ := FloorRem(uint64(a), uint64(b), uint64(c))
	return narrow[T](q)
}

// FloorRem returns a*b/c rounded down, and the remainder.
func FloorRem(a, b, c uint64) (quo, rem uint64) {
	hi, lo := bits.Mul64(a, b)
	return bits.Div64(hi, lo, c)
}

// Ceil returns a*b/c rounded up.
func Ceil[T int64 | uint64](a, b, c T) T {
	check(a, b, c)
	q, fits := CeilFits(uint64(a), uint64(b), uint64(c))
	if !fits {
		panic("muldiv: the quotient does not fit its type")
	}
	return narrow[T](q)
}

// CeilFits returns a*b/c rounded up, and whether that fits 64 bits; 0 and false
// where it does not. It panics only where c is 0.
func CeilFits(a, b, c uint64) (quo uint64, fits bool) {
	hi, lo := bits.Mul64(a, b)
	if c != 0 && hi >= c {
		return 0, false
	}
	quo, rem := bits.Div64(hi, lo, c)
	if rem == 0 {
		return quo, true
	}
	if quo++; quo == 0 {
		return 0, false
	}
	return quo, true
}

func check[T int64 | uint64](a, b, c T) {
	if a < 0 || b < 0 || c < 0 {
		panic("muldiv: a number is below 0")
	}
}

func narrow[T int64 | uint64](q uint64) T {
	if T(q) < 0 {
		panic("muldiv: the quotient does not fit its type")
	}
	return T(q)
}
