package ledger

import (
	"fmt"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger/internal/deadlines"
	"github.com/econd/econd/node/op"
)

// kindRule is what the ledger does with entries of a kind.
type kindRule struct {
	apply func(*State, *op.Entry, any) error

	// evidence is what the event proves by itself, see Prepare; nil for nothing.
	evidence func(*op.Event, any) (*prepared, error)

	// asksHold tells whether an operation needs a hold invoice at once; nil for never.
	asksHold func(*constitution.Constitution, any) bool

	// bounded says why the work of an entry has a bound that agents and time do not
	// move; "" where tests measure the dearest one.
	bounded string

	// ends is the kind of the deadlines that a fact ends, mostly its own; 0 for one that
	// may be entered at any time. names is what it was due for, as the subject's id.
	ends  op.Kind
	names func(any) string

	deadlineRule
}

// deadlineRule is what the ledger knows of deadlines that go by a kind of fact.
type deadlineRule struct {
	of       subject
	stands   func(*State, deadlines.Deadline) bool // it was not overtaken since it was noted
	fact     func(*State, int) *Fact               // what is due of the subject now
	byHeight bool                                  // due from a height on, not after an instant
}

// subject is what deadlines are about.
type subject struct {
	noun string // "" for the one that there is
	id   func(*State, int) string
}

var (
	noSubject = subject{"", func(*State, int) string { return "" }}
	aProposal = subject{"proposal", func(s *State, i int) string { return s.proposals.list[i].id.String() }}
	aDispute  = subject{"dispute", func(s *State, i int) string { return s.disputes.list[i].id.String() }}
	anAgent   = subject{"agent", func(s *State, i int) string { return s.agents.list[i].key.String() }}
	aHold     = subject{"hold", func(s *State, i int) string { return s.holds.list[i].id.String() }}
	aPayout   = subject{"payout", func(s *State, i int) string { return s.treasury.payouts[i].id }}
)

// kindRow is the row of a kind whose content is a C.
type kindRow[C any] struct {
	kind op.Kind
	kindRule
}

// row pairs a kind with its rule. The content belongs to the event: no rule changes it.
func row[C any](kind op.Kind, rule func(*State, *op.Entry, *C) error) kindRow[C] {
	if _, ok := kind.NewContent().(*C); !ok {
		panic(fmt.Sprintf("ledger: the rule of %s takes another content than the kind has", kind))
	}
	r := kindRow[C]{kind: kind}
	r.apply = func(s *State, e *op.Entry, content any) error { return rule(s, e, content.(*C)) }
	return r
}

func (r kindRow[C]) proves(evidence func(*op.Event, *C) (*prepared, error)) kindRow[C] {
	r.evidence = func(ev *op.Event, content any) (*prepared, error) { return evidence(ev, content.(*C)) }
	return r
}

func (r kindRow[C]) asksHold(asks func(*constitution.Constitution, *C) bool) kindRow[C] {
	r.kindRule.asksHold = func(rules *constitution.Constitution, content any) bool { return asks(rules, content.(*C)) }
	return r
}

func always[C any](*constitution.Constitution, *C) bool { return true }

func (r kindRow[C]) bounded(why string) kindRow[C] {
	r.kindRule.bounded = why
	return r
}

func (r kindRow[C]) due(of subject, names func(*C) string, stands func(*State, deadlines.Deadline) bool, fact func(*State, int) *Fact) kindRow[C] {
	r.deadlineRule = deadlineRule{of: of, stands: stands, fact: fact}
	return r.inPlaceOf(r.kind, names)
}

func (r kindRow[C]) byHeight() kindRow[C] {
	r.deadlineRule.byHeight = true
	return r
}

// inPlaceOf is of a fact that ends the deadlines of a kind.
func (r kindRow[C]) inPlaceOf(kind op.Kind, names func(*C) string) kindRow[C] {
	r.ends = kind
	r.names = func(content any) string { return names(content.(*C)) }
	return r
}

func (r kindRow[C]) entry() (op.Kind, kindRule) { return r.kind, r.kindRule }

// Kinds lie in a range of a hundred, see package op.
const firstKind, kindRange = 3900, 100

// tabled puts rows into a table, and panics unless each known kind has one.
func tabled(rows ...interface{ entry() (op.Kind, kindRule) }) (table [kindRange]kindRule) {
	for _, r := range rows {
		kind, rule := r.entry()
		if table[kind-firstKind].apply != nil {
			panic(fmt.Sprintf("ledger: two rules of %s", kind))
		}
		table[kind-firstKind] = rule
	}
	for _, kind := range op.Kinds() {
		if table[kind-firstKind].apply == nil {
			panic(fmt.Sprintf("ledger: no rule of %s", kind))
		}
	}
	return table
}
