package ledger

import (
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/op"
)

// blocks are the headers that the log has, from version 2 of the rules on. All are kept, 48
// bytes each: two and a half megabytes a year.
type blocks struct{ chain headers.Chain }

// extend adds headers; see headers.Chain.Extend.
func (s *blocks) extend(n headers.Network, c *op.Blocks) error {
	list := make([]headers.Header, len(c.Headers))
	for i, h := range c.Headers {
		list[i] = headers.Header(h)
	}
	return s.chain.Extend(n, c.From, list)
}

// all is the chain, to be read only.
func (s *blocks) all() *headers.Chain { return &s.chain }

// newest is height and hash of the last block, if there is one.
func (s *blocks) newest() (height uint32, hash op.Hash, ok bool) {
	_, height = s.chain.Range()
	hash, ok = s.chain.Block(height)
	return height, hash, ok
}
