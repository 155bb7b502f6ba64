package node_test

import (
	"context"
	"errors"
	"testing"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// outcome is what a submission returned.
type outcome struct {
	node.Result
	many bool
}

// held is a world whose next write waits, with one submission in it.
func held(t *testing.T, ctx context.Context, many bool) (*world, *nodetest.HeldWrite, *op.Event, chan outcome) {
	t.Helper()
	w := newWorld(t)
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	store := &nodetest.HeldStore{Store: w.Store}
	w.StartOn(store)
	write := store.Hold()
	e := w.Event(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	return w, write, e, w.sent(ctx, e, many)
}

// sent submits an event on the side.
func (w *world) sent(ctx context.Context, e *op.Event, many bool) chan outcome {
	answer := make(chan outcome, 1)
	go func() {
		if many {
			answer <- outcome{w.Node.SubmitMany(ctx, []*op.Event{e})[0], true}
			return
		}
		r, err := w.Node.Submit(ctx, e)
		answer <- outcome{node.Result{Receipt: r, Err: err}, false}
	}()
	return answer
}

// Who gives up while the writer has the event is told what became of it; who
// gives up before is told that, and the event is never recorded.
func TestGivingUpIsAnsweredTruly(t *testing.T) {
	for _, many := range []bool{false, true} {
		ctx, cancel := context.WithCancel(context.Background())
		w, write, _, taken := held(t, ctx, many)
		<-write.Begun
		late := w.Event(nodetest.Key(t, 12), op.KindRegister, op.Register{Name: "bob"})
		gone, leave := context.WithCancel(context.Background())
		leave()
		cancel()
		if got := <-w.sent(gone, late, many); !errors.Is(got.Err, context.Canceled) {
			t.Fatalf("many %v: given up before the writer had it: %+v", many, got)
		}
		close(write.Release)
		if got := <-taken; got.Err != nil || got.Receipt.Seq == 0 {
			t.Fatalf("many %v: given up while it was written: %+v", many, got)
		}
		r := w.submit(nodetest.Key(t, 13), op.KindRegister, op.Register{Name: "carol"})
		if again, err := w.Node.Submit(context.Background(), late); err != nil || again.Replay || again.Seq != r.Seq+1 {
			t.Fatalf("many %v: what was given up is recorded: %+v, %v", many, again, err)
		}
	}
}

// A submission that waits behind a write can be given up.
func TestGivingUpBehindAWrite(t *testing.T) {
	w, write, _, taken := held(t, context.Background(), false)
	<-write.Begun
	ctx, cancel := context.WithCancel(context.Background())
	second := w.Event(nodetest.Key(t, 12), op.KindRegister, op.Register{Name: "bob"})
	waits := w.sent(ctx, second, false)
	cancel() // wherever it is by now
	if got := <-waits; !errors.Is(got.Err, context.Canceled) {
		t.Fatalf("%+v", got)
	}
	close(write.Release)
	if got := <-taken; got.Err != nil {
		t.Fatal(got.Err)
	}
	w.submit(nodetest.Key(t, 13), op.KindRegister, op.Register{Name: "carol"})
	w.Node.View(func(s *ledger.State, _ int64) {
		if _, ok := s.Lookup(second.ID); ok {
			t.Error("what was given up is recorded")
		}
	})
}

// What a signature check refused stays refused, whether the rest was given up.
func TestGivingUpKeepsRefusals(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	bad := w.Event(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	bad.Sig[40] ^= 1
	results := w.Node.SubmitMany(ctx, []*op.Event{bad, nil})
	if !errors.Is(results[0].Err, op.ErrSignature) || results[1].Err != nil {
		t.Fatalf("%+v", results)
	}
}
