package audit

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"

	"github.com/btcsuite/btcd/wire"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// ReplayOptions are the premises of a replay.
type ReplayOptions struct {
	Options

	// Checkpoint is a signed note that the export must agree with; nil for
	// none. Without one nothing shows that the end of the log was not cut.
	Checkpoint []byte

	// Anchor proves that Bitcoin commits to Checkpoint; nil for none.
	Anchor *anchor.Proof

	// Headers are consecutive headers of Bitcoin's chain, the first of which
	// stands at height HeadersFrom; the blocks that entries are stamped with
	// are looked up in them, and their times held against theirs. None: stamps are not checked.
	Headers     []wire.BlockHeader
	HeadersFrom uint32

	// NowMs is the present, unix ms, on the caller's word: no entry is of later than
	// two hours after it. ClockMs is that of the caller's clock, by which what is due since the
	// end of the log is reckoned, and nothing refused without headers. 0: not known.
	NowMs, ClockMs int64

	// Lenient lists entries whose stamps do not fit instead of refusing the log.
	Lenient bool

	// Checked are entries of which the caller has seen a Replay or Follower take each: the signature of a line that
	// is the same in its place is not checked again, the rest of it is. nil: none.
	Checked *Leaves

	// Workers is how many signatures are checked at a time; 0 means as many
	// as there are cores for the program.
	Workers int

	// Progress, if not nil, is told the number of entries replayed, now and
	// then, on the goroutine that called Replay.
	Progress func(entries uint64)
}

// progressEvery is the number of entries between two calls of Progress.
const progressEvery = 1024

// Replay reads an export, one canonical entry a line, and does again all that
// the operator's node did: it checks every signature, applies every entry to an
// empty ledger, which recomputes each outcome, score and execution that the
// operator states, computes the RFC 6962 root, and holds it against the
// checkpoints that the log says were anchored and against the one given.
//
// From an entry on that speaks of rules not known here it checks what needs none, to the
// end: form, ids and signatures, order, the root and the premises. A fault there is a
// refusal; else the error is of kind ErrRules, a *NewerRules beneath it.
//
// Errors: *LineError for a line that is refused, *Rejection for the whole,
// ctx's, or the reader's.
func Replay(ctx context.Context, r io.Reader, o ReplayOptions) (ReplayReport, error) {
	p := newReplayer(o)
	if err := p.run(ctx, r); err != nil {
		return ReplayReport{}, err
	}
	return p.finish()
}

// replayer is a log on its way through the ledger.
type replayer struct {
	o     ReplayOptions
	state *ledger.State
	id    identity
	tree  tree

	kinds  map[op.Kind]uint64
	scores op.Hash // root of the last epoch
	first  op.Stamp

	decisions []Decision // of the operator, about what the log did not know
	restored  int        // how many of them say that the log was restored
	resumed   []op.Stamp // of the first entry after each of these

	ownHeads bool // what is held against the log has heads of its own for the policy

	newer *unruled // nil while the rules are known

	asked map[string]int64 // when the effects that wait were asked for, unix ms

	strange []StampReport // that the log's own headers may explain

	height uint32     // of the last stamp
	stamps []op.Stamp // of all entries, without their blocks

	asBefore map[uint64]struct{} // entries that the operator stamped as the one before, while econd was stopped

	lags    lags
	vouched uint32 // newest block that the auditor trusts among the log's own headers, see ownChain
	early   early

	digests map[op.Hash]uint64 // of the checkpoints of all sizes, see sizeOf
	chain   *anchor.HeaderChain
	blocks  *BlockReport

	// see is told of each entry once it is applied.
	see func(*op.Entry, []ledger.Effect) error
}

func newReplayer(o ReplayOptions) *replayer {
	return &replayer{o: o, state: ledger.New(), kinds: map[op.Kind]uint64{}, asked: map[string]int64{}, asBefore: map[uint64]struct{}{},
		see: func(*op.Entry, []ledger.Effect) error { return nil }}
}

