package node_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
)

// blocked is a world whose writer stands still in a write until release is called.
func blocked(w *world) (release func()) {
	w.T.Helper()
	if err := w.Stop(); err != nil {
		w.T.Fatal(err)
	}
	store := &nodetest.HeldStore{Store: w.Store}
	w.StartOn(store)
	write := store.Hold()
	first := w.sent(context.Background(), w.Event(nodetest.Key(w.T, 99), op.KindRegister, op.Register{Name: "first"}), false)
	<-write.Begun
	return func() {
		close(write.Release)
		if got := <-first; got.Err != nil {
			w.T.Fatal(got.Err)
		}
	}
}

// arrived waits until so many requests stand in the queue.
func (w *world) arrived(n int) {
	w.T.Helper()
	for began := time.Now(); w.Node.Arrived() != n; time.Sleep(time.Millisecond) {
		if time.Since(began) > 2*time.Minute {
			w.T.Fatalf("%d requests have arrived, want %d", w.Node.Arrived(), n)
		}
	}
}

// A ballot that arrived before the deadline counts, however busy the writer is: it
// carries the instant at which it arrived, and what the deadline makes due comes after
// it. What arrives after the deadline is late.
func TestBallotsCountAsTheyArrive(t *testing.T) {
	w := newWorld(t)
	alice, bob := nodetest.Key(t, 11), nodetest.Key(t, 12)
	for _, k := range []op.SecretKey{alice, bob} {
		w.submit(k, op.KindRegister, op.Register{Name: "x"})
		w.lock(k, 20_000)
	}
	w.Clock.Add(time.Second)
	id, _ := w.priceProposal(alice, 10, 25)
	w.Clock.Add(2 * time.Second)
	w.submit(alice, op.KindVote, op.Vote{Proposal: id, Choice: "against"})
	var deadline int64
	w.Node.View(func(s *ledger.State, now int64) {
		p, _ := s.Proposal(id, now)
		deadline = p.DeadlineMs
	})
	w.Clock.Add(time.Duration(deadline-w.Clock.NowMs()-1) * time.Millisecond)

	release := blocked(w)
	intime := w.sent(context.Background(), w.Event(alice, op.KindVote, op.Vote{Proposal: id, Choice: "for"}), false)
	w.arrived(1)
	w.Clock.Add(time.Millisecond) // the last instant
	last := w.sent(context.Background(), w.Event(bob, op.KindVote, op.Vote{Proposal: id, Choice: "for"}), true)
	w.arrived(2)
	w.Clock.Add(time.Millisecond)
	w.Chain.Tips <- nodetest.Tip // the tick of the deadline
	late := w.sent(context.Background(), w.Event(bob, op.KindVote, op.Vote{Proposal: id, Choice: "against"}), false)
	w.arrived(3)
	release()

	a, b, c := <-intime, <-last, <-late
	if a.Err != nil || a.Receipt.TimeMs != deadline-1 || b.Err != nil || b.Receipt.TimeMs != deadline || b.Receipt.Seq < a.Receipt.Seq {
		t.Errorf("in time: %+v %+v", a, b)
	}
	var refused *refusal.Refusal
	if !errors.As(c.Err, &refused) || refused.Rule != "voting-deadline" {
		t.Errorf("late: %+v", c)
	}
	w.Node.View(func(s *ledger.State, now int64) {
		if p, _ := s.Proposal(id, now); p.State != "queued" && p.State != "succeeded" {
			t.Errorf("the proposal is %s", p.State)
		}
	})
}

// An event by a key that may sign none of its kind is refused before its signature,
// its content or anything else is looked at, and without waiting for the writer; an
// honest ballot beside it keeps its instant.
func TestStrangersAreRefusedFirst(t *testing.T) {
	w := newWorld(t)
	release := blocked(w)
	mallory := nodetest.Key(t, 66)
	for i := range 20 {
		e := w.Event(mallory, op.Kinds()[1+i], op.Register{})
		if e.Kind == op.KindPropose {
			e.Content = "{" + strings.Repeat(" ", 60_000)
		}
		e.Sig[3] ^= 1
		_, err := w.Node.Submit(context.Background(), e)
		var refused *refusal.Refusal
		if !errors.As(err, &refused) || refused.Rule != "registered" {
			t.Errorf("%v: %v", e.Kind, err)
		}
	}
	at := w.Clock.NowMs()
	honest := w.sent(context.Background(), w.Event(nodetest.Key(t, 12), op.KindRegister, op.Register{Name: "bob"}), false)
	w.arrived(1)
	w.Clock.Add(time.Minute)
	release()
	if got := <-honest; got.Err != nil || got.Receipt.TimeMs != at {
		t.Errorf("%+v, want the instant %d", got, at)
	}
}

