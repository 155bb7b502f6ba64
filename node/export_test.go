package node

import (
	"context"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// KeepPast changes how many past states a node keeps.
func (n *Node) KeepPast(most int) { n.past.most = most }

// SweepPast lets go of the past states that nobody looked at lately.
func (n *Node) SweepPast() { n.sweepPast() }

// ComputeDue replaces what computes due facts, of a node that does not run.
func (n *Node) ComputeDue(due func(*ledger.State, op.Stamp) *ledger.Fact) { n.dueFact = due }

// AfterApply makes a node that does not run call fn right after it applied an entry that is
// new.
func (n *Node) AfterApply(fn func(*op.Entry)) {
	n.apply = func(s *ledger.State, e *op.Entry) ([]ledger.Effect, error) {
		effects, err := ledger.ApplyVerified(s, e)
		fn(e)
		return effects, err
	}
}

// BrokenMost is how often a kind may break a rule off.
const BrokenMost = brokenMost

// BeforeChecks makes a node that does not run call fn before it checks a signature.
func (n *Node) BeforeChecks(fn func(*op.Event)) {
	n.check = func(e *op.Event) error {
		fn(e)
		return n.verifier.Verify(e)
	}
}

// Arrived is how many requests wait that the writer has not looked at.
func (n *Node) Arrived() int {
	n.arrivals.mu.Lock()
	defer n.arrivals.mu.Unlock()
	return len(n.arrivals.waiting)
}

// Numbers of the slices and of refused work.
const (
	SliceEvents  = sliceEvents
	RefusedMost  = refusedMost
	RefusedPerS  = refusedPerS
	RefusedLeast = refusedLeast
)

// FindStrangers looks through what LND paid.
func (n *Node) FindStrangers(ctx context.Context) error { return n.findStrangers(ctx) }

// Fact records a fact of the operator.
func (n *Node) Fact(ctx context.Context, kind op.Kind, content any) error {
	return n.fact(ctx, kind, content)
}
