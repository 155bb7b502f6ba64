package audit

import (
	"fmt"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// knownBlock is a block that is known from outside the log, or that the log names elsewhere.
type knownBlock struct {
	height uint32
	block  op.Hash // as it is shown
	from   string

	trusted bool // by the auditor
}

// ownChain holds the headers that a log by version 2 of the rules ends with against every
// block that is known otherwise: those that the auditor trusts, those of the anchor proofs
// given, and those in which the log says that its anchors are final. Draws and stamps rest on
// these headers, so a chain of the operator's own must not stand beside Bitcoin's.
func (p *replayer) ownChain() error {
	own := p.state.Headers()
	if p.newer != nil || own == nil || own.Empty() {
		return nil
	}
	known, err := p.knownBlocks()
	if err != nil {
		return err
	}
	for _, k := range known {
		mine, ok := own.Block(k.height)
		if !ok {
			continue
		}
		if op.Hash(mine) == k.block {
			if k.trusted {
				p.vouched = max(p.vouched, k.height)
			}
			continue
		}
		why := fmt.Sprintf("the log's header of height %d is of block %x, %s is block %s", k.height, mine, k.from, k.block)
		if err := p.list(StampReport{k.height, mine, p.tree.size() - 1, why}); err != nil {
			return reject(ErrLog, "export", "%w", err)
		}
	}
	return nil
}

// knownBlocks are all that a log's headers can be held against.
func (p *replayer) knownBlocks() (list []knownBlock, err error) {
	add := func(blocks []anchor.TrustedHeader, from string, trusted bool) {
		for _, b := range blocks {
			list = append(list, knownBlock{b.Height, displayed(b.Hash), from, trusted})
		}
	}
	add(p.o.Trusted, "the one that you trust", true)
	for _, proof := range append(p.o.Line[:len(p.o.Line):len(p.o.Line)], p.o.Anchor) {
		if proof == nil {
			continue
		}
		blocks, err := proof.Blocks()
		if err != nil {
			return nil, reject(ErrAnchor, "anchor", "%w", err)
		}
		add(blocks, "that in the proof of an anchor", false)
	}
	for _, a := range p.state.Anchors() {
		if a.State == view.AnchorFinal {
			list = append(list, knownBlock{a.Height, a.Block, fmt.Sprintf("that in which the anchor of entry %d is final, as the log says,", a.Seq), false})
		}
	}
	return list, nil
}
