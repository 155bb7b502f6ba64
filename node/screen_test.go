package node_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// reopened starts the node of a world anew, with what is called before each check of a
// signature.
func (w *world) reopened(before func(*op.Event)) {
	w.T.Helper()
	if err := w.Halt(); err != nil {
		w.T.Fatal(err)
	}
	w.Opened = func(n *node.Node) { n.BeforeChecks(before) }
	w.Start()
}

// An event that comes alone is checked and stamped while all places for groups are
// taken, and others wait for them.
func TestGroupsDelayNoSingleEvent(t *testing.T) {
	w := newWorld(t)
	alice, mallory := nodetest.Key(t, 11), nodetest.Key(t, 66)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	w.submit(mallory, op.KindRegister, op.Register{Name: "mallory"})
	stand, begun := make(chan struct{}), make(chan struct{}, 10_000)
	w.reopened(func(e *op.Event) {
		if e.PubKey == mallory.Public() {
			begun <- struct{}{}
			<-stand
		}
	})
	var groups sync.WaitGroup
	for g := range 8 {
		batch := make([]*op.Event, 100)
		for i := range batch {
			batch[i] = w.Event(mallory, op.KindStatement, op.Statement{Text: fmt.Sprint(g, i)})
		}
		groups.Go(func() { w.Node.SubmitMany(context.Background(), batch) })
	}
	for range runtime.GOMAXPROCS(0) {
		<-begun
	}
	w.submit(alice, op.KindStatement, op.Statement{Text: "alone"})
	many := w.Node.SubmitMany(context.Background(), []*op.Event{w.Event(alice, op.KindStatement, op.Statement{Text: "a group of one"})})
	if many[0].Err != nil {
		t.Error(many[0].Err)
	}
	close(stand)
	groups.Wait()
}

// A check that breaks off takes no place away, ends nothing and closes nothing.
func TestBrokenCheckGivesItsPlaceBack(t *testing.T) {
	w := newWorld(t)
	alice := nodetest.Key(t, 11)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	w.reopened(func(e *op.Event) {
		if e.CreatedAt == 1 {
			panic("broken")
		}
	})
	for range runtime.GOMAXPROCS(0) + 1 {
		e := w.Event(alice, op.KindStatement, op.Statement{Text: "x"})
		e.CreatedAt = 1
		if err := e.Sign(alice); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Node.Submit(context.Background(), e); !errors.Is(err, node.ErrBroken) {
			t.Errorf("broken off: %v", err)
		}
		if got := w.Node.SubmitMany(context.Background(), []*op.Event{nil, e}); !errors.Is(got[1].Err, node.ErrBroken) {
			t.Errorf("broken off in a group: %v", got[1].Err)
		}
	}
	w.submit(alice, op.KindStatement, op.Statement{Text: "y"})
}

// What the log has to the byte is answered with its receipt, and its signature is not
// checked again; another signature under its id is.
func TestRecordedEventsAreNotCheckedAgain(t *testing.T) {
	w := newWorld(t)
	alice := nodetest.Key(t, 11)
	var checks atomic.Int64
	w.reopened(func(*op.Event) { checks.Add(1) })
	batch := []*op.Event{w.Event(alice, op.KindRegister, op.Register{Name: "alice"})}
	for i := range 99 {
		batch = append(batch, w.Event(alice, op.KindStatement, op.Statement{Text: fmt.Sprint(i)}))
	}
	first := w.Node.SubmitMany(context.Background(), batch)
	for range 2 {
		if n := checks.Load(); n != 100 {
			t.Fatalf("%d checks", n)
		}
		again := append([]node.Result{}, w.Node.SubmitMany(context.Background(), batch)...)
		alone, err := w.Node.Submit(context.Background(), batch[7])
		again = append(again, node.Result{Receipt: alone, Err: err})
		for i, r := range again {
			want := first[min(i, 99)].Receipt
			if i == 100 {
				want = first[7].Receipt
			}
			want.Replay = true
			want.Promise, r.Receipt.Promise = "", "" // under another head
			if r.Err != nil || r.Receipt != want {
				t.Errorf("%d: %+v, want %+v", i, r, want)
			}
		}
		w.reopened(func(*op.Event) { checks.Add(1) }) // the log knows them after a start
	}
	forged := *batch[7]
	forged.Sig[5] ^= 1
	if _, err := w.Node.Submit(context.Background(), &forged); !errors.Is(err, op.ErrSignature) {
		t.Errorf("forged: %v", err)
	}
	if known := w.Node.Recorded(nil, batch[3], &forged, w.Event(alice, op.KindStatement, op.Statement{Text: "new"})); !(!known[0] && known[1] && !known[2] && !known[3]) {
		t.Errorf("recorded: %v", known)
	}
}

// What the doors ask before an operation is stamped does not wait for the state: prices,
// the operator's key, whether the log has it; nor does a proposal with collateral.
func TestNothingBeforeTheStampWaitsForTheState(t *testing.T) {
	w := newWorld(t)
	alice := nodetest.Key(t, 11)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	release := blocked(w)
	if got := w.Node.Operator(); got != nodetest.Key(t, 1).Public() {
		t.Errorf("operator %s", got)
	}
	e := w.Event(alice, op.KindPropose, op.Propose{Track: "parameter", Title: "t", Actions: []op.Raw{}})
	if w.Node.Recorded(e)[0] {
		t.Error("recorded")
	}
	now, then := w.Node.PriceSat("operations"), w.Node.PriceAt("operations", 0)
	w.Lightning.Leave(true)
	_, err := w.Node.Submit(context.Background(), e)
	w.Lightning.Leave(false)
	if !errors.Is(err, node.ErrLightningAway) {
		t.Error(err)
	}
	release()
	w.Node.View(func(s *ledger.State, _ int64) {
		if want := s.PriceSat("operations"); now != want || then != want {
			t.Errorf("prices %d and %d, want %d", now, then, want)
		}
	})
}
