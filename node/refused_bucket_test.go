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
	if got := w.keys[key].leaked(1 << 60); got.units != 0 {
		t.Errorf("%d units are left for ever", got.units)
	}
	for i := range refusedKeys + 10 {
		id := op.ID{4, byte(i), byte(i >> 8), byte(i >> 16)}
		w.bill(op.PublicKey(id), id, 1, 1000)
	}
	if len(w.keys) > refusedKeys || len(w.events) > refusedKeys {
		t.Errorf("%d keys, %d events", len(w.keys), len(w.events))
	}
}
