package reputation

import (
	"math"
	"math/bits"
	"slices"
)

// graph is who paid whom, ready for the flow: the in-edges of every slot, and
// what each slot gives away in all.
type graph struct {
	// in[v] to in[v+1] bound v's in-edges in source and weight.
	in     []uint32
	source []uint32
	weight []uint32
	// total is W_u, the sum of u's out-edge weights, at most RowMax.
	total []uint32
	// inverse is floor((2^64-1)/W_u), which spares the rounds a division.
	inverse []uint64
}

// newGraph turns rows of out-edges around. Row u has the edges row[u] to
// row[u+1] of target and weight.
func newGraph(row, target, weight []uint32) *graph {
	n := len(row) - 1
	g := &graph{
		in:      make([]uint32, n+1),
		source:  make([]uint32, len(target)),
		weight:  make([]uint32, len(target)),
		total:   make([]uint32, n),
		inverse: make([]uint64, n),
	}
	for _, v := range target {
		g.in[v]++
	}
	var sum uint32
	for v := range g.in {
		sum, g.in[v] = sum+g.in[v], sum
	}
	for u := range n {
		for e := row[u]; e < row[u+1]; e++ {
			at := g.in[target[e]]
			g.in[target[e]]++
			g.source[at], g.weight[at] = uint32(u), weight[e]
			g.total[u] += weight[e]
		}
		if g.total[u] > 0 {
			g.inverse[u] = math.MaxUint64 / uint64(g.total[u])
		}
	}
	copy(g.in[1:], g.in) // filling moved each start to the next one's place
	g.in[0] = 0
	return g
}

// flow runs the rounds and returns T and the y of the last round, per slot.
// The mass of T is exactly that of p after every round. Workers are goroutines;
// their number never changes a bit.
func flow(g *graph, p pretrust, workers int) (trust, spread []uint64) {
	return flowRounds(g, p, workers, Rounds)
}

func flowRounds(g *graph, p pretrust, workers, rounds int) (trust, spread []uint64) {
	trust, spread = slices.Clone(p.share), make([]uint64, len(p.share))
	parts := split(g, workers)
	pools, shares := make([]uint64, len(parts)), make([]uint64, len(parts))
	var left uint64
	for range rounds {
		forkJoin(len(parts), func(i int) {
			pools[i] = g.scatter(p.rank, trust, spread, left, parts[i])
		})
		pool := sum(pools)
		forkJoin(len(parts), func(i int) {
			shares[i] = g.gather(p.share, trust, spread, pool, parts[i])
		})
		left = pool - sum(shares)
	}
	for u, rank := range p.rank {
		if uint64(rank) < left {
			trust[u]++
		}
	}
	return trust, spread
}

// scatter computes y_u = keep/W_u for a span of slots and returns what of their
// trust goes to the pool: the half that stays, and what the division leaves.
// First it hands out the single units that the last round's pool left over.
func (g *graph) scatter(rank []uint32, trust, spread []uint64, left uint64, s span) (pool uint64) {
	trust, spread = trust[s.from:s.to], spread[s.from:s.to]
	rank, total, inverse := rank[s.from:s.to], g.total[s.from:s.to], g.inverse[s.from:s.to]
	for i, t := range trust {
		if uint64(rank[i]) < left {
			t++
		}
		w := uint64(total[i])
		if w == 0 {
			spread[i] = 0
			pool += t
			continue
		}
		keep := t >> 1
		// keep < 2^60 makes the estimate at most one too small.
		y, _ := bits.Mul64(keep, inverse[i])
		rest := keep - y*w
		if rest >= w {
			y++
			rest -= w
		}
		spread[i] = y
		pool += t - keep + rest
	}
	return pool
}

// gather computes T'_v = sum of y_u*w_uv + floor(pool*P_v/2^60) for a span of
// slots and returns what of the pool it gave. Nothing overflows: the terms are
// parts of a mass of 2^60.
func (g *graph) gather(share, trust, spread []uint64, pool uint64, s span) (given uint64) {
	e := g.in[s.from]
	for v := s.from; v < s.to; v++ {
		end := g.in[v+1]
		source := g.source[e:end]
		weight := g.weight[e:end][:len(source)]
		var t uint64
		for i, u := range source {
			t += spread[u] * uint64(weight[i])
		}
		e = end
		hi, lo := bits.Mul64(pool, share[v])
		part := hi<<4 | lo>>60
		given += part
		trust[v] = t + part
	}
	return given
}

func sum(values []uint64) (total uint64) {
	for _, v := range values {
		total += v
	}
	return total
}
