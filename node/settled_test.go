package node_test

import (
	"testing"
	"time"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// A hold that LND has settled is understood wherever that shows: by the watcher
// while it is locked, at the start where the log never saw it locked, and where a
// release comes too late. The log owes its agent the sats each time.
func TestSettledWithoutARule(t *testing.T) {
	for name, take := range map[string]func(*treasury) op.ID{
		"while locked": func(w *treasury) op.ID {
			id := w.lock(w.alice, 3000)
			w.Lightning.Take(w.hash(id))
			w.tick(time.Second) // locked holds are looked up at blocks
			return id
		},
		"before the log knew": func(w *treasury) op.ID {
			id := w.submit(w.alice, op.KindLockStake, op.LockStake{AmountSat: 3000}).ID
			hash := w.offered(id)
			w.Halt()
			w.Lightning.Pay(hash, 3000)
			w.Lightning.Take(hash)
			w.Start()
			return id
		},
		"before its release": func(w *treasury) op.ID {
			id := w.lock(w.alice, 3000)
			w.Halt()
			w.Lightning.Lose("cancel", 1<<20)
			w.Start()
			w.submit(w.alice, op.KindReleaseStake, op.ReleaseStake{Stake: id})
			w.Lightning.Take(w.hash(id))
			w.Lightning.Lose("cancel", 0)
			return id
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTreasury(t)
			id := take(w)
			w.Until("the hold is taken", func(s *ledger.State, _ int64) bool {
				h, _ := s.Hold(id)
				return h.State == "taken" && len(s.PendingEffects()) == 0
			})
			w.Node.View(func(s *ledger.State, _ int64) {
				p, ok := s.ReturnOf(id)
				if !ok || p.State != "claimable" || p.AmountSat+p.FeeSat != 3000 || p.Agent != w.alice.Public() {
					t.Errorf("%+v, %v", p, ok)
				}
			})
		})
	}
}

func (w *treasury) hash(id op.ID) (hash op.Hash) {
	w.Node.View(func(s *ledger.State, _ int64) {
		h, _ := s.Hold(id)
		hash = *h.PaymentHash
	})
	return hash
}

// A settle call that was lost, and one whose answer was lost, end in one fact.
func TestSettledAndNotAnswered(t *testing.T) {
	for name, fault := range map[string]func(*treasury, int){
		"lost": func(w *treasury, n int) { w.Lightning.Lose("settle", n) }, "unanswered": func(w *treasury, n int) { w.Lightning.Mute("settle", n) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newTreasury(t)
			fault(w, 1<<20)
			id := w.submit(w.alice, op.KindDeposit, op.Deposit{Pool: "performance", AmountSat: 500}).ID
			w.Lightning.Pay(w.offered(id), 500)
			w.Until("it is to be settled", func(s *ledger.State, _ int64) bool {
				h, _ := s.Hold(id)
				return h.State == "forfeiting"
			})
			w.Halt()
			fault(w, 0)
			w.Clock.Add(time.Second)
			w.Start()
			w.waitFor("the deposit to arrive", func() bool { return w.pool() == 9500 })
			if n := w.Lightning.Settles(); n != 2 { // with that which funded the pool
				t.Errorf("settled %d times", n)
			}
		})
	}
}
