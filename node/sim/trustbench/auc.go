package trustbench

import (
	"cmp"
	"slices"
)

// AUC is the chance that one drawn from good scores higher than one drawn from
// bad; ties count half. It is 1/2 where either is empty.
func AUC(good, bad []float64) float64 {
	if len(good) == 0 || len(bad) == 0 {
		return 0.5
	}
	type mark struct {
		score float64
		good  bool
	}
	var all []mark
	for _, s := range good {
		all = append(all, mark{s, true})
	}
	for _, s := range bad {
		all = append(all, mark{s, false})
	}
	slices.SortFunc(all, func(a, b mark) int { return cmp.Compare(a.score, b.score) })
	var twice, badBelow int // twice the pairs won
	for i := 0; i < len(all); {
		g, b, j := 0, 0, i
		for ; j < len(all) && all[j].score == all[i].score; j++ {
			if all[j].good {
				g++
			} else {
				b++
			}
		}
		twice += g * (2*badBelow + b)
		badBelow += b
		i = j
	}
	return float64(twice) / 2 / float64(len(good)) / float64(len(bad))
}
