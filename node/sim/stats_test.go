package sim

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// Published figures: Student's t for 9 degrees of freedom is 2.262157; Wilson's
// interval for 0 of 10 ends at 0.2775, for 15 of 20 it is 0.5313 to 0.8881.
func TestIntervals(t *testing.T) {
	values := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	s := Summarise(values, Draw{Seed: 1})
	require.InDelta(t, 5.5, s.Mean, 1e-12)
	require.InDelta(t, 3.0276503541, s.SD, 1e-9)
	half := 2.262157163 * 3.0276503541 / math.Sqrt(10)
	require.InDelta(t, 5.5-half, s.T.Low, 1e-6)
	require.InDelta(t, 5.5+half, s.T.High, 1e-6)
	require.InDeltaSlice(t, []float64{1.45, 3.25, 5.5, 7.75, 9.55}, s.Quantiles[:], 1e-12)
	require.InDelta(t, s.T.Low, s.Bootstrap.Low, 0.6)
	require.InDelta(t, s.T.High, s.Bootstrap.High, 0.6)
	require.Equal(t, s, Summarise(values, Draw{Seed: 1}), "the bootstrap is seeded")
	require.NotEqual(t, s.Bootstrap, Summarise(values, Draw{Seed: 2}).Bootstrap)

	one := Summarise([]float64{4}, Draw{})
	require.Equal(t, Interval{4, 4}, one.T)

	w := Wilson(0, 10)
	require.Zero(t, w.Low)
	require.InDelta(t, 0.27753, w.High, 1e-4)
	w = Wilson(15, 20)
	require.InDelta(t, 0.5313, w.Low, 1e-4)
	require.InDelta(t, 0.8881, w.High, 1e-4)
	require.InDelta(t, 1, Wilson(7, 7).High, 1e-12)
}

// The 95 % interval of the mean covers the true mean in about 95 % of samples.
func TestCoverage(t *testing.T) {
	const trials = 400
	var byT, byBootstrap int
	for i := range trials {
		rng := Stream(Draw{Seed: uint64(i), Purpose: "coverage"})
		values := make([]float64, 20)
		for j := range values {
			values[j] = rng.NormFloat64()
		}
		s := Summarise(values, Draw{Seed: uint64(i)})
		if s.T.Low <= 0 && s.T.High >= 0 {
			byT++
		}
		if s.Bootstrap.Low <= 0 && s.Bootstrap.High >= 0 {
			byBootstrap++
		}
	}
	require.InDelta(t, 0.95, float64(byT)/trials, 0.035)
	require.InDelta(t, 0.93, float64(byBootstrap)/trials, 0.04) // narrower for small samples
}

func TestRising(t *testing.T) {
	require.Equal(t, []float64{0, .5, 1}, rising([]float64{0, .5, 1}))
	require.Equal(t, []float64{.25, .25, 1}, rising([]float64{.5, 0, 1}))
	require.Equal(t, []float64{.5, .5, .5}, rising([]float64{1, .5, 0}))
}

// outcomes makes a finished cell with so many successes of ten.
func outcomes(budget int64, successes int) finished {
	f := finished{cell: Cell{Settings: []Setting{{"rule", "x"}, {budgetPath, json.Number(fmt.Sprint(budget))}}}}
	for i := range 10 {
		r := &Row{Replicate: i}
		if i < successes {
			r.AttackSuccess = 1
		}
		f.rows = append(f.rows, r)
	}
	return f
}

func TestFlip(t *testing.T) {
	for _, c := range []struct {
		done         []finished
		sats         float64
		below, above int64
	}{
		{[]finished{outcomes(100, 0), outcomes(10000, 10)}, 1000, 100, 10000},
		{[]finished{outcomes(10000, 10), outcomes(100, 0)}, 1000, 100, 10000}, // in any order
		{[]finished{outcomes(100, 0), outcomes(200, 5), outcomes(400, 10)}, 200, 100, 200},
		{[]finished{outcomes(0, 0), outcomes(800, 10)}, 400, 0, 800},
		{[]finished{outcomes(100, 6), outcomes(200, 10)}, 100, 0, 100},
		{[]finished{outcomes(100, 0), outcomes(200, 4)}, math.Inf(1), 200, 0},
	} {
		got := flips(1, c.done)
		require.Len(t, got, 1)
		if math.IsInf(c.sats, 0) {
			require.Equal(t, c.sats, got[0].Sats)
		} else {
			require.InDelta(t, c.sats, got[0].Sats, 1e-3)
		}
		require.Equal(t, c.below, got[0].Below)
		require.Equal(t, c.above, got[0].Above)
		require.LessOrEqual(t, got[0].CI.Low, got[0].Sats+1e-3)
		require.GreaterOrEqual(t, got[0].CI.High, got[0].Sats-1e-3)
		require.Equal(t, []Setting{{"rule", "x"}}, got[0].Settings)
	}
	require.Nil(t, flips(1, []finished{{cell: Cell{Settings: []Setting{{"rule", "x"}}}}}), "no budget was swept")
}
