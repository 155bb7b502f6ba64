package audit

import (
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// Verify checks everything that a bundle says and returns what is proved and
// what that rests on. Every member is bound: changing any of them makes it
// fail, but for signatures on the checkpoint by keys that are not known, which are
// counted and passed over. (Without its anchor as a whole a bundle is one that is not
// anchored yet, and the report says so.) Of a log whose genesis speaks of rules not known here
// it checks all but what vote and close mean, and fails with ErrRules if that is right.
// Errors are *Rejection.
func Verify(b *Bundle, o Options) (Report, error) {
	v := verifier{b: b, o: o}
	for _, step := range []func() error{v.openEntries, v.checkLog, v.checkAuthors, v.checkMeaning} {
		if err := step(); err != nil {
			return Report{}, err
		}
	}
	anchored, err := o.anchored(v.id, v.checkpoint.Checkpoint, b.Anchor, v.last.Stamp)
	if err != nil {
		return Report{}, err
	}
	if v.newer != nil {
		return Report{}, reject(ErrRules, "genesis", "cannot be judged by this program: %w. Nothing is proved; form, signatures and paths are right. "+notLetIn, v.newer)
	}
	return v.report(anchored), nil
}

// verifier is one bundle on its way through the checks.
type verifier struct {
	b *Bundle
	o Options

	genesis, vote, close, last *op.Entry
	id                         identity
	checkpoint                 anchor.SignedCheckpoint
	witnesses                  *WitnessReport
	outcome                    op.Close
	newer                      error // says which rules are not known; nil: they are
}

// openEntries decodes the entries and checks their signatures.
func (v *verifier) openEntries() (err error) {
	if v.b.Version != BundleVersion {
		return reject(ErrFormat, "version", "is %d, this program knows %d", v.b.Version, BundleVersion)
	}
	if v.genesis, err = openEntry("genesis", v.b.Genesis, op.KindGenesis); err != nil {
		return err
	}
	if v.vote, err = openEntry("vote", v.b.Vote, op.KindVote); err != nil {
		return err
	}
	if v.close, err = openEntry("close", v.b.Close, op.KindClose); err != nil {
		return err
	}
	v.last, err = openAny("last", v.b.Last)
	return err
}

func openEntry(part string, in Included, kind op.Kind) (*op.Entry, error) {
	e, err := openAny(part, in)
	if err == nil && e.Event.Kind != kind {
		return nil, reject(ErrEntry, part+".entry", "is a %s, must be a %s", e.Event.Kind, kind)
	}
	return e, err
}

// openAny opens an entry of whatever kind.
func openAny(part string, in Included) (*op.Entry, error) {
	e, err := op.DecodeEntry([]byte(in.Entry))
	if err != nil {
		return nil, reject(ErrEntry, part+".entry", "%w", err)
	}
	if e.Seq != in.Seq {
		return nil, reject(ErrMismatch, part+".seq", "is %d, the entry says %d", in.Seq, e.Seq)
	}
	if err := e.Event.Verify(); err != nil {
		return nil, reject(ErrEntry, part+".entry", "%w", err)
	}
	return e, nil
}

// checkLog takes the keys from the genesis entry, opens the checkpoint with
// them and checks that the entries are under it, in order.
func (v *verifier) checkLog() (err error) {
	if v.id, v.newer, err = identify(v.genesis); err != nil {
		return err
	}
	if err := v.o.check(v.id); err != nil {
		return err
	}
	if v.b.Economy != v.id.economy {
		return reject(ErrMismatch, "economy", "is %q, the genesis says %q", v.b.Economy, v.id.economy)
	}
	if v.checkpoint, err = v.o.openUnder(&v.id, v.b.LogKeys, v.b.Checkpoint); err != nil {
		return err
	}
	if v.witnesses, err = v.o.checkWitnesses(v.id, v.checkpoint); err != nil {
		return err
	}
	if err := v.witnesses.timely(v.last.Stamp); err != nil {
		return err
	}
	if err := checkPaths(v.checkpoint.Checkpoint, named{"genesis", v.b.Genesis}, named{"vote", v.b.Vote}, named{"close", v.b.Close}, named{"last", v.b.Last}); err != nil {
		return err
	}
	if err := isLast(v.last, v.checkpoint.Checkpoint); err != nil {
		return err
	}
	return v.checkOrder()
}

// named is an entry as a member of a proof.
type named struct {
	name string
	in   Included
}

// checkPaths demands that each entry is under the checkpoint.
func checkPaths(c anchor.Checkpoint, parts ...named) error {
	for _, part := range parts {
		if err := checkPath(part.in.Path, uint64(c.Size), c.Root, part.in.Seq, tlog.RecordHash([]byte(part.in.Entry))); err != nil {
			return reject(ErrInclusion, part.name+".path", "entry %d under the checkpoint of size %d: %w", part.in.Seq, c.Size, err)
		}
	}
	return nil
}

// isLast demands that the entry is the last one under a checkpoint. With its path it binds
// the size: no entry stands in the place of the last one under another size.
func isLast(e *op.Entry, c anchor.Checkpoint) error {
	if e.Seq+1 != uint64(c.Size) {
		return reject(ErrMismatch, "last.seq", "is entry %d, the last one under a checkpoint of size %d is %d", e.Seq, c.Size, c.Size-1)
	}
	return nil
}

// checkOrder: genesis, vote, close, last; and stamps never go back.
func (v *verifier) checkOrder() error {
	if v.vote.Seq >= v.close.Seq {
		return reject(ErrMismatch, "vote.seq", "entry %d comes after entry %d, which closed the vote", v.vote.Seq, v.close.Seq)
	}
	return stampsInOrder(v.genesis, v.vote, v.close, v.last)
}

// stampsInOrder demands that the stamps of entries of a log never go back.
func stampsInOrder(entries ...*op.Entry) error {
	for i, b := range entries[1:] {
		if a := entries[i]; b.Stamp.TimeMs < a.Stamp.TimeMs || b.Stamp.Height < a.Stamp.Height {
			return reject(ErrMismatch, "entries", "the stamp of entry %d goes back behind that of entry %d", b.Seq, a.Seq)
		}
	}
	return nil
}

// checkMeaning checks what vote and close say, if the rules are known.
func (v *verifier) checkMeaning() error {
	if v.newer != nil {
		return nil
	}
	for _, step := range []func() error{v.checkVote, v.checkClose, v.checkBallot} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// checkAuthors: vote, close and last are of this log, the vote by the voter.
func (v *verifier) checkAuthors() error {
	for _, part := range []struct {
		name  string
		entry *op.Entry
	}{{"vote.entry", v.vote}, {"close.entry", v.close}, {"last.entry", v.last}} {
		if got := part.entry.Event.Economy(); got != v.id.economy {
			return reject(ErrMismatch, part.name, "is bound to economy %q, the log is of %q", got, v.id.economy)
		}
	}
	if got := v.vote.Event.PubKey; got != v.b.Voter {
		return reject(ErrMismatch, "voter", "is %s, the vote is signed by %s", v.b.Voter, got)
	}
	return nil
}

func (v *verifier) checkVote() error {
	c, err := op.DecodeVote(v.vote.Event.Content)
	if err != nil {
		return reject(ErrEntry, "vote.entry", "%w", err)
	}
	if c.Proposal != v.b.Proposal {
		return reject(ErrMismatch, "proposal", "is %s, the vote is on %s", v.b.Proposal, c.Proposal)
	}
	if c.Choice != v.b.Ballot.Choice {
		return reject(ErrMismatch, "ballot.choice", "is %q, the vote says %q", v.b.Ballot.Choice, c.Choice)
	}
	return nil
}

func (v *verifier) checkClose() error {
	ev := v.close.Event
	if ev.PubKey != v.id.operator {
		return reject(ErrMismatch, "close.entry", "is signed by %s, the operator is %s", ev.PubKey, v.id.operator)
	}
	if err := op.Unmarshal([]byte(ev.Content), "content", &v.outcome); err != nil {
		return reject(ErrEntry, "close.entry", "%w", err)
	}
	if v.outcome.Proposal != v.b.Proposal {
		return reject(ErrMismatch, "proposal", "is %s, the close is of %s", v.b.Proposal, v.outcome.Proposal)
	}
	return nil
}

// checkBallot checks that the ballot, as this very vote entry cast it, is among
// those that the close commits to.
func (v *verifier) checkBallot() error {
	b, c := v.b.Ballot, v.outcome
	if b.Size != c.Ballots {
		return reject(ErrMismatch, "ballot.size", "is %d, the close counted %d ballots", b.Size, c.Ballots)
	}
	choice, tally, ok := tallyOf(b.Choice, c)
	if !ok {
		return reject(ErrMismatch, "ballot.choice", "%q is no choice", b.Choice)
	}
	if b.Weight == 0 || b.Weight > tally {
		return reject(ErrMismatch, "ballot.weight", "is %d, the close counted %d %s in all", b.Weight, tally, b.Choice)
	}
	leaf := ledger.BallotLeaf(v.b.Voter, choice, uint64(b.Weight), v.b.Vote.Seq)
	if err := checkPath(b.Path, b.Size, tlog.Hash(c.BallotRoot), b.Index, tlog.RecordHash(leaf)); err != nil {
		return reject(ErrInclusion, "ballot.path", "the ballot under the close entry's ballot root: %w", err)
	}
	return nil
}

// tallyOf is the choice of that name and the weight that the close counted for
// it; a filled-in ballot may be among all that took part.
func tallyOf(choice string, c op.Close) (ledger.Choice, op.Weight, bool) {
	switch choice {
	case ledger.Filled.String():
		return ledger.Filled, c.For + c.Against + c.Abstain, true
	case ledger.For.String():
		return ledger.For, c.For, true
	case ledger.Against.String():
		return ledger.Against, c.Against, true
	case ledger.Abstain.String():
		return ledger.Abstain, c.Abstain, true
	}
	return 0, 0, false
}

// checkPath checks an RFC 6962 audit path.
func checkPath(path []op.Hash, size uint64, root tlog.Hash, index uint64, leaf tlog.Hash) error {
	if size > op.MaxInteger || index >= size {
		return reject(ErrInclusion, "index", "%d is not among %d", index, size)
	}
	if len(path) > maxPath {
		return reject(ErrInclusion, "path", "%d hashes, at most %d are possible", len(path), maxPath)
	}
	p := make(tlog.RecordProof, len(path))
	for i, h := range path {
		p[i] = tlog.Hash(h)
	}
	return tlog.CheckRecord(p, int64(size), root, int64(index), leaf)
}
