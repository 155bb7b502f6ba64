package audit

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/op"
)

// keys are those that the proof is about. Each handover is signed by the key before it and the one after it.
func (q *Equivocation) keys() (logkey.Keys, error) {
	keys, err := logkey.First(q.LogKey)
	if err != nil {
		return keys, reject(ErrFormat, "log_key", "%w", err)
	}
	if len(q.LogKeys) > logkey.MaxHandovers {
		return keys, reject(ErrFormat, "log_keys", "are %d, a log has at most %d handovers", len(q.LogKeys), logkey.MaxHandovers)
	}
	for i := range q.LogKeys {
		if keys, err = keys.Add(ledger.HandoverOf(&q.LogKeys[i])); err != nil {
			return keys, reject(ErrCheckpoint, fmt.Sprintf("log_keys[%d]", i), "%w", err)
		}
	}
	return keys, nil
}

// between demands that the handovers are those between two heads, and no others: what is not needed
// nothing binds.
func between(keys logkey.Keys, a, b anchor.Checkpoint) error {
	if list := keys.Handovers(); len(list) > 0 && (list[0].Size < uint64(a.Size) || list[len(list)-1].Size >= uint64(b.Size)) {
		return reject(ErrFormat, "log_keys", "are of %d to %d entries, must be from a of %d on and before b of %d", list[0].Size, list[len(list)-1].Size, a.Size, b.Size)
	}
	return nil
}

// verifyRetired checks that a key signed a head over more entries than its last one has.
func (q *Equivocation) verifyRetired(keys logkey.Keys) (r EquivocationReport, err error) {
	if len(q.LogKeys) != 1 {
		return r, reject(ErrFormat, "log_keys", "are %d handovers, retired wants the one by which log_key ends", len(q.LogKeys))
	}
	if q.A.Checkpoint != "" || q.A.Hash != (op.Hash{}) || len(q.A.Path)+len(q.B.Path) != 0 || q.Level != 0 || q.Index != 0 {
		return r, reject(ErrFormat, "a", "must be empty for retired, without paths, level and index")
	}
	b, err := q.B.open("b", keys.All()[0])
	if err != nil {
		return r, err
	}
	last := keys.Handovers()[0].Size
	if uint64(b.Size) <= last || q.B.Hash != op.Hash(b.Root) {
		return r, reject(ErrNoEquivocation, "b", "is over %d entries with the root %s as its hash; retired wants its own root, and more than the %d of the key's last head", b.Size, q.B.Hash, last)
	}
	return EquivocationReport{LogKey: q.LogKey, Kind: q.Kind, SizeA: int64(last), SizeB: b.Size,
		Proved: []string{
			fmt.Sprintf("The log key %s of %s signed %s after it had signed that its last head is of %d entries, and that %s signs what covers more.", q.LogKey, b.Origin, q.B.what(b), last, keys.Current().Text),
			fmt.Sprintf("They contradict each other: heads of %d entries are not that key's to sign.", b.Size)},
		RestsOn: []string{keyIsTheOperators,
			"It does not tell which of the two the log is: the entries do, by the key that they name."}}, nil
}

