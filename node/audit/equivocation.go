package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
)

// EquivocationVersion is the only version of Equivocation so far.
const EquivocationVersion = 1

// How two checkpoints contradict each other.
const (
	SameSize = "same-size" // they cover as many entries and have different roots
	Subtree  = "subtree"   // the same entries have different hashes under them
	Prefix   = "prefix"    // the first entries of the larger one have another root than the smaller one
	Retired  = "retired"   // a key signed one after it had signed that its last is of fewer entries
	Forked   = "forked"    // a key handed the log over twice, so there are two lines of keys
)

// Equivocation proves that the key of one log, or two of its keys, signed two histories. It is self-contained: the
// two checkpoints, the handovers between their keys, and the paths that show where they contradict each other.
type Equivocation struct {
	Version int64  `json:"version"`
	LogKey  string `json:"log_key"` // name+hash+base64; that of heads of A's size
	Kind    string `json:"kind"`    // SameSize, Subtree, Prefix, Retired or Forked

	// LogKeys are the handovers from LogKey to the key of heads of B's size; none where it is the same. Of Forked
	// they are the two by LogKey.
	LogKeys []op.LogKey `json:"log_keys,omitempty"`

	// A is the checkpoint of fewer entries, or of as many and the smaller root, B the other one.
	A Signed `json:"a"`
	// Of Retired there is no A: the one handover of LogKeys stands for it. Of Forked there is neither.
	B Signed `json:"b"`

	// Level and Index name the subtree of a Subtree, over the entries from Index<<Level to
	// ((Index+1)<<Level)-1; 0 else.
	Level int64  `json:"level"`
	Index uint64 `json:"index"`
}

// Signed is one of the two checkpoints and what it says.
type Signed struct {
	Checkpoint string `json:"checkpoint"` // signed note; or a refusal, which names the head it was made at

	// Hash is what stands under the checkpoint: of the subtree, or in B of a Prefix the root
	// over as many entries as A covers; else the checkpoint's root.
	Hash op.Hash `json:"hash"`

	// Path leads from Hash to the root (RFC 6962): an audit path above Level, in B of a Prefix
	// the consistency proof. Empty else.
	Path []op.Hash `json:"path"`
}

// EquivocationReport is what a verified Equivocation says.
type EquivocationReport struct {
	LogKey  string   `json:"log_key"`
	Kind    string   `json:"kind"`
	SizeA   int64    `json:"size_a"`
	SizeB   int64    `json:"size_b"`
	Proved  []string `json:"proved"`
	RestsOn []string `json:"rests_on"`
}

// Marshal returns the proof as indented JSON.
func (q *Equivocation) Marshal() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(q); err != nil {
		return nil, reject(ErrFormat, "equivocation", "%w", err)
	}
	return out.Bytes(), nil
}

// DecodeEquivocation reads a proof as strictly as Decode reads a bundle.
func DecodeEquivocation(data []byte) (*Equivocation, error) {
	if len(data) > maxBundle {
		return nil, reject(ErrFormat, "equivocation", "longer than %d bytes", maxBundle)
	}
	var q Equivocation
	if err := op.Unmarshal(data, "equivocation", &q); err != nil {
		return nil, &Rejection{Kind: ErrFormat, Field: fieldOf(err), Err: ruleOf(err)}
	}
	return &q, nil
}

// Verify checks that the two checkpoints are signed by the key and cannot both be of one
// log. Every member is bound. Of the premises only LogKey matters. Errors are *Rejection.
func (q *Equivocation) Verify(o Options) (EquivocationReport, error) {
	fail := func(err error) (EquivocationReport, error) { return EquivocationReport{}, err }
	if q.Version != EquivocationVersion {
		return fail(reject(ErrFormat, "version", "is %d, this program knows %d", q.Version, EquivocationVersion))
	}
	if q.Kind == Forked {
		return q.verifyForked(o.LogKey)
	}
	keys, err := q.keys()
	if err != nil {
		return fail(err)
	}
	if o.LogKey != "" && !keys.Has(o.LogKey) {
		return fail(reject(ErrPinned, "log_key", "the proof is against %s, expected %s", q.LogKey, o.LogKey))
	}
	if q.Kind == Retired {
		return q.verifyRetired(keys)
	}
	a, err := q.A.open("a", keys.All()[0])
	if err != nil {
		return fail(err)
	}
	b, err := q.B.open("b", keys.Current())
	if err != nil {
		return fail(err)
	}
	if err := between(keys, a, b); err != nil {
		return fail(err)
	}
	if a.Size < 1 || a.Size > b.Size {
		return fail(reject(ErrFormat, "a", "is over %d entries, b over %d: a is the smaller one, and not empty", a.Size, b.Size))
	}
	if err := q.contradict(a, b); err != nil {
		return fail(err)
	}
	return q.report(a, b), nil
}

