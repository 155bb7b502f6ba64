package node_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// priceProposal opens a price proposal, pays its collateral and returns it.
func (w *world) priceProposal(by op.SecretKey, from, to int64) (op.ID, op.Hash) {
	w.T.Helper()
	id := w.submit(by, op.KindPropose, op.Propose{Track: "price", Title: "Change the price", Actions: []op.Raw{
		op.Raw(op.EncodeContent(ledger.SetPrice{Type: "set-price", Resource: "operations", Sat: to, ExpectSat: from}))}}).ID
	return id, w.Lock(id)
}

func (w *world) state(id op.ID) (state string) {
	w.Node.View(func(s *ledger.State, now int64) {
		p, _ := s.Proposal(id, now)
		state = p.State
	})
	return state
}

func (w *world) untilState(id op.ID, want string) {
	w.T.Helper()
	w.Until("the proposal is "+want, func(s *ledger.State, now int64) bool {
		p, _ := s.Proposal(id, now)
		return p.State == want
	})
}

// tick lets time pass and makes the node notice, as its timer would.
func (w *world) tick(d time.Duration) {
	w.Clock.Add(d)
	w.Chain.Tips <- nodetest.Tip
}

// One proposal from draft to executed: the price changes, and collateral and
// stakes go back.
func TestProposalChangesPrice(t *testing.T) {
	w := newWorld(t)
	alice, bob := nodetest.Key(t, 11), nodetest.Key(t, 12)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	w.submit(bob, op.KindRegister, op.Register{Name: "bob"})
	stakeA, _ := w.lock(alice, 20_000), w.lock(bob, 10_000)
	w.Clock.Add(time.Second)
	id, collateral := w.priceProposal(alice, 10, 25)
	w.Clock.Add(2 * time.Second)
	w.submit(alice, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
	w.submit(bob, op.KindVote, op.Vote{Proposal: id, Choice: "against"})
	w.Clock.Add(time.Millisecond)
	w.submit(bob, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
	if _, err := w.Node.Submit(context.Background(), w.Event(alice, op.KindReleaseStake, op.ReleaseStake{Stake: stakeA})); !errors.Is(err, refusal.ErrRule) {
		t.Fatalf("a stake that backs an open ballot was released: %v", err)
	}
	w.tick(13 * time.Second)
	w.untilState(id, "queued")
	w.tick(9 * time.Second)
	w.untilState(id, "executed")
	w.Until("the collateral is back", func(s *ledger.State, _ int64) bool {
		h, _ := s.Hold(id)
		return h.State == "released" && s.PriceSat("operations") == 25
	})
	if got := w.Lightning.Status(collateral); got != node.HoldCancelled {
		t.Fatalf("LND has the collateral as %v", got)
	}
	w.submit(alice, op.KindReleaseStake, op.ReleaseStake{Stake: stakeA})
	w.Until("the stake is back", func(s *ledger.State, _ int64) bool {
		h, _ := s.Hold(stakeA)
		return h.State == "released"
	})
	if w.Lightning.Settles() != 0 {
		t.Fatalf("%d holds settled, none was forfeited", w.Lightning.Settles())
	}
}

// A veto forfeits the collateral. The settlement is done once, whether the
// request or its answer is lost, and across a restart in between.
func TestVetoSettlesOnceAcrossCrash(t *testing.T) {
	for _, fault := range []string{"none", "request lost", "answer lost", "answer lost and crash"} {
		t.Run(fault, func(t *testing.T) {
			w := newWorld(t)
			alice := nodetest.Key(t, 11)
			w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
			w.lock(alice, 20_000)
			w.Clock.Add(time.Second)
			id, collateral := w.priceProposal(alice, 10, 25)
			w.Clock.Add(2 * time.Second)
			w.submit(alice, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
			w.tick(13 * time.Second)
			w.untilState(id, "queued")
			switch fault {
			case "request lost":
				w.Lightning.Lose("settle", 1)
			case "answer lost":
				w.Lightning.Mute("settle", 1)
			case "answer lost and crash":
				w.Lightning.Mute("settle", 1<<20)
			}
			w.submit(nodetest.Key(t, 1), op.KindVeto, op.Veto{Proposal: id, Reason: "the old price pays for the node"})
			if fault == "answer lost and crash" {
				w.Lightning.Until(collateral, node.HoldSettled)
				w.Halt()
				w.Lightning.Mute("settle", 0)
				w.Start()
			}
			w.Until("the collateral is forfeited", func(s *ledger.State, _ int64) bool {
				h, _ := s.Hold(id)
				return h.State == "forfeited"
			})
			if w.Lightning.Settles() != 1 {
				t.Fatalf("settled %d times", w.Lightning.Settles())
			}
			var total int64
			w.Node.View(func(s *ledger.State, _ int64) {
				for _, p := range s.Pools() {
					total += p.Sat
				}
			})
			if total != 5000 || w.state(id) != "vetoed" {
				t.Fatalf("pools hold %d sat, proposal is %s", total, w.state(id))
			}
		})
	}
}

// The same event again gets the same receipt, also after a restart.
func TestSameEventSameReceipt(t *testing.T) {
	w := newWorld(t)
	e := w.Event(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	first, err := w.Node.Submit(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	size := w.Node.Size()
	w.Halt()
	w.Start()
	again, err := w.Node.Submit(context.Background(), e)
	if err != nil || !again.Replay {
		t.Fatalf("%+v %v", again, err)
	}
	again.Replay = false
	if again != first || w.Node.Size() != size {
		t.Fatalf("got %+v, want %+v; size %d -> %d", again, first, size, w.Node.Size())
	}
}

// While LND is away, what needs it is refused and everything else goes on.
func TestLightningAway(t *testing.T) {
	w := newWorld(t)
	alice := nodetest.Key(t, 11)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	w.lock(alice, 5000)
	w.Clock.Add(time.Second)
	w.Lightning.Leave(true)
	if _, err := w.Node.Submit(context.Background(), w.Event(alice, op.KindLockStake, op.LockStake{AmountSat: 5000})); !errors.Is(err, node.ErrLightningAway) {
		t.Fatalf("got %v", err)
	}
	dear := op.Propose{Track: "price", Title: "Change the price", Actions: []op.Raw{
		op.Raw(op.EncodeContent(ledger.SetPrice{Type: "set-price", Resource: "operations", Sat: 20, ExpectSat: 10}))}}
	if _, err := w.Node.Submit(context.Background(), w.Event(alice, op.KindPropose, dear)); !errors.Is(err, node.ErrLightningAway) {
		t.Fatalf("a proposal with collateral: %v", err)
	}
	w.submit(alice, op.KindPropose, op.Propose{Track: "signal", Title: "No collateral", Actions: []op.Raw{}})
	w.submit(nodetest.Key(t, 12), op.KindRegister, op.Register{Name: "bob"})
	w.Lightning.Leave(false)
	w.lock(alice, 6000)
}

// brokenStore fails its next Append, before or after the entries are durable.
type brokenStore struct {
	node.Store
	persist bool
	broken  bool
}

var errDisk = errors.New("no space left on device")

func (b *brokenStore) Append(batch node.Batch) ([32]byte, error) {
	if !b.broken {
		return b.Store.Append(batch)
	}
	if b.persist {
		if _, err := b.Store.Append(batch); err != nil {
			return [32]byte{}, err
		}
	}
	return [32]byte{}, errDisk
}

// A write that is not confirmed is never answered with success, and nothing is
// accepted after it; the restart finds out what was durable.
func TestUnconfirmedWrite(t *testing.T) {
	for name, persist := range map[string]bool{"lost": false, "persisted": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if err := w.Stop(); err != nil {
				t.Fatal(err)
			}
			broken := &brokenStore{Store: w.Store, persist: persist}
			w.StartOn(broken)
			alice := nodetest.Key(t, 11)
			w.submit(nodetest.Key(t, 12), op.KindRegister, op.Register{Name: "bob"})
			size := w.Node.Size()
			broken.broken = true
			e := w.Event(alice, op.KindRegister, op.Register{Name: "alice"})
			if _, err := w.Node.Submit(context.Background(), e); !errors.Is(err, node.ErrNotDurable) || !errors.Is(err, node.ErrUnconfirmed) {
				t.Fatalf("got %v", err)
			}
			if _, err := w.Node.Submit(context.Background(), w.Event(nodetest.Key(t, 13), op.KindRegister, op.Register{Name: "carol"})); !errors.Is(err, node.ErrNotDurable) || errors.Is(err, node.ErrUnconfirmed) {
				t.Fatalf("accepted after a doubtful write: %v", err)
			}
			w.Node.View(func(s *ledger.State, _ int64) {
				if s.Next() != size {
					t.Errorf("readers see %d entries, %d are known to be durable", s.Next(), size)
				}
			})
			if err := w.Halt(); !errors.Is(err, errDisk) {
				t.Fatalf("Run returned %v", err)
			}
			w.Start()
			if want := size; !persist && w.Node.Size() != want {
				t.Fatalf("size %d, want %d", w.Node.Size(), want)
			}
			r, err := w.Node.Submit(context.Background(), e)
			if err != nil || r.Seq != size || r.Replay != persist {
				t.Fatalf("after the restart: %+v %v", r, err)
			}
		})
	}
}
