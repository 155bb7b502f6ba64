package crowd

import "math/bits"

// golden is 2^64 divided by the golden ratio, the step of SplitMix64.
const golden = 0x9e3779b97f4a7c15

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// purpose keeps the uses of randomness of one agent in one step apart.
type purpose uint64

const (
	market purpose = iota + 1
	delegates
	votes // and what follows: one for each vote
)

// keyOf hashes what an agent's draws share.
func (c *Config) keyOf(step int64, p purpose) uint64 {
	key := uint64(0)
	for _, v := range []uint64{c.Seed, c.Cell, c.Replicate, uint64(step), uint64(p)} {
		key = mix((key ^ v) + golden)
	}
	return key
}

// draws are the random numbers of one agent: number k is a hash of the key, the
// agent and k.
type draws struct{ at uint64 }

// drawsPerAgent keeps the counters of agents apart: an agent that drew more
// would run into its neighbour's numbers.
const drawsPerAgent = 1 << 16

func drawsOf(key uint64, agent int) draws { return draws{key + uint64(agent)*drawsPerAgent*golden} }

func (d *draws) next() uint64 {
	d.at += golden
	return mix(d.at)
}

// below draws a whole number below n. Its bias is n in 2^64.
func (d *draws) below(n uint64) uint64 {
	hi, _ := bits.Mul64(d.next(), n)
	return hi
}

// happens draws an event with a chance in parts per million.
func (d *draws) happens(ppm uint64) bool { return d.below(1_000_000) < ppm }
