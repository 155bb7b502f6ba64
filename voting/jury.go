package voting

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/big"
	"math/bits"
	"slices"
)

// DrawSeats draws the seats of a jury, each in proportion to what is left of the
// candidates' weights. It returns the index of each seat's candidate in the order
// drawn; fewer than n if the weight runs out.
//
// A seat takes up to that much of the weight of who gets it. With 0 every seat is
// drawn over the whole weights, so that who holds a share of them gets that share
// of the seats, however many keys it is divided among. With SeatPart seats are
// spread: nobody gets more than its part, rounded up. With math.MaxUint64 nobody
// gets a second one.
//
// The k-th draw takes SHA-256(seed || k), k in 4 bytes big-endian, as a number of
// 256 bits modulo the weight that is left, and gives the seat to the first
// candidate at which the running sum of weights exceeds it. Weights sum to less
// than 2^128, so the modulus is biased by less than 2^-128.
func DrawSeats(seed [32]byte, weights []uint64, n int, takes uint64) []int {
	rest := slices.Clone(weights)
	left := allOf(rest)
	var seats []int
	for k := 0; len(seats) < n && left.Sign() > 0; k++ {
		at := pick(spot(seed, uint32(k), left), rest)
		took := min(rest[at], takes)
		rest[at] -= took
		left.Sub(left, new(big.Int).SetUint64(took))
		seats = append(seats, at)
	}
	return seats
}

// SeatPart is what a seat takes where n are spread, 1 to 1000: the n-th part of the
// sum of the weights and a thousandth of that, so that nothing is left of weights
// that differ by a rounding; math.MaxUint64 where it is more. Less than all is taken
// by n-1 seats.
func SeatPart(weights []uint64, n int) uint64 {
	part := allOf(weights)
	part.Mul(part, big.NewInt(1001)).Div(part, big.NewInt(int64(n)*1000)).Add(part, big.NewInt(1))
	if !part.IsUint64() {
		return math.MaxUint64
	}
	return part.Uint64()
}

// allOf adds weights up.
func allOf(weights []uint64) *big.Int {
	all := new(big.Int)
	for _, w := range weights {
		all.Add(all, new(big.Int).SetUint64(w))
	}
	return all
}

// spot is the place of the k-th draw in a line of that length.
func spot(seed [32]byte, k uint32, length *big.Int) *big.Int {
	hash := sha256.Sum256(binary.BigEndian.AppendUint32(seed[:], k))
	at := new(big.Int).SetBytes(hash[:])
	return at.Mod(at, length)
}

// pick finds the candidate who stands at the place, below the sum of the weights.
func pick(at *big.Int, weights []uint64) int {
	low := new(big.Int).And(at, maxWord).Uint64()
	high := new(big.Int).Rsh(at, 64).Uint64()
	for i, w := range weights {
		if high == 0 && low < w {
			return i
		}
		var borrow uint64
		low, borrow = bits.Sub64(low, w, 0)
		high -= borrow
	}
	panic("voting: place beyond the weights")
}

var maxWord = new(big.Int).SetUint64(math.MaxUint64)
