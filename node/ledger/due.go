package ledger

import (
	"fmt"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/reputation"
)

// A deadline is an instant after which (for holds: a block height from which)
// the log must bring a certain fact before anything else.
type deadline struct {
	at    int64 // unix ms, or block height
	kind  op.Kind
	index int // proposal, hold, payout
}

// deadlines is a binary min-heap by instant, then kind, then index, so that
// the order in which facts are due is the same everywhere.
type deadlines []deadline

func (d deadline) less(o deadline) bool {
	if d.at != o.at {
		return d.at < o.at
	}
	if d.kind != o.kind {
		return d.kind < o.kind
	}
	return d.index < o.index
}

func (h *deadlines) push(d deadline) {
	*h = append(*h, d)
	for i := len(*h) - 1; i > 0; {
		parent := (i - 1) / 2
		if !(*h)[i].less((*h)[parent]) {
			return
		}
		(*h)[i], (*h)[parent] = (*h)[parent], (*h)[i]
		i = parent
	}
}

func (h *deadlines) pop() {
	last := len(*h) - 1
	(*h)[0] = (*h)[last]
	*h = (*h)[:last]
	for i := 0; ; {
		small := i
		for c := 2*i + 1; c <= 2*i+2 && c < last; c++ {
			if (*h)[c].less((*h)[small]) {
				small = c
			}
		}
		if small == i {
			return
		}
		(*h)[i], (*h)[small] = (*h)[small], (*h)[i]
		i = small
	}
}

// nextDue returns the fact that must come before anything else in an entry
// stamped so: those that an instant made due, then those of a height; each in the
// order of instant or height, kind, and when the log brought what they are about.
func (s *State) nextDue(at op.Stamp) (deadline, bool) {
	if d, ok := s.earliest(&s.due); ok && d.at < at.TimeMs {
		return d, true
	}
	if d, ok := s.earliest(&s.heights); ok && d.at <= int64(at.Height) {
		return d, true
	}
	return deadline{}, false
}

// earliest drops the deadlines that events have overtaken from the top of the
// heap and returns the first that stands.
func (s *State) earliest(h *deadlines) (deadline, bool) {
	for len(*h) > 0 && !s.stillDue((*h)[0]) {
		h.pop()
	}
	if len(*h) == 0 {
		return deadline{}, false
	}
	return (*h)[0], true
}

// stillDue tells whether a deadline pushed earlier still stands: proposals may
// have been extended or ended, holds released, since.
func (s *State) stillDue(d deadline) bool { return ruleFor(d.kind).stands(s, d) }

// admitDue lets a fact that ends a deadline in when it is the first one due, and
// nothing else before it: whoever writes the log chooses neither which facts it
// brings nor their order. What they state is recomputed by their rules.
func (s *State) admitDue(e *op.Entry) error {
	d, ok := s.nextDue(e.Stamp)
	switch {
	case !ok && ruleFor(e.Event.Kind).ends != 0:
		return refusal.New(refusal.ErrFact, "kind", "not-due", "no %s fact is due at %s and height %d", e.Event.Kind, atText(e.Stamp.TimeMs), e.Stamp.Height)
	case !ok:
		return nil
	}
	is, err := s.resolves(e.Event, d)
	if err != nil || is {
		return err
	}
	return refusal.New(refusal.ErrOverdue, "", "deadline", "entry %d must be the %s", e.Seq, s.dueText(d))
}

// resolves tells whether an event is of the kind that is due and names what it is
// due for; the error is that of its content.
func (s *State) resolves(ev *op.Event, d deadline) (bool, error) {
	rule := ruleFor(ev.Kind)
	if rule.ends != d.kind {
		return false, nil
	}
	content, err := ev.Decoded()
	if err != nil {
		return false, err
	}
	return rule.names(content) == ruleFor(d.kind).of.id(s, d.index), nil
}

// dueText says what is due, for what, and since when.
func (s *State) dueText(d deadline) string {
	rule, of, since := ruleFor(d.kind), "", atText(d.at)
	if rule.of.noun != "" {
		of = " of " + rule.of.noun + " " + rule.of.id(s, d.index)
	}
	if rule.byHeight {
		since = fmt.Sprintf("height %d", d.at)
	}
	return fmt.Sprintf("%s fact%s that was due at %s", d.kind, of, since)
}

// Fact is what the operator has to state: a kind and its content.
type Fact struct {
	Kind    op.Kind
	Content any
}

// Due computes the fact that an entry with this stamp must bring first, or nil
// if none is due. The operator signs and enters it; an auditor recomputes it.
// Deriving it does not change what the state means, but like Apply it has the
// state to itself meanwhile.
func (s *State) Due(at op.Stamp) *Fact {
	if s.next == 0 {
		return nil
	}
	d, ok := s.nextDue(at)
	if !ok {
		return nil
	}
	// Whatever the fact rests on reads the clock that the entry will carry, as
	// Apply sets it: a grant may run out between the last entry and this one.
	last, work, most := s.clock, s.work, s.workMost
	s.clock, s.workMost = at, 0
	s.ready = ready{seq: s.next, stamp: at}
	f := ruleFor(d.kind).fact(s, d.index)
	s.clock, s.work, s.workMost = last, work, most
	return f
}

// ready is what Due computed of a close or an epoch, kept for the entry that states
// it: the state is the same until an entry is applied. An entry with another stamp
// computes it anew.
type ready struct {
	seq   uint64
	stamp op.Stamp

	proposal int
	close    *op.Close
	said     representation

	epoch   *op.Epoch
	book    *reputation.Book
	results []reputation.Result
}

// isFor tells whether it was computed for the entry that the state is applying.
func (r *ready) isFor(s *State) bool { return r.seq == s.next && r.stamp == s.clock }

// NextDeadlineMs is the earliest instant after which some fact will be due, or
// 0 if none is foreseen. The daemon sleeps until then.
func (s *State) NextDeadlineMs() int64 {
	d, _ := s.earliest(&s.due)
	return d.at
}
