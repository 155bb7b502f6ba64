package fenwick

import (
	"math/rand/v2"
	"testing"
)

// Sums are those of a list that is added up each time, whatever is added and
// subtracted, in whatever order places come.
func TestSumsAreThoseOfAList(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var s Sums
	list := make([]uint64, 70)
	for range 2000 {
		at, delta := rng.IntN(len(list)), rng.Uint64N(9)-4
		list[at] += delta
		s.Add(uint32(at), delta)
		k, want := rng.IntN(len(list)+1), uint64(0)
		for _, v := range list[:k] {
			want += v
		}
		if got := s.Sum(k); got != want {
			t.Fatalf("sum of the first %d is %d, want %d", k, got, want)
		}
	}
}
