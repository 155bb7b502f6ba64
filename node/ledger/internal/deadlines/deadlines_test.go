package deadlines

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/econd/econd/node/op"
)

// Deadlines come out by instant, then kind, then index, whatever the order in which
// they went in.
func TestOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var h Heap
	var want []Deadline
	for range 500 {
		d := Deadline{At: rng.Int64N(9), Kind: op.Kind(rng.IntN(3)), Index: rng.IntN(5)}
		h.Push(d)
		want = append(want, d)
	}
	slices.SortFunc(want, func(a, b Deadline) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Index, b.Index))
	})
	for i, d := range want {
		if h[0] != d {
			t.Fatalf("number %d is %v, want %v", i, h[0], d)
		}
		h.Pop()
	}
	if len(h) != 0 {
		t.Errorf("%d are left", len(h))
	}
}