func (p *replayer) run(ctx context.Context, r io.Reader) error {
	if p.o.Anchor != nil && p.o.Checkpoint == nil {
		return reject(ErrOptions, "anchor", "is given without the checkpoint that it anchors")
	}
	if err := run(ctx, r, 0, p.o, p.step); err != nil {
		return err
	}
	if p.tree.size() == 0 {
		return reject(ErrLog, "export", "is empty: not even a genesis entry")
	}
	return nil
}

// step takes the next line.
func (p *replayer) step(it item) error {
	line := p.tree.size() + 1
	fail := func(kind, err error) error { return &LineError{Line: line, Kind: kind, Err: err} }
	if it.entry == nil {
		return fail(it.kind, fmt.Errorf("is not a canonical entry: %w", it.err))
	}
	if err := inPlace(it.entry.Seq, p.tree.size()); err != nil {
		return fail(ErrLog, err)
	}
	if it.err != nil {
		return fail(it.kind, fmt.Errorf("%s: was changed or forged: %w", nameOf(it.entry), it.err))
	}
	p.lags.before(p, it.entry)
	effects, err := p.apply(it.entry)
	if err != nil && p.newer != nil {
		return fail(ErrLog, fmt.Errorf("%s: %w", nameOf(it.entry), err))
	}
	if err != nil {
		return fail(ErrLog, fmt.Errorf("%s: refused by the ledger: %w", nameOf(it.entry), err))
	}
	p.tree.add(it.leaf)
	if err := p.note(it.entry); err != nil {
		return fail(ErrLog, fmt.Errorf("%s: %w", nameOf(it.entry), err))
	}
	if size := p.tree.size(); p.o.Progress != nil && size%progressEvery == 0 {
		p.o.Progress(size)
	}
	if p.newer != nil {
		return nil
	}
	p.lags.after(p, it.entry)
	p.noteEffects(it.entry, effects)
	return p.see(it.entry, effects)
}

// inPlace says in words what is wrong with a sequence number.
func inPlace(seq, next uint64) error {
	switch {
	case seq < next:
		return fmt.Errorf("entry %d again, which stood in line %d: the line is repeated or out of place; expected entry %d", seq, seq+1, next)
	case seq == next+1:
		return fmt.Errorf("entry %d is missing or out of place: the line holds entry %d", next, seq)
	case seq > next:
		return fmt.Errorf("entries %d to %d are missing or out of place: the line holds entry %d", next, seq-1, seq)
	}
	return nil
}

func nameOf(e *op.Entry) string {
	return fmt.Sprintf("entry %d, %s by %s", e.Seq, e.Event.Kind, e.Event.PubKey)
}

// note keeps what the report needs of an entry and checks what the
// ledger cannot: that an anchored checkpoint is one of this very log.
func (p *replayer) note(e *op.Entry) error {
	p.kinds[e.Event.Kind]++
	if e.Seq == 0 {
		p.first = e.Stamp
		var err error
		if p.id, err = p.identity(e); err != nil {
			return err
		}
		if err := p.o.check(p.id); err != nil {
			return err
		}
	}
	p.stamps = append(p.stamps, op.Stamp{TimeMs: e.Stamp.TimeMs, Height: e.Stamp.Height})
	if e.Event.Kind == op.KindLogKey || e.Event.Kind == op.KindReconciled {
		p.asBefore[e.Seq] = struct{}{}
	}
	p.early.note(p, e)
	if err := p.noteBlock(e); err != nil {
		return err
	}
	if p.newer != nil {
		return p.noteUnruled(e)
	}
	if see, ok := noted[e.Event.Kind]; ok {
		if err := see(p, e); err != nil {
			return err
		}
	}
	if len(p.resumed) < p.restored && e.Event.Kind != op.KindReconciled {
		p.resumed = append(p.resumed, slices.Repeat([]op.Stamp{e.Stamp}, p.restored-len(p.resumed))...)
	}
	return nil
}

// identity takes the log's keys from the genesis entry.
func (p *replayer) identity(e *op.Entry) (identity, error) {
	if p.newer != nil {
		return claimedIdentity(e)
	}
	return identityOf(p.state)
}

