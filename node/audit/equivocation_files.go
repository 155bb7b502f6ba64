package audit

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
)

// signedTree is a signed checkpoint and what is known of the tree under it.
type signedTree struct {
	anchor.Checkpoint
	by    logkey.Key            // who signed
	note  []byte                // with the log's signature alone
	shown map[subtree]shownNode // by the paths that came with it
	tree  *tree                 // of an export that has this checkpoint; nil: none
}

// as is the checkpoint in a proof.
func (s *signedTree) as(hash op.Hash, path []tlog.Hash) Signed {
	return Signed{Checkpoint: string(s.note), Hash: hash, Path: hashes(path)}
}

// finder collects what some files say.
type finder struct {
	keys      logkey.Keys       // of the log
	claimed   []string          // log keys of exports and bundles
	handovers []logkey.Handover // likewise
	exports   []*tree
	heads     []shownHead
	signed    []*signedTree
	forked    *Equivocation // two handovers by one key; nil: none
}

// shownHead is a checkpoint as it was found, and leaves with their paths.
type shownHead struct {
	note   []byte
	leaves []shownLeaf
}

type shownLeaf struct {
	index uint64
	hash  tlog.Hash
	path  []tlog.Hash
}

// sizes are those of the checkpoints.
func (f *finder) sizes() (list []int64) {
	for _, s := range f.signed {
		list = append(list, s.Size)
	}
	return list
}

// read takes a file by what it begins with.
func (f *finder) read(data []byte) error {
	first, rest, _ := bytes.Cut(data, []byte("\n"))
	_, entryErr := op.DecodeEntry(first)
	switch {
	case bytes.HasPrefix(data, []byte(proofName)):
		return f.readProof(nil, data)
	case entryErr == nil && bytes.HasPrefix(rest, []byte(proofName)):
		return f.readProof(first, rest)
	case entryErr == nil:
		return f.readExport(data)
	case bytes.HasPrefix(data, []byte(answerName)):
		return f.readAnswers(data)
	case bytes.HasPrefix(data, []byte("{")):
		return f.readDocument(data)
	case bytes.Contains(data, []byte("\n\n")): // a checkpoint or a refusal
		f.heads = append(f.heads, shownHead{note: data})
		return nil
	}
	return errors.New("is no checkpoint, tlog-proof, refusal, kept answers, bundle, standing or export")
}

const (
	proofName  = "c2sp.org/tlog-proof@v1\n" // begins a tlog-proof
	answerName = `{"event":`                // begins a kept answer
)

func (f *finder) readProof(line, text []byte) error {
	p, err := anchor.ParseInclusion(text)
	if err != nil {
		return err
	}
	h := shownHead{note: p.Checkpoint}
	if line != nil {
		h.leaves = []shownLeaf{{uint64(p.Index), tlog.RecordHash(line), p.Path}}
	}
	f.heads = append(f.heads, h)
	return nil
}

// readAnswers takes what an agent kept: promises with their entries, and refusals.
func (f *finder) readAnswers(data []byte) error {
	for n, line := range bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")) {
		kept, e, err := promise.ParseKept(line)
		if err != nil {
			return fmt.Errorf("line %d: %w", n+1, err)
		}
		if kept.Refusal != "" {
			f.heads = append(f.heads, shownHead{note: []byte(kept.Refusal)})
		} else if err := f.readProof(kept.Entry(e).Marshal(), []byte(kept.Promise)); err != nil {
			return fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	return nil
}

// readDocument takes a bundle, or the proof of a standing.
func (f *finder) readDocument(data []byte) error {
	b, err := Decode(data)
	if err == nil {
		return f.readIncluded(b.Checkpoint, b.LogKeys, b.Genesis, b.Vote, b.Close, b.Last)
	}
	s, other := DecodeStanding(data)
	if other != nil {
		return err
	}
	return f.readIncluded(s.Checkpoint, s.LogKeys, s.Genesis, s.Epoch, s.Last)
}

// readIncluded takes a checkpoint and entries under it, of which the first is the genesis.
func (f *finder) readIncluded(checkpoint string, keys []op.LogKey, entries ...Included) error {
	for i := range keys {
		f.handovers = append(f.handovers, ledger.HandoverOf(&keys[i]))
	}
	h := shownHead{note: []byte(checkpoint)}
	for _, in := range entries {
		h.leaves = append(h.leaves, shownLeaf{in.Seq, tlog.RecordHash([]byte(in.Entry)), tlogHashes(in.Path)})
	}
	f.heads = append(f.heads, h)
	return f.claim([]byte(entries[0].Entry))
}

// readExport hashes the lines of an export. What they mean is of no matter here.
func (f *finder) readExport(data []byte) error {
	t := new(tree)
	for n, line := range bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")) {
		e, err := op.DecodeEntry(line)
		if err != nil || e.Seq != uint64(n) {
			return fmt.Errorf("line %d is not entry %d of an export", n+1, n)
		}
		if n == 0 {
			if err := f.claim(line); err != nil {
				return err
			}
		}
		if e.Event.Kind == op.KindLogKey {
			if err := f.handsOver(e); err != nil {
				return err
			}
		}
		t.add(tlog.RecordHash(line))
	}
	f.exports = append(f.exports, t)
	return nil
}

