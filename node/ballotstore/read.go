package ballotstore

import (
	"bytes"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/tlog"
)

// Scan hands out entries in windows of at most this many entries and about
// this many bytes.
const (
	windowEntries = 1024
	windowBytes   = 64 << 10
)

// Entry returns a copy of the entry with the given sequence number, or
// ErrNotFound. It answers for durable entries even while the store is poisoned.
func (s *Store) Entry(seq uint64) (entry []byte, err error) {
	if size := s.Size(); seq >= size {
		return nil, fmt.Errorf("%w: entry %d; the log has %d entries", ErrNotFound, seq, size)
	}
	err = s.view(func(tx *bolt.Tx) error {
		v := tx.Bucket(bucketEntries).Get(seqKey(seq))
		if v == nil {
			return &CorruptEntryError{Seq: seq, Reason: "is missing"}
		}
		entry = bytes.Clone(v)
		return nil
	})
	return entry, err
}

// Scan calls fn for the entries from <= seq < to in order and stops at its
// first error, which it returns as it is. Where to exceeds Size() it calls
// nothing and returns ErrNotFound. fn may keep the entry, take its time, and
// use the store: no transaction is open meanwhile.
func (s *Store) Scan(from, to uint64, fn func(seq uint64, entry []byte) error) error {
	if size := s.Size(); from > to || to > size {
		return fmt.Errorf("%w: entries %d to %d; the log has %d entries", ErrNotFound, from, to, size)
	}
	for from < to {
		var window [][]byte
		err := s.view(func(tx *bolt.Tx) (err error) {
			window, err = readWindow(tx, from, min(to, from+windowEntries))
			return err
		})
		if err != nil {
			return err
		}
		for _, entry := range window {
			if err := fn(from, entry); err != nil {
				return err
			}
			from++
		}
	}
	return nil
}

// readWindow copies the entries from <= seq < to, or fewer where they are
// large, but at least one.
func readWindow(tx *bolt.Tx, from, to uint64) ([][]byte, error) {
	var found [][]byte
	total := 0
	c := tx.Bucket(bucketEntries).Cursor()
	k, v := c.Seek(seqKey(from))
	for seq := from; seq < to && (total < windowBytes || seq == from); seq++ {
		if len(k) != 8 || binary.BigEndian.Uint64(k) != seq {
			return nil, &CorruptEntryError{Seq: seq, Reason: "is missing"}
		}
		found = append(found, v)
		total += len(v)
		k, v = c.Next()
	}
	// The mapped pages are ours only within the transaction.
	space := make([]byte, 0, total)
	for i, v := range found {
		start := len(space)
		space = append(space, v...)
		found[i] = space[start:len(space):len(space)]
	}
	return found, nil
}

// Root returns the RFC 6962 root over the first size entries, for any size up
// to Size(); beyond it, ErrNotFound.
func (s *Store) Root(size uint64) (root [32]byte, err error) {
	now, root := s.Head()
	if size == now {
		return root, nil
	}
	if size > now {
		return [32]byte{}, fmt.Errorf("%w: root of %d entries; the log has %d", ErrNotFound, size, now)
	}
	err = s.view(func(tx *bolt.Tx) error {
		e, err := loadEdge(tx, size)
		if err == nil {
			root = e.root()
		}
		return err
	})
	return root, err
}

// InclusionProof proves that entry seq is in the tree of the first size
// entries: RFC 6962 section 2.1.1, leaf side first. ErrNotFound unless
// seq < size <= Size().
func (s *Store) InclusionProof(seq, size uint64) (proof [][32]byte, err error) {
	if now := s.Size(); seq >= size || size > now {
		return nil, fmt.Errorf("%w: proof of entry %d in %d entries; the log has %d", ErrNotFound, seq, size, now)
	}
	err = s.view(func(tx *bolt.Tx) error {
		p, err := tlog.ProveRecord(int64(size), int64(seq), hashReader{tx})
		proof = plain(p)
		return err
	})
	return proof, err
}

// ConsistencyProof proves that the tree of the first old entries is a prefix of
// that of the first size entries: RFC 6962 section 2.1.2. It is empty where old
// is 0 or size. ErrNotFound unless old <= size <= Size().
func (s *Store) ConsistencyProof(old, size uint64) (proof [][32]byte, err error) {
	if now := s.Size(); old > size || size > now {
		return nil, fmt.Errorf("%w: proof from %d to %d entries; the log has %d", ErrNotFound, old, size, now)
	}
	if old == 0 || old == size {
		return [][32]byte{}, nil
	}
	err = s.view(func(tx *bolt.Tx) error {
		p, err := tlog.ProveTree(int64(size), int64(old), hashReader{tx})
		proof = plain(p)
		return err
	})
	return proof, err
}

// plain drops the vendor's type.
func plain(hashes []tlog.Hash) [][32]byte {
	out := make([][32]byte, len(hashes))
	for i, h := range hashes {
		out[i] = h
	}
	return out
}

// PendingEffects returns the effects that no entry has answered, by sequence
// number, then index. It refuses with ErrPoisoned after a failed write, lest an
// effect be carried out whose entry is lost.
func (s *Store) PendingEffects() (pending []Effect, err error) {
	err = s.viewCurrent(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketEffects).ForEach(func(k, v []byte) error {
			seq, index, err := splitEffectKey(k)
			if err != nil {
				return err
			}
			pending = append(pending, Effect{ID: EffectID(seq, index), Seq: seq, Data: bytes.Clone(v)})
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return pending, nil
}

func splitEffectKey(k []byte) (seq uint64, index uint32, err error) {
	if len(k) != 12 {
		return 0, 0, fmt.Errorf("%w: effect key %x has %d bytes, want 12", ErrCorrupt, k, len(k))
	}
	return binary.BigEndian.Uint64(k), binary.BigEndian.Uint32(k[8:]), nil
}
