package ledger

import (
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/op"
)

// Commands about the chain. Scenarios mine the same one by every version of the rules; by
// version 1 entries are stamped with its blocks, from version 2 on the log has its headers.
//
//	height N | block N WHICH       mine up to N; WHICH, a number, tells the blocks from others
//	fork DEPTH COUNT               COUNT blocks in place of the last DEPTH
//	again HEIGHT                   the header of that height once more
//	stamped HEIGHT COMMAND         as if that block were the newest, or any beyond the chain

// startChain mines the chain that scenarios start on, the last block at the height of the stamps.
func (sc *scenario) startChain() {
	sc.chainFrom = sc.at.Height - 10
	sc.chain = headers.Mine([32]byte{}, sc.at.TimeMs/1000-11*600, 600, 11, 0)
	sc.atTip()
}

// atTip stamps with the last block.
func (sc *scenario) atTip() {
	sc.at.Height, sc.at.BlockHash = sc.chainFrom+uint32(len(sc.chain)-1), sc.chain[len(sc.chain)-1].Hash()
}

// mine puts blocks behind the first that are kept.
func (sc *scenario) mine(keep, count int, fork uint32) {
	last := &sc.chain[keep-1]
	step := max(1, (sc.at.TimeMs/1000-last.TimeS())/int64(count))
	sc.chain = append(sc.chain[:keep:keep], headers.Mine(last.Hash(), last.TimeS(), step, count, fork)...)
}

// enterHeaders gives a log its first headers once its rules ask for them.
func (sc *scenario) enterHeaders() {
	if c := sc.s.Headers(); c == nil || !c.Empty() {
		return
	}
	from := max(0, len(sc.chain)-op.MaxHeaders) // to the height of the stamps in one entry
	if err := sc.tell(from); err != nil {
		sc.fatalf("first headers: %v", err)
	}
}

// tell enters the headers from one on, and stamps with the last of them from then on.
func (sc *scenario) tell(from int) error {
	for from < len(sc.chain) {
		to := min(from+op.MaxHeaders, len(sc.chain))
		c := op.Blocks{From: sc.chainFrom + uint32(from)}
		for _, h := range sc.chain[from:to] {
			c.Headers = append(c.Headers, op.BlockHeader(h))
		}
		if err := sc.apply("operator", op.KindBlocks, c); err != nil {
			return err
		}
		sc.at.Height, sc.at.BlockHash = c.From+uint32(to-from-1), sc.chain[to-1].Hash()
		from = to
	}
	return nil
}

// toHeight lets the chain come to a height, with blocks that fork tells from others, and
// stamps with its last block.
func (sc *scenario) toHeight(height, fork uint32) error {
	if sc.s.Headers() != nil {
		sc.enterDue()
	}
	have := len(sc.chain)
	if count := int(height-sc.chainFrom) + 1 - have; count > 0 {
		sc.mine(have, count, fork)
	}
	if sc.s.Headers() == nil {
		sc.atTip()
		return nil
	}
	return sc.tell(have)
}

// ofChain carries a command about the chain out; false if it is none.
func (sc *scenario) ofChain(f []string) (bool, error) {
	switch f[0] {
	case "height":
		return true, sc.toHeight(uint32(sc.number(f[1])), 0)
	case "fork":
		sc.enterDue()
		keep, was := len(sc.chain)-int(sc.number(f[1])), sc.chain
		sc.mine(keep, int(sc.number(f[2])), uint32(len(sc.log)))
		err := sc.tell(keep)
		if err != nil {
			sc.chain = was
		}
		return true, err
	case "again":
		sc.enterDue()
		i := uint32(sc.number(f[1])) - sc.chainFrom
		return true, sc.apply("operator", op.KindBlocks, op.Blocks{From: sc.chainFrom + i, Headers: []op.BlockHeader{op.BlockHeader(sc.chain[i])}})
	case "stamped":
		was := sc.at
		sc.at.Height = uint32(sc.number(f[1]))
		if i := int(sc.at.Height - sc.chainFrom); i < len(sc.chain) {
			sc.at.BlockHash = sc.chain[i].Hash()
		}
		err := sc.act(f[2:])
		sc.at = was
		return true, err
	}
	return false, nil
}
