package node_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// slowStore counts what is scanned and can hold a scan up before an entry.
type slowStore struct {
	node.Store
	scanned atomic.Int64
	before  atomic.Pointer[func(seq uint64)]
}

func (s *slowStore) Scan(from, to uint64, fn func(uint64, []byte) error) error {
	return s.Store.Scan(from, to, func(seq uint64, line []byte) error {
		s.scanned.Add(1)
		if f := s.before.Load(); f != nil {
			(*f)(seq)
		}
		return fn(seq, line)
	})
}

// lived is an economy of some forty entries, on a store that can be slow.
func lived(t *testing.T) (*world, *slowStore) {
	w := newWorld(t)
	agents := make([]op.SecretKey, 8)
	for i := range agents {
		agents[i] = nodetest.Key(t, byte(0x40+i))
		w.submit(agents[i], op.KindRegister, op.Register{Name: "agent"})
		w.lock(agents[i], 20_000)
		w.Clock.Add(time.Second)
	}
	w.priceProposal(agents[0], 10, 12)
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	s := &slowStore{Store: w.Store}
	w.StartOn(s)
	s.scanned.Store(0) // of the start
	return w, s
}

// shown is all that the tests look at of a state.
func shown(s *ledger.State, nowMs int64) string {
	var agents []view.Agent
	for i := range s.Agents() {
		agents = append(agents, s.AgentAt(i))
	}
	var proposals []view.Proposal
	for i := range s.Proposals() {
		proposals = append(proposals, s.ProposalAt(i, nowMs))
	}
	text, err := json.Marshal([]any{s.Next(), nowMs, s.Clock(), agents, proposals, s.Holds(), s.Pools(), s.Constitution()})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (w *world) past(ctx context.Context, seq uint64) (text string, err error) {
	err = w.Node.ViewAt(ctx, seq, func(s *ledger.State, nowMs int64) { text = shown(s, nowMs) })
	return text, err
}

// histories is what was shown after each entry, from one replay of the log.
func (w *world) histories() []string {
	w.T.Helper()
	var list []string
	s := ledger.New()
	err := w.Node.Entries(0, w.Node.Size(), func(_ uint64, line []byte) error {
		e, err := op.DecodeEntry(line)
		if err == nil {
			_, err = ledger.Apply(s, e)
		}
		list = append(list, shown(s, s.Clock().TimeMs))
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return list
}

func TestViewAtShowsEveryPastState(t *testing.T) {
	w, _ := lived(t)
	want := w.histories()
	for _, seq := range rand.New(rand.NewPCG(1, 2)).Perm(len(want)) {
		got, err := w.past(context.Background(), uint64(seq))
		if err != nil || got != want[seq] {
			t.Fatalf("after entry %d: %v\n%s\nwant\n%s", seq, err, got, want[seq])
		}
	}
	var beyond *node.BeyondHeadError
	if _, err := w.past(context.Background(), uint64(len(want))); !errors.As(err, &beyond) ||
		*beyond != (node.BeyondHeadError{Seq: uint64(len(want)), Head: uint64(len(want) - 1)}) {
		t.Fatalf("beyond the head: %v", err)
	}
}

// Readers of many moments at once each see their own, while the log grows.
func TestViewAtFromManySides(t *testing.T) {
	w, _ := lived(t)
	want := w.histories()
	var wg sync.WaitGroup
	for r := range 8 {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(r), 7))
			for range 40 {
				seq := rnd.IntN(len(want))
				if got, err := w.past(context.Background(), uint64(seq)); err != nil || got != want[seq] {
					t.Errorf("after entry %d: %v, %s", seq, err, got)
				}
			}
		})
	}
	for i := range 5 {
		w.submit(nodetest.Key(t, byte(0x60+i)), op.KindRegister, op.Register{Name: "late"})
	}
	wg.Wait()
}

// Two states are kept, so two readers who alternate pay for one replay each; a
// later moment is reached from the nearest one before it.
func TestViewAtReplaysAsLittleAsItCan(t *testing.T) {
	w, s := lived(t)
	replays := func(seq uint64, want int64) {
		t.Helper()
		before := s.scanned.Load()
		if _, err := w.past(context.Background(), seq); err != nil {
			t.Fatal(err)
		}
		if got := s.scanned.Load() - before; got != want {
			t.Errorf("entry %d cost %d entries, want %d", seq, got, want)
		}
	}
	head := w.Node.Size() - 1
	replays(head, 0) // the present state
	replays(20, 21)
	replays(4, 5)
	for range 3 {
		replays(20, 0)
		replays(4, 0)
	}
	replays(25, 5) // from 20
	replays(10, 6) // from 4
	replays(3, 4)  // anew, in place of 25, which was unused for longer
	replays(10, 0)
	replays(25, 15) // from 10
}

