package audit

import (
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/op"
)

// A head of the log counts under one key: that which the entries under it name, from the genesis
// on by handovers that the old key and the new one signed (package logkey).

// checkKey holds the log's keys against the one that the caller expects: it may be any of them,
// for each handover is signed by the key before it and the one after it, over what was before.
func (o Options) checkKey(id identity) error {
	if o.LogKey == "" || id.keys.Has(o.LogKey) {
		return nil
	}
	if list := id.keys.All(); len(list) > 1 {
		return reject(ErrPinned, "log key", "the log's checkpoints are signed by %s and %d keys before it, expected %s", list[len(list)-1].Text, len(list)-1, o.LogKey)
	}
	return reject(ErrPinned, "log key", "the log's checkpoints are signed by %s, expected %s", id.keys.Current().Text, o.LogKey)
}

// signedByKeyOf demands that the key of its size signed a head.
func (id identity) signedByKeyOf(c anchor.SignedCheckpoint) error {
	key := id.keys.At(uint64(c.Size))
	if has(c, key) {
		return nil
	}
	for _, other := range id.keys.All() {
		if has(c, other) {
			return reject(ErrCheckpoint, "checkpoint", "of size %d is signed by %s, which is not the log's key at that size: by the log's handovers heads of so many entries are signed by %s", c.Size, other.Text, key.Text)
		}
	}
	return reject(ErrCheckpoint, "checkpoint", "is signed by witnesses alone, not by the log's key")
}

func has(c anchor.SignedCheckpoint, key note.Verifier) bool {
	return slices.ContainsFunc(c.Signatures, func(s note.Signature) bool { return s.Name == key.Name() && s.Hash == key.KeyHash() })
}

// handedOver follows an entry by which the log goes over to another key. That both keys signed
// the ledger has checked; that it speaks of this very log it cannot.
func (p *replayer) handedOver(c *op.LogKey) error {
	if root := op.Hash(p.tree.root(c.Size)); root != c.Root {
		return fmt.Errorf("hands over at %d entries with the root %s, these entries give %s: both keys signed another history, or a line before this one was changed", c.Size, c.Root, root)
	}
	keys, err := p.id.keys.Add(ledger.HandoverOf(c))
	if err != nil {
		return err
	}
	p.id.keys = keys
	return nil
}

// openUnder opens the checkpoint of a proof, by the handovers that it carries.
func (o Options) openUnder(id *identity, list []op.LogKey, checkpoint string) (c anchor.SignedCheckpoint, err error) {
	if err := id.walk(list); err != nil {
		return c, err
	}
	if err := o.checkKey(*id); err != nil {
		return c, err
	}
	if c, err = o.openCheckpoint(*id, []byte(checkpoint)); err != nil {
		return c, err
	}
	return c, id.needed(c.Checkpoint)
}

// handoversBefore are those that a head over so many entries takes, as a proof carries them.
func handoversBefore(keys logkey.Keys, size uint64) (list []op.LogKey) {
	for _, h := range keys.Handovers() {
		if h.Size < size {
			list = append(list, ledger.LogKeyOf(h))
		}
	}
	return list
}

// walk follows the handovers that a proof carries, from the key of the genesis to that of its
// checkpoint.
func (id *identity) walk(list []op.LogKey) error {
	if len(list) > logkey.MaxHandovers {
		return reject(ErrFormat, "log_keys", "are %d, a log has at most %d handovers", len(list), logkey.MaxHandovers)
	}
	for i := range list {
		keys, err := id.keys.Add(ledger.HandoverOf(&list[i]))
		if err != nil {
			return reject(ErrCheckpoint, fmt.Sprintf("log_keys[%d]", i), "%w", err)
		}
		id.keys = keys
	}
	return nil
}

// needed demands that a proof carries no handover beyond its checkpoint: what is not needed
// nothing binds.
func (id identity) needed(c anchor.Checkpoint) error {
	if last := id.keys.Current(); last.From > uint64(c.Size) {
		return reject(ErrFormat, "log_keys", "the last one is of heads from %d entries on, the checkpoint is of %d", last.From, c.Size)
	}
	return nil
}

// keySentences say which handovers were followed.
func (id identity) keySentences() (list []string) {
	for i, h := range id.keys.Handovers() {
		list = append(list, fmt.Sprintf("At %d entries the log went over from the key %s to %s: both signed that.", h.Size, id.keys.All()[i].Text, h.Key))
	}
	return list
}
