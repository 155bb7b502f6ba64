package voting

import (
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// plainCount is the tally as one would explain it: for each agent, walk until
// somebody voted, and give up after as many hops as there are agents.
func plainCount(e *Electorate, l Limits) Counted {
	var c Counted
	depth := len(e.Next)
	if l.MaxDepth != 0 {
		depth = min(depth, int(l.MaxDepth))
	}
	carried := make([]uint64, len(e.Next))
	for i := range e.Next {
		c.Unrepresented += e.Weight[i]
		at := uint32(i)
		for hop := 0; hop < depth && e.Ballot[at] == 0 && e.Next[at] != Nobody; hop++ {
			at = e.Next[at]
		}
		if e.Ballot[at] != 0 {
			carried[at] += e.Weight[i]
			c.Direct[e.Ballot[i]] += e.Weight[i]
		}
	}
	c.Direct[0] = 0
	for i, w := range carried {
		if l.Cap != 0 && w > l.Cap {
			w = max(l.Cap, e.Weight[i])
		}
		c.Unrepresented -= w
		c.Option[e.Ballot[i]] += w
	}
	c.Option[0] = 0
	return c
}

func drawElectorate(t *rapid.T) *Electorate {
	n := rapid.IntRange(0, 40).Draw(t, "agents")
	e := &Electorate{Weight: make([]uint64, n), Ballot: make([]uint8, n), Next: make([]uint32, n)}
	voters := rapid.IntRange(0, 100).Draw(t, "voters")
	for i := range n {
		e.Weight[i] = rapid.Uint64Range(0, 1<<50).Draw(t, "weight")
		if rapid.IntRange(0, 99).Draw(t, "votes") < voters {
			e.Ballot[i] = rapid.Uint8().Draw(t, "ballot")
		}
		e.Next[i] = Nobody
		if rapid.IntRange(0, 9).Draw(t, "delegates") > 0 {
			e.Next[i] = uint32(rapid.IntRange(0, n-1).Draw(t, "next"))
		}
	}
	return e
}

func drawLimits(t *rapid.T) Limits {
	return Limits{
		MaxDepth: rapid.SampledFrom([]uint32{0, 1, 2, 3, 7, 8, 40, 1 << 31}).Draw(t, "depth"),
		Cap:      rapid.SampledFrom([]uint64{0, 1, 1 << 48, 1 << 51}).Draw(t, "cap"),
	}
}

func TestDelegationAgainstPlainWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, l := drawElectorate(t), drawLimits(t)
		got, err := e.Count(l)
		require.NoError(t, err)
		require.Equal(t, plainCount(e, l), got)
	})
}

func sumOf(c Counted) uint64 {
	sum := c.Unrepresented
	for _, w := range c.Option {
		sum += w
	}
	return sum
}

func TestDelegationConservesWeight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawElectorate(t)
		total := uint64(0)
		for _, w := range e.Weight {
			total += w
		}
		c, err := e.Count(drawLimits(t))
		require.NoError(t, err)
		require.Equal(t, total, sumOf(c))

		shared := drawShared(t)
		total = 0
		for _, w := range shared.Weight {
			total += w
		}
		c, err = shared.Count(Limits{MaxDepth: rapid.Uint32Range(1, MaxDepth).Draw(t, "hops"), Cap: 1 << 49})
		require.NoError(t, err)
		require.Equal(t, total, sumOf(c))
	})
}

func drawShared(t *rapid.T) *SharedElectorate {
	n := rapid.IntRange(0, 20).Draw(t, "agents")
	e := &SharedElectorate{Weight: make([]uint64, n), Ballot: make([]uint8, n), Edges: make([][]Edge, n)}
	for i := range n {
		e.Weight[i] = rapid.Uint64Range(0, 1<<50).Draw(t, "weight")
		e.Ballot[i] = uint8(max(0, rapid.IntRange(-3, 3).Draw(t, "ballot")))
		left := uint32(PPM)
		for range rapid.IntRange(0, 3).Draw(t, "edges") {
			to := uint32(rapid.IntRange(0, n-1).Draw(t, "to"))
			named := slices.ContainsFunc(e.Edges[i], func(x Edge) bool { return x.To == to })
			if int(to) == i || named || left == 0 {
				continue
			}
			part := rapid.Uint32Range(1, left).Draw(t, "ppm")
			left -= part
			e.Edges[i] = append(e.Edges[i], Edge{to, part})
		}
	}
	return e
}

