package sim

import "math/bits"

// latinHypercube returns n points in the unit cube such that each of n equal
// slices of each axis holds exactly one (McKay, Beckman and Conover 1979).
func latinHypercube(n, dims int, seed uint64) [][]float64 {
	points := make([][]float64, n)
	for i := range points {
		points[i] = make([]float64, dims)
	}
	for d := range dims {
		r := Stream(Draw{Seed: seed, Agent: uint64(d), Purpose: "latin hypercube"})
		for i, slice := range r.Perm(n) {
			points[i][d] = (float64(slice) + r.Float64()) / float64(n)
		}
	}
	return points
}

// sobolDims is how many axes have direction numbers below.
const sobolDims = 10

// sobolAxes are the primitive polynomials and initial direction numbers of the
// axes after the first: degree, inner coefficients, m (Joe and Kuo 2008,
// new-joe-kuo-6).
var sobolAxes = [sobolDims - 1]struct {
	degree, inner uint32
	m             []uint32
}{
	{1, 0, []uint32{1}},
	{2, 1, []uint32{1, 3}},
	{3, 1, []uint32{1, 3, 1}},
	{3, 2, []uint32{1, 1, 1}},
	{4, 1, []uint32{1, 1, 3, 3}},
	{4, 4, []uint32{1, 3, 5, 13}},
	{5, 2, []uint32{1, 1, 5, 5, 17}},
	{5, 4, []uint32{1, 1, 5, 5, 5}},
	{5, 7, []uint32{1, 1, 7, 11, 19}},
}

// sobol returns the first n points of the Sobol sequence in Gray-code order
// (Antonov and Saleev 1979), moved by a digital shift that the seed draws, so
// that no point lies on the cube's edge and the strata stay even.
func sobol(n, dims int, seed uint64) [][]float64 {
	points := make([][]float64, n)
	for i := range points {
		points[i] = make([]float64, dims)
	}
	for d := range dims {
		v := directions(d)
		x := Stream(Draw{Seed: seed, Agent: uint64(d), Purpose: "sobol"}).Uint32()
		for i := range points {
			points[i][d] = float64(x) / (1 << 32)
			x ^= v[bits.TrailingZeros32(^uint32(i))]
		}
	}
	return points
}

// directions are the direction numbers of an axis, scaled to 32 bits.
func directions(axis int) [32]uint32 {
	var v [32]uint32
	if axis == 0 {
		for k := range v {
			v[k] = 1 << (31 - k)
		}
		return v
	}
	a := sobolAxes[axis-1]
	s := int(a.degree)
	for k := range v {
		if k < s {
			v[k] = a.m[k] << (31 - k)
			continue
		}
		v[k] = v[k-s] ^ v[k-s]>>s
		for j := 1; j < s; j++ {
			if a.inner>>(s-1-j)&1 == 1 {
				v[k] ^= v[k-j]
			}
		}
	}
	return v
}
