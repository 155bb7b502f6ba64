package node

import (
	"errors"
	"fmt"
	"sync"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// What the rules refuse costs everybody its work and its signer nothing in the log, so
// each key has a rate of it. A key that has used it up is refused before its events
// cost anything more. Units are those of ledger.State.Work, about a microsecond each.
const (
	refusedMost  = 100_000 // units that a key may have refused at once
	refusedPerS  = 5_000   // units that are forgiven in a second: half a percent of a core
	refusedLeast = 50      // of one event: its signature was checked
	refusedBytes = 8       // of a content that could not be read make a unit
	refusedKeys  = 1 << 16 // keys, and events, that are remembered
	refusedAgain = 1_000   // ms before the same event is tried again
)

// RefusedWorkError says that the signer's events were refused too often lately.
type RefusedWorkError struct {
	Units, Most int64 // of refused work that count now, and that may
	AfterS      int64 // when to try again, at least 1
}

// RefusedWorkRule is the rule's name.
const RefusedWorkRule = "refused-work"

// Error says so with the rule's name.
func (e *RefusedWorkError) Error() string { return RefusedWorkRule + ": " + e.Text() }

// Text says so with the numbers.
func (e *RefusedWorkError) Text() string {
	return fmt.Sprintf("events of this key that were refused have cost %d units of work lately, at most %d may; %d are forgiven each second, and one event is tried once a second; try again in %d s",
		e.Units, e.Most, refusedPerS, e.AfterS)
}

// refusedWork counts what was refused, by signer: a bucket for each that leaks. Only
// events whose signature was checked count, and an event counts once, so that nobody
// can use up the rate of another by sending its refused events again. It is bounded;
// where keys or events are too many it forgets the bucket that is empty first, and the
// event that was tried longest ago. The zero value is ready; it may be used
// concurrently.
type refusedWork struct {
	mu     sync.Mutex
	keys   leastLasting[op.PublicKey]
	events leastLasting[op.ID] // when each was tried last
}

// leaked is what is left of units as of atMs.
func leaked(units, atMs, nowMs int64) int64 {
	if passed := nowMs - atMs; passed > 0 {
		units = max(0, units-min(passed, 1000*refusedMost)*refusedPerS/1000)
	}
	return units
}

// units are what counts of a key now. The caller holds mu.
func (w *refusedWork) units(key op.PublicKey, nowMs int64) int64 {
	b := w.keys.get(key, nowMs)
	if b == nil {
		return 0
	}
	return leaked(b.units, b.atMs, nowMs)
}

// check refuses an event of a key that has used up its rate, and one that was refused
// a moment ago.
func (w *refusedWork) check(key op.PublicKey, id op.ID, nowMs int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	units := w.units(key, nowMs)
	if over := units - refusedMost; over > 0 {
		return &RefusedWorkError{Units: units, Most: refusedMost, AfterS: (over + refusedPerS - 1) / refusedPerS}
	}
	if last := w.events.get(id, nowMs); last != nil && nowMs-last.atMs < refusedAgain {
		return &RefusedWorkError{Units: units, Most: refusedMost, AfterS: 1}
	}
	return nil
}

// bill counts the work of a refused event whose signature was checked.
func (w *refusedWork) bill(key op.PublicKey, id op.ID, units, nowMs int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.events.get(id, nowMs) != nil
	w.events.set(id, 0, nowMs, nowMs)
	if before {
		return
	}
	units = w.units(key, nowMs) + max(units, refusedLeast)
	w.keys.set(key, units, nowMs, nowMs+units*1000/refusedPerS)
}

// RefusalText is the sentence of a refusal, or an error's text.
func RefusalText(err error) string {
	var r *refusal.Refusal
	if errors.As(err, &r) {
		return r.Text
	}
	return err.Error()
}
