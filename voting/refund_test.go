package voting

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRefund(t *testing.T) {
	for _, c := range []struct {
		r    Refund
		pool int64
		want int64
	}{
		{Refund{OwnSat: 25, Then: 100, Now: 100}, 1000, 250},
		{Refund{OwnSat: 25, Then: 100, Left: 25, Now: 75}, 750, 250}, // the second of four
		{Refund{OwnSat: 25, Then: 100, Now: 50}, 1000, 250},          // others withdrew: no gain
		{Refund{OwnSat: 25, Then: 100, Now: 200}, 1000, 125},         // others came: a share of more
		{Refund{OwnSat: 1, Then: 3, Now: 3}, 100, 33},                // rounded down
		{Refund{OwnSat: 1, Then: 3, Now: 3}, 2, 0},
		{Refund{OwnSat: 5, Then: 3, Left: 9, Now: 5}, 100, 100}, // never more than all
		{Refund{}, 100, 0},
		{Refund{OwnSat: MaxStakeSat, Then: MaxStakeSat, Now: MaxStakeSat}, MaxStakeSat, MaxStakeSat},
		{Refund{OwnSat: 1, Then: 1, Now: 1}, 0, 0},
	} {
		require.Equal(t, c.want, c.r.Of(c.pool), "%+v", c)
	}
}

func TestRetained(t *testing.T) {
	for _, c := range []struct {
		mark, left uint64
		ppm        int64
		want       bool
	}{
		{100, 40, 600_000, true}, {100, 41, 600_000, false}, {3, 1, 666_667, false}, {3, 1, 666_666, true},
		{100, 0, 1_000_000, true}, {100, 1, 1_000_000, false}, {100, 200, 0, true}, {100, 200, 1, false}, {0, 0, 1_000_000, true},
	} {
		require.Equal(t, c.want, Retained(c.mark, c.left, c.ppm), "%+v", c)
	}
}

// However many leave in whatever order, nobody gets more than its share of what
// the pool held at first, and all together never more than is there.
func TestRefundsInARow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stakes := rapid.SliceOfN(rapid.Uint64Range(1, 1_000_000), 1, 12).Draw(t, "stakes")
		pool := rapid.Int64Range(0, 1_000_000_000).Draw(t, "pool")
		var all uint64
		for _, s := range stakes {
			all += s
		}
		r, held := Refund{Then: all, Now: all}, pool
		for _, own := range stakes {
			r.OwnSat = own
			got := r.Of(held)
			if most := int64(own) * pool / int64(all); got > most+int64(len(stakes)) {
				t.Fatalf("%d of %d got %d of %d, its share is %d", own, all, got, pool, most)
			}
			held -= got
			r.Left += own
			r.Now -= own
		}
		if held < 0 {
			t.Fatalf("%d paid beyond the pool", -held)
		}
	})
}

// A part never exceeds what was brought in, and the parts of all never the pool.
func TestBroughtInShare(t *testing.T) {
	for _, c := range []struct{ own, all, pool, want int64 }{
		{0, 100, 100, 0},
		{100, 100, 100, 100},
		{100, 100, 101, 100}, // the rest is nobody's
		{100, 100, 99, 99},
		{50, 100, 99, 49}, // rounded down
		{50, 100, 100, 50},
		{50, 100, 300, 50},
		{1, 3, 2, 0},
		{2, 3, 2, 1},
		{3, 3, 0, 0},
		{0, 0, 5, 0},
		{2_000_000_000_000_000, 2_100_000_000_000_000, 2_100_000_000_000_000, 2_000_000_000_000_000},
	} {
		if got := BroughtInShare(c.own, c.all, c.pool); got != c.want {
			t.Errorf("%d of %d in a pool of %d: %d, want %d", c.own, c.all, c.pool, got, c.want)
		}
	}
}
