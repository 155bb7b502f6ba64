package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const narrowed = `
sweep:
  method: grid
  parameters:
    - {path: attack.budget_sat, values: [0, 60000, 4000000], rule: true}
`

// A cell stops once its interval is narrow, at the same run for any number of
// workers and when it was resumed, and verify finds runs too many and too few.
func TestStopsWhenNarrow(t *testing.T) {
	file := strings.Replace(small, "replicates: 3", "replicates: {min: 4, max: 12, half_width: 0.25}", 1) + narrowed
	var tables [2]map[string]string
	for i, workers := range []int{1, 3} {
		dir := t.TempDir()
		p, err := RunSweep(context.Background(), load(t, file), Options{Dir: dir, Workers: workers})
		require.NoError(t, err)
		require.True(t, p.Complete)
		tables[i] = contents(t, dir)
		v, err := Verify(context.Background(), dir, 1, 0, nil)
		require.NoError(t, err)
		require.Equal(t, p.Runs, v.Runs)
		require.Less(t, p.Runs, 36)
	}
	require.Equal(t, tables[0], tables[1])
}

func TestEnough(t *testing.T) {
	s := load(t, strings.Replace(small, "replicates: 3", "replicates: {min: 4, max: 12, half_width: 0.3}", 1))
	results := func(successes ...int64) (out []*Result) {
		for _, x := range successes {
			out = append(out, &Result{Row: &Row{TargetOpened: 1, AttackSuccess: x, Ballots: x}})
		}
		return out
	}
	// Wilson for 0 of n: half a width is 0.281 at 3, 0.245 at 4; for 2 of 4 it
	// is 0.35, for 4 of 8 0.285.
	require.False(t, s.enough(results(0, 0, 0)), "fewer than min")
	require.True(t, s.enough(results(0, 0, 0, 0)))
	require.False(t, s.enough(results(0, 1, 0, 1)))
	require.True(t, s.enough(results(0, 1, 0, 1, 0, 1, 0, 1)))
	s.Replicates.HalfWidth = 0.25
	never := &Result{Row: &Row{UnopenedBy: byWallet}}
	require.False(t, s.enough(append(results(0, 0, 0), never)), "a run without a vote tells nothing")
	require.False(t, s.enough([]*Result{never, never, never, never, never}))
	require.True(t, s.enough(append(results(0, 0, 0, 0), never)))
	s.Replicates.HalfWidth = 1e-9
	require.False(t, s.enough(results(make([]int64, 11)...)))
	require.True(t, s.enough(results(make([]int64, 12)...)), "max")
	s.Replicates.Metric = "ballots"
	require.True(t, s.enough(results(7, 7, 7, 7)), "a metric that does not vary is known")

	short := finished{}
	for _, r := range results(7, 7, 7) {
		short.rows = append(short.rows, r.Row)
	}
	require.ErrorContains(t, s.checkEnough(short), "has 3 runs, which are not enough")
	for _, r := range results(7, 7) {
		short.rows = append(short.rows, r.Row)
	}
	require.ErrorContains(t, s.checkEnough(short), "has 5 runs, it had enough with 4")
}

func TestReplicates(t *testing.T) {
	one := load(t, small)
	require.Equal(t, Replicates{Min: 3, Max: 3}, one.Replicates)
	raw, err := json.Marshal(one)
	require.NoError(t, err)
	again, err := Reload(raw)
	require.NoError(t, err)
	require.Equal(t, one.Replicates, again.Replicates)
	for given, want := range map[string]string{
		"{min: 5, max: 4, half_width: 1}":                   "replicates.max: is 4, must be at least min, 5",
		"{min: 1, max: 4, half_width: 1}":                   "replicates.min: is 1, must be at least 2",
		"{min: 2, max: 4}":                                  "replicates.half_width: is 0, must be positive",
		"{min: 2, max: 4, half_width: -1}":                  "replicates.half_width: is -1, must be between",
		"{min: 2, max: 4, half_width: x}":                   "replicates.half_width: needs a number",
		"{min: 2, max: 4, half_width: 1, metric: no}":       "replicates.metric: is \"no\"",
		"{min: 2, max: 4, half_width: 1, metric: log_hash}": "replicates.metric",
		"{min: 2}": "replicates.max: missing",
		"0":        "replicates: is 0, must be between",
		"-2":       "replicates: is -2, must be between",
	} {
		_, err := Load([]byte(strings.Replace(small, "replicates: 3", "replicates: "+given, 1)))
		require.ErrorIs(t, err, ErrScenario, given)
		require.ErrorContains(t, err, want, given)
	}
}

// Intervals of the headline also come out where budgets have unlike numbers of
// runs.
func TestFlipOfUnlikeNumbers(t *testing.T) {
	low, high := outcomes(100, 0), outcomes(10000, 10)
	low.rows = low.rows[:6]
	got := flips(1, []finished{low, high})
	require.InDelta(t, 1000, got[0].Sats, 1e-6)
	require.Equal(t, fmt.Sprint(got[0].CI), fmt.Sprint(flips(1, []finished{low, high})[0].CI))
}
