package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// Draw names one use of randomness. Agent and Step are 0 where they mean
// nothing; Purpose keeps the uses of one agent in one step apart, so that a
// draw more for one purpose shifts no other.
type Draw struct {
	Seed      uint64
	Cell      uint64 // hash of the cell's parameters, rules left out
	Replicate uint64
	Step      uint64
	Agent     uint64
	Purpose   string
}

// Stream returns the random numbers of a draw: PCG (O'Neill 2014) seeded by
// SHA-256 over the draw's fields. No stream depends on any other.
func Stream(d Draw) *rand.Rand {
	b := append(make([]byte, 0, 96), "econsim stream 1\n"...)
	for _, v := range []uint64{d.Seed, d.Cell, d.Replicate, d.Step, d.Agent} {
		b = binary.BigEndian.AppendUint64(b, v)
	}
	h := sha256.Sum256(append(b, d.Purpose...))
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(h[:8]), binary.BigEndian.Uint64(h[8:16])))
}

// ppm is the denominator of chances.
const ppm = 1_000_000

// happens draws an event with a chance in parts per million.
func happens(r *rand.Rand, chancePpm int64) bool { return r.Int64N(ppm) < chancePpm }
