package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/notekey"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Follower is a replay that goes on as the log grows: it does for each entry what Replay does,
// once, and answers questions about the whole so far. Not for concurrent use.
type Follower struct {
	p      *replayer
	stamps []stampsAt // that no headers judged yet, by height

	spoiled bool // by a refusal
}

// NewFollower begins at the genesis. Of the premises it heeds Options, NowMs, Checked and Workers;
// what the log is held against beside them is given to its methods.
func NewFollower(o ReplayOptions) *Follower {
	o.Checkpoint, o.Anchor, o.Headers, o.Line = nil, nil, nil, nil
	f := &Follower{p: newReplayer(o)}
	f.p.see = f.see
	return f
}

// Add takes the next entries, one a line. What it refuses is a *LineError: the lines before it were taken, and
// another may come in its place, unless the Follower is Spoiled. Other errors are those of ctx and the reader.
func (f *Follower) Add(ctx context.Context, r io.Reader) error {
	err := run(ctx, r, f.p.tree.size(), f.p.o, f.p.step)
	if line := (*LineError)(nil); errors.As(err, &line) {
		f.spoiled = f.spoiled || line.Line <= f.p.tree.size()
	}
	return err
}

// Size is the number of entries taken.
func (f *Follower) Size() uint64 { return f.p.tree.size() }

// Root is the RFC 6962 tree head over the first n entries, n at most Size.
func (f *Follower) Root(n uint64) tlog.Hash { return f.p.tree.root(n) }

// Leaves are the entries so far, as what stands under a checkpoint. They grow with the Follower.
func (f *Follower) Leaves() *Leaves { return &Leaves{&f.p.tree} }

// LogKey is the key of the log's checkpoints as the genesis names it, "" before that.
func (f *Follower) LogKey() string { return f.p.id.logKey }

// Keys are the keys of the log's heads, as the entries so far name them. There must be a genesis.
func (f *Follower) Keys() logkey.Keys { return f.p.id.keys }

// Newer is the first entry by rules that this program does not know, from which on only form
// and signatures are checked; nil while there is none.
func (f *Follower) Newer() error {
	if f.p.newer == nil {
		return nil
	}
	return f.p.newer.err.Err
}

// Open checks a signed checkpoint of the log, as far as signatures go. There must be a genesis.
func (f *Follower) Open(msg []byte) (anchor.SignedCheckpoint, error) {
	return f.p.o.openCheckpoint(f.p.id, msg)
}

// Witnessed demands the policy's quorum of a checkpoint; nil, nil without a policy.
func (f *Follower) Witnessed(c anchor.SignedCheckpoint) (*WitnessReport, error) {
	return f.p.o.checkWitnesses(f.p.id, c)
}

// Unproved are the anchors that the log says are final and that none of these proofs is of.
func (f *Follower) Unproved(proofs []*anchor.Proof) []view.Anchor {
	given := map[op.Hash]bool{}
	for _, p := range proofs {
		given[txidIn(p)] = true
	}
	var list []view.Anchor
	for _, a := range f.p.state.Anchors() {
		if a.State == view.AnchorFinal && !given[a.Txid] {
			list = append(list, a)
		}
	}
	return list
}

// Anchors are those that the log names, as it says that they stand.
func (f *Follower) Anchors() []view.Anchor { return f.p.state.Anchors() }

// txidIn is the transaction that a proof is of: a hash of what the proof holds.
func txidIn(p *anchor.Proof) op.Hash {
	once := sha256.Sum256(p.Tx)
	return displayed(sha256.Sum256(once[:]))
}

// Line holds the proofs of all anchors of the log against it, as VerifyLine does.
func (f *Follower) Line(proofs []*anchor.Proof) (*LineReport, error) {
	at := *f.p
	at.o.Line = proofs
	return at.checkLine(nil)
}

// End says what the log owes at an instant, unix ms.
func (f *Follower) End(nowMs int64) *EndReport {
	at := *f.p
	at.o.ClockMs = nowMs
	return at.end()
}

// At is the stamp of the last entry.
func (f *Follower) At() op.Stamp { return f.p.state.Clock() }

// Promise holds a promise against the log, which must reach the entry and the head that it is
// under; line is the entry that stands there. The verdict is VerdictKept, VerdictBroken or VerdictLost. The error is a
// *Rejection where the promise is not signed by the log's key.
func (f *Follower) Promise(a Answer, line []byte) (AnswerReport, error) {
	j, err := f.judge(f.p, a)
	if err != nil {
		return AnswerReport{}, err
	}
	j.lines[a.Kept.Seq] = line
	j.promise(0)
	return j.reports[0], nil
}

