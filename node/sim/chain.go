package sim

import (
	"sync"

	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/op"
)

// chain is the one that all simulations run on, mined as far as one of them came: block
// after block at its ten minutes, from ten before startHeight on.
var chain struct {
	sync.Mutex
	list []headers.Header
}

const chainFrom = startHeight - 10

// blocksTo returns the headers from a height on, to another. The caller must not change them.
func blocksTo(from, to uint32) []headers.Header {
	chain.Lock()
	defer chain.Unlock()
	if missing := int(to-chainFrom) + 1 - len(chain.list); missing > 0 {
		var prev [32]byte
		timeS := int64(startMs)/1000 - 11*blockS
		if n := len(chain.list); n > 0 {
			prev, timeS = chain.list[n-1].Hash(), chain.list[n-1].TimeS()
		}
		chain.list = append(chain.list, headers.Mine(prev, timeS, blockS, missing, 0)...)
	}
	return chain.list[from-chainFrom : to-chainFrom+1]
}

// toHeight lets the chain come to a height. By version 2 of the rules the log has its headers.
func (w *world) toHeight(height uint32) error {
	known := w.s.Headers()
	if known == nil {
		w.at.Height = height
		return nil
	}
	from := uint32(chainFrom)
	if !known.Empty() {
		_, last := known.Range()
		from = last + 1
	}
	for from <= height {
		to := min(height, from+op.MaxHeaders-1)
		c := op.Blocks{From: from}
		list := blocksTo(from, to)
		for _, h := range list {
			c.Headers = append(c.Headers, op.BlockHeader(h))
		}
		if err := w.fact(op.KindBlocks, c); err != nil {
			return err
		}
		w.at.Height, w.at.BlockHash = to, list[len(list)-1].Hash()
		from = to + 1
	}
	return nil
}
