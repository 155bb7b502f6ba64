package sim

import (
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
