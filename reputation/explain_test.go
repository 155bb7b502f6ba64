package reputation

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// An explanation accounts for every unit.
func TestExplanationAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 8).Draw(t, "agents")
		p, keys := drawParams(t), testKeys(n)
		b := newTestBook(t, p, drawReceipts(t, n, 50))
		stakes := rapid.SliceOfN(rapid.Uint64Range(0, 9), n, n).Draw(t, "stakes")
		require.NoError(t, b.Epoch(Snapshot{Params: p, Day: 50, Keys: keys, Stakes: stakes}))
		for _, r := range drawReceipts(t, n, 50) {
			r.TimeMs += at(51)
			require.NoError(t, b.Add(r))
		}
		for v := range uint32(n) {
			x := b.Explain(v, keys)
			flow, positive, negative := x.Returned, uint64(0), uint64(0)
			for i, s := range x.Sources {
				require.True(t, i == 0 || x.Sources[i-1].Consumer < s.Consumer)
				require.LessOrEqual(t, s.EdgeWeight, s.EdgeTotal)
				flow += s.FlowGiven
				var r, q uint64
				for _, c := range s.Receipts {
					require.Equal(t, s.Consumer, c.Receipt.Consumer)
					require.Equal(t, v, c.Receipt.Provider)
					r += c.Positive
					q += c.Negative
				}
				require.Equal(t, []uint64{s.Positive, s.Negative}, []uint64{r, q})
				positive += r
				negative += q
			}
			require.Equal(t, b.Result(v), x.Result)
			require.Equal(t, []uint64{x.Result.Flow, x.Result.Positive, x.Result.Negative}, []uint64{flow, positive, negative})
			if stakes[v] == 0 && sum(stakes) > 0 {
				require.Zero(t, x.Returned, "without stake all flow comes from consumers")
			}
		}
	})
}
