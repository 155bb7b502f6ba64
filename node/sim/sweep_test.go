package sim

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func labels(t *testing.T, sweep string) []string {
	t.Helper()
	s := load(t, small+"sweep: "+sweep+"\n")
	cells, err := s.Cells()
	require.NoError(t, err)
	var out []string
	for _, c := range cells {
		out = append(out, c.Label())
	}
	return out
}

func TestGridAndList(t *testing.T) {
	require.Equal(t, []string{
		"attack.budget_sat=1 steps=8", "attack.budget_sat=1 steps=9",
		"attack.budget_sat=2 steps=8", "attack.budget_sat=2 steps=9"},
		labels(t, "{method: grid, parameters: [{path: attack.budget_sat, values: [1, 2]}, {path: steps, values: [8, 9]}]}"))
	require.Equal(t, []string{"attack.budget_sat=1 steps=8", "attack.budget_sat=2 steps=9"},
		labels(t, "{method: list, parameters: [{path: attack.budget_sat, values: [1, 2]}, {path: steps, values: [8, 9]}]}"))
}

func TestSamplesStayInRange(t *testing.T) {
	for _, method := range []string{"latin-hypercube", "sobol"} {
		s := load(t, small+fmt.Sprintf(`
sweep:
  method: %s
  samples: 64
  parameters:
    - {path: attack.budget_sat, min: 1000, max: 1000000, scale: log}
    - {path: constitution.tracks.price.weight.kind, values: [stake, reputation]}
`, method))
		cells, err := s.Cells()
		require.NoError(t, err)
		require.Len(t, cells, 64)
		kinds, low := map[string]int{}, 0
		for _, c := range cells {
			n, err := c.Settings[0].Value.(json.Number).Int64()
			require.NoError(t, err)
			require.True(t, n >= 1000 && n <= 1000000)
			if n < 31623 {
				low++
			}
			kinds[text(c.Settings[1].Value)]++
		}
		require.Equal(t, map[string]int{"stake": 32, "reputation": 32}, kinds, method)
		require.InDelta(t, 32, low, 1, "half of a log scale lies below its geometric middle")
	}
}

// The first points of the unshifted sequence, from the definition: van der
// Corput in base 2, and (1/2, 3/4, 1/4, ...) in Gray-code order.
func TestSobolDirections(t *testing.T) {
	at := func(axis int) (out []float64) {
		v, x := directions(axis), uint32(0)
		for i := range 8 {
			out = append(out, float64(x)/(1<<32))
			x ^= v[trailing(i)]
		}
		return out
	}
	require.Equal(t, []float64{0, .5, .75, .25, .375, .875, .625, .125}, at(0))
	require.Equal(t, []float64{0, .5, .25, .75, .375, .875, .125, .625}, at(1))
}

func trailing(i int) int {
	n := 0
	for ; i&1 == 1; i >>= 1 {
		n++
	}
	return n
}

// Each of 2^k equal slices of every axis holds one of the first 2^k points, and
// for neighbouring axes of low degree each cell of a 4 x 4 board holds as many.
func TestStrata(t *testing.T) {
	const n = 256
	for name, points := range map[string][][]float64{
		"sobol": sobol(n, sobolDims, 5), "latin hypercube": latinHypercube(n, 4, 5)} {
		for d := range points[0] {
			seen := make([]bool, n)
			for _, p := range points {
				k := int(math.Floor(p[d] * n))
				require.False(t, seen[k], "%s: axis %d has two points in one slice", name, d)
				seen[k] = true
			}
		}
	}
	for d := 1; d < 4; d++ {
		board := map[[2]int]int{}
		for _, p := range sobol(n, sobolDims, 9) {
			board[[2]int{int(p[d-1] * 4), int(p[d] * 4)}]++
		}
		for cell, k := range board {
			require.Equal(t, n/16, k, "axes %d and %d, cell %v", d-1, d, cell)
		}
	}
}

// Rules are compared on the same random numbers; other parameters bring their
// own, which do not depend on the cells beside them.
func TestStreamsOfCells(t *testing.T) {
	cells := func(values string, rule bool) []Cell {
		s := load(t, small+fmt.Sprintf("sweep: {method: grid, parameters: [{path: attack.budget_sat, values: [%s], rule: %v}]}\n", values, rule))
		c, err := s.Cells()
		require.NoError(t, err)
		return c
	}
	same := cells("1, 2", true)
	require.Equal(t, same[0].Stream, same[1].Stream)
	own := cells("1, 2", false)
	require.NotEqual(t, own[0].Stream, own[1].Stream)
	require.Equal(t, own[1].Stream, cells("5, 2", false)[1].Stream)
}

func TestStreamsDiffer(t *testing.T) {
	seen := map[uint64]string{}
	base := Draw{Seed: 1, Cell: 2, Replicate: 3, Step: 4, Agent: 5, Purpose: "x"}
	for name, d := range map[string]Draw{
		"base": base, "seed": {2, 2, 3, 4, 5, "x"}, "cell": {1, 3, 3, 4, 5, "x"}, "replicate": {1, 2, 4, 4, 5, "x"},
		"step": {1, 2, 3, 5, 5, "x"}, "agent": {1, 2, 3, 4, 6, "x"}, "purpose": {1, 2, 3, 4, 5, "y"},
	} {
		v := Stream(d).Uint64()
		require.Empty(t, seen[v], "%s and %s share a stream", name, seen[v])
		seen[v] = name
	}
	require.Equal(t, Stream(base).Uint64(), Stream(base).Uint64())
	require.True(t, strings.HasPrefix(Cell{Settings: []Setting{{"a", "b"}}}.Label(), "a=b"))
}