// open checks one checkpoint or refusal. What no key binds is refused.
func (s Signed) open(name string, key note.Verifier) (anchor.Checkpoint, error) {
	c, alone, err := openHead([]byte(s.Checkpoint), key)
	if err != nil {
		return c, reject(ErrCheckpoint, name+".checkpoint", "%w", err)
	}
	if string(alone) != s.Checkpoint {
		return c, reject(ErrCheckpoint, name+".checkpoint", "has signatures by other keys, which nothing binds")
	}
	return c, nil
}

// what says what was signed.
func (s Signed) what(c anchor.Checkpoint) string {
	if promise.IsRefusal([]byte(s.Checkpoint)) {
		return fmt.Sprintf("a refusal after %d entries", c.Size)
	}
	return fmt.Sprintf("a checkpoint of %d entries", c.Size)
}

// contradict checks that what is shown under the two cannot be of one log.
func (q *Equivocation) contradict(a, b anchor.Checkpoint) error {
	if q.Kind != Subtree && (q.Level != 0 || q.Index != 0) {
		return reject(ErrFormat, "level", "and index are of a subtree, and must be 0")
	}
	if q.A.Hash == q.B.Hash {
		return reject(ErrNoEquivocation, "hash", "is the same under both: they do not contradict each other")
	}
	switch q.Kind {
	case SameSize:
		if a.Size != b.Size || len(q.A.Path)+len(q.B.Path) != 0 || q.A.Hash != op.Hash(a.Root) || q.B.Hash != op.Hash(b.Root) {
			return reject(ErrNoEquivocation, "kind", "same-size wants two sizes that are equal, the roots as hashes, and no paths")
		}
		if bytes.Compare(q.A.Hash[:], q.B.Hash[:]) > 0 {
			return reject(ErrFormat, "a", "has the greater root: of two of one size the smaller one comes first")
		}
		return nil
	case Prefix:
		if a.Size == b.Size || len(q.A.Path) != 0 || q.A.Hash != op.Hash(a.Root) || len(q.B.Path) > 2*maxPath {
			return reject(ErrNoEquivocation, "kind", "prefix wants two sizes that differ, and the root of a as its hash, without a path")
		}
		if err := tlog.CheckTree(tlog.TreeProof(tlogHashes(q.B.Path)), b.Size, b.Root, a.Size, tlog.Hash(q.B.Hash)); err != nil {
			return reject(ErrInclusion, "b.path", "does not show the root over the first %d entries of %d: %w", a.Size, b.Size, err)
		}
		return nil
	case Subtree:
		at := subtree{int(q.Level), q.Index}
		if q.Level < 0 || q.Level > maxPath {
			return reject(ErrFormat, "level", "is %d, must be from 0 to %d", q.Level, maxPath)
		}
		for _, side := range []struct {
			name string
			s    Signed
			c    anchor.Checkpoint
		}{{"a.path", q.A, a}, {"b.path", q.B, b}} {
			if err := at.check(shownNode{tlog.Hash(side.s.Hash), tlogHashes(side.s.Path)}, uint64(side.c.Size), side.c.Root); err != nil {
				return reject(ErrInclusion, side.name, "does not lead to the root over %d entries: %w", side.c.Size, err)
			}
		}
		return nil
	}
	return reject(ErrFormat, "kind", "%q is none of %s, %s, %s, %s, %s", q.Kind, SameSize, Subtree, Prefix, Retired, Forked)
}

func tlogHashes(list []op.Hash) []tlog.Hash {
	out := make([]tlog.Hash, len(list))
	for i, h := range list {
		out[i] = tlog.Hash(h)
	}
	return out
}

func (q *Equivocation) report(a, b anchor.Checkpoint) EquivocationReport {
	r := EquivocationReport{LogKey: q.LogKey, Kind: q.Kind, SizeA: a.Size, SizeB: b.Size}
	where := fmt.Sprintf("the roots over %d entries differ", a.Size)
	switch q.Kind {
	case Prefix:
		where = fmt.Sprintf("the first %d entries of the larger one have the root %s, the smaller one says %s", a.Size, q.B.Hash, q.A.Hash)
	case Subtree:
		first := q.Index << q.Level
		where = fmt.Sprintf("entries %d to %d have the hash %s under one and %s under the other", first, first+1<<q.Level-1, q.A.Hash, q.B.Hash)
		if q.Level == 0 {
			where = fmt.Sprintf("entry %d is %s under one and %s under the other", first, q.A.Hash, q.B.Hash)
		}
	}
	r.Proved = []string{
		fmt.Sprintf("The log key %s signed two histories of %s: %s and %s that cannot be of one log.", q.signers(), a.Origin, q.A.what(a), q.B.what(b)),
		"They contradict each other: " + where + "."}
	r.RestsOn = []string{"That the log key is the operator's, and nobody else's: compare it with the one you pinned, or the genesis.",
		"It does not tell why. A log that went on from an older backup says so in an entry, which econaudit replay shows as RESTORED."}
	return r
}

