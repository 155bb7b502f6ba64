package node

import (
	"testing"

	"github.com/econd/econd/node/op"
)

// The bucket leaks to the unit, on both sides of its bound, and what is remembered is
// bounded.
func TestRefusedBucket(t *testing.T) {
	var w refusedWork
	var key op.PublicKey
	w.bill(key, op.ID{1}, refusedMost, 1000)
	if err := w.check(key, op.ID{2}, 1000); err != nil {
		t.Errorf("at the bound: %v", err)
	}
	w.bill(key, op.ID{3}, 1, 1000) // the least
	err, _ := w.check(key, op.ID{2}, 1000).(*RefusedWorkError)
	if err == nil || err.Units != refusedMost+refusedLeast || err.AfterS != 1 {
		t.Errorf("%+v", err)
	}
	needMs := int64(refusedLeast * 1000 / refusedPerS)
	if w.check(key, op.ID{2}, 1000+needMs-1) == nil || w.check(key, op.ID{2}, 1000+needMs) != nil {
		t.Error("it does not leak to the unit")
	}
	if w.check(key, op.ID{2}, 0) == nil {
		t.Error("a clock that goes back forgives")
	}
	if got := w.units(key, 1<<60); got != 0 {
		t.Errorf("%d units are left for ever", got)
	}
	for i := range refusedKeys + 10 {
		id := op.ID{4, byte(i), byte(i >> 8), byte(i >> 16)}
		w.bill(op.PublicKey(id), id, 1, 1000)
	}
	if k, e := len(w.keys.items), len(w.events.items); k != refusedKeys || e != refusedKeys || len(w.keys.queue) != k || len(w.events.queue) != e {
		t.Errorf("%d keys, %d events", k, e)
	}
}

// Many other keys with little refused work reset nobody who has much.
func TestRefusedBucketOutlastsManyOthers(t *testing.T) {
	var w refusedWork
	const now = 1_800_000_000_000
	me := op.PublicKey{1}
	w.bill(me, op.ID{1}, 10*refusedMost, now)
	for i := range refusedKeys + 1 {
		id := op.ID{2, byte(i), byte(i >> 8), byte(i >> 16)}
		w.bill(op.PublicKey(id), id, 50, now)
	}
	if w.check(me, op.ID{9}, now) == nil {
		t.Error("it was forgotten")
	}
	if got := w.units(me, now); got != 10*refusedMost {
		t.Errorf("%d units", got)
	}
}

// What was refused while the clock was ahead counts from now once it is right.
func TestRefusedBucketAfterAClockAhead(t *testing.T) {
	var w refusedWork
	const now, hour = 1_800_000_000_000, 3_600_000
	me := op.PublicKey{1}
	w.bill(me, op.ID{1}, refusedMost+refusedPerS, now+hour)
	if w.check(me, op.ID{2}, now) == nil || w.check(me, op.ID{2}, now+999) == nil {
		t.Error("a clock that is set right forgives")
	}
	if err := w.check(me, op.ID{2}, now+1000); err != nil {
		t.Errorf("after a second: %v", err)
	}
	light := op.PublicKey{2}
	w.bill(light, op.ID{3}, 50, now+hour)
	if w.check(light, op.ID{3}, now) == nil {
		t.Error("the event is tried again at once")
	}
	if err := w.check(light, op.ID{3}, now+refusedAgain); err != nil {
		t.Errorf("the event after a second: %v", err)
	}
}