// Renumbering the agents, and with them the order in which anything is
// visited, changes nothing.
func TestDelegationIgnoresOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawElectorate(t)
		n := len(e.Next)
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		order = rapid.Permutation(order).Draw(t, "order")
		moved := &Electorate{Weight: make([]uint64, n), Ballot: make([]uint8, n), Next: make([]uint32, n)}
		for i, to := range order {
			moved.Weight[to], moved.Ballot[to], moved.Next[to] = e.Weight[i], e.Ballot[i], Nobody
			if e.Next[i] != Nobody {
				moved.Next[to] = uint32(order[e.Next[i]])
			}
		}
		l := drawLimits(t)
		a, err := e.Count(l)
		require.NoError(t, err)
		b, err := moved.Count(l)
		require.NoError(t, err)
		require.Equal(t, a, b)
	})
}

func TestSharedDelegationIgnoresOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawShared(t)
		n := len(e.Weight)
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		order = rapid.Permutation(order).Draw(t, "order")
		moved := &SharedElectorate{Weight: make([]uint64, n), Ballot: make([]uint8, n), Edges: make([][]Edge, n)}
		for i, to := range order {
			moved.Weight[to], moved.Ballot[to] = e.Weight[i], e.Ballot[i]
			for _, edge := range slices.Backward(e.Edges[i]) {
				moved.Edges[to] = append(moved.Edges[to], Edge{uint32(order[edge.To]), edge.PPM})
			}
		}
		l := Limits{MaxDepth: 6, Cap: rapid.SampledFrom([]uint64{0, 1 << 48}).Draw(t, "cap")}
		a, err := e.Count(l)
		require.NoError(t, err)
		b, err := moved.Count(l)
		require.NoError(t, err)
		require.Equal(t, a, b)
	})
}

// Whole delegations count the same, whether followed to their end or moved hop
// by hop.
func TestSharesOfOneAreWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawElectorate(t)
		shared := &SharedElectorate{Weight: e.Weight, Ballot: e.Ballot, Edges: make([][]Edge, len(e.Next))}
		for i, to := range e.Next {
			if to == uint32(i) {
				e.Next[i], to = Nobody, Nobody
			}
			if to != Nobody {
				shared.Edges[i] = []Edge{{to, PPM}}
			}
		}
		l := Limits{MaxDepth: rapid.Uint32Range(1, MaxDepth).Draw(t, "hops")}
		a, err := e.Count(l)
		require.NoError(t, err)
		b, err := shared.Count(l)
		require.NoError(t, err)
		require.Equal(t, a, b)
	})
}

// electorate builds a graph of agents of weight 1: next[i] is i's delegate or
// -1, ballot[i] its option or 0.
func electorate(next []int, ballot ...uint8) *Electorate {
	e := &Electorate{Ballot: ballot}
	for _, to := range next {
		e.Weight = append(e.Weight, 1)
		e.Next = append(e.Next, uint32(to))
	}
	return e
}

func TestDelegationExamples(t *testing.T) {
	for name, tc := range map[string]struct {
		e           *Electorate
		l           Limits
		one, two, u uint64
	}{
		"a cycle in which two vote": {electorate([]int{1, 2, 3, 0}, 2, 0, 1, 0), Limits{}, 2, 2, 0},
		"a cycle without a vote":    {electorate([]int{1, 2, 0}, 0, 0, 0), Limits{}, 0, 0, 3},
		"a chain":                   {electorate([]int{1, 2, -1}, 0, 0, 1), Limits{}, 3, 0, 0},
		"a vote cuts the chain":     {electorate([]int{1, 2, -1}, 2, 0, 1), Limits{}, 2, 1, 0},
		"a tail into a cycle":       {electorate([]int{1, 2, 3, 1}, 0, 0, 2, 0), Limits{}, 0, 4, 0},
		"a dead end":                {electorate([]int{1, -1}, 0, 0), Limits{}, 0, 0, 2},
		"itself":                    {electorate([]int{0}, 0), Limits{}, 0, 0, 1},
		"two hops of two":           {electorate([]int{1, 2, -1}, 0, 0, 1), Limits{MaxDepth: 2}, 3, 0, 0},
		"two hops of one":           {electorate([]int{1, 2, -1}, 0, 0, 1), Limits{MaxDepth: 1}, 2, 0, 1},
		"a cap of two":              {electorate([]int{1, 2, -1}, 0, 0, 1), Limits{Cap: 2}, 2, 0, 1},
		"a cap of three":            {electorate([]int{1, 2, -1}, 0, 0, 1), Limits{Cap: 3}, 3, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := tc.e.Count(tc.l)
			require.NoError(t, err)
			require.Equal(t, []uint64{tc.one, tc.two, tc.u}, []uint64{c.Option[1], c.Option[2], c.Unrepresented})
		})
	}
}

