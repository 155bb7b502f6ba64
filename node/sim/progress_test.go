package sim

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Progress counts every step of every run, begins with what an earlier call kept
// and ends with nothing left.
func TestProgressCountsWork(t *testing.T) {
	s := load(t, strings.Replace(sweptSmall, "[0, 40000, 4000000]", "[0, 40000]", 1))
	dir := t.TempDir()
	follow := func(ctx context.Context, each func(Progress)) (all []Progress) {
		_, err := RunSweep(ctx, s, Options{Dir: dir, Workers: 2, Progress: func(p Progress) {
			all = append(all, p)
			each(p)
		}})
		require.ErrorIs(t, err, ctx.Err())
		return all
	}
	const run = 8*(3*2+2*2) + 5 // 3 shops and 2 of the ring that act and buy in 8 steps, and 5 agents look at a proposal
	ctx, cancel := context.WithCancel(t.Context())
	first := follow(ctx, func(p Progress) {
		if p.CellsDone == 1 {
			cancel()
		}
	})
	require.Equal(t, Progress{Cells: 4, Left: 4 * 3 * run}, first[0])
	cells := first[len(first)-1].CellsDone
	require.Positive(t, cells)

	second := follow(t.Context(), func(Progress) {})
	require.Equal(t, Progress{Cells: 4, CellsDone: cells, Kept: int64(cells) * 3 * run, Left: int64(4-cells) * 3 * run}, second[0])
	last := second[len(second)-1]
	require.Equal(t, 4, last.CellsDone)
	require.Zero(t, last.Left)
	require.Len(t, second, 1+(4-cells)*(3*8+1), "a report for each step and each cell")
}

// Cells that stop early let those to come be expected to stop as early.
func TestProgressExpectsWhatItSaw(t *testing.T) {
	s := load(t, strings.Replace(sweptSmall, "replicates: 3", "replicates: {min: 4, max: 100, half_width: 0.3}", 1))
	cells, err := s.Cells()
	require.NoError(t, err)
	var got Progress
	track, err := s.newTracker(cells, []int{0, 6, 0, 0, 0, 0}, func(p Progress) { got = p })
	require.NoError(t, err)
	track.tell()
	sc, err := s.At(cells[0])
	require.NoError(t, err)
	run := sc.work()
	require.Equal(t, 5*6*run, got.Left)
	one := track.cell(sc)
	one.tick()
	require.Equal(t, 5*6*run-run/8, got.Left)
	one.finish(10)
	require.Equal(t, 4*8*run, got.Left)
	require.Equal(t, run/8, got.Done)
}
