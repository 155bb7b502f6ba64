package node_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// backTo restores a backup of the halted world, as an operator does who lost the
// disk, and starts on it.
func (w *treasury) backTo(restore func()) {
	w.T.Helper()
	w.Halt()
	restore()
	w.Clock.Add(time.Second)
	w.Start()
}

func (w *treasury) backup() func() {
	w.T.Helper()
	w.Halt()
	restore := w.Save()
	w.Start()
	return restore
}

// balance asserts that log and Lightning node agree to the msat.
func (w *treasury) balance(restored bool) node.Comparison {
	w.T.Helper()
	c, err := w.Node.Compare(context.Background(), w.Lightning, restored)
	if err != nil {
		w.T.Fatal(err)
	}
	w.Node.View(func(s *ledger.State, _ int64) {
		if b := s.Books(); b.In != c.In || b.Paid != c.Out || b.Fees != c.Fees || b.Locked != c.Held || b.Left() != b.Kept() {
			w.T.Errorf("the books say %+v, LND %d in, %d out, %d fees, %d held", b, c.In, c.Out, c.Fees, c.Held)
		}
	})
	return c
}

// queuedKeysend has a keysend proposed and passed, and stops before its execution.
func (w *treasury) queuedKeysend() op.ID {
	w.T.Helper()
	id := w.submit(w.alice, op.KindPropose, op.Propose{Track: "signal", Title: "Send it", Actions: []op.Raw{op.Raw(op.EncodeContent(w.small()))}}).ID
	w.tick(3 * time.Second)
	w.submit(w.alice, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
	w.tick(13 * time.Second)
	w.untilState(id, "queued")
	return id
}

// A claimed payout and a keysend that the log has lost are found, recorded, and
// never paid again, though the decision comes again.
func TestRestoredPaymentsAreNotMadeAgain(t *testing.T) {
	w := newTreasury(t)
	open := w.pay() // to be claimed
	keysend := w.queuedKeysend()
	restore := w.backup()
	paid := w.claim(open)
	w.untilResult(open, "done")
	w.tick(2 * time.Second)
	w.untilState(keysend, "executed")
	w.untilResult(keysend, "done")
	w.balance(false)
	if _, _, err := w.Node.Checkpoint(context.Background()); err != nil {
		t.Fatal(err)
	}

	w.backTo(restore)
	if _, err := w.Node.Submit(context.Background(), w.Event(w.alice, op.KindLockStake, op.LockStake{AmountSat: 1000})); !errors.Is(err, node.ErrRecovery) {
		t.Fatalf("submitted in recovery: %v", err)
	}
	size := w.Node.Size()
	w.tick(time.Hour)
	if w.Node.Size() != size || len(w.Node.Ready()) == 0 {
		t.Fatalf("%d entries were made in recovery, ready: %v", w.Node.Size()-size, w.Node.Ready())
	}
	w.Clock.Add(-time.Hour)

	w.Halt()
	n := w.Inspect()
	c := w.compare(n)
	if len(c.Undecided()) != 2 {
		t.Fatalf("%+v", c.Differences)
	}
	if _, err := n.Resume(c, ""); err == nil {
		t.Fatal("resumed while differences wait")
	}
	for _, d := range c.Undecided() {
		if _, err := n.DecidePaid(d, ""); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := n.Resume(w.compare(n), "the disk was lost"); err != nil {
		t.Fatal(err)
	}
	w.balance(true)
	_ = w.Store.Close()

	w.Start()
	if why := w.Node.Recovery(); len(why) > 0 {
		t.Fatalf("still in recovery: %v", why)
	}
	w.tick(2 * time.Second)
	w.untilResult(open, "done")
	w.untilState(keysend, "executed")
	w.untilResult(keysend, "done")
	if n := w.Lightning.Paid(paid); n != 1 || len(w.Lightning.Requests()) != 2 {
		t.Errorf("the claim was paid %d times; %d requests in all", n, len(w.Lightning.Requests()))
	}
	w.balance(true)
	w.Node.View(func(s *ledger.State, _ int64) {
		if r := s.Restorations(); len(r) != 1 || r[0].Size <= size || r[0].Note != "the disk was lost" {
			t.Errorf("%+v", r)
		}
	})
}

func (w *treasury) compare(n *node.Node) node.Comparison {
	w.T.Helper()
	c, err := n.Compare(context.Background(), w.Lightning, true)
	if err != nil {
		w.T.Fatal(err)
	}
	return c
}

// A hold that only LND knows: settled, its sats are booked into a pool; accepted,
// it is cancelled. Until both are decided the node serves reads only, also without
// a head that says so.
func TestUnknownHoldsAreDecided(t *testing.T) {
	w := newTreasury(t)
	restore := w.backup()
	deposit := w.submit(w.alice, op.KindDeposit, op.Deposit{Pool: "performance", AmountSat: 500}).ID
	w.Lightning.Pay(w.offered(deposit), 700)
	w.waitFor("the deposit", func() bool { return w.pool() == 9700 })
	staked := w.lock(w.alice, 4000)
	hash := w.hash(staked)

	w.Heads.Forget()
	w.backTo(restore)
	if len(w.Node.Recovery()) != 2 {
		t.Fatalf("recovery: %v", w.Node.Recovery())
	}
	w.Halt()
	n := w.Inspect()
	c := w.compare(n)
	n.Heed(c)
	for _, d := range c.Undecided() {
		if d.LND == "accepted" {
			for what, decide := range map[string]func() error{
				"found": func() error { _, err := n.DecideFound(d, "performance"); return err },
				"noted": func() error { _, err := n.DecideNoted(d, "a typo"); return err },
			} {
				var r *refusal.Refusal
				if err := decide(); !errors.As(err, &r) || r.Rule != "decision-offered" {
					t.Errorf("%s of an accepted hold: %v", what, err)
				}
			}
		}
		var err error
		if d.LND == "settled" {
			_, err = n.DecideFound(d, "performance")
		} else {
			_, err = n.DecideCancelled(context.Background(), d)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := n.Resume(w.compare(n), "the disk was lost"); err != nil {
		t.Fatal(err)
	}
	_ = w.Store.Close()
	w.Start()
	if w.pool() != 9700 || w.Lightning.Status(hash) != node.HoldCancelled || len(w.Node.Recovery()) != 0 {
		t.Errorf("pool %d, hold %d, recovery %v", w.pool(), w.Lightning.Status(hash), w.Node.Recovery())
	}
	w.balance(true)
}

// In normal work there is nothing to decide: a veto stamped as the last entry would
// come after its time.
func TestNothingIsDecidedInNormalWork(t *testing.T) {
	w := newTreasury(t)
	id, _ := w.priceProposal(w.alice, 10, 25)
	w.tick(3 * time.Second)
	w.submit(w.alice, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
	w.tick(13 * time.Second)
	w.untilState(id, "queued")
	w.Halt()
	w.Clock.Add(24 * time.Hour)
	n := w.Inspect()
	n.Heed(w.compare(n))
	var r *refusal.Refusal
	if _, err := n.Decide(op.KindVeto, op.Veto{Proposal: id, Reason: "late"}); !errors.As(err, &r) || r.Rule != "in-recovery" {
		t.Errorf("veto on a log that lost nothing: %v", err)
	}
	_ = w.Store.Close()
}

// A veto that the log has lost can be repeated before its clock runs on: then the
// settled collateral goes where the veto says, and the proposal is not executed.
func TestLostVetoIsRepeated(t *testing.T) {
	w := newTreasury(t)
	id, collateral := w.priceProposal(w.alice, 10, 25)
	w.tick(3 * time.Second)
	w.submit(w.alice, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
	w.tick(13 * time.Second)
	w.untilState(id, "queued")
	restore := w.backup()
	w.submit(nodetest.Key(t, 1), op.KindVeto, op.Veto{Proposal: id, Reason: "harmful"})
	w.Lightning.Until(collateral, node.HoldSettled)

	w.Restored = "restored from a backup"
	w.backTo(restore)
	w.tick(time.Hour)
	w.Halt()
	n := w.Inspect()
	if list := w.compare(n).Differences; len(list) != 1 || !strings.Contains(list[0].Rule, "veto") {
		t.Fatalf("%+v", list)
	}
	if _, err := n.Decide(op.KindVeto, op.Veto{Proposal: id, Reason: "harmful"}); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Resume(w.compare(n), "the disk was lost"); err != nil {
		t.Fatal(err)
	}
	_ = w.Store.Close()
	w.Restored = ""
	w.Start()
	w.untilState(id, "vetoed")
	w.Until("the collateral is booked", func(s *ledger.State, _ int64) bool {
		h, _ := s.Hold(id)
		return h.State == "forfeited"
	})
	w.balance(true)
}

// A hold that LND has lost although the log says that it settled it, and one that
// it has settled although the log says that it went back, are told at any start
// and can be noted: else a lost LND would stop the economy for ever.
func TestContradictionsAreTold(t *testing.T) {
	w := newTreasury(t)
	staked := w.lock(w.alice, 4000)
	w.submit(w.alice, op.KindReleaseStake, op.ReleaseStake{Stake: staked})
	w.Until("it is released", func(s *ledger.State, _ int64) bool {
		h, _ := s.Hold(staked)
		return h.State == "released"
	})
	w.Halt()
	w.Lightning.Pay(w.hash(staked), 4000)
	w.Lightning.Take(w.hash(staked))
	w.Node.View(func(s *ledger.State, _ int64) {
		for _, h := range s.SettledHolds() {
			w.Lightning.Forget(*h.PaymentHash)
		}
	})
	w.Start()
	if why := strings.Join(w.Node.Recovery(), "\n"); !strings.Contains(why, "LND: settled, log: released") || !strings.Contains(why, "LND: no invoice, log: forfeited") {
		t.Fatalf("recovery: %s", why)
	}
	if _, _, err := w.Node.Checkpoint(t.Context()); !errors.Is(err, node.ErrRecovery) {
		t.Errorf("a head was signed in recovery: %v", err)
	}
	w.Halt()
	n := w.Inspect()
	c := w.compare(n)
	n.Heed(c)
	for _, d := range c.Undecided() {
		if _, err := n.DecideNoted(d, "the disk of LND was lost"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := n.Resume(w.compare(n), "the disk was lost"); err != nil {
		t.Fatal(err)
	}
	_ = w.Store.Close()
	w.Start()
	if why := w.Node.Recovery(); len(why) > 0 {
		t.Fatalf("still in recovery: %v", why)
	}
}

// What the same LND earned and spent beside the economy is the operator's own: it
// is shown, and changes nothing of the difference.
func TestOperatorsOwnSatsAreApart(t *testing.T) {
	w := newTreasury(t)
	before := w.balance(false)
	for i, memo := range []string{"L402", "L402 econd agent=" + strings.Repeat("ab", 32), "coffee", "L402x"} {
		preimage := op.Hash{byte(i + 1)}
		hash := op.Hash(sha256.Sum256(preimage[:]))
		if _, err := w.Lightning.OpenHold(t.Context(), node.HoldRequest{PaymentHash: hash, AmountSat: 10, CltvBlocks: 144, ExpirySec: 3600, Memo: memo}); err != nil {
			t.Fatal(err)
		}
		w.Lightning.Pay(hash, 10)
		if err := w.Lightning.SettleHold(t.Context(), preimage); err != nil {
			t.Fatal(err)
		}
	}
	c := w.balance(false)
	if c.Income != 20_000 || c.OwnIn != before.OwnIn+20_000 || c.In != before.In || len(c.Differences) != 0 {
		t.Errorf("%+v, before %+v", c, before)
	}
	w.Node.View(func(s *ledger.State, _ int64) {
		if off := c.Off(s.Books()); off != 0 {
			t.Errorf("%d msat off", off)
		}
	})
}
