package node

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// By version 2 of the rules entries are stamped with the newest header that the log has, so
// the chain's headers are entered as soon as they are told, in order of arrival like all
// else: what came before them is stamped with the block before. What is due waits for them,
// see headers_due.go.

// beforeFirst is how many headers before that of the last stamp a log begins with: eleven
// tell the median time.
const beforeFirst = 10

// following is how far the log's headers have come.
type following struct {
	wake    chan struct{}
	trouble backoff.Pauses
	why     atomic.Pointer[string] // why the last attempt failed
	due     atomic.Bool            // whether the writer waits for headers, before what is due
}

func (f *following) init() {
	f.wake = make(chan struct{}, 1)
	f.trouble = backoff.Pauses{First: 250 * time.Millisecond, Longest: 15 * time.Second}
}

// lacks tells whether the log's rules ask for headers that the block told is ahead of.
func lacks(s *ledger.State, tip *Block) bool {
	c := s.Headers()
	if c == nil || tip == nil {
		return false
	}
	_, last := c.Range()
	return c.Empty() || last < tip.Height
}

// wantHeaders wakes who enters them, where some are missing. The caller holds n.mu.
func (n *Node) wantHeaders() {
	if !lacks(n.state, n.tip.Load()) {
		return
	}
	select {
	case n.following.wake <- struct{}{}:
	default:
	}
}

// runHeaders enters the chain's headers until ctx ends.
func (n *Node) runHeaders(ctx context.Context) error {
	f := &n.following
	for {
		if _, err := backoff.Wait(ctx, time.Minute, f.wake); err != nil {
			return err
		}
		for {
			err := n.enterHeaders(ctx)
			if errors.Is(err, ErrNotDurable) || ctx.Err() != nil {
				return err
			}
			if err == nil {
				f.why.Store(nil)
				f.trouble.Reset()
				break
			}
			if len(n.Recovery()) == 0 {
				why := err.Error()
				f.why.Store(&why)
				n.cfg.Log.Warn("block headers not entered", "error", err.Error())
			}
			if _, err := backoff.Wait(ctx, f.trouble.Next(), nil); err != nil {
				return err
			}
		}
	}
}

// enterHeaders brings the log's headers up to the block told last.
func (n *Node) enterHeaders(ctx context.Context) error {
	for {
		c, err := n.nextHeaders(ctx)
		if err != nil || c == nil {
			return err
		}
		if err := n.fact(ctx, op.KindBlocks, c); err != nil {
			return err
		}
		n.cfg.Log.Debug("entered headers", "from", c.From, "headers", len(c.Headers))
	}
}

// nextHeaders reads the next headers that the log lacks from the chain; nil if it lacks none.
func (n *Node) nextHeaders(ctx context.Context) (*op.Blocks, error) {
	from, before, tip := n.headersFrom()
	if tip == nil {
		return nil, nil
	}
	list, err := n.readHeaders(ctx, from, tip.Height)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	if before != nil && list[0].Prev() != *before {
		if from, list, err = n.forkedHeaders(ctx, from, tip.Height); err != nil || len(list) == 0 {
			return nil, err
		}
	}
	c := &op.Blocks{From: from}
	for _, h := range list {
		c.Headers = append(c.Headers, op.BlockHeader(h))
	}
	return c, nil
}

// headersFrom is the height of the first header that the log lacks, and the block before it
// if the log has it; no tip if it lacks none.
func (n *Node) headersFrom() (from uint32, before *[32]byte, tip *Block) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	tip = n.tip.Load()
	if !lacks(n.state, tip) {
		return 0, nil, nil
	}
	c, at := n.state.Headers(), n.state.Clock()
	if !c.Empty() {
		_, last := c.Range()
		hash, _ := c.Block(last)
		return last + 1, &hash, tip
	}
	if at.Height == 0 {
		at.Height = tip.Height // the genesis knew no block
	}
	if tip.Height < at.Height || tip.Height == at.Height && tip.Hash != at.BlockHash && at.BlockHash != [32]byte{} {
		return 0, nil, nil // the chain must come above what was stamped
	}
	return at.Height - min(at.Height, beforeFirst), nil, tip
}

// readHeaders reads as many headers as an entry takes, up to a height.
func (n *Node) readHeaders(ctx context.Context, from, to uint32) ([]headers.Header, error) {
	list, err := n.cfg.Chain.Headers(ctx, from, int(min(to-from+1, op.MaxHeaders)))
	if err != nil {
		return nil, fmt.Errorf("read headers from height %d: %w", from, err)
	}
	return list, nil
}

// forkedHeaders finds where the chain left the log's headers.
func (n *Node) forkedHeaders(ctx context.Context, from, to uint32) (uint32, []headers.Header, error) {
	for range headers.MaxFork {
		from--
		one, err := n.readHeaders(ctx, from, from)
		if err != nil || len(one) == 0 {
			return 0, nil, err
		}
		if n.hasHeader(from-1, one[0].Prev()) {
			list, err := n.readHeaders(ctx, from, to)
			return from, list, err
		}
	}
	return 0, nil, fmt.Errorf("the chain has left the log's headers more than %d blocks ago; the log cannot go along", headers.MaxFork)
}

func (n *Node) hasHeader(height uint32, hash [32]byte) bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	got, ok := n.state.Headers().Block(height)
	return ok && got == hash
}

// headerProblems says that entries cannot be stamped as they should.
func (n *Node) headerProblems() (problems []string) {
	n.mu.RLock()
	c := n.state.Headers()
	none := c != nil && c.Empty()
	held := c != nil && !none && n.held(n.state.StampAt(n.stampNow()))
	n.mu.RUnlock()
	switch why := n.following.why.Load(); {
	case why != nil:
		problems = append(problems, "chain: headers are not entered into the log: "+*why)
	case none:
		problems = append(problems, "chain: the log has no block headers yet, and takes nothing else before it has")
	}
	if held {
		problems = append(problems, "chain: no block for two hours: nothing is recorded before one comes")
	}
	return problems
}

// held tells whether nothing but headers can be entered with a stamp: it is too long after the
// newest header of the log, or there is none. The caller holds the state.
func (n *Node) held(at op.Stamp) bool {
	if c := n.state.Headers(); c != nil && c.Empty() {
		return true
	}
	most := n.state.MostTimeMs()
	return most != 0 && at.TimeMs > most
}
