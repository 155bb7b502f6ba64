package reputation

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Sums give what a book gives receipt by receipt, up to one unit for each.
func TestPartsAgreeWithABook(t *testing.T) {
	p := DefaultParams()
	b, err := NewBook(p)
	require.NoError(t, err)
	const raters = 40
	keys := make([][32]byte, raters+1)
	stakes := make([]uint64, raters+1)
	for i := range keys {
		keys[i][0], stakes[i] = byte(i), uint64(1000*i)
	}
	for i := uint32(1); i <= raters; i++ {
		r := Receipt{Consumer: i, Provider: 0, Sats: 100, Rating: 5, TimeMs: dayMs}
		if i%10 == 0 {
			r.Rating = -5
		}
		require.NoError(t, b.Add(r))
	}
	for _, day := range []int64{1, 2, 30, 200, 700} {
		require.NoError(t, b.Epoch(Snapshot{Params: p, Day: day, Keys: keys, Stakes: stakes}))
		var trusted, complaints uint64
		for i := uint32(1); i <= raters; i++ {
			if i%10 == 0 {
				complaints++
			} else {
				trusted += p.Trust(b.Result(i).Flow)
			}
		}
		positive, negative := p.Evidence(day-1, trusted, complaints)
		want := b.Result(0)
		require.GreaterOrEqual(t, positive, want.Positive)
		require.LessOrEqual(t, positive-want.Positive, uint64(raters), "day %d", day)
		require.Equal(t, want.Negative, negative, "day %d", day)
	}
}

func TestPartsAtTheirBounds(t *testing.T) {
	p := DefaultParams()
	up, down := p.Decay(-3)
	require.Equal(t, [2]uint64{DecayOne, DecayOne}, [2]uint64{up, down})
	up, down = p.Decay(60)
	require.EqualValues(t, DecayOne/2, up)
	require.Greater(t, down, up)
	up, _ = p.Decay(601)
	require.Zero(t, up)
	up, down = p.Decay(1 << 60)
	require.Zero(t, up+down)
	require.Zero(t, p.Trust(0))
	require.EqualValues(t, EvidenceOne/2, p.Trust(p.Tau))
	require.Less(t, p.Trust(1<<63), EvidenceOne)
	positive, negative := p.Evidence(0, 1<<63, 1<<63)
	require.Equal(t, [2]uint64{evidenceMax, evidenceMax}, [2]uint64{positive, negative})
	positive, _ = p.Evidence(0, 1<<40, 0)
	require.EqualValues(t, 1<<40, positive)
}
