package voting

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExtendDeadline(t *testing.T) {
	require.Equal(t, int64(100), ExtendDeadline(100, 79, 20), "ends before the deadline")
	require.Equal(t, int64(100), ExtendDeadline(100, 80, 20))
	require.Equal(t, int64(101), ExtendDeadline(100, 81, 20))
	require.Equal(t, int64(120), ExtendDeadline(100, 100, 20))
	require.Equal(t, int64(100), ExtendDeadline(100, 100, 0), "no extension")
	require.Equal(t, int64(100), ExtendDeadline(100, 200, 0), "no extension, ever")
	require.Equal(t, int64(100), ExtendDeadline(100, 200, -1))
	require.Equal(t, int64(201), ExtendDeadline(100, 200, 1))
	require.Equal(t, int64(math.MaxInt64), ExtendDeadline(100, math.MaxInt64-1, 2))
	require.Equal(t, int64(math.MaxInt64), ExtendDeadline(100, math.MaxInt64-2, 2))
	require.Equal(t, int64(math.MaxInt64-1), ExtendDeadline(100, math.MaxInt64-3, 2))
}

func TestVoteOpenIsInclusive(t *testing.T) {
	for now, want := range map[int64]bool{9: false, 10: true, 15: true, 20: true, 21: false} {
		require.Equal(t, want, VoteOpen(10, 20, now), now)
	}
}

func TestOppositionDelay(t *testing.T) {
	r := OppositionRule{R1PPM: 100_000, R2PPM: 300_000, MaxDelay: 110}
	require.NoError(t, r.Validate(10))
	for against, want := range map[uint64]int64{
		0: 10, 100: 10, 101: 11, 102: 11, 103: 12, 200: 60, 299: 110, 298: 109, 300: 110, 301: 110, 1000: 110, 2000: 110,
	} {
		require.Equal(t, want, r.Delay(10, against, 1000), against)
	}
	require.Equal(t, int64(10), r.Delay(10, 5, 0), "nobody is eligible")
	most := ^uint64(0)
	long := OppositionRule{R1PPM: 0, R2PPM: PPM, MaxDelay: math.MaxInt64}
	require.Equal(t, int64(math.MaxInt64), long.Delay(0, most, most))
	require.Equal(t, int64(1), long.Delay(0, 1, most), "any opposition rounds up")
	require.Equal(t, int64(0), long.Delay(0, 0, most))
}

func TestOppositionValidate(t *testing.T) {
	for _, tc := range []struct {
		rule  OppositionRule
		base  int64
		field string
	}{
		{OppositionRule{1, 2, 10}, 10, ""},
		{OppositionRule{2, 2, 10}, 10, "r1_ppm"},
		{OppositionRule{1, PPM, 10}, 10, ""},
		{OppositionRule{1, PPM + 1, 10}, 10, "r2_ppm"},
		{OppositionRule{1, 2, 9}, 10, "max_delay"},
		{OppositionRule{1, 2, 9}, -1, "max_delay"},
		{OppositionRule{1, 2, 0}, 0, ""},
	} {
		requireRefusal(t, tc.rule.Validate(tc.base), tc.field)
	}
}