// noted is what the report keeps of a kind beside how often it came.
var noted = map[op.Kind]func(*replayer, *op.Entry) error{
	op.KindEpoch: func(p *replayer, e *op.Entry) error {
		p.scores = contentOf[op.Epoch](e).ScoresRoot
		return nil
	},
	op.KindAnchorPublished: func(p *replayer, e *op.Entry) error {
		return p.noteAnchor(contentOf[op.AnchorPublished](e))
	},
	op.KindLogKey: func(p *replayer, e *op.Entry) error { return p.handedOver(contentOf[op.LogKey](e)) },
	op.KindReconciled: func(p *replayer, e *op.Entry) error {
		c := contentOf[op.Reconciled](e)
		p.decisions = append(p.decisions, Decision{e.Seq, *c})
		if c.Decision == op.DecidedRestored {
			p.restored++
		}
		return nil
	},
}

// contentOf is the content of an entry that was applied.
func contentOf[C any](e *op.Entry) *C {
	c, err := e.Event.Decoded()
	if err != nil {
		panic("audit: an applied entry does not decode: " + err.Error())
	}
	return c.(*C)
}

func (p *replayer) noteAnchor(c *op.AnchorPublished) error {
	if c.CheckpointSize > p.tree.size() {
		return fmt.Errorf("anchors a checkpoint of size %d before there were so many entries", c.CheckpointSize)
	}
	body := p.head(c.CheckpointSize).Body()
	if got := op.Hash(sha256.Sum256(body)); got != c.CheckpointHash {
		return fmt.Errorf("anchors checkpoint hash %s at size %d, these entries give %s: another history was anchored, or a line before this one was changed",
			c.CheckpointHash, c.CheckpointSize, got)
	}
	return nil
}

// head is the checkpoint over the first n entries.
func (p *replayer) head(n uint64) anchor.Checkpoint {
	return anchor.Checkpoint{Origin: p.id.origin, Size: int64(n), Root: p.tree.root(n)}
}

// lostHead refuses a checkpoint over the end of the log that an entry says was lost:
// this log contradicts it, and says so itself.
func (p *replayer) lostHead(c anchor.Checkpoint) error {
	for _, r := range p.state.Restorations() {
		if r.Size != uint64(c.Size) || r.Root != op.Hash(c.Root) || r.Size <= p.tree.size() && p.head(r.Size).Root == c.Root {
			continue
		}
		return reject(ErrLog, "export", "does not contain the checkpoint over %d entries: it is the head that entry %d says was lost, when the log was restored from an older backup; "+
			"what stood in it beyond the backup is not in this log", c.Size, r.Seq)
	}
	return nil
}

// checkHead holds the log against the checkpoint given.
func (p *replayer) checkHead() (*HeadReport, error) {
	if p.o.Checkpoint == nil {
		return nil, nil
	}
	c, err := p.o.openSigned(p.id, p.o.Checkpoint)
	if err != nil {
		return nil, err
	}
	size := p.tree.size()
	if err := p.lostHead(c.Checkpoint); err != nil { // by a key, perhaps, whose handover was lost with it
		return nil, err
	}
	if err := p.id.signedByKeyOf(c); err != nil {
		return nil, err
	}
	if uint64(c.Size) > size {
		return nil, reject(ErrLog, "export", "ends after entry %d: the checkpoint covers %d entries, so %d at the end are missing",
			size-1, c.Size, uint64(c.Size)-size)
	}
	if head := p.head(uint64(c.Size)); head.Root != c.Root {
		return nil, reject(ErrLog, "export", "lines 1 to %d have the root %v, the checkpoint says %v: at least one of them is not the line that the operator committed to",
			c.Size, head.Root, c.Root)
	}
	a, err := p.o.checkAnchor(p.id, c.Checkpoint, p.o.Anchor)
	if err != nil {
		return nil, err
	}
	if err := a.after(p.id, p.stamps[c.Size-1]); err != nil {
		return nil, err
	}
	w, err := p.o.checkWitnesses(p.id, c)
	if err != nil {
		return nil, err
	}
	if err := p.witnessedInTime(w, uint64(c.Size)); err != nil {
		return nil, err
	}
	return &HeadReport{Size: c.Size, Root: op.Hash(c.Root), Signers: c.Signers, UnknownSignatures: c.Unknown, Witnesses: w,
		Beyond: size - uint64(c.Size), Anchor: a}, nil
}