// handsOver notes the handover of an entry.
func (f *finder) handsOver(e *op.Entry) error {
	content, err := e.Event.Decoded()
	if err != nil {
		return err
	}
	f.handovers = append(f.handovers, ledger.HandoverOf(content.(*op.LogKey)))
	return nil
}

// claim notes the log key of a genesis entry.
func (f *finder) claim(line []byte) error {
	e, err := op.DecodeEntry(line)
	if err != nil {
		return err
	}
	content, err := e.Event.Decoded()
	if err != nil {
		return err
	}
	g, ok := content.(*op.Genesis)
	if !ok {
		return fmt.Errorf("entry 0 is a %s, not the genesis", e.Event.Kind)
	}
	f.claimed = append(f.claimed, g.LogVerifier)
	return nil
}

// identify settles the keys of the log: that of the genesis, or else the pinned one, and those that the log went
// over to from it by the handovers in the files.
func (f *finder) identify(pinned string) (err error) {
	first := pinned
	if len(f.claimed) > 0 {
		first = f.claimed[0]
	}
	if first == "" {
		return reject(ErrOptions, "log key", "must be named (--log-key NAME+ID+KEY): none of these files has the log's genesis")
	}
	if f.keys, err = logkey.First(first); err != nil {
		return reject(ErrOptions, "log key", "%w", err)
	}
	slices.SortStableFunc(f.handovers, func(a, b logkey.Handover) int { return cmp.Compare(a.Size, b.Size) })
	for _, h := range f.handovers {
		if keys, err := f.keys.Add(h); err == nil { // one of another history is of no key here
			f.keys = keys
		}
	}
	if f.forked = f.twoHandovers(); f.forked != nil {
		return nil
	}
	for _, k := range f.claimed {
		if k != first {
			return reject(ErrPinned, "log key", "one of the files is of a log signed by %s, another by %s", k, first)
		}
	}
	if pinned != "" && !f.keys.Has(pinned) {
		return reject(ErrPinned, "log key", "the files are of a log signed by %s, expected %s", f.keys.Current().Text, pinned)
	}
	return nil
}

// openAll checks the checkpoints and the paths under them, and finds out which are of an
// export.
func (f *finder) openAll() error {
	for _, h := range f.heads {
		s, err := f.open(h)
		if err != nil {
			return err
		}
		for _, t := range f.exports {
			if uint64(s.Size) <= t.size() && t.root(uint64(s.Size)) == s.Root {
				s.tree = t
			}
		}
		f.signed = append(f.signed, s)
	}
	return nil
}

func (f *finder) open(h shownHead) (*signedTree, error) {
	c, text, by, err := openHeadBy(h.note, f.keys)
	if err != nil {
		return nil, err
	}
	s := &signedTree{Checkpoint: c, by: by, note: text, shown: map[subtree]shownNode{}}
	size := uint64(c.Size)
	if size&(size-1) == 0 && size > 0 { // the whole is a subtree of every larger one
		s.shown[subtree{bits.TrailingZeros64(size), 0}] = shownNode{hash: c.Root}
	}
	for _, l := range h.leaves {
		err := subtree{0, l.index}.check(shownNode{l.hash, l.path}, size, c.Root)
		if err != nil {
			return nil, reject(ErrInclusion, "path", "of entry %d does not lead to the checkpoint of size %d, so the operator did not say that: %w", l.index, c.Size, err)
		}
		subtreesOf(l.hash, l.index, size, l.path, s.shown)
	}
	return s, nil
}

// openHeadBy is openHead by the one of some keys that signed.
func openHeadBy(msg []byte, keys logkey.Keys) (c anchor.Checkpoint, text []byte, by logkey.Key, err error) {
	for _, by = range keys.All() {
		if c, text, err = openHead(msg, by); err == nil {
			return c, text, by, nil
		}
	}
	if n := len(keys.All()); n > 1 {
		err = reject(ErrCheckpoint, "checkpoint", "is signed by none of the %d keys of the log: %w", n, err)
	}
	return c, nil, by, err
}

// openHead opens what the log's key signed of a head, a checkpoint or a refusal, and returns it
// with that signature alone.
func openHead(msg []byte, key note.Verifier) (anchor.Checkpoint, []byte, error) {
	if promise.IsRefusal(msg) {
		r, err := promise.OpenRefusal(msg, key)
		if err != nil {
			return anchor.Checkpoint{}, nil, reject(ErrCheckpoint, "refusal", "%w", err)
		}
		return anchor.Checkpoint{Origin: r.Origin, Size: int64(r.Size), Root: r.Root}, msg, nil
	}
	c, err := anchor.OpenCheckpoint(msg, key.Name(), key)
	if err != nil {
		return anchor.Checkpoint{}, nil, reject(ErrCheckpoint, "checkpoint", "%w", err)
	}
	sig := c.Signatures[0]
	return c.Checkpoint, fmt.Appendf(nil, "%s\n— %s %s\n", c.Body(), sig.Name, sig.Base64), nil
}