// FindEquivocation looks for two checkpoints among these files that contradict each other, and
// proves it. A file is a signed checkpoint, a tlog-proof (after the line of its entry, if that
// is known), a signed refusal, answers as an agent keeps them, a bundle, the proof of a standing,
// or an export, which counts as far as a checkpoint of another file is of it. The log key is the one of the premises, or else that of the exports and bundles.
// It fails with ErrNoEquivocation where these alone show none.
func FindEquivocation(files [][]byte, o Options) (*Equivocation, error) {
	var f finder
	for i, data := range files {
		if err := f.read(data); err != nil {
			return nil, &Rejection{Kind: ErrFormat, Field: fmt.Sprintf("file %d", i+1), Err: err}
		}
	}
	return f.find(o.LogKey)
}

// find looks for two checkpoints that contradict each other among what was read.
func (f *finder) find(pinned string) (*Equivocation, error) {
	if err := f.identify(pinned); err != nil || f.forked != nil {
		return f.forked, err
	}
	return f.compareAll()
}

// compareAll compares each with each.
func (f *finder) compareAll() (*Equivocation, error) {
	if err := f.openAll(); err != nil {
		return nil, err
	}
	if q, err := f.retired(); q != nil || err != nil {
		return q, err
	}
	for i, a := range f.signed {
		for _, b := range f.signed[i+1:] {
			a, b := inOrder(a, b)
			if q := compare(a, b); q != nil {
				return f.proof(q, a, b), nil
			}
		}
	}
	more := ". Give an export of the log, too: what each covers can then be compared"
	if len(f.exports) > 0 {
		more = ", the export among them"
	}
	return nil, reject(ErrNoEquivocation, "files", "%d checkpoints of sizes %v: none of them contradicts another, as far as these files show%s",
		len(f.signed), f.sizes(), more)
}

// inOrder are two checkpoints as a proof has them.
func inOrder(a, b *signedTree) (*signedTree, *signedTree) {
	if a.Size > b.Size || a.Size == b.Size && bytes.Compare(a.Root[:], b.Root[:]) > 0 {
		return b, a
	}
	return a, b
}

// compare looks for a contradiction of two checkpoints in order; nil if none shows.
func compare(a, b *signedTree) *Equivocation {
	if a.Size < 1 {
		return nil
	}
	q := &Equivocation{A: a.as(op.Hash(a.Root), nil), B: b.as(op.Hash(b.Root), nil)}
	if a.Size == b.Size {
		q.Kind = SameSize
		if a.Root == b.Root {
			return nil // all that is shown under them is the same
		}
		return q
	}
	if b.tree != nil {
		root := b.tree.root(uint64(a.Size))
		if root == a.Root {
			return nil
		}
		proof, err := tlog.ProveTree(b.Size, a.Size, b.tree)
		if err != nil {
			panic("audit: " + err.Error())
		}
		q.Kind, q.B = Prefix, b.as(op.Hash(root), proof)
		return q
	}
	return compareShown(a, b)
}

// compareShown compares the subtrees that are shown under two checkpoints, the smallest and
// first first.
func compareShown(a, b *signedTree) *Equivocation {
	var common []subtree
	for at := range b.shown {
		if _, ok := a.shown[at]; ok || a.tree != nil && at.within(uint64(a.Size)) {
			common = append(common, at)
		}
	}
	slices.SortFunc(common, func(x, y subtree) int {
		if x.level != y.level {
			return x.level - y.level
		}
		if x.index < y.index {
			return -1
		}
		return 1
	})
	for _, at := range common {
		in, ok := a.shown[at]
		if !ok {
			in = a.tree.show(at, uint64(a.Size))
		}
		if other := b.shown[at]; in.hash != other.hash {
			return &Equivocation{Kind: Subtree, Level: int64(at.level), Index: at.index,
				A: a.as(op.Hash(in.hash), in.path), B: b.as(op.Hash(other.hash), other.path)}
		}
	}
	return nil
}