func TestOwnWeightIsNeverCapped(t *testing.T) {
	e := electorate([]int{1, -1}, 0, 1)
	e.Weight[1] = 10
	c, err := e.Count(Limits{Cap: 5})
	require.NoError(t, err)
	require.Equal(t, uint64(10), c.Option[1])
	require.Equal(t, uint64(1), c.Unrepresented)
}

// One agent of weight 10 gives a third each to two voters: floor(3.33) twice,
// and 4 stay, unrepresented.
func TestSharesRoundDown(t *testing.T) {
	e := &SharedElectorate{
		Weight: []uint64{10, 1, 1},
		Ballot: []uint8{0, 1, 2},
		Edges:  [][]Edge{{{1, 333_333}, {2, 333_333}}, {{2, PPM}}, nil},
	}
	c, err := e.Count(Limits{MaxDepth: 4})
	require.NoError(t, err)
	require.Equal(t, []uint64{4, 4, 4}, []uint64{c.Option[1], c.Option[2], c.Unrepresented})
	require.Equal(t, []uint64{1, 1}, []uint64{c.Direct[1], c.Direct[2]})
}

// A delegate carries the sum of its principals' roots: 2 + 3 + 4, not the root
// of 4 + 9 + 16.
func TestDelegateCarriesSumOfRoots(t *testing.T) {
	e := electorate([]int{2, 2, -1}, 0, 0, 1)
	for i, sat := range []uint64{4, 9, 16} {
		e.Weight[i] = WeightRule{Kind: WeightRootStake}.Weight(Basis{StakeSat: sat})
	}
	c, err := e.Count(Limits{})
	require.NoError(t, err)
	require.Equal(t, uint64(9*RootScale), c.Option[1])
	voters, err := e.Voters(Limits{})
	require.NoError(t, err)
	require.Equal(t, []uint32{2, 2, 2}, voters)
	require.Equal(t, []uint64{0, 0, 9 * RootScale}, e.Carried(voters))
}

func TestVotersOfNobody(t *testing.T) {
	voters, err := electorate([]int{1, 0, 4, 4, -1, 3}, 0, 0, 0, 7, 0, 0).Voters(Limits{})
	require.NoError(t, err)
	require.Equal(t, []uint32{Nobody, Nobody, Nobody, 3, Nobody, 3}, voters)
}

func TestDelegationRefusals(t *testing.T) {
	for name, e := range map[string]*Electorate{
		"lengths":  {Weight: []uint64{1}, Ballot: []uint8{0}, Next: nil},
		"ballots":  {Weight: []uint64{1}, Ballot: nil, Next: []uint32{Nobody}},
		"range":    {Weight: []uint64{1}, Ballot: []uint8{0}, Next: []uint32{1}},
		"voter":    {Weight: []uint64{1}, Ballot: []uint8{1}, Next: []uint32{1}},
		"overflow": {Weight: []uint64{1, ^uint64(0)}, Ballot: []uint8{0, 0}, Next: []uint32{Nobody, Nobody}},
	} {
		_, err := e.Count(Limits{})
		require.ErrorIs(t, err, ErrDelegation, name)
		_, err = e.Count(Limits{Cap: 1})
		require.ErrorIs(t, err, ErrDelegation, name)
	}
	e := &Electorate{Weight: []uint64{0, ^uint64(0)}, Ballot: []uint8{0, 1}, Next: []uint32{1, Nobody}}
	c, err := e.Count(Limits{})
	require.NoError(t, err)
	require.Equal(t, ^uint64(0), c.Option[1])
}

func TestCheckShares(t *testing.T) {
	for _, tc := range []struct {
		edges []Edge
		say   string
	}{
		{nil, ""}, {[]Edge{{1, PPM}}, ""}, {[]Edge{{1, 400_000}, {2, 600_000}}, ""},
		{[]Edge{{1, 400_000}, {2, 600_001}}, "1000001 parts"}, {[]Edge{{1, 0}}, "empty share"},
		{[]Edge{{0, 1}}, "itself"}, {[]Edge{{3, 1}}, "delegates to 3 of 3"}, {[]Edge{{1, 1}, {1, 1}}, "twice"},
	} {
		err := CheckShares(0, tc.edges, 3)
		if tc.say == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, ErrDelegation)
		require.ErrorContains(t, err, tc.say)
	}
	e := &SharedElectorate{Weight: []uint64{1, 1}, Ballot: []uint8{0, 1}, Edges: [][]Edge{{{1, PPM + 1}}, nil}}
	_, err := e.Count(Limits{MaxDepth: 1})
	require.ErrorContains(t, err, "1000001 parts")
	e = &SharedElectorate{Weight: []uint64{1}, Ballot: []uint8{0}, Edges: [][]Edge{nil}}
	for depth, ok := range map[uint32]bool{0: false, 1: true, MaxDepth: true, MaxDepth + 1: false} {
		_, err := e.Count(Limits{MaxDepth: depth})
		require.Equal(t, ok, err == nil, depth)
	}
}

