package voting

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"
)

// DrawJury draws up to n different candidates, each in proportion to its weight
// among those not drawn yet. It returns their indices in the order drawn; fewer
// than n if fewer have weight.
//
// The k-th draw takes SHA-256(seed || k), k in 4 bytes big-endian, as a number of
// 256 bits modulo the weight that is left, and gives the seat to the first
// candidate at which the running sum of weights exceeds it. Weights sum to less
// than 2^64 each, so the modulus is biased by less than 2^-128.
func DrawJury(seed [32]byte, weights []uint64, n int) []int {
	left := new(big.Int)
	for _, w := range weights {
		left.Add(left, new(big.Int).SetUint64(w))
	}
	drawn := make([]bool, len(weights))
	var jury []int
	for k := 0; len(jury) < n && left.Sign() > 0; k++ {
		at := pick(spot(seed, uint32(k), left), weights, drawn)
		drawn[at] = true
		left.Sub(left, new(big.Int).SetUint64(weights[at]))
		jury = append(jury, at)
	}
	return jury
}

// spot is the place of the k-th draw in a line of that length.
func spot(seed [32]byte, k uint32, length *big.Int) *big.Int {
	hash := sha256.Sum256(binary.BigEndian.AppendUint32(seed[:], k))
	at := new(big.Int).SetBytes(hash[:])
	return at.Mod(at, length)
}

// pick finds the candidate who stands at the place, those drawn left out.
func pick(at *big.Int, weights []uint64, drawn []bool) int {
	rest := new(big.Int).Set(at)
	for i, w := range weights {
		if drawn[i] {
			continue
		}
		rest.Sub(rest, new(big.Int).SetUint64(w))
		if rest.Sign() < 0 {
			return i
		}
	}
	panic("voting: place beyond the weights")
}
