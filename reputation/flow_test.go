package reputation

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/econd/econd/node/muldiv"
)

// No round makes or loses a unit of trust.
func TestMassIsExactAfterEveryRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 30).Draw(t, "agents")
		p, keys := drawParams(t), testKeys(n)
		b := newTestBook(t, p, drawReceipts(t, n, 60))
		b.params = p
		b.seal(60)
		g := b.newGraph(keys)
		stakes := rapid.SliceOfN(rapid.Uint64Range(0, MaxSats), n, n).Draw(t, "stakes")
		stakes[0]++
		start, err := newPretrust(stakes, keys)
		require.NoError(t, err)
		require.Equal(t, FlowOne, sum(start.share))
		for rounds := 1; rounds <= Rounds; rounds++ {
			trust, _ := flowRounds(g, start, rapid.IntRange(1, 4).Draw(t, "workers"), rounds)
			require.Equal(t, FlowOne, sum(trust), "round %d", rounds)
		}
	})
}

// Scaling a row keeps its proportions within one unit and its sum at RowMax.
func TestRescale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Uint64Max(1<<40), 1, 20).Draw(t, "weights")
		row := make([]edge, len(weights))
		var total uint64
		for i, w := range weights {
			row[i] = edge{provider: uint32(i), lo: w}
			total += w
		}
		got := rescale(row, testKeys(len(row)))
		require.Equal(t, min(total, RowMax), uint64(got))
		var scaled uint64
		for i, e := range row {
			scaled += uint64(e.weight)
			if total > RowMax {
				floor := muldiv.Floor(RowMax, weights[i], total)
				require.GreaterOrEqual(t, uint64(e.weight), floor)
				require.LessOrEqual(t, uint64(e.weight), floor+1)
			}
		}
		require.Equal(t, uint64(got), scaled)
	})
}

func TestRescaleEdges(t *testing.T) {
	keys := [][32]byte{{9}, {1}, {5}} // in key order: 1, 2, 0
	row := func(lo ...uint64) (out []edge) {
		for i, w := range lo {
			out = append(out, edge{provider: uint32(i), lo: w})
		}
		return out
	}
	weights := func(r []edge) (out []uint32) {
		rescale(r, keys)
		for _, e := range r {
			out = append(out, e.weight)
		}
		return out
	}
	third := uint32(RowMax / 3) // 2^20 = 3*third + 1
	require.Equal(t, []uint32{1 << 19, 1 << 19}, weights(row(1<<19, 1<<19)), "at the limit nothing changes")
	require.Equal(t, []uint32{1 << 19, 1<<19 - 1, 1}, weights(row(1<<19, 1<<19-1, 1)))
	require.Equal(t, []uint32{third, third + 1, third}, weights(row(1<<19, 1<<19, 1<<19)), "a tie goes to the smallest key")
	require.Equal(t, []uint32{1 << 20, 0}, weights(row(1<<60, 1)), "what is too small gets nothing")

	huge := []edge{{provider: 0, hi: 1}, {provider: 1, hi: 3}}
	require.Equal(t, []uint32{1 << 18, 3 << 18}, weights(huge), "sums beyond 64 bits keep their proportion")
}

func TestPretrust(t *testing.T) {
	keys := [][32]byte{{9}, {1}, {5}} // in key order: 1, 2, 0
	p, err := newPretrust([]uint64{1, 1, 1}, keys)
	require.NoError(t, err)
	third := FlowOne / 3 // 2^60 = 3*third + 1
	require.Equal(t, []uint64{third, third + 1, third}, p.share)
	require.Equal(t, []uint32{2, 0, 1}, p.rank)

	p, err = newPretrust([]uint64{0, 1 << 63, 3}, keys)
	require.NoError(t, err)
	require.Equal(t, []uint64{0, FlowOne, 0}, p.share, "three sats of 2^63 are below the unit")
	require.Equal(t, []uint32{noRank, 0, noRank}, p.rank)
}