func TestCheckEdges(t *testing.T) {
	graph := [][]Edge{0: nil, 1: {{2, PPM}}, 2: {{3, PPM}}, 3: {{0, PPM}}, 4: {{5, 500_000}}, 5: {{6, PPM}}, 6: nil}
	out := func(agent uint32) []Edge { return graph[agent] }
	whole := func(to uint32) []Edge { return []Edge{{to, PPM}} }
	half := func(to uint32) []Edge { return []Edge{{to, PPM / 2}} }

	check := func(agent uint32, edges []Edge, depth uint32) error {
		_, err := CheckEdges(agent, edges, 7, depth, 100, out)
		return err
	}
	require.NoError(t, check(0, whole(1), 8), "whole edges may close a cycle")
	require.ErrorContains(t, check(0, half(1), 8), "to itself over 4 hops")
	require.NoError(t, check(0, half(4), 3))
	require.ErrorContains(t, check(0, half(4), 2), "travel 3 hops")
	graph[6] = whole(0)
	require.ErrorContains(t, check(0, whole(4), 8), "to itself", "a share farther on")
	require.NoError(t, check(1, nil, 8), "to take a delegation back is always allowed")
}

// A check follows nothing farther than weight travels, and gives up beyond its
// bound.
func TestCheckEdgesIsBounded(t *testing.T) {
	const agents = 10_000
	line := func(i uint32) []Edge { return []Edge{{(i + 1) % agents, PPM}} }
	looked, err := CheckEdges(0, line(0), agents, MaxDepth, 1000, line)
	require.NoError(t, err)
	require.EqualValues(t, MaxDepth+1, looked)

	fan := func(i uint32) (list []Edge) {
		for k := range uint32(16) {
			list = append(list, Edge{(16*i + k + 1) % agents, PPM / 16})
		}
		return list
	}
	_, err = CheckEdges(0, fan(0), agents, MaxDepth, 1000, fan)
	require.ErrorIs(t, err, ErrReach)
	few := func(i uint32) []Edge {
		if i > 16 {
			return nil
		}
		return fan(i)
	}
	looked, err = CheckEdges(0, fan(0), agents, MaxDepth, 17*16, few)
	require.NoError(t, err)
	require.Equal(t, 17*16, looked)
	_, err = CheckEdges(0, fan(0), agents, MaxDepth, 17*16-1, few)
	require.ErrorIs(t, err, ErrReach)
}

func TestConcentrate(t *testing.T) {
	for _, tc := range []struct {
		carried []uint64
		want    Concentration
	}{
		{nil, Concentration{}},
		{[]uint64{0, 0}, Concentration{}},
		{[]uint64{5}, Concentration{1, 0, 1}},
		{[]uint64{5, 0, 5}, Concentration{2, 0, 2}},
		{[]uint64{1, 3}, Concentration{2, 250_000, 1}},
		{[]uint64{1, 1, 2}, Concentration{3, 166_666, 2}},
		{[]uint64{10, 20, 70}, Concentration{3, 400_000, 1}},
		{[]uint64{^uint64(0), ^uint64(0), ^uint64(0)}, Concentration{3, 0, 2}},
	} {
		require.Equal(t, tc.want, Concentrate(tc.carried), "%v", tc.carried)
	}
}

// The Gini coefficient is the mean difference over twice the mean.
func TestGiniAgainstItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		carried := rapid.SliceOfN(rapid.Uint64Range(1, 1<<40), 1, 20).Draw(t, "carried")
		before := slices.Clone(carried)
		got := Concentrate(carried)
		require.Equal(t, before, carried)
		differences, total := new(big.Int), new(big.Int)
		for _, a := range carried {
			total.Add(total, bigU(a))
			for _, b := range carried {
				differences.Add(differences, bigU(max(a, b)-min(a, b)))
			}
		}
		differences.Mul(differences, big.NewInt(PPM))
		total.Mul(total, big.NewInt(int64(2*len(carried))))
		require.Equal(t, differences.Div(differences, total).Uint64(), uint64(got.GiniPPM))
	})
}
