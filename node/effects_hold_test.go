package node_test

import (
	"strings"
	"testing"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// deposit is a deposit of 10,000 sat whose invoice waits to be paid.
func (w *world) deposit(by op.SecretKey) (id op.ID, hash op.Hash) {
	w.T.Helper()
	w.Clock.Add(time.Second)
	id = w.submit(by, op.KindDeposit, op.Deposit{Pool: "governance", AmountSat: 10_000}).ID
	w.Until("the hold is offered", func(s *ledger.State, _ int64) bool {
		h, _ := s.Hold(id)
		if h.State == "offered" {
			hash = *h.PaymentHash
		}
		return h.State == "offered"
	})
	return id, hash
}

// block tells the node of a block, and Lightning of its height.
func (w *world) block(height uint32) {
	w.Lightning.SetHeight(height, true)
	w.Chain.Tips <- nodetest.BlockAt(height)
}

// untilHold waits until a hold is in a state, and returns it.
func (w *world) untilHold(id op.ID, want string) (h view.Hold) {
	w.T.Helper()
	w.Until("the hold is "+want, func(s *ledger.State, _ int64) bool {
		h, _ = s.Hold(id)
		return h.State == want
	})
	return h
}

// depositor is a world with one agent.
func depositor(t *testing.T) (*world, op.SecretKey) {
	w, alice := newWorld(t), nodetest.Key(t, 11)
	w.Lightning.SetHeight(nodetest.Tip.Height, true)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	return w, alice
}

// givenBack checks that the sats went back and were never settled.
func (w *world) givenBack(id op.ID, hash op.Hash, state, reason string) {
	w.T.Helper()
	h := w.untilHold(id, state)
	if !strings.Contains(h.Reason, reason) {
		w.T.Errorf("the reason is %q, want one with %q", h.Reason, reason)
	}
	if got := w.Lightning.Status(hash); got != node.HoldCancelled || w.Lightning.Settles() != 0 {
		w.T.Errorf("the hold has status %d at LND, which settled %d times", got, w.Lightning.Settles())
	}
	w.Node.View(func(s *ledger.State, _ int64) {
		if len(s.PendingEffects()) != 0 || s.Pools()[0].Sat != 0 {
			w.T.Errorf("pending is %v, the pool has %d sat", s.PendingEffects(), s.Pools()[0].Sat)
		}
	})
}

// A deposit that was paid while econd was down, and that it finds when an HTLC is
// about to expire.
func TestDepositFoundTooLateReturns(t *testing.T) {
	w, alice := depositor(t)
	id, hash := w.deposit(alice)
	if err := w.Halt(); err != nil {
		t.Fatal(err)
	}
	w.Lightning.PayUntil(hash, 10_000_000, nodetest.Tip.Height+24)
	w.Start()
	w.givenBack(id, hash, "released", "locked too late")
}

// The same, where LND tells the blocks of that time only after econd asked: until they have
// come to LND's own height nothing is stamped.
func TestDepositFoundWhileBlocksAreToldReturns(t *testing.T) {
	w, alice := depositor(t)
	id, hash := w.deposit(alice)
	if err := w.Halt(); err != nil {
		t.Fatal(err)
	}
	top := nodetest.Tip.Height + 100
	w.Lightning.PayUntil(hash, 10_000_000, top+24)
	w.Lightning.SetHeight(top, true)
	asked := w.Lightning.Infos()
	w.Start()
	w.Until("LND was asked for its height a few times", func(*ledger.State, int64) bool { return w.Lightning.Infos() >= asked+3 })
	w.block(top)
	w.givenBack(id, hash, "released", "locked too late")
}

// One block earlier it is taken.
func TestDepositFoundInTimeIsTaken(t *testing.T) {
	w, alice := depositor(t)
	id, hash := w.deposit(alice)
	w.Lightning.PayUntil(hash, 10_000_000, nodetest.Tip.Height+25)
	w.untilHold(id, "forfeited")
}

// The call that settles is lost, again and again, while blocks come.
func TestSettlementLostUntilTooLate(t *testing.T) {
	w, alice := depositor(t)
	id, hash := w.deposit(alice)
	w.Lightning.Lose("settle", 1_000_000)
	w.Lightning.PayUntil(hash, 10_000_000, nodetest.Tip.Height+40)
	w.untilHold(id, "forfeiting")
	w.block(nodetest.Tip.Height + 16)
	w.givenBack(id, hash, "released", "not settled in time")
}

// LND is away while the heights pass at which the hold could be settled.
func TestLightningAwayOverTheHeights(t *testing.T) {
	w, alice := depositor(t)
	id, hash := w.deposit(alice)
	w.Lightning.Lose("settle", 1_000_000)
	w.Lightning.PayUntil(hash, 10_000_000, nodetest.Tip.Height+40)
	w.untilHold(id, "forfeiting")
	w.Lightning.Leave(true)
	w.block(nodetest.Tip.Height + 17)
	w.untilHold(id, "releasing")
	w.Lightning.Leave(false)
	w.givenBack(id, hash, "released", "not settled in time")
}

// LND has seen the block from which the hold can only be cancelled, econd has not.
func TestLightningsOwnHeightDecides(t *testing.T) {
	w, alice := depositor(t)
	id, hash := w.deposit(alice)
	w.Lightning.SetHeight(nodetest.Tip.Height+16, true)
	w.Lightning.PayUntil(hash, 10_000_000, nodetest.Tip.Height+40)
	w.givenBack(id, hash, "lapsed", "too late to settle: LND is at height 516, an HTLC of the hold expires at 540")
}

// econd has seen it, and the LND that it asks is a block behind: the ledger gives
// the sats back by its own height.
func TestOwnHeightDecidesToo(t *testing.T) {
	w, alice := depositor(t)
	w.Chain.Tips <- nodetest.BlockAt(nodetest.Tip.Height + 16)
	w.Until("the block is seen", func(*ledger.State, int64) bool { return w.Node.Height() == nodetest.Tip.Height+16 })
	id, hash := w.deposit(alice)
	w.Lightning.PayUntil(hash, 10_000_000, nodetest.Tip.Height+40)
	w.givenBack(id, hash, "released", "locked too late")
}

// By which height an LND decides that has not caught up with the chain nobody
// knows: what it would settle waits.
func TestNothingIsSettledUnsynced(t *testing.T) {
	w, alice := depositor(t)
	id, hash := w.deposit(alice)
	w.Lightning.SetHeight(nodetest.Tip.Height, false)
	w.Lightning.PayUntil(hash, 10_000_000, nodetest.Tip.Height+100)
	w.untilHold(id, "forfeiting")
	w.Until("an attempt was made and put off", func(*ledger.State, int64) bool { return w.Lightning.Infos() > 2 })
	if w.Lightning.Settles() != 0 {
		t.Fatal("it was settled")
	}
	w.Lightning.SetHeight(nodetest.Tip.Height, true)
	w.untilHold(id, "forfeited")
}

// What is paid beyond what was asked for is in the books, to the msat.
func TestOverpaidDepositIsBookedWhole(t *testing.T) {
	w, alice := depositor(t)
	id, hash := w.deposit(alice)
	w.Lightning.PayUntil(hash, 19_000_001, 1000)
	if h := w.untilHold(id, "forfeited"); h.PaidSat != 19_000 {
		t.Errorf("%d sat were paid", h.PaidSat)
	}
	w.Node.View(func(s *ledger.State, _ int64) {
		if got := s.Pools()[0].Sat; got != 19_000 || s.DustMsat() != 1 {
			t.Errorf("the pool has %d sat and %d msat are kept", got, s.DustMsat())
		}
	})
}

// An LND that forgets what it cancels says of an expired hold that there is none.
func TestForgottenHoldIsExpired(t *testing.T) {
	w, alice := depositor(t)
	id, hash := w.deposit(alice)
	w.Lightning.Forget(hash)
	w.untilHold(id, "expired")
}
