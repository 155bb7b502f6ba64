package voting

import (
	"math/big"
	"slices"
)

// Concentration says how unevenly weight is spread over those who carry it.
type Concentration struct {
	// Carriers is the number of agents with weight.
	Carriers int `json:"carriers"`
	// GiniPPM is the Gini coefficient in parts per million, rounded down: 0
	// if all carry the same, close to 1,000,000 if one carries all.
	GiniPPM uint32 `json:"gini_ppm"`
	// Nakamoto is the least number of carriers that together have more than
	// half of the weight; 0 if there is none.
	Nakamoto int `json:"nakamoto"`
}

// Concentrate measures the weights carried; zeros do not count, and the order
// does not matter. The argument is left as it is.
func Concentrate(carried []uint64) Concentration {
	weights := make([]uint64, 0, len(carried))
	for _, w := range carried {
		if w != 0 {
			weights = append(weights, w)
		}
	}
	slices.Sort(weights)
	n := len(weights)
	if n == 0 {
		return Concentration{}
	}
	total := U128{}
	// Rank-weighted sum with ranks from 1; it may need more than 64 bits for
	// each term, and stays below 2^128 for fewer than 2^32 carriers.
	ranked := U128{}
	for i, w := range weights {
		total = total.plus(Wide(w))
		hi, lo := mul(w, uint64(i)+1)
		ranked = ranked.plus(U128{hi, lo})
	}
	return Concentration{Carriers: n, GiniPPM: gini(ranked, total, n), Nakamoto: nakamoto(weights, total)}
}

// gini returns (2*ranked/total - (n+1)) / n in parts per million.
func gini(ranked, total U128, n int) uint32 {
	num := wideBig(ranked)
	num.Lsh(num, 1)
	sum := wideBig(total)
	num.Sub(num, new(big.Int).Mul(sum, big.NewInt(int64(n)+1)))
	num.Mul(num, big.NewInt(PPM))
	return uint32(num.Div(num, sum.Mul(sum, big.NewInt(int64(n)))).Uint64())
}

// nakamoto takes weights in rising order.
func nakamoto(weights []uint64, total U128) int {
	sum := U128{}
	for i := len(weights) - 1; i >= 0; i-- {
		sum = sum.plus(Wide(weights[i]))
		if sum.mul64(2).cmp(total.mul64(1)) > 0 {
			return len(weights) - i
		}
	}
	return 0
}

func wideBig(v U128) *big.Int {
	b := bigU(v.Hi)
	return b.Lsh(b, 64).Add(b, bigU(v.Lo))
}
