package history

import (
	"math/rand/v2"
	"testing"
)

// Every look-up says what a walk over all changes says.
func TestLookUps(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var h History
		at := int64(10)
		for range rng.IntN(8) {
			at += rng.Int64N(3) // several changes at one instant are one
			h.Set(at, rng.Uint64N(5))
		}
		for ms := int64(9); ms < at+2; ms++ {
			var before uint64
			var n int
			for _, c := range h {
				if c.AtMs < ms {
					before, n = c.Value, n+1
				}
			}
			least := before
			for _, c := range h[n:] {
				least = min(least, c.Value)
			}
			if h.Before(ms) != before || h.UpTo(ms) != n || h.Least(ms) != least {
				t.Fatalf("%v at %d: %d %d %d, want %d %d %d", h, ms, h.Before(ms), h.UpTo(ms), h.Least(ms), before, n, least)
			}
		}
		if h.Now() != h.Before(at+1) {
			t.Fatalf("%v: now %d", h, h.Now())
		}
	}
}