// Refusal holds a refusal against the log as of nowMs, 0: not known; the log must have as many entries as the refusal names:
// else VerdictUnknown. The entry that comes next may still show that it is unjust: see Overtaken. The Follower
// may be of no more use then: see Spoiled.
func (f *Follower) Refusal(a Answer, nowMs int64) (AnswerReport, error) {
	at := *f.p
	at.o.ClockMs = nowMs
	j, err := f.judge(&at, a)
	if err != nil {
		return AnswerReport{}, err
	}
	if j.refused[0].Size == f.Size() {
		j.refusal(0)
	}
	f.spoiled = f.spoiled || j.spoiled
	return j.reports[0], nil
}

// Spoiled tells whether what is refused was applied, so that the state is no more that of the log, and the
// Follower of no more use, but for Leaves: an event of which Refusal judged, a fact that was due before it, or a line
// that the ledger let in and that names a head which the log does not have.
func (f *Follower) Spoiled() bool { return f.spoiled }

// Overtaken holds a refusal that Refusal reported on against the stamp of the entry that came next.
func (f *Follower) Overtaken(a Answer, r AnswerReport, next op.Stamp) (AnswerReport, error) {
	j, err := f.judge(f.p, a)
	if err != nil {
		return AnswerReport{}, err
	}
	j.reports[0] = r
	j.overtaken(0, next)
	return j.reports[0], nil
}

// judge opens an answer.
func (f *Follower) judge(p *replayer, a Answer) (*judge, error) {
	j := newJudge([]Answer{a})
	j.p = p
	if j.open(); j.reports[0].Verdict == VerdictForeign {
		return nil, reject(ErrCheckpoint, "answer", "%s", j.reports[0].Statement)
	}
	return j, nil
}

// Leaves are entries of a log in order, of which only hashes are kept: 64 bytes each. The zero
// value is empty.
type Leaves struct{ tree *tree }

// Add appends an entry, as its line without the line end.
func (l *Leaves) Add(line []byte) {
	if l.tree == nil {
		l.tree = new(tree)
	}
	l.tree.add(tlog.RecordHash(line))
}

// Size is the number of entries.
func (l *Leaves) Size() uint64 {
	if l == nil || l.tree == nil {
		return 0
	}
	return l.tree.size()
}

// hashes are those of the entries.
func (l *Leaves) hashes() []tlog.Hash {
	if l.Size() == 0 {
		return nil
	}
	return l.tree.levels[0]
}

// Root is the RFC 6962 tree head over the first n entries, n at most Size.
func (l *Leaves) Root(n uint64) tlog.Hash {
	if l.tree == nil {
		return new(tree).root(0)
	}
	return l.tree.root(n)
}

// First are the first n of them, n at most Size; what is added to either does not change the other.
func (l *Leaves) First(n uint64) *Leaves {
	if l.tree == nil {
		return new(Leaves)
	}
	return &Leaves{l.tree.first(n)}
}

// Contradiction proves that signed checkpoints of one log, by its keys, cannot be of one history. The entries given
// count where a checkpoint is of them. It fails with ErrNoEquivocation where these show none.
func Contradiction(keys logkey.Keys, checkpoints [][]byte, entries ...*Leaves) (*Equivocation, error) {
	f := finder{keys: keys}
	for _, msg := range checkpoints {
		f.heads = append(f.heads, shownHead{note: bytes.Clone(msg)})
	}
	for _, l := range entries {
		if l.Size() > 0 {
			f.exports = append(f.exports, l.tree)
		}
	}
	return f.compareAll()
}

// OpenedBy is the verifier of a log's key, and what a checkpoint of it says, before anything of the log is
// known. Further signatures are passed over.
func OpenedBy(logKey string, msg []byte) (anchor.SignedCheckpoint, error) {
	v, err := notekey.LogVerifier(logKey)
	if err != nil {
		return anchor.SignedCheckpoint{}, reject(ErrOptions, "log key", "%w", err)
	}
	c, err := anchor.OpenCheckpoint(msg, v.Name(), []note.Verifier{v}...)
	if err != nil {
		return c, reject(ErrCheckpoint, "checkpoint", "%w", err)
	}
	return c, nil
}

// Network is the one that the log is anchored in as the genesis names it, "" before that.
func (f *Follower) Network() string { return f.p.id.network }
