package ledger

import (
	"fmt"

	"github.com/econd/econd/node/ledger/internal/deadlines"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// nextDue returns the fact that must come before anything else in an entry
// stamped so: those that an instant made due, then those of a height; each in the
// order of instant or height, kind, and when the log brought what they are about.
func (s *State) nextDue(at op.Stamp) (deadlines.Deadline, bool) {
	due, height := s.agenda.first(s.stillDue)
	switch {
	case due.Kind != 0 && due.At < at.TimeMs:
		return due, true
	case height.Kind != 0 && height.At <= int64(at.Height):
		return height, true
	}
	return deadlines.Deadline{}, false
}

// stillDue tells whether a deadline pushed earlier still stands: proposals may
// have been extended or ended, holds released, since.
func (s *State) stillDue(d deadlines.Deadline) bool { return ruleFor(d.Kind).stands(s, d) }

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
func (s *State) resolves(ev *op.Event, d deadlines.Deadline) (bool, error) {
	rule := ruleFor(ev.Kind)
	if rule.ends != d.Kind {
		return false, nil
	}
	content, err := ev.Decoded()
	if err != nil {
		return false, err
	}
	return rule.names(content) == ruleFor(d.Kind).of.id(s, d.Index), nil
}

// dueText says what is due, for what, and since when.
func (s *State) dueText(d deadlines.Deadline) string {
	rule, of, since := ruleFor(d.Kind), "", atText(d.At)
	if rule.of.noun != "" {
		of = " of " + rule.of.noun + " " + rule.of.id(s, d.Index)
	}
	if rule.byHeight {
		since = fmt.Sprintf("height %d", d.At)
	}
	return fmt.Sprintf("%s fact%s that was due at %s", d.Kind, of, since)
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
	clock, entry := s.clock, s.entry
	s.setClock(at)
	s.entry.prepare(s.next, at)
	f := ruleFor(d.Kind).fact(s, d.Index)
	s.setClock(clock)
	s.entry.resume(entry)
	return f
}

// isFor tells whether it was computed for the entry that the state is applying.
func (r *ready) isFor(s *State) bool { return r.seq == s.next && r.stamp == s.clock }

// IsDue tells whether Due has a fact for a stamp. As for Due, the caller has the state to itself.
func (s *State) IsDue(at op.Stamp) bool {
	if s.next == 0 {
		return false
	}
	_, ok := s.nextDue(at)
	return ok
}

// NextDeadlineMs is the earliest instant after which some fact will be due, or
// 0 if none is foreseen. The daemon sleeps until then.
func (s *State) NextDeadlineMs() int64 {
	due, _ := s.agenda.first(s.stillDue)
	return due.At
}
