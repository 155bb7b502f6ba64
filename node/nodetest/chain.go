package nodetest

import (
	"context"
	"sync"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/op"
)

// chainFrom is the first height of a world's chain, startMs where its clock starts.
const (
	chainFrom = 480
	startMs   = 1_800_000_000_000
)

// chainHeaders are the headers of a world's chain, a second apart from behind Tip on.
var chainHeaders = sync.OnceValue(func() []headers.Header {
	before := int64(tipHeight - chainFrom + 1)
	list := headers.Mine([32]byte{}, startMs/1000-before*600, 600, int(before), 0)
	last := &list[before-1]
	return append(list, headers.Mine(last.Hash(), last.TimeS(), 1, 1500, 0)...)
})

const tipHeight = 500

// Tip is the newest block of a world's chain when it begins.
var Tip = BlockAt(tipHeight)

// BlockAt is the block of a height, from 480 to 2000, in every world's chain.
func BlockAt(height uint32) node.Block {
	h := chainHeaders()[height-chainFrom]
	return node.Block{Height: height, Hash: h.Hash()}
}

// Headers are those of every world's chain from a height to another.
func Headers(from, to uint32) (list []op.BlockHeader) {
	for _, h := range chainHeaders()[from-chainFrom : to-chainFrom+1] {
		list = append(list, op.BlockHeader(h))
	}
	return list
}

// Chain tells the blocks that tests send; telling Tip again makes a node look
// for due facts.
type Chain struct {
	Tips chan node.Block

	mu       sync.Mutex
	forkedAt uint32 // the first height of the fork; 0: there is none
	fork     []headers.Header
	failing  error
	held     *HeldHeaders
}

// HeldHeaders are headers that are read and do not come.
type HeldHeaders struct {
	Begun   chan struct{} // closed once somebody reads
	Release chan struct{} // closed by the test
	once    sync.Once
}

// Hold has every read of headers wait until Release is closed.
func (c *Chain) Hold() *HeldHeaders {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = &HeldHeaders{Begun: make(chan struct{}), Release: make(chan struct{})}
	return c.held
}

// Fork has the chain leave every world's at a height, for count blocks of its own, and
// returns them by height.
func (c *Chain) Fork(at uint32, count int) func(height uint32) node.Block {
	steps := make([]int64, count)
	for i := range steps {
		steps[i] = 1
	}
	return c.ForkBy(at, steps)
}

// ForkBy is Fork with the seconds from each block to the next, which may be below 0.
func (c *Chain) ForkBy(at uint32, steps []int64) func(height uint32) node.Block {
	last := chainHeaders()[at-1-chainFrom]
	var list []headers.Header
	for _, step := range steps {
		last = headers.Mine(last.Hash(), last.TimeS(), step, 1, 1)[0]
		list = append(list, last)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forkedAt, c.fork = at, list
	return func(height uint32) node.Block {
		return node.Block{Height: height, Hash: list[height-at].Hash()}
	}
}

// Fail has Headers fail, until it is called with nil.
func (c *Chain) Fail(err error) { c.mu.Lock(); c.failing = err; c.mu.Unlock() }

// WatchBlocks implements node.Chain.
func (c *Chain) WatchBlocks(ctx context.Context, fn func(node.Block)) error {
	for {
		select {
		case b := <-c.Tips:
			fn(b)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Headers implements node.Chain.
func (c *Chain) Headers(ctx context.Context, from uint32, count int) ([]headers.Header, error) {
	c.mu.Lock()
	held := c.held
	c.mu.Unlock()
	if held != nil {
		held.once.Do(func() { close(held.Begun) })
		select {
		case <-held.Release:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	all := chainHeaders()
	if c.forkedAt != 0 {
		keep := c.forkedAt - chainFrom
		all = append(all[:keep:keep], c.fork...)
	}
	if c.failing != nil {
		return nil, c.failing
	}
	at := min(int(from-chainFrom), len(all))
	return all[at:min(at+count, len(all))], nil
}
