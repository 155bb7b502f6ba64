package ballotstore

import (
	"fmt"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node"
)

// An Effect is something to be done outside because of an entry. It is pending
// from the batch that brings it until a batch names it in Done. ID is
// "seq/index" in decimal: the entry that caused it, and which of its effects.
type Effect = node.StoredEffect

// A Batch is what becomes durable in one transaction with one sync. It needs at
// least one entry, each of 1 to MaxEntryBytes bytes; First must equal Size().
// An id in Done that was answered before is no error.
type Batch = node.Batch

// Append makes a batch durable and returns the RFC 6962 root over the log with
// it. On any error nothing of the batch counts as written, and the store is
// poisoned: what the disk holds is found out by opening it again. Kinds:
// ErrSequence, ErrBatch, ErrPoisoned, ErrReadOnly, ErrClosed; anything else
// comes from the disk.
//
// The batch is not kept after the return.
func (s *Store) Append(b Batch) (root [32]byte, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.writable(); err != nil {
		return root, err
	}
	next, err := s.append(b)
	if err != nil {
		return root, s.poison(fmt.Errorf("append %d entries at %d: %w", len(b.Entries), b.First, err))
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	s.edge = next
	s.head = head{size: next.size, root: next.root()}
	return s.head.root, nil
}

func (s *Store) append(b Batch) (edge, error) {
	if err := checkBatch(b, s.edge.size); err != nil {
		return edge{}, err
	}
	next := s.edge
	hashes := make([]byte, 0, (2*len(b.Entries)+64)*tlog.HashSize)
	for _, entry := range b.Entries {
		hashes = next.append(tlog.RecordHash(entry), hashes)
	}
	h := head{size: next.size, root: next.root()}
	err := guard(func() error {
		return s.db.Update(func(tx *bolt.Tx) error {
			if err := putEntries(tx, b.First, b.Entries); err != nil {
				return err
			}
			if err := putHashes(tx, storedCount(b.First), hashes); err != nil {
				return err
			}
			if err := putEffects(tx, b); err != nil {
				return err
			}
			return tx.Bucket(bucketHeader).Put(keyHead, h.encode())
		})
	})
	return next, err
}

// checkBatch holds the batch against the rules that need no file.
func checkBatch(b Batch, size uint64) error {
	if b.First != size {
		return fmt.Errorf("%w: the batch starts at %d, the log ends at %d", ErrSequence, b.First, size)
	}
	if len(b.Entries) == 0 {
		return fmt.Errorf("%w: no entries", ErrBatch)
	}
	end := b.First + uint64(len(b.Entries))
	if end > maxSize {
		return fmt.Errorf("%w: the log would exceed %d entries", ErrBatch, uint64(maxSize))
	}
	for i, entry := range b.Entries {
		if len(entry) == 0 || len(entry) > MaxEntryBytes {
			return fmt.Errorf("%w: entry %d has %d bytes, allowed are 1 to %d",
				ErrBatch, b.First+uint64(i), len(entry), MaxEntryBytes)
		}
	}
	if err := checkEffects(b, end); err != nil {
		return err
	}
	for _, id := range b.Done {
		if seq, _, err := ParseEffectID(id); err != nil {
			return err
		} else if seq >= end {
			return fmt.Errorf("%w: done effect %q belongs to an entry that does not exist", ErrBatch, id)
		}
	}
	return nil
}

func checkEffects(b Batch, end uint64) error {
	var seen map[string]struct{}
	if len(b.Effects) > 0 {
		seen = make(map[string]struct{}, len(b.Effects))
	}
	for _, e := range b.Effects {
		seq, _, err := ParseEffectID(e.ID)
		if err != nil {
			return err
		}
		if seq != e.Seq {
			return fmt.Errorf("%w: effect %q says it belongs to entry %d", ErrBatch, e.ID, e.Seq)
		}
		if seq < b.First || seq >= end {
			return fmt.Errorf("%w: effect %q belongs to none of the entries %d to %d", ErrBatch, e.ID, b.First, end-1)
		}
		if _, twice := seen[e.ID]; twice {
			return fmt.Errorf("%w: effect %q appears twice", ErrBatch, e.ID)
		}
		seen[e.ID] = struct{}{}
	}
	return nil
}

func putEntries(tx *bolt.Tx, first uint64, entries [][]byte) error {
	b := tx.Bucket(bucketEntries)
	b.FillPercent = appendFill
	for i, entry := range entries {
		if err := b.Put(seqKey(first+uint64(i)), entry); err != nil {
			return err
		}
	}
	return nil
}

// putEffects adds before it removes, so that one batch may hold an effect and
// its answer.
func putEffects(tx *bolt.Tx, batch Batch) error {
	b := tx.Bucket(bucketEffects)
	for _, e := range batch.Effects {
		seq, index, err := ParseEffectID(e.ID)
		if err != nil {
			return err
		}
		if err := b.Put(effectKey(seq, index), e.Data); err != nil {
			return err
		}
	}
	for _, id := range batch.Done {
		seq, index, err := ParseEffectID(id)
		if err != nil {
			return err
		}
		if err := b.Delete(effectKey(seq, index)); err != nil {
			return err
		}
	}
	return nil
}
