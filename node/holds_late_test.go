package node_test

import (
	"testing"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// staker is a world by version 2 with one agent that has an unpaid stake.
func staker(t *testing.T) (w *world, id op.ID, hash op.Hash) {
	t.Helper()
	w = newHeaderWorld(t)
	alice := nodetest.Key(t, 11)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	id = w.submit(alice, op.KindLockStake, op.LockStake{AmountSat: 10_000}).ID
	return w, id, *w.untilHold(id, "offered").PaymentHash
}

// Whoever sees a hold's invoice can pay it first, with an HTLC that ends as late as they like: the
// hold goes on, and its HTLC counts as long as the rules let one count.
func TestStrangersLateHtlcEndsNoHold(t *testing.T) {
	w, id, hash := staker(t)
	w.Lightning.PayUntil(hash, 10_000_000, nodetest.Tip.Height+2016)
	const asked, padding = 18, 576 // blocks; an invoice that names none asks for 18
	h := w.untilHold(id, "locked")
	if want := nodetest.Tip.Height + asked + padding; h.ExpiryHeight != want || h.LatestExpiry != want {
		t.Errorf("its HTLC counts until %d, latest %d, want %d", h.ExpiryHeight, h.LatestExpiry, want)
	}
	w.Node.View(func(s *ledger.State, _ int64) {
		if v, _ := s.Agent(nodetest.Key(t, 11).Public()); v.StakeSat != 10_000 {
			t.Errorf("its agent has %d sat of stake", v.StakeSat)
		}
	})
}

// An HTLC that ends before the invoice allows is no lock of it, by no rules: LND does not keep the sats
// for a hold that nobody can enter.
func TestLockThatIsRefusedGoesBack(t *testing.T) {
	w, id, hash := staker(t)
	w.Lightning.PayUntil(hash, 10_000_000, nodetest.Tip.Height+17)
	w.untilHold(id, "expired")
	if got := w.Lightning.Status(hash); got != node.HoldCancelled {
		t.Errorf("the hold has status %d at LND", got)
	}
}
