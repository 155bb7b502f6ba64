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
	require.True(t, one.T.none(), "one value has no interval")
	same := Summarise([]float64{.1, .1, .1}, Draw{})
	require.True(t, same.T.none() && same.Bootstrap.none(), "nor have equal ones")
	require.Zero(t, same.SD)
	nothing := Summarise(nil, Draw{})
	require.Zero(t, nothing.N)
	require.True(t, math.IsNaN(nothing.Mean) && math.IsNaN(nothing.SD) && nothing.T.none() && math.IsNaN(nothing.Quantiles[2]))

	w := Wilson(0, 10)
	require.Zero(t, w.Low)
	require.InDelta(t, 0.27753, w.High, 1e-4)
	w = Wilson(15, 20)
	require.InDelta(t, 0.5313, w.Low, 1e-4)
	require.InDelta(t, 0.8881, w.High, 1e-4)
	require.InDelta(t, 1, Wilson(7, 7).High, 1e-12)
	require.InDelta(t, 0.4899, Wilson(0, 4).High, 1e-4)
	require.InDelta(t, 0.5615, Wilson(0, 3).High, 1e-4)
	require.Equal(t, Interval{0, 1}, Wilson(0, 0))
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

// of makes chances of so many successes each.
func of(votes int, wins ...int) []chance {
	var out []chance
	for _, n := range wins {
		out = append(out, chance{wins: n, votes: votes})
	}
	return out
}

func TestRising(t *testing.T) {
	require.Equal(t, []float64{0, .5, 1}, rising(of(2, 0, 1, 2)))
	require.Equal(t, []float64{.25, .25, 1}, rising(of(2, 1, 0, 2)))
	require.Equal(t, []float64{.5, .5, .5}, rising(of(2, 2, 1, 0)))
	require.Equal(t, []float64{.2, .2}, rising([]chance{{wins: 1, votes: 1}, {wins: 0, votes: 4}}), "a rate weighs as many votes as it has")
}

// outcomes makes a finished cell of ten runs with so many successes; of them the
// last so many had no vote.
func outcomes(budget int64, successes int, unopened ...int) finished {
	return outcomesOf(10, budget, successes, unopened...)
}

func outcomesOf(runs int, budget int64, successes int, unopened ...int) finished {
	f := finished{cell: Cell{Settings: []Setting{{"rule", "x"}, {budgetPath, json.Number(fmt.Sprint(budget))}}}}
	for i := range runs {
		r := &Row{Replicate: i, TargetOpened: 1, TargetDecided: 1}
		if i < successes {
			r.AttackSuccess = 1
		}
		if len(unopened) > 0 && i >= runs-unopened[0] {
			r.TargetOpened, r.UnopenedBy = 0, byWallet
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
		require.Equal(t, c.below == 0 && c.above == 100, got[0].Least)
		require.Equal(t, got[0].Runs, got[0].Opened)
	}
	require.Nil(t, flips(1, []finished{{cell: Cell{Settings: []Setting{{"rule", "x"}}}}}), "no budget was swept")
}

// Where every run of a cell agreed, resampling cannot widen the interval: it is
// the bracket of budgets, as far as Wilson's interval of the cell rules an even
// chance out. 0 of 4 does (up to 0.49), 0 of 3 does not (up to 0.56).
func TestFlipBracket(t *testing.T) {
	for _, c := range []struct {
		name      string
		done      []finished
		low, high float64
	}{
		{"all agree", []finished{outcomes(100, 0), outcomes(10000, 10)}, 100, 10000},
		{"four are enough", []finished{outcomesOf(4, 100, 0), outcomesOf(4, 200, 4)}, 100, 200},
		{"three are not", []finished{outcomesOf(3, 100, 0), outcomesOf(3, 200, 3)}, 0, math.Inf(1)},
		{"the next that is enough", []finished{outcomesOf(4, 50, 0), outcomesOf(3, 100, 0), outcomesOf(3, 200, 3), outcomesOf(4, 900, 4)}, 50, 900},
		{"or that is mixed", []finished{outcomesOf(9, 50, 2), outcomesOf(3, 100, 0), outcomesOf(3, 200, 3), outcomesOf(9, 900, 8)}, 50, 900},
		{"never", []finished{outcomes(100, 0), outcomes(200, 0)}, 200, math.Inf(1)},
		{"from the least on", []finished{outcomes(100, 10), outcomes(200, 10)}, 0, 100},
		{"the votes count, not the runs", []finished{outcomes(100, 0, 7), outcomes(200, 10)}, 0, 200},
	} {
		got := flips(1, c.done)[0].CI
		require.Equal(t, Interval{c.low, c.high}, got, c.name)
	}
	mixed := flips(1, []finished{outcomes(100, 1), outcomes(200, 5), outcomes(400, 9)})[0]
	require.Greater(t, mixed.CI.Low, 100.0, "mixed cells are resampled")
	require.Less(t, mixed.CI.High, 400.0)
}

// Runs without a vote are counted and left out: they are no failed attacks.
func TestFlipLeavesOutWhatNeverOpened(t *testing.T) {
	got := flips(1, []finished{outcomes(100, 0, 10), outcomes(200, 5, 5), outcomes(400, 10)})[0]
	require.Equal(t, 15, got.Opened)
	require.Equal(t, 30, got.Runs)
	require.Equal(t, 200.0, got.Sats, "all five votes at 200 were won")
	require.True(t, got.Least)

	got = flips(1, []finished{outcomes(100, 0, 10), outcomes(200, 0, 10)})[0]
	require.True(t, math.IsNaN(got.Sats))
	require.Zero(t, got.Opened)
	require.True(t, got.CI.none())
}
