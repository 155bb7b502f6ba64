package audit

import (
	"fmt"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// stampsAt is what the entries stamped with one height say of their time.
type stampsAt struct {
	block          op.Hash
	earliest       op.Entry // kind, number and stamp alone
	latest         op.Entry // likewise, of those whose time is bounded above; none before there is one
	bounded        bool
	height         uint32
	earliestOfKind op.Event
	latestOfKind   op.Event
}

// see notes the stamp of an entry until headers can judge it.
func (f *Follower) see(e *op.Entry, _ []ledger.Effect) error {
	n := len(f.stamps)
	if n == 0 || f.stamps[n-1].height != e.Stamp.Height {
		f.stamps = append(f.stamps, stampsAt{height: e.Stamp.Height, block: e.Stamp.BlockHash,
			earliest: op.Entry{Seq: e.Seq, Stamp: e.Stamp}, earliestOfKind: op.Event{Kind: e.Event.Kind}})
		n++
	}
	if e.Event.Kind != op.KindBlocks { // times never go back, so the last one is the latest
		s := &f.stamps[n-1]
		s.latest, s.latestOfKind, s.bounded = op.Entry{Seq: e.Seq, Stamp: e.Stamp}, op.Event{Kind: e.Event.Kind}, true
	}
	return nil
}

// Stamps holds the stamps of entries against headers, those of blocks that have at least deep more on top
// of them, and each once: what comes back are those that do not fit. Headers below which stamps lie are
// passed over.
func (f *Follower) Stamps(chain *anchor.HeaderChain, deep uint32) (misfits []StampReport) {
	first, last := chain.Range()
	at := *f.p
	at.chain, at.blocks = chain, &BlockReport{From: first, To: last}
	for len(f.stamps) > 0 && uint64(f.stamps[0].height)+uint64(deep) <= uint64(last) {
		s := f.stamps[0]
		f.stamps = f.stamps[1:]
		if why := at.misfitAt(&s); why != "" {
			misfits = append(misfits, StampReport{s.height, s.block, s.earliest.Seq, why})
		}
	}
	return misfits
}

// misfitAt says why the stamps with one height do not fit the headers; "" if they do.
func (p *replayer) misfitAt(s *stampsAt) string {
	if theirs, ok := p.chain.Block(s.height); ok && theirs != s.block && !p.replacedIn(s.height, theirs) {
		return fmt.Sprintf("block %s is not that of height %d in the chain, %x: Bitcoin was reorganised then, or it was invented", s.block, s.height, theirs)
	}
	s.earliest.Event, s.latest.Event = &s.earliestOfKind, &s.latestOfKind
	if why := p.untimely(&s.earliest); why != "" {
		return why
	}
	if !s.bounded {
		return ""
	}
	return p.untimely(&s.latest)
}

// replacedIn tells whether the log's own headers have the block at that height, so that they
// replaced another one.
func (p *replayer) replacedIn(height uint32, block [32]byte) bool {
	own := p.state.Headers()
	if own == nil || p.newer != nil {
		return false
	}
	got, ok := own.Block(height)
	return ok && got == block
}
