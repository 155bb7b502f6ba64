package muldiv

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// exact returns a*b/c by math/big, rounded down and up, and the remainder.
func exact(a, b, c uint64) (down, up, rem *big.Int) {
	u := func(x uint64) *big.Int { return new(big.Int).SetUint64(x) }
	down, rem = new(big.Int).DivMod(new(big.Int).Mul(u(a), u(b)), u(c), new(big.Int))
	up = new(big.Int).Set(down)
	if rem.Sign() > 0 {
		up.Add(up, big.NewInt(1))
	}
	return down, up, rem
}

// try runs f and tells whether it returned; a panic is the other answer.
func try(f func()) (returned bool) {
	defer func() {
		if recover() == nil {
			returned = true
		}
	}()
	f()
	return true
}

// agree holds every function against math/big: the same number where it fits,
// a panic (or false) where it does not.
func agree(t require.TestingT, a, b, c uint64) {
	down, up, rem := exact(a, b, c)
	var quo, r, floor, ceil uint64
	require.Equal(t, down.IsUint64(), try(func() { quo, r = FloorRem(a, b, c) }), "FloorRem(%d, %d, %d)", a, b, c)
	require.Equal(t, down.IsUint64(), try(func() { floor = Floor(a, b, c) }), "Floor(%d, %d, %d)", a, b, c)
	if down.IsUint64() {
		require.Equal(t, [3]uint64{down.Uint64(), rem.Uint64(), down.Uint64()}, [3]uint64{quo, r, floor}, "%d*%d/%d", a, b, c)
	}
	fitting, fits := CeilFits(a, b, c)
	require.Equal(t, up.IsUint64(), fits, "CeilFits(%d, %d, %d)", a, b, c)
	require.Equal(t, up.IsUint64(), try(func() { ceil = Ceil(a, b, c) }), "Ceil(%d, %d, %d)", a, b, c)
	if fits {
		require.Equal(t, [2]uint64{up.Uint64(), up.Uint64()}, [2]uint64{fitting, ceil}, "%d*%d/%d", a, b, c)
	} else {
		require.Zero(t, fitting)
	}

	if max(a, b, c) > math.MaxInt64 {
		return
	}
	var signed, raised int64
	require.Equal(t, down.IsInt64(), try(func() { signed = Floor(int64(a), int64(b), int64(c)) }), "Floor(%d, %d, %d) signed", a, b, c)
	require.Equal(t, up.IsInt64(), try(func() { raised = Ceil(int64(a), int64(b), int64(c)) }), "Ceil(%d, %d, %d) signed", a, b, c)
	if down.IsInt64() {
		require.Equal(t, down.Int64(), signed)
	}
	if up.IsInt64() {
		require.Equal(t, up.Int64(), raised)
	}
}

// Every triple of numbers at a bound of 32, 63 or 64 bits, and one to either
// side of it.
func TestAtTheBounds(t *testing.T) {
	bounds := []uint64{0, 1, 2, 3, 999_999, 1_000_000, 1_000_001, 21_000_000 * 100_000_000 * 1000,
		1<<32 - 1, 1 << 32, 1<<32 + 1, 1<<63 - 2, 1<<63 - 1, 1 << 63, 1<<63 + 1, 1<<64 - 2, 1<<64 - 1}
	for _, a := range bounds {
		for _, b := range bounds {
			for _, c := range bounds {
				if c > 0 {
					agree(t, a, b, c)
				}
			}
		}
	}
}

func TestAgreesWithBigNumbers(t *testing.T) {
	number := rapid.Custom(func(t *rapid.T) uint64 {
		return rapid.Uint64().Draw(t, "bits") >> rapid.IntRange(0, 63).Draw(t, "shift")
	})
	rapid.Check(t, func(t *rapid.T) {
		agree(t, number.Draw(t, "a"), number.Draw(t, "b"), max(1, number.Draw(t, "c")))
	})
}

// Both directions at the last quotient that fits and the first that does not.
func TestTheLastThatFits(t *testing.T) {
	require.Equal(t, uint64(math.MaxUint64), Floor[uint64](math.MaxUint64, 7, 7))
	require.Equal(t, int64(math.MaxInt64), Floor[int64](math.MaxInt64, 7, 7))
	require.Equal(t, int64(math.MaxInt64), Ceil[int64](math.MaxInt64, 7, 7))
	require.Panics(t, func() { Floor[int64](math.MaxInt64, 2, 1) }, "2^64-2 fits 64 bits, but no int64")
	require.Panics(t, func() { Ceil[int64](math.MaxInt64, 8, 7) })
	// a is 2^64-1, and a*(c+1)/c is 2^64 and a fraction unless c is a itself.
	require.Equal(t, uint64(math.MaxUint64), Floor[uint64](math.MaxUint64-1, math.MaxUint64, math.MaxUint64-1))
	require.Panics(t, func() { Floor[uint64](math.MaxUint64, math.MaxUint64, math.MaxUint64-1) })
	// 2^65-1, halved, is 2^64-1 and a half: it fits only down.
	require.Equal(t, uint64(math.MaxUint64), Floor[uint64](31*8191, 145295143558111, 2))
	require.Panics(t, func() { Ceil[uint64](31*8191, 145295143558111, 2) })
	_, fits := CeilFits(31*8191, 145295143558111, 2)
	require.False(t, fits)
	// (2^64-1) * (2^63+1) / (2^63+2) is 2^64-3 and a fraction.
	require.Equal(t, uint64(math.MaxUint64-2), Floor[uint64](math.MaxUint64, 1<<63+1, 1<<63+2))
	require.Equal(t, uint64(math.MaxUint64-1), Ceil[uint64](math.MaxUint64, 1<<63+1, 1<<63+2))
}

func TestWhatACallerRulesOutPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"floor by 0": func() { Floor[uint64](1, 1, 0) }, "ceil by 0": func() { Ceil[uint64](1, 1, 0) },
		"fits by 0": func() { CeilFits(1, 1, 0) }, "rem by 0": func() { FloorRem(0, 0, 0) },
		"a below 0": func() { Floor[int64](-1, 1, 1) }, "b below 0": func() { Ceil[int64](1, -1, 1) },
		"c below 0": func() { Floor[int64](1, 1, -1) }, "two below 0": func() { Floor[int64](-1, -1, 1) },
	} {
		require.Panics(t, f, name)
	}
}

func FuzzAgreesWithBigNumbers(f *testing.F) {
	f.Add(uint64(21e14), uint64(1_000_000), uint64(999_999))
	f.Add(uint64(math.MaxUint64), uint64(math.MaxUint64), uint64(math.MaxUint64))
	f.Fuzz(func(t *testing.T, a, b, c uint64) { agree(t, a, b, max(1, c)) })
}
