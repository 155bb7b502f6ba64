package node

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// replayChunk is how many entries are prepared at a time.
const replayChunk = 256

// chunk is some consecutive entries of the store on their way into a state.
type chunk struct {
	first   uint64
	lines   [][]byte
	entries []*op.Entry
	err     error         // of the entry after entries
	ready   chan struct{} // closed once they are decoded and prepared
}

// prepare decodes the lines and does what needs no state. What Prepare refuses the
// ledger refuses too, in its place.
func (c *chunk) prepare() {
	defer close(c.ready)
	for _, line := range c.lines {
		e, err := op.DecodeEntry(line)
		if err != nil {
			c.err = err
			return
		}
		_ = ledger.Prepare(e.Event)
		c.entries = append(c.entries, e)
	}
}

// load applies the first size stored entries to an empty state, for a node that has
// nothing else to do: they are decoded and prepared on all cores, and applied on the
// caller's. The store's Merkle tree vouches that they are the entries whose signatures
// were checked when they came in.
func (n *Node) load(ctx context.Context, state *ledger.State, size uint64) error {
	ctx, cancel := context.WithCancel(ctx)
	cores := runtime.GOMAXPROCS(0)
	order, work := make(chan *chunk, 2*cores), make(chan *chunk, 2*cores)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for range cores {
		wg.Go(func() {
			for c := range work {
				c.prepare()
			}
		})
	}
	var read error
	wg.Go(func() {
		defer close(order)
		defer close(work)
		read = n.readChunks(ctx, state.Next(), size, func(c *chunk) bool {
			select {
			case order <- c:
			case <-ctx.Done():
				return false
			}
			work <- c // never waits for long: the workers wait for nobody
			return true
		})
	})
	for c := range order {
		<-c.ready
		if err := n.applyChunk(ctx, state, c); err != nil {
			return err
		}
	}
	return read // it was set before order was closed
}

// readChunks hands the stored entries on, in order, until fn says no.
func (n *Node) readChunks(ctx context.Context, from, size uint64, fn func(*chunk) bool) error {
	c := &chunk{first: from, ready: make(chan struct{})}
	err := n.cfg.Store.Scan(from, size, func(_ uint64, line []byte) error {
		c.lines = append(c.lines, slices.Clone(line))
		if len(c.lines) < replayChunk {
			return nil
		}
		if !fn(c) {
			return ctx.Err()
		}
		c = &chunk{first: c.first + replayChunk, ready: make(chan struct{})}
		return nil
	})
	if err == nil && len(c.lines) > 0 && !fn(c) {
		err = ctx.Err()
	}
	return err
}

// applyChunk applies prepared entries in order.
func (n *Node) applyChunk(ctx context.Context, state *ledger.State, c *chunk) error {
	for _, e := range c.entries {
		if err := n.applyStored(ctx, state, e); err != nil {
			return err
		}
	}
	if c.err != nil {
		return doesNotApply(c.first+uint64(len(c.entries)), c.err)
	}
	return nil
}

// applyStored applies an entry of the store, unless ctx or the node has ended.
func (n *Node) applyStored(ctx context.Context, state *ledger.State, e *op.Entry) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-n.stopping:
		return ErrStopping
	default:
	}
	seq := state.Next()
	if _, err := ledger.ApplyVerified(state, e); err != nil {
		return doesNotApply(seq, err)
	}
	return nil
}

func doesNotApply(seq uint64, err error) error {
	if errors.Is(err, refusal.ErrRules) {
		return fmt.Errorf("node: entry %d of the ballot store is by newer rules than this econd knows: %w. Start the econd that wrote it, or a newer one", seq, err)
	}
	return fmt.Errorf("node: entry %d of the ballot store does not apply: %w", seq, err)
}