// verifyForked checks that one key signed two handovers that differ.
func (q *Equivocation) verifyForked(pinned string) (r EquivocationReport, err error) {
	if len(q.LogKeys) != 2 {
		return r, reject(ErrFormat, "log_keys", "are %d handovers, forked wants the two by log_key", len(q.LogKeys))
	}
	for name, s := range map[string]Signed{"a": q.A, "b": q.B} {
		if s.Checkpoint != "" || s.Hash != (op.Hash{}) || len(s.Path) != 0 || q.Level != 0 || q.Index != 0 {
			return r, reject(ErrFormat, name, "must be empty for forked, without level and index")
		}
	}
	var sides [2]logkey.Keys
	for i := range sides {
		if sides[i], err = logkey.Walk(q.LogKey, []logkey.Handover{ledger.HandoverOf(&q.LogKeys[i])}); err != nil {
			return r, reject(ErrCheckpoint, fmt.Sprintf("log_keys[%d]", i), "%w", err)
		}
	}
	a, b := sides[0].Handovers()[0], sides[1].Handovers()[0]
	switch order := bytes.Compare(a.Text(q.LogKey), b.Text(q.LogKey)); {
	case order == 0:
		return r, reject(ErrNoEquivocation, "log_keys", "are one handover twice: they do not contradict each other")
	case a.Size > b.Size || a.Size == b.Size && order > 0:
		return r, reject(ErrFormat, "log_keys", "are not in order: that of fewer entries comes first, of two of one size the one whose text is smaller")
	case pinned != "" && !sides[0].Has(pinned) && !sides[1].Has(pinned):
		return r, reject(ErrPinned, "log_key", "the proof is against %s, expected %s", q.LogKey, pinned)
	}
	return EquivocationReport{LogKey: q.LogKey, Kind: q.Kind, SizeA: int64(a.Size), SizeB: int64(b.Size),
		Proved: []string{
			fmt.Sprintf("The log key %s of %s signed two ends of its own: a last head of %d entries with the root %s, followed by %s, and one of %d entries with the root %s, followed by %s.",
				q.LogKey, sides[0].Current().Name(), a.Size, op.Hash(a.Root), a.Key, b.Size, op.Hash(b.Root), b.Key),
			"They contradict each other: a key has one last head, and hands the log over once."},
		RestsOn: []string{keyIsTheOperators,
			"It does not tell why. A log that went on from a backup of before its handover says so in an entry, which econaudit replay shows as RESTORED, and may be handed over once more."}}, nil
}

// keyIsTheOperators is what a proof against a key that was handed over rests on.
const keyIsTheOperators = "That the log key is one of the operator's, and nobody else's: compare it with the one you pinned, or the genesis. A log also goes over to another key because the old one became known to somebody, who then signs with it."

// twoHandovers is the proof of two that differ among those of the files, by one key of the log; nil if there are none.
func (f *finder) twoHandovers() *Equivocation {
	for i, h := range f.keys.Handovers() {
		by := f.keys.All()[i].Text
		for _, other := range f.handovers {
			if bytes.Equal(other.Text(by), h.Text(by)) {
				continue
			}
			if _, err := logkey.Walk(by, []logkey.Handover{other}); err != nil {
				continue // not by this key
			}
			pair := []op.LogKey{ledger.LogKeyOf(h), ledger.LogKeyOf(other)}
			if other.Size < h.Size || other.Size == h.Size && bytes.Compare(other.Text(by), h.Text(by)) < 0 {
				slices.Reverse(pair)
			}
			none := Signed{Path: []op.Hash{}}
			return &Equivocation{Version: EquivocationVersion, LogKey: by, LogKeys: pair, Kind: Forked, A: none, B: none}
		}
	}
	return nil
}

// signers names the keys that signed the two.
func (q *Equivocation) signers() string {
	if n := len(q.LogKeys); n > 0 {
		return q.LogKey + " and, after a handover that both signed, " + q.LogKeys[n-1].LogVerifier
	}
	return q.LogKey
}

// proof completes what compare found of two heads, in order.
func (f *finder) proof(q *Equivocation, a, b *signedTree) *Equivocation {
	q.Version, q.LogKey = EquivocationVersion, a.by.Text
	for _, h := range f.keys.Handovers() {
		if h.Size >= uint64(a.Size) && h.Size < uint64(b.Size) {
			q.LogKeys = append(q.LogKeys, ledger.LogKeyOf(h))
		}
	}
	return q
}

// retired takes out heads that are not signed by the key of their size. One by a key that had signed its last head
// before is a proof of its own.
func (f *finder) retired() (*Equivocation, error) {
	var early *signedTree
	for _, s := range f.signed {
		if s.by.Text == f.keys.At(uint64(s.Size)).Text {
			continue
		}
		after, _ := f.keys.After(s.by.Text)
		if uint64(s.Size) >= s.by.From && len(after) > 0 {
			return &Equivocation{Version: EquivocationVersion, LogKey: s.by.Text, LogKeys: []op.LogKey{ledger.LogKeyOf(after[0])}, Kind: Retired,
				A: Signed{Path: []op.Hash{}}, B: s.as(op.Hash(s.Root), nil)}, nil
		}
		early = s
	}
	if early != nil {
		return nil, reject(ErrCheckpoint, "checkpoint", "of size %d is signed by %s, which took over later: from %d entries on. No log of these files has such a head, and what it contradicts is the key's own statement, not another head",
			early.Size, early.by.Text, early.by.From)
	}
	return nil, nil
}
