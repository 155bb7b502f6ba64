package ledger

import (
	"errors"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// Work is what an entry costs everybody who applies it: the writer, under whose
// lock readers and ballots wait, every auditor and every start. It is counted in
// units of about a microsecond of a slow machine, by the size of what is looked
// at and never by a clock, so that the count is the same everywhere and part of
// the meaning: an operation that would cost more than MaxWork is refused by rule
// entry-work. Facts are counted and not bounded: the log cannot go on without
// them, and what they cost was let in by operations.
//
// docs/decisions/0020-counted-work.md says how the units were measured.

// MaxWork is the most that one operation may cost, in units.
const MaxWork = 1000

// Units of what is done in many places.
const (
	workEntry   = 5  // admission, ids, deadlines
	workAction  = 4  // reading and trying one, what it does apart
	workKey     = 12 // checking that a public key is one
	workCheck   = 10 // of a constitution, its lists apart
	workValue   = 4  // taking one reported value
	workEnd     = 2  // noting the end of a delegation that expired
	workForesee = 2  // finding when a proposal passes by conviction, its steps apart
	workRelease = 4  // returning the bond of a juror who leaves
	workFiring  = 8  // opening the proposal of a rule, what its actions do apart

	bytesPerUnit    = 128 // of a content that was decoded before
	parsedPerUnit   = 32  // bytes of JSON that are decoded now
	comparedPerUnit = 128 // keys or names, one by one
	stepsPerUnit    = 2   // at which conviction is held against its threshold
	partsPerUnit    = 64  // of a condition; a mean or count is eight more
)

// Work tells what the last entry given to ApplyVerified cost, refused ones
// included; 0 before the first.
func (s *State) Work() int64 { return s.entry.work }

// meter starts the count of an entry.
func (s *entry) meter(e *op.Entry) {
	s.work = workEntry + int64(len(e.Event.Content))/bytesPerUnit
	s.workMost = 0
	if !e.Event.Kind.IsFact() {
		s.workMost = MaxWork
	}
}

// spend counts units before they are worked off, and refuses an operation that
// costs too many. Rules call it before they change anything; count is for later.
// What was refused was not worked off and is not counted.
func (s *entry) spend(units int64) error {
	if sum := s.work + units; s.workMost != 0 && sum > s.workMost {
		return refusal.New(refusal.ErrRule, "", ruleWork, "costs %d units of work or more, an operation may cost %d; split it", sum, s.workMost)
	}
	s.count(units)
	return nil
}

// count counts units that are no reason to refuse.
func (s *entry) count(units int64) { s.work += units }

// spendOn is spend for going through n things of which perUnit make a unit,
// rounded up.
func (s *entry) spendOn(n, perUnit int) error { return s.spend(units(n, perUnit)) }

func units(n, perUnit int) int64 { return int64((n + perUnit - 1) / perUnit) }

const ruleWork = "entry-work"

// overWork tells whether an error is that of spend.
func overWork(err error) bool {
	r := new(refusal.Refusal)
	return errors.As(err, &r) && r.Rule == ruleWork
}
