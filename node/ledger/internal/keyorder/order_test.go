package keyorder

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The order is that of a list which is sorted anew each time, whatever comes and
// goes, and its blocks stay bounded.
func TestOrderIsThatOfASort(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const agents = 5 * blockLen
	keys := make([][32]byte, agents)
	for n := range keys {
		for i := range keys[n] {
			keys[n][i] = byte(rng.Uint32())
		}
	}
	byKey := func(a, b uint32) int { return bytes.Compare(keys[a][:], keys[b][:]) }
	var v Order
	there := map[uint32]bool{}
	check := func() {
		var want, got []uint32
		for voter := range there {
			want = append(want, voter)
		}
		slices.SortFunc(want, byKey)
		for _, list := range v.blocks {
			require.NotEmpty(t, list)
			require.LessOrEqual(t, len(list), blockLen)
			got = append(got, list...)
		}
		require.Equal(t, want, got)
		for _, n := range []int{1, 26, blockLen + 1} {
			after := uint32(rng.IntN(agents))
			from, found := slices.BinarySearchFunc(want, after, byKey)
			if found {
				from++
			}
			require.Equal(t, slices.Clone(want[from:min(from+n, len(want))]), append([]uint32{}, v.After(keys, &keys[after], n)...))
		}
	}
	for step := range 4 * agents {
		voter := uint32(rng.IntN(agents))
		switch {
		case there[voter] && (step > 2*agents || rng.IntN(4) == 0):
			v.Remove(keys, voter)
			delete(there, voter)
		case !there[voter] && step <= 3*agents:
			v.Add(keys, voter)
			there[voter] = true
		}
		if step%997 == 0 {
			check()
		}
	}
	for voter := range there {
		v.Remove(keys, voter)
	}
	require.Empty(t, v.blocks)
	require.Empty(t, v.After(keys, &[32]byte{}, 3))
}

// Blocks are filled to a half at least while nobody is taken out.
func TestBlocksAreFilled(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	keys := make([][32]byte, 9*blockLen)
	var v Order
	for n := range keys {
		keys[n][0], keys[n][1], keys[n][31] = byte(rng.Uint32()), byte(n), byte(n>>8)
		v.Add(keys, uint32(n))
		require.LessOrEqual(t, len(v.blocks), 1+n/(blockLen/2))
	}
	require.Len(t, slices.Collect(v.All()), len(keys))
}
