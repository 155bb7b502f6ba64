package audit

import (
	"fmt"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/op"
)

// BlockReport says how the stamps of entries fit Bitcoin's chain. What is drawn at random
// in a log, and when it says that things happened, rests on them.
type BlockReport struct {
	From     uint32        `json:"from"` // heights of the headers given
	To       uint32        `json:"to"`
	WorkBits int           `json:"work_bits"` // log2 of the hashes the headers took
	Claimed  int           `json:"claimed"`   // of the headers: above the newest block that is known
	Found    int           `json:"found"`     // blocks of stamps that are among them
	Outside  int           `json:"outside"`   // blocks of stamps below From or above To
	Strange  []StampReport `json:"strange"`   // within, and another block stands there
	Replaced int           `json:"replaced"`  // strange, and the log's own headers say that they were replaced

	// Unsettled are blocks in which the last of the log's headers and of those given differ: either
	// may have gone stale since.
	Unsettled int `json:"unsettled"`

	Misfits uint64        `json:"misfits"` // entries whose stamps do not fit; only lenient replays have any
	Misfit  []StampReport `json:"misfit"`  // the first of them, at most mostMisfits
}

// mostMisfits bounds a list: what is wrong with one stamp is often wrong with all.
const mostMisfits = 100

// StampReport is the stamp of an entry that does not fit.
type StampReport struct {
	Height uint32  `json:"height"`
	Block  op.Hash `json:"block"`
	Seq    uint64  `json:"seq"` // the first entry stamped with it
	Why    string  `json:"why"`
}

// reachMs is how far the time of a stamp may be from that of its block and of the next:
// Bitcoin takes a header whose time is two hours ahead.
const reachMs = 2 * 3600 * 1000

// noteBlock holds an entry's stamp against the headers given: its block once for each, for
// the ledger lets a height have only one, its time always.
func (p *replayer) noteBlock(e *op.Entry) error {
	if e.Seq == 0 && len(p.o.Headers) > 0 {
		if err := p.readHeaders(); err != nil {
			return err
		}
	}
	known := e.Seq > 0 && e.Stamp.Height == p.height
	p.height = e.Stamp.Height
	if why := p.aheadOfNow(e); why != "" {
		return p.misfit(e, why)
	}
	if p.chain == nil {
		return nil
	}
	if p.blockless(e) {
		return nil
	}
	if !known {
		if err := p.lookUp(e); err != nil {
			return err
		}
	}
	if why := p.untimely(e); why != "" {
		return p.misfit(e, why)
	}
	return nil
}

// blockless tells whether an entry may be stamped with no block, and is: the genesis, which is made
// before econd meets the chain, and the first headers. More such would be a way to have no stamps.
func (p *replayer) blockless(e *op.Entry) bool {
	return (e.Seq == 0 || e.Event.Kind == op.KindBlocks) && e.Stamp.Height == 0 && e.Stamp.BlockHash == [32]byte{}
}

// lookUp finds the block of a stamp among the headers given.
func (p *replayer) lookUp(e *op.Entry) error {
	switch block, ok := p.chain.Block(e.Stamp.Height); {
	case !ok:
		p.blocks.Outside++
		if e.Stamp.Height > p.blocks.To {
			return p.misfit(e, fmt.Sprintf("height %d is beyond the headers given, which end at %d", e.Stamp.Height, p.blocks.To))
		}
	case block == e.Stamp.BlockHash:
		p.blocks.Found++
	case p.state.Headers() != nil && p.newer == nil: // the log's own headers tell, see strangers
		p.strange = append(p.strange, StampReport{e.Stamp.Height, e.Stamp.BlockHash, e.Seq, ""})
	default:
		return p.stranger(StampReport{e.Stamp.Height, e.Stamp.BlockHash, e.Seq, ""})
	}
	return nil
}

// stranger refuses a block that is not in the chain given, or lists it. By version 1 of the
// rules it may have lost against another of its height after the entry.
func (p *replayer) stranger(s StampReport) error {
	at, _ := p.chain.Block(s.Height)
	s.Why = fmt.Sprintf("block %s is not that of height %d in the chain given, %x: Bitcoin was reorganised then, or it was invented", s.Block, s.Height, at)
	p.blocks.Strange = append(p.blocks.Strange, s)
	return p.list(s)
}

// strangers settles, with the log's last headers, what was not in the chain given: what
// they replaced had its proof of work, too.
func (p *replayer) strangers() error {
	own := p.state.Headers()
	for _, s := range p.strange {
		want, _ := p.chain.Block(s.Height)
		if s.Height > p.settled() {
			continue // counted below
		}
		if got, ok := own.Block(s.Height); ok && got == want {
			p.blocks.Replaced++
		} else if err := p.stranger(s); err != nil {
			return reject(ErrLog, "export", "entry %d: %w", s.Seq, err)
		}
	}
	return p.ownHeaders()
}

// unsettled is how many blocks at the end of a chain may be replaced without a word.
const unsettled = 6

