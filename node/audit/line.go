package audit

import (
	"context"
	"crypto/sha256"
	"io"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// LineReport is what the anchors of a log show together.
type LineReport struct {
	Anchors []LineAnchor `json:"anchors"` // in the order of the chain

	// Open are those that the log says are in a block and not final yet, of which no
	// proof was given.
	Open []op.Hash `json:"open"`

	// NewLines are where a second line begins, which the caller has accepted.
	NewLines []NewLine `json:"new_lines"`

	Mark    string   `json:"mark"` // with which outputs of all anchors of the log begin, in hexadecimal
	Proved  []string `json:"proved"`
	Claims  []string `json:"claims"` // that are not proved
	RestsOn []string `json:"rests_on"`
}

// LineAnchor is one anchor of the line.
type LineAnchor struct {
	AnchorReport

	// Size is the number of entries under its checkpoint. 0: it is of an end of the log
	// that the log says was lost, or no export was given.
	Size uint64 `json:"checkpoint_size"`

	// Seq is the entry that names the transaction; 0: none does, as while the log has not
	// gone on since.
	Seq uint64 `json:"seq"`
}

// VerifyLine replays an export and checks that the anchors given are the log's: one line
// from the first that the log says is final to the last, each committing to this very
// log. It fails as Replay does, or with ErrLine for a fork, a gap, an anchor that is out of
// line, one of another history, or one that the log keeps back.
func VerifyLine(ctx context.Context, r io.Reader, o ReplayOptions) (LineReport, error) {
	if len(o.Line) == 0 {
		return LineReport{}, reject(ErrOptions, "line", "no anchors are given")
	}
	report, err := Replay(ctx, r, o)
	if err != nil {
		return LineReport{}, err
	}
	return *report.Line, nil
}

// openLine checks that the anchors given are one line of this log, or several of which each
// begins after one of ends; nil without any.
func (o Options) openLine(id identity, ends []op.Hash) ([]anchor.Result, error) {
	if len(o.Line) == 0 {
		return nil, nil
	}
	params, err := anchor.Params(id.network)
	if err != nil {
		return nil, reject(ErrLine, "line", "%w", err)
	}
	list, err := anchor.VerifyLine(o.Line, anchor.Options{Params: params, MinConfirmations: o.leastConfirmations(), Trusted: o.Trusted, Ends: txids(ends)})
	if err != nil {
		return nil, reject(ErrLine, "line", "%w", err)
	}
	if list[0].Anchor.Payload.LogID() != anchor.LogID(id.origin) {
		return nil, reject(ErrLine, "line", "is of another log: transaction %s is marked %x, anchors of %s are marked %x",
			txidOf(list[0]), list[0].Anchor.Payload.LogID(), id.origin, anchor.LogID(id.origin))
	}
	return list, nil
}

// inLine demands that the anchor of a checkpoint is one of the line, where one is given.
func inLine(line []anchor.Result, a *AnchorReport) error {
	if line == nil || a == nil {
		return nil
	}
	for _, r := range line {
		if txidOf(r) == a.Txid && displayed(r.BlockHash) == a.Block {
			return nil
		}
	}
	return reject(ErrLine, "anchor", "transaction %s in block %s is not in the line of anchors given: it stands beside it", a.Txid, a.Block)
}

// checkLine holds the anchors given against the log.
func (p *replayer) checkLine(head *HeadReport) (*LineReport, error) {
	line, err := p.o.openLine(p.id, p.announced())
	if err != nil || line == nil {
		return nil, err
	}
	if head != nil {
		if err := inLine(line, head.Anchor); err != nil {
			return nil, err
		}
	}
	r := &LineReport{Open: []op.Hash{}, Mark: mark(line)}
	given, most := map[op.Hash]bool{}, uint64(0)
	for _, a := range line {
		seen, err := p.lineAnchor(a)
		if err != nil {
			return nil, err
		}
		if seen.Size != 0 && seen.Size < most {
			return nil, reject(ErrLine, "line", "transaction %s commits to %d entries, one before it to %d: the log was taken back", seen.Txid, seen.Size, most)
		}
		if seen.Size != 0 {
			if err := seen.after(p.id, p.stamps[seen.Size-1]); err != nil {
				return nil, err
			}
		}
		most = max(most, seen.Size)
		given[seen.Txid] = true
		r.Anchors = append(r.Anchors, seen)
	}
	if r.Open, err = p.keptBack(given); err != nil {
		return nil, err
	}
	if r.NewLines, err = p.newLines(line, r.Anchors); err != nil {
		return nil, err
	}
	// What spends is in no chain without what it spends, so the last one of a line speaks for
	// all of it.
	for _, last := range r.lasts() {
		if err := p.o.demand(&last.AnchorReport); err != nil {
			return nil, err
		}
	}
	r.conclude(most, p.tree.size())
	return r, nil
}

// lineAnchor finds out what of this log an anchor commits to.
func (p *replayer) lineAnchor(r anchor.Result) (LineAnchor, error) {
	a := LineAnchor{AnchorReport: *newAnchorReport(r, p.id.network)}
	a.Fewer = p.o.MinConfirmations == 0 && r.Confirmations < anchor.DefaultConfirmations
	digest := op.Hash(r.Anchor.Payload.Digest())
	for _, v := range p.state.Anchors() {
		if v.Txid != a.Txid {
			continue
		}
		a.Size, a.Seq = v.CheckpointSize, v.Seq
		switch {
		case v.CheckpointHash != digest:
			return a, reject(ErrLine, "line", "transaction %s commits to %s, entry %d says that it commits to %s", a.Txid, digest, v.Seq, v.CheckpointHash)
		case v.State == view.AnchorFinal && (v.Height != a.Height || v.Block != a.Block):
			return a, reject(ErrLine, "line", "transaction %s is in block %s at height %d, the log says that it is final in block %s at height %d",
				a.Txid, a.Block, a.Height, v.Block, v.Height)
		}
		return a, nil
	}
	if seq, ok := p.lostAnchor(a, digest); ok {
		a.Seq = seq
		return a, nil
	}
	if n, ok := p.sizeOf(digest); ok {
		a.Size = n
		return a, nil
	}
	return a, reject(ErrLine, "line", "transaction %s commits to no beginning of these %d entries: another history was anchored, or this export ends before it",
		a.Txid, p.tree.size())
}

// waitsBlocks is how long a transaction may wait for its block, two weeks: mempools drop it by then.
const waitsBlocks = 2016

// lostAnchor is the entry that says that an anchor is of an end of the log that was lost. It says
// so of a restore alone, and of what was anchored by then: else a second history could be
// declared a lost end of the first, again and again.
func (p *replayer) lostAnchor(a LineAnchor, digest op.Hash) (seq uint64, ok bool) {
	for _, r := range p.state.Restorations() {
		for _, lost := range r.Anchors {
			if lost.Txid != a.Txid || lost.Digest != digest {
				continue
			}
			within := uint32(headers.MaxFork) // for blocks that were replaced
			if lost.Height == 0 {
				within = waitsBlocks
			}
			if at := p.stamps[r.Seq].Height; at == 0 || a.Height <= at+within {
				return lost.Seq, true
			}
		}
	}
	return 0, false
}

// sizeOf finds the size of the log whose checkpoint has a digest. All digests are made once, when
// the first is asked for.
func (p *replayer) sizeOf(digest op.Hash) (size uint64, ok bool) {
	if p.digests == nil {
		p.digests = make(map[op.Hash]uint64, p.tree.size())
		for n := uint64(1); n <= p.tree.size(); n++ {
			p.digests[sha256.Sum256(p.head(n).Body())] = n
		}
	}
	size, ok = p.digests[digest]
	return size, ok
}

// keptBack demands a proof of each anchor that the log says is final, and lists those that
// it says are in a block.
func (p *replayer) keptBack(given map[op.Hash]bool) (open []op.Hash, err error) {
	open = []op.Hash{}
	for _, v := range p.state.Anchors() {
		switch {
		case given[v.Txid]:
		case v.State == view.AnchorFinal:
			return nil, reject(ErrLine, "line", "has a gap: transaction %s of %d entries, which entry %d names, is final in block %d as the log says, and its proof is not among those given",
				v.Txid, v.CheckpointSize, v.Seq, v.Height)
		case v.State == view.AnchorConfirmed:
			open = append(open, v.Txid)
		}
	}
	return open, nil
}

// lost is how many anchors are of an end of the log that the log says was lost.
func (r *LineReport) lost() (n int) {
	for _, a := range r.Anchors {
		if a.Size == 0 {
			n++
		}
	}
	return n
}

// reached demands that every block that the caller trusts was met somewhere.
func (p *replayer) reached(line *LineReport) error {
	spans := proofSpans(p.o.Line, p.o.Anchor)
	if p.chain != nil {
		first, last := p.chain.Range()
		spans = append(spans, span{first, last})
	}
	if own := p.state.Headers(); p.newer == nil && own != nil && !own.Empty() { // see ownChain
		first, last := own.Range()
		spans = append(spans, span{first, last})
	}
	if p.o.RequireTrust && line == nil && p.o.Anchor == nil {
		return p.o.demand(nil)
	}
	return p.o.reached(spans...)
}

// trust says what the line leaves to believe, or an anchor without a line.
func (r *LineReport) trust(head *HeadReport) []string {
	switch {
	case r != nil:
		return r.RestsOn
	case head != nil && head.Anchor != nil:
		return []string{"One anchor was given: nothing shows that it is one of the log's only line, and so of its only history."}
	}
	return nil
}

func txidOf(r anchor.Result) op.Hash { return displayed(r.Anchor.Txid) }
