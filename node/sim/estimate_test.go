package sim

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// The estimate lies above what a sweep takes, and not far above; a sweep that
// does not fit is refused.
func TestDiskEstimate(t *testing.T) {
	dir := t.TempDir()
	s := load(t, sweptSmall)
	cells, err := s.Cells()
	require.NoError(t, err)
	need, err := s.DiskBytes(cells)
	require.NoError(t, err)

	var took int64
	for _, text := range sweepInto(t, dir, 2) {
		took += int64(len(text))
	}
	require.Greater(t, need, took)
	require.Less(t, need, took*5)

	free := func(have int64) func(string) (int64, bool) {
		return func(string) (int64, bool) { return have, true }
	}
	require.NoError(t, s.checkDisk(cells, dir, free(need)))
	err = s.checkDisk(cells, dir, free(need-1))
	require.ErrorIs(t, err, ErrTooLarge)
	require.ErrorContains(t, err, "18 runs take about")
	require.NoError(t, s.checkDisk(cells, dir, func(string) (int64, bool) { return 0, false }))

	have, ok := freeDisk(dir)
	require.True(t, !ok || have > 0)
	_, ok = freeDisk(dir + "/missing")
	require.False(t, ok)
}

// A sweep that does not fit into memory is refused before anything is written,
// and so is a crowd that no machine holds.
func TestMemoryEstimate(t *testing.T) {
	s := load(t, sweptSmall)
	cells, err := s.Cells()
	require.NoError(t, err)
	one, err := s.MemoryBytes(cells, 1)
	require.NoError(t, err)
	four, err := s.MemoryBytes(cells, 4)
	require.NoError(t, err)
	require.Greater(t, four, one)
	many, err := s.MemoryBytes(cells, 400)
	require.NoError(t, err)
	six, err := s.MemoryBytes(cells, 6)
	require.NoError(t, err)
	require.Equal(t, six, many, "there are six cells")

	free := func() (int64, bool) { return one - 1, true }
	err = s.checkMemory(cells, 1, free)
	require.ErrorIs(t, err, ErrTooLarge)
	require.ErrorContains(t, err, "18 runs of up to 5 agents with 1 workers take about")
	require.NoError(t, s.checkMemory(cells, 1, func() (int64, bool) { return 0, false }))
	require.NoError(t, s.checkMemory(cells, 1, func() (int64, bool) { return one, true }))

	if _, known := freeMemory(); !known {
		return
	}
	dir := filepath.Join(t.TempDir(), "results")
	huge := load(t, replace(sweptSmall, "steps: 8", "steps: 8\nengine: crowd", "count: 3, stake_sat: 20000", "count: 99000000, wallet_sat: 10, stake_sat: 2000",
		"- {name: ring", "- {name: more, kind: lazy, count: 99000000, wallet_sat: 0}\n  - {name: evenmore, kind: lazy, count: 99000000, wallet_sat: 0}\n  - {name: ring"))
	_, err = RunSweep(t.Context(), huge, Options{Dir: dir, Workers: 6})
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = os.Stat(dir)
	require.ErrorIs(t, err, os.ErrNotExist)
}

// What a crowd really holds lies below the estimate, and not far below.
func TestMemoryEstimateOfACrowd(t *testing.T) {
	s := load(t, replace(small, "steps: 8", "steps: 8\nengine: crowd", "count: 3, stake", "count: 100000, stake"))
	cells, err := s.Cells()
	require.NoError(t, err)
	need, err := s.MemoryBytes(cells, 1)
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r, err := newCrowdRun(s, cells[0], 0)
	require.NoError(t, err)
	require.NoError(t, r.play(t.Context(), func() {}))
	runtime.GC()
	runtime.ReadMemStats(&after)
	held := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	require.Less(t, held, need)
	require.Greater(t, held, need/10)
	runtime.KeepAlive(r)
}
