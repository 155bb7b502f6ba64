package datedsums

import (
	"math/rand/v2"
	"testing"
)

// Sums are those of a walk over all changes, and what was put and taken out again
// leaves nothing.
func TestSumsAreThoseOfAWalk(t *testing.T) {
	type put struct {
		atMs int64
		at   uint32
		w    uint64
		up   bool
	}
	rng := rand.New(rand.NewPCG(1, 2))
	var s Sums
	var list []put
	there := map[put]bool{}
	for range 3000 {
		if len(list) > 0 && rng.IntN(3) == 0 {
			i := rng.IntN(len(list))
			x := list[i]
			list[i] = list[len(list)-1]
			list = list[:len(list)-1]
			delete(there, put{atMs: x.atMs, at: x.at})
			s.Put(x.atMs, x.at, x.w, !x.up, false)
			continue
		}
		x := put{rng.Int64N(50), rng.Uint32N(3 * blockLen), rng.Uint64N(4), rng.IntN(2) == 0}
		if key := (put{atMs: x.atMs, at: x.at}); there[key] {
			continue
		}
		there[put{atMs: x.atMs, at: x.at}] = true
		list = append(list, x)
		s.Put(x.atMs, x.at, x.w, x.up, true)
		k, before := rng.IntN(3*blockLen+1), rng.Int64N(52)
		var weight, heads uint64
		for _, x := range list {
			switch {
			case int(x.at) >= k || x.atMs >= before:
			case x.up:
				weight, heads = weight+x.w, heads+min(x.w, 1)
			default:
				weight, heads = weight-x.w, heads-min(x.w, 1)
			}
		}
		if w, h := s.Sum(k, before); w != weight || h != heads {
			t.Fatalf("the first %d before %d: %d by %d, want %d by %d", k, before, w, h, weight, heads)
		}
	}
}
