package node

import (
	"strings"
	"testing"
	"time"

	"github.com/econd/econd/node/op"
)

// lookups counts what is looked up from one instant to another, each look-up
// taking no time, and how late the last one was.
func lookups(w *watch, from, to time.Time) (n int, latest time.Duration) {
	for now := from; now.Before(to); now = now.Add(10 * time.Millisecond) {
		for {
			l, _, due := w.next(now)
			if !due {
				break
			}
			n++
			latest = max(latest, now.Sub(l.at))
			w.again(l, now, now)
		}
	}
	return n, latest
}

func filled(holds int, at time.Time, locked bool) *watch {
	w := new(watch)
	w.init()
	for i := range holds {
		w.add(look{id: op.ID{byte(i), byte(i >> 8)}, at: at, since: at, locked: locked})
	}
	return w
}

// A payment is seen within half a second while the hold is fresh, and the older a
// hold is the less it costs.
func TestPaceByAge(t *testing.T) {
	began := time.Unix(1_800_000_000, 0)
	for _, c := range []struct{ age, want time.Duration }{
		{0, 500 * time.Millisecond}, {20 * time.Second, 500 * time.Millisecond}, {40 * time.Second, time.Second},
		{10 * time.Minute, 15 * time.Second}, {time.Hour, 15 * time.Second},
	} {
		if got := (look{since: began}).pace(began.Add(c.age)); got != c.want {
			t.Errorf("a hold of %v is looked up every %v, want %v", c.age, got, c.want)
		}
	}
}

// What so many holds cost: 2,800 unpaid ones, as many as were once asked for in a
// second, and 1,000 locked ones.
func TestLookupsAreBounded(t *testing.T) {
	began := time.Unix(1_800_000_000, 0)
	w := filled(2800, began, false)
	first, _ := lookups(w, began, began.Add(time.Hour))
	if perHold := first / 2800; perHold < 200 || perHold > 500 {
		t.Errorf("each of 2,800 holds was looked up %d times in its first hour", perHold)
	}
	w = filled(1000, began, true)
	idle, _ := lookups(w, began, began.Add(10*time.Minute))
	if idle != 1000 {
		t.Errorf("1,000 locked holds were looked up %d times in ten minutes without a block", idle)
	}
	block := began.Add(11 * time.Minute)
	lookups(w, began.Add(10*time.Minute), block)
	w.block(block)
	if n, _ := lookups(w, block, block.Add(afterBlock)); n != 0 {
		t.Errorf("%d were looked up before LND had the block, too", n)
	}
	if n, _ := lookups(w, block.Add(afterBlock), block.Add(afterBlock+time.Second)); n != 1000 {
		t.Errorf("%d of 1,000 locked holds were looked up after a block", n)
	}
}

// A block that comes while a locked hold is being looked up is not missed.
func TestBlockDuringALookup(t *testing.T) {
	began := time.Unix(1_800_000_000, 0)
	w := filled(1, began, true)
	l, _, _ := w.next(began)
	w.block(began.Add(time.Second))
	w.again(l, began, began.Add(2*time.Second))
	if _, wait, due := w.next(began.Add(2 * time.Second)); due || wait != 2*time.Second {
		t.Errorf("it is due: %t, or in %v", due, wait)
	}
}

// Holds that are not looked up in time are a problem, from 30 seconds on.
func TestOverdueHoldsAreAProblem(t *testing.T) {
	began := time.Unix(1_800_000_000, 0)
	w := filled(3, began, false)
	if got := w.problem(began.Add(overdueAfter)); got != "" {
		t.Errorf("at the limit: %q", got)
	}
	got := w.problem(began.Add(overdueAfter + time.Millisecond))
	if !strings.HasPrefix(got, "holds: 3 of 3 are not looked up in time, the first is due since 2027-01-15T08:00:00Z") {
		t.Errorf("beyond it: %q", got)
	}
}
