package sim

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The Lorenz curve of known spreads: equal weights lie on the diagonal, a
// single owner on the axis, and a tenth that falls inside an agent counts in
// part.
func TestLorenz(t *testing.T) {
	equal := make([]uint64, 20)
	for i := range equal {
		equal[i] = 1
	}
	for name, c := range map[string]struct {
		weights  []uint64
		carriers int64
		want     []int64
	}{
		"equal":        {equal, 20, []int64{100000, 200000, 300000, 400000, 500000, 600000, 700000, 800000, 900000}},
		"one":          {[]uint64{0, 7, 0}, 1, []int64{100000, 200000, 300000, 400000, 500000, 600000, 700000, 800000, 900000}},
		"one of four":  {[]uint64{9, 1, 0, 0, 0}, 2, []int64{20000, 40000, 60000, 80000, 100000, 280000, 460000, 640000, 820000}},
		"nobody":       {[]uint64{0, 0}, 0, make([]int64, 9)},
		"large scores": {[]uint64{1 << 61, 1 << 61}, 2, []int64{100000, 200000, 300000, 400000, 500000, 600000, 700000, 800000, 900000}},
	} {
		m := newMoment(3, 5, 7, c.weights)
		require.Equal(t, c.carriers, m.Carriers, name)
		for i, p := range m.lorenz() {
			require.Equal(t, c.want[i], *p, "%s, %d0 %%", name, i+1)
		}
	}
}

func TestSeriesPoints(t *testing.T) {
	for every, want := range map[string][]int64{"0": nil, "1": {0, 1, 2, 3, 4, 5, 6, 7}, "3": {0, 3, 6, 7}, "7": {0, 7}, "100": {0, 7}} {
		s := load(t, strings.Replace(small, "steps: 8", "steps: 8\nseries_every: "+every, 1))
		cells, err := s.Cells()
		require.NoError(t, err)
		got, err := Run(t.Context(), s, cells[0], 0)
		require.NoError(t, err)
		var steps []int64
		for _, m := range got.Series {
			steps = append(steps, m.Step)
		}
		require.Equal(t, want, steps, "every %s", every)
		require.EqualValues(t, len(want), s.moments())
	}
}

// The series ends where the run's row says it does, and falsifying it is found.
func TestSeriesAgreesWithTheRuns(t *testing.T) {
	dir := t.TempDir()
	files := sweepInto(t, dir, 2)
	series, err := csv.NewReader(strings.NewReader(files[seriesFile])).ReadAll()
	require.NoError(t, err)
	require.Len(t, series, 1+6*3*8)
	require.Equal(t, []string{"cell", "replicate", "constitution.tracks.price.weight.kind", "attack.budget_sat", "step", "agents"}, series[0][:6])
	s := load(t, sweptSmall)
	cells, err := s.Cells()
	require.NoError(t, err)
	results, err := s.readCell(dir, cells[5])
	require.NoError(t, err)
	last := results[2].Series[7]
	require.Equal(t, results[2].GiniPpm, last.GiniPpm)
	require.Equal(t, results[2].Nakamoto, last.Nakamoto)
	require.EqualValues(t, 5, last.Agents)
	require.Positive(t, last.Lorenz50)
	require.Equal(t, momentFields[4].text(&last), series[len(series)-1][4+4])
}
