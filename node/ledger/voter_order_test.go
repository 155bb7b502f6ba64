package ledger

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
)

// The order is that of a list which is sorted anew each time, whatever comes and
// goes, and its blocks stay bounded.
func TestVoterOrderIsThatOfASort(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := New()
	const agents = 5 * voterBlock
	for range agents {
		var key op.PublicKey
		for i := range key {
			key[i] = byte(rng.Uint32())
		}
		s.agents = append(s.agents, agent{key: key})
	}
	byKey := func(a, b slot) int { return bytes.Compare(s.agents[a].key[:], s.agents[b].key[:]) }
	var v voterOrder
	there := map[slot]bool{}
	check := func() {
		var want, got []slot
		for voter := range there {
			want = append(want, voter)
		}
		slices.SortFunc(want, byKey)
		for _, list := range v.blocks {
			require.NotEmpty(t, list)
			require.LessOrEqual(t, len(list), voterBlock)
			got = append(got, list...)
		}
		require.Equal(t, want, got)
		for _, n := range []int{1, 26, voterBlock + 1} {
			after := slot(rng.IntN(agents))
			from, found := slices.BinarySearchFunc(want, after, byKey)
			if found {
				from++
			}
			require.Equal(t, slices.Clone(want[from:min(from+n, len(want))]), append([]slot{}, v.after(s, &s.agents[after].key, n)...))
		}
	}
	for step := range 4 * agents {
		voter := slot(rng.IntN(agents))
		switch {
		case there[voter] && (step > 2*agents || rng.IntN(4) == 0):
			v.remove(s, voter)
			delete(there, voter)
		case !there[voter] && step <= 3*agents:
			v.add(s, voter)
			there[voter] = true
		}
		if step%997 == 0 {
			check()
		}
	}
	for voter := range there {
		v.remove(s, voter)
	}
	require.Empty(t, v.blocks)
	require.Empty(t, v.after(s, &op.PublicKey{}, 3))
}

// A page of ballots of an open vote looks at as many of them in a large vote as in
// a small one.
func TestBallotsPageCostsItsLength(t *testing.T) {
	cost := func(voters int) float64 {
		c := newCrowd(t, voters)
		id := c.proposeAndVote(voters)
		page, more, ok := c.sc.s.BallotsPage(id, op.PublicKey{}, 25)
		require.True(t, ok && more && len(page) == 25)
		require.LessOrEqual(t, len(c.sc.s.proposals[0].voters.blocks), 1+voters/(voterBlock/2), "blocks are filled to a half at least")
		return testing.AllocsPerRun(10, func() { c.sc.s.BallotsPage(id, op.PublicKey{}, 25) })
	}
	require.Equal(t, cost(26), cost(3000), "allocations")
}