// settled is the height up to which the log's own headers and those given must be the same.
func (p *replayer) settled() uint32 {
	last := p.blocks.To
	if own := p.state.Headers(); own != nil && !own.Empty() {
		_, mine := own.Range()
		last = min(last, mine)
	}
	return last - min(last, unsettled)
}

// ownHeaders holds the headers that the log ends with against those given.
func (p *replayer) ownHeaders() error {
	own := p.state.Headers()
	if own == nil || own.Empty() {
		return nil
	}
	first, last := own.Range()
	for h := max(first, p.blocks.From); h <= min(last, p.blocks.To); h++ {
		mine, _ := own.Block(h)
		theirs, _ := p.chain.Block(h)
		if mine != theirs && h > p.settled() {
			p.blocks.Unsettled++
			continue
		}
		if mine != theirs && !p.o.Lenient {
			return reject(ErrLog, "export", "the log's header of height %d is of block %x, in the chain given stands %x", h, mine, theirs)
		} else if mine != theirs {
			return p.list(StampReport{h, mine, p.tree.size() - 1, "the log's headers leave the chain given at this height"})
		}
	}
	return nil
}

// misfit refuses an entry whose stamp does not fit, or lists it.
func (p *replayer) misfit(e *op.Entry, why string) error {
	return p.list(StampReport{e.Stamp.Height, e.Stamp.BlockHash, e.Seq, why})
}

func (p *replayer) list(s StampReport) error {
	if !p.o.Lenient {
		return &StampFault{Why: s.Why}
	}
	if p.blocks == nil {
		p.blocks = &BlockReport{Strange: []StampReport{}, Misfit: []StampReport{}}
	}
	if p.blocks.Misfits++; len(p.blocks.Misfit) < mostMisfits {
		p.blocks.Misfit = append(p.blocks.Misfit, s)
	}
	return nil
}

// StampFault says why the stamp of an entry cannot be what it says, by the headers or the
// instant that the auditor brought.
type StampFault struct{ Why string }

// Error says it in one line.
func (f *StampFault) Error() string {
	return "its stamp does not fit Bitcoin's chain: " + f.Why + " (--lenient lists such entries instead)"
}

// readHeaders checks the headers given, once the genesis has named the network.
func (p *replayer) readHeaders() error {
	params, err := anchor.Params(p.id.network)
	if err != nil {
		return reject(ErrOptions, "headers", "%w", err)
	}
	p.chain, err = anchor.NewHeaderChain(params, p.o.HeadersFrom, p.o.Headers, p.o.Trusted)
	if err != nil {
		return reject(ErrAnchor, "headers", "%w", err)
	}
	first, last := p.chain.Range()
	p.blocks = &BlockReport{From: first, To: last, WorkBits: p.chain.WorkBits(), Claimed: p.chain.Claimed(), Strange: []StampReport{}, Misfit: []StampReport{}}
	return nil
}

// blockTrust says what the blocks of the stamps rest on.
func (p *replayer) blockTrust() []string {
	var list []string
	if own := p.state.Headers(); own != nil && !own.Empty() {
		first, last := own.Range()
		list = append(list, fmt.Sprintf("The log has headers of heights %d to %d: linked, with the proof of work that they ask for, about 2^%d hashes; stamps rest on them.",
			first, last, own.Work().BitLen()-1))
		if p.vouched > 0 {
			list = append(list, fmt.Sprintf("The newest block that you trust among them is that of height %d; it vouches for those below it, and the %d above it are claimed.", p.vouched, last-p.vouched))
		}
	}
	switch {
	case p.chain == nil && list == nil:
		return []string{"That entries are stamped with blocks of Bitcoin's chain is the log's own claim: no headers were given."}
	case p.chain == nil:
		return append(list, "That they are of Bitcoin's chain is the log's own claim: no headers were given.")
	}
	list = append(list, fmt.Sprintf("Blocks of stamps: headers of heights %d to %d were given; %s.", p.blocks.From, p.blocks.To, p.chain.Statement()))
	if n := p.blocks.Claimed; n > 0 {
		list = append(list, fmt.Sprintf("Claimed, not proved: that stamps from height %d on, and the draws that rest on them, fit Bitcoin's chain.", p.blocks.To-uint32(n)+1))
	}
	if n := p.blocks.Unsettled; n > 0 {
		list = append(list, fmt.Sprintf("The last %d blocks of the log's headers are others than those given: one of the two went stale, look again when there are more.", n))
	}
	if p.blocks.Outside > 0 {
		list = append(list, fmt.Sprintf("%d blocks of stamps lie at other heights and were not checked.", p.blocks.Outside))
	}
	return list
}

// misfitTrust says what a lenient replay leaves open.
func (b *BlockReport) misfitTrust() []string {
	if b == nil || b.Misfits == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d entries have stamps that do not fit the headers or the instant given: when they came is not shown.", b.Misfits)}
}