// What a key sends with its registration, or right behind it, is let in.
func TestRegistrationAndMoreAtOnce(t *testing.T) {
	w := newWorld(t)
	release := blocked(w)
	alice, bob := nodetest.Key(t, 11), nodetest.Key(t, 12)
	first := w.sent(context.Background(), w.Event(alice, op.KindRegister, op.Register{Name: "alice"}), false)
	w.arrived(1)
	behind := w.sent(context.Background(), w.Event(alice, op.KindStatement, op.Statement{Text: "x"}), false)
	w.arrived(2)
	many := make(chan []node.Result, 1)
	batch := []*op.Event{w.Event(bob, op.KindStatement, op.Statement{Text: "early"}), w.Event(bob, op.KindRegister, op.Register{Name: "bob"}),
		w.Event(bob, op.KindStatement, op.Statement{Text: "x"})}
	go func() { many <- w.Node.SubmitMany(context.Background(), batch) }()
	w.arrived(3)
	release()
	for _, got := range []outcome{<-first, <-behind} {
		if got.Err != nil {
			t.Error(got.Err)
		}
	}
	if r := <-many; !errors.Is(r[0].Err, refusal.ErrForbidden) || r[1].Err != nil || r[2].Err != nil {
		t.Errorf("%+v", r)
	}
	// A registration that came to nothing lets nobody in.
	bad := w.Event(nodetest.Key(t, 13), op.KindRegister, op.Register{})
	if r := w.Node.SubmitMany(context.Background(), []*op.Event{bad}); r[0].Err == nil {
		t.Fatal("registered without a name")
	}
	if _, err := w.Node.Submit(context.Background(), w.Event(nodetest.Key(t, 13), op.KindVoid, op.Void{})); !errors.Is(err, refusal.ErrForbidden) {
		t.Error(err)
	}
}

// sizes is a store that tells how large its writes are.
type sizes struct {
	node.Store
	mu   sync.Mutex
	seen []int
}

func (s *sizes) Append(b node.Batch) ([32]byte, error) {
	s.mu.Lock()
	s.seen = append(s.seen, len(b.Entries))
	s.mu.Unlock()
	return s.Store.Append(b)
}

// A batch of thousands is cut into slices, and keeps its instant and order.
func TestLargeBatchIsCut(t *testing.T) {
	w := newWorld(t)
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	store := &sizes{Store: w.Store}
	w.StartOn(store)
	events := make([]*op.Event, 2*node.SliceEvents+10)
	for i := range events {
		key, err := op.NewSecretKey(fmt.Appendf(nil, "%032d", i+1))
		if err != nil {
			t.Fatal(err)
		}
		events[i] = w.Event(key, op.KindRegister, op.Register{Name: "x"})
	}
	store.seen = nil
	results := w.Node.SubmitMany(context.Background(), events)
	for i, r := range results {
		if r.Err != nil || r.Receipt.Seq != results[0].Receipt.Seq+uint64(i) || r.Receipt.TimeMs != results[0].Receipt.TimeMs {
			t.Fatalf("%d: %+v, the first %+v", i, r, results[0])
		}
	}
	store.mu.Lock()
	defer store.mu.Unlock()
	if len(store.seen) < 3 {
		t.Errorf("writes of %v entries", store.seen)
	}
	for _, n := range store.seen {
		if n > node.SliceEvents {
			t.Errorf("writes of %v entries, at most %d are allowed", store.seen, node.SliceEvents)
		}
	}
}

// Where a write in the middle of a batch fails, what was durable before stays
// answered.
func TestSliceThatFails(t *testing.T) {
	w := newWorld(t)
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	store := &breaks{Store: w.Store, after: 1}
	w.StartOn(store)
	before := w.Node.Size()
	events := make([]*op.Event, node.SliceEvents+10)
	for i := range events {
		key, _ := op.NewSecretKey(fmt.Appendf(nil, "%032d", i+1))
		events[i] = w.Event(key, op.KindRegister, op.Register{Name: "x"})
	}
	results := w.Node.SubmitMany(context.Background(), events)
	durable := 0
	for _, r := range results {
		switch {
		case r.Err == nil:
			durable++
		case !errors.Is(r.Err, node.ErrUnconfirmed) || r.Receipt != (view.Receipt{}):
			t.Fatalf("%+v", r)
		}
	}
	if durable == 0 || durable == len(events) || uint64(durable) != w.Node.Size()-before {
		t.Errorf("%d of %d are answered, the log has %d entries", durable, len(events), w.Node.Size())
	}
	if err := w.Halt(); !errors.Is(err, errDisk) {
		t.Errorf("Run returned %v", err)
	}
}

// breaks is a store that fails after some writes.
type breaks struct {
	node.Store
	after int
}

func (s *breaks) Append(b node.Batch) ([32]byte, error) {
	if s.after--; s.after < 0 {
		return [32]byte{}, errDisk
	}
	return s.Store.Append(b)
}