// A state that nobody looks at for ten minutes is let go, one in use is not.
func TestPastStatesAreLetGo(t *testing.T) {
	w, s := lived(t)
	look := func(seq uint64) (cost int64) {
		before := s.scanned.Load()
		if _, err := w.past(context.Background(), seq); err != nil {
			t.Fatal(err)
		}
		return s.scanned.Load() - before
	}
	look(20)
	look(4)
	w.Clock.Add(9 * time.Minute)
	look(4)
	w.Node.SweepPast()
	w.Clock.Add(2 * time.Minute)
	w.Node.SweepPast()
	if cost := look(4); cost != 0 {
		t.Errorf("the state looked at two minutes ago was let go: %d entries", cost)
	}
	if cost := look(20); cost != 16 { // from 4
		t.Errorf("the state unused for eleven minutes cost %d entries, want 16", cost)
	}
}

// A replay does not keep a node from stopping.
func TestReplayEndsWithTheNode(t *testing.T) {
	w, s := lived(t)
	at, goOn := make(chan struct{}), make(chan struct{})
	hold := func(seq uint64) {
		if seq == 12 {
			close(at)
			<-goOn
		}
	}
	s.before.Store(&hold)
	done := make(chan error, 2)
	go func() { _, err := w.past(context.Background(), 30); done <- err }()
	<-at
	go func() { _, err := w.past(context.Background(), 8); done <- err }() // waits for its turn
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, node.ErrStopping) {
		t.Errorf("who waits for a turn: %v", err)
	}
	close(goOn)
	if err := <-done; !errors.Is(err, node.ErrStopping) {
		t.Errorf("who replays: %v", err)
	}
}

// expiry is a context whose time runs out when out is closed.
type expiry struct {
	context.Context
	out chan struct{}
}

func (e *expiry) Done() <-chan struct{} { return e.out }

func (e *expiry) Err() error {
	select {
	case <-e.out:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// The present is read and written while a past state is replayed; who cannot
// wait longer is told how far it is, and the next one goes on from there.
func TestViewAtLetsThePresentGoOnAndKeepsWhatWasDone(t *testing.T) {
	w, s := lived(t)
	want := w.histories()
	s.scanned.Store(0)
	at, goOn := make(chan struct{}), make(chan struct{})
	hold := func(seq uint64) {
		if seq == 12 {
			close(at)
			<-goOn
		}
	}
	s.before.Store(&hold)
	ctx := &expiry{context.Background(), make(chan struct{})}
	done := make(chan error, 1)
	go func() {
		_, err := w.past(ctx, 30)
		done <- err
	}()
	<-at
	w.submit(nodetest.Key(t, 0x60), op.KindRegister, op.Register{Name: "meanwhile"})
	w.Node.View(func(*ledger.State, int64) {})
	short, stop := context.WithTimeout(context.Background(), time.Millisecond)
	defer stop()
	if _, err := w.past(short, 5); !errors.Is(err, node.ErrReplaying) {
		t.Errorf("while another replays: %v", err)
	}
	close(ctx.out)
	s.before.Store(nil)
	close(goOn)
	if err := <-done; !errors.Is(err, node.ErrReplaying) {
		t.Fatalf("out of time: %v", err)
	}
	if got, err := w.past(context.Background(), 30); err != nil || got != want[30] {
		t.Fatalf("asked again: %v", err)
	}
	if got := s.scanned.Load(); got != 32 { // entry 12 twice
		t.Errorf("%d entries were scanned, want 32", got)
	}
}

// A node that keeps no past answers for the present and refuses the rest.
func TestViewAtWithoutPastStates(t *testing.T) {
	w, _ := lived(t)
	want := w.histories()
	w.Node.KeepPast(0)
	head := uint64(len(want) - 1)
	if err := w.Node.ViewAt(context.Background(), head, func(*ledger.State, int64) {}); err != nil {
		t.Errorf("the present: %v", err)
	}
	if err := w.Node.ViewAt(context.Background(), head-1, func(*ledger.State, int64) {}); !errors.Is(err, node.ErrNoPast) {
		t.Errorf("the past: %v", err)
	}
	if _, err := node.Open(node.Config{PastStates: -1}); err == nil || !strings.Contains(err.Error(), "PastStates") {
		t.Errorf("-1 past states: %v", err)
	}
}
