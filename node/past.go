package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// Replayed states that nobody looks at are let go.
const (
	pastIdleMs = 10 * 60 * 1000   // after which
	pastSweep  = 30 * time.Second // between two looks for them
)

// ErrNoPast says that Config.PastStates is 0, and what was asked for is not the present.
var ErrNoPast = errors.New("this node keeps no past states; replay the log from GET /v1/log, or ask a node that does")

// ErrReplaying says that the request ended before the past state that it asks for was
// replayed. What was replayed by then is kept, so asking again goes on there.
var ErrReplaying = errors.New("the past state is not replayed yet")

// BeyondHeadError refuses a sequence number that the log has not reached.
type BeyondHeadError struct {
	Seq  uint64 // asked for
	Head uint64 // of the last durable entry
}

// Error names both numbers.
func (e *BeyondHeadError) Error() string {
	return fmt.Sprintf("is %d, the last entry of the log is %d", e.Seq, e.Head)
}

// ViewAt calls fn with the state as it was right after entry seq and with that
// entry's time. As with View, fn must not keep or change the state and should be
// short. The head is answered from the present state; anything before it is
// replayed, one replay at a time, until ctx or Run ends. Nobody who looks at the
// present waits for that. The error is a *BeyondHeadError, ErrNoPast,
// ErrReplaying, ErrStopping, ctx's, or that of the store.
func (n *Node) ViewAt(ctx context.Context, seq uint64, fn func(s *ledger.State, nowMs int64)) error {
	if size := n.Size(); seq >= size {
		return &BeyondHeadError{Seq: seq, Head: size - 1}
	}
	if n.viewHead(seq, fn) {
		return nil
	}
	if n.past.most == 0 {
		return ErrNoPast
	}
	r := n.past.look(seq, n.cfg.Clock.NowMs())
	if r == nil {
		var err error
		if r, err = n.replayTo(ctx, seq); err != nil {
			return err
		}
	}
	defer r.mu.RUnlock()
	fn(r.state, r.state.Clock().TimeMs)
	return nil
}

// PastUse tells how many past states are kept now, and how many entries were
// replayed for them since the start.
func (n *Node) PastUse() (states int, replayed uint64) {
	n.past.mu.Lock()
	defer n.past.mu.Unlock()
	return len(n.past.kept), n.past.entries.Load()
}

// viewHead calls fn with the present state if entry seq is the last one.
func (n *Node) viewHead(seq uint64, fn func(s *ledger.State, nowMs int64)) bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if n.state.Next() != seq+1 {
		return false
	}
	fn(n.state, n.state.Clock().TimeMs)
	return true
}

// replayTo returns the state after entry seq, locked for reading.
func (n *Node) replayTo(ctx context.Context, seq uint64) (*replayed, error) {
	select {
	case n.past.turn <- struct{}{}:
		defer func() { <-n.past.turn }()
	case <-n.stopping:
		return nil, ErrStopping
	case <-ctx.Done():
		return nil, notReplayed(ctx, "another past state is being replayed")
	}
	if r := n.past.look(seq, n.cfg.Clock.NowMs()); r != nil {
		return r, nil // by whoever had the turn before
	}
	r := n.past.take(seq, ledger.New)
	first := r.state.Next()
	err := n.advance(ctx, r.state, seq+1)
	n.past.entries.Add(r.state.Next() - first)
	r.mu.Unlock()
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	r.mu.RLock() // nobody else has it before it is kept
	n.past.keep(r, n.cfg.Clock.NowMs())
	if err != nil {
		defer r.mu.RUnlock()
		return nil, notReplayed(ctx, fmt.Sprintf("%d of %d entries are done", r.state.Next(), seq+1))
	}
	return r, nil
}

func notReplayed(ctx context.Context, how string) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w: %s; ask again", ErrReplaying, how)
	}
	return ctx.Err()
}

// advance applies the stored entries up to size to a state, on one core: the
// others serve the present. When it returns an error, the state is that of some
// entry before.
func (n *Node) advance(ctx context.Context, state *ledger.State, size uint64) error {
	return n.cfg.Store.Scan(state.Next(), size, func(seq uint64, line []byte) error {
		e, err := op.DecodeEntry(line)
		if err != nil {
			return doesNotApply(seq, err)
		}
		return n.applyStored(ctx, state, e)
	})
}

// past keeps replayed states.
type past struct {
	most int           // at once, the one in work included
	turn chan struct{} // one place: whoever replays holds it
	mu   sync.Mutex
	kept []*replayed // least recently used first; none of them is in work

	entries atomic.Uint64 // replayed since the start
}

// replayed is a state of the past. It is advanced only while it is not kept, so
// that nobody finds it, and after those who look at it have left.
type replayed struct {
	mu     sync.RWMutex
	state  *ledger.State
	usedMs int64
}

func (p *past) init(most int) { p.most, p.turn = most, make(chan struct{}, 1) }

// look returns the kept state after entry seq, locked for reading, or nil.
func (p *past) look(seq uint64, nowMs int64) *replayed {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.kept, func(r *replayed) bool { return r.state.Next() == seq+1 })
	if i < 0 {
		return nil
	}
	r := p.kept[i]
	p.kept = append(slices.Delete(p.kept, i, i+1), r)
	r.usedMs = nowMs
	r.mu.RLock() // never waits: states are locked for writing outside of kept
	return r
}

// take returns a state to advance to entry seq, locked for writing: the nearest
// one before it, or else a new one, in place of the one unused for longest.
func (p *past) take(seq uint64, fresh func() *ledger.State) *replayed {
	p.mu.Lock()
	nearest := -1
	for i, r := range p.kept {
		if next := r.state.Next(); next <= seq && (nearest < 0 || next > p.kept[nearest].state.Next()) {
			nearest = i
		}
	}
	var r *replayed
	if nearest >= 0 {
		r = p.kept[nearest]
		p.kept = slices.Delete(p.kept, nearest, nearest+1)
	} else {
		r = &replayed{state: fresh()}
		if len(p.kept) == p.most {
			p.kept = slices.Delete(p.kept, 0, 1)
		}
	}
	p.mu.Unlock()
	r.mu.Lock()
	return r
}

// keep puts back a state that was taken.
func (p *past) keep(r *replayed, nowMs int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r.usedMs = nowMs
	p.kept = append(p.kept, r)
}

// forget lets go of the states unused since an instant.
func (p *past) forget(sinceMs int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = slices.DeleteFunc(p.kept, func(r *replayed) bool { return r.usedMs < sinceMs })
}

// runPast lets go of states that nobody looks at any more.
func (n *Node) runPast(ctx context.Context) error {
	tick := time.NewTicker(pastSweep)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			n.sweepPast()
		}
	}
}

func (n *Node) sweepPast() { n.past.forget(n.cfg.Clock.NowMs() - pastIdleMs) }
