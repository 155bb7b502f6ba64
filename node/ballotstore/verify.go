package ballotstore

import (
	"bytes"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/tlog"
)

// Verify recomputes every leaf and every Merkle node from the entries that are
// durable when it starts and compares them with the stored ones, then checks
// the records beside the log. The first entry that does not fit is named by a
// *CorruptEntryError. The store may be written to meanwhile. progress, unless
// nil, is called with entries done and in all, at the start, now and then, and
// at the end.
func (s *Store) Verify(progress func(done, total uint64)) error {
	if err := s.Err(); err != nil {
		return err
	}
	if progress == nil {
		progress = func(uint64, uint64) {}
	}
	total := s.Size()
	v := verifier{}
	progress(0, total)
	for v.edge.size < total {
		err := s.view(func(tx *bolt.Tx) error {
			return v.window(tx, min(total, v.edge.size+windowEntries))
		})
		if err != nil {
			return err
		}
		progress(v.edge.size, total)
	}
	return s.viewCurrent(checkRecords)
}

// A verifier is a tree that grows from the entries and is held against the
// stored nodes.
type verifier struct {
	edge edge
	next uint64 // number of the next stored hash to compare
}

// window takes in the entries up to to.
func (v *verifier) window(tx *bolt.Tx, to uint64) error {
	entries, err := readWindow(tx, v.edge.size, to)
	if err != nil {
		return err
	}
	stored := &nodeCursor{bucket: tx.Bucket(bucketHashes)}
	var computed []byte
	for _, entry := range entries {
		seq := v.edge.size
		computed = v.edge.append(tlog.RecordHash(entry), computed[:0])
		for i := 0; i < len(computed); i += tlog.HashSize {
			if !bytes.Equal(stored.at(v.next), computed[i:i+tlog.HashSize]) {
				reason := "does not hash to its Merkle leaf"
				if i > 0 {
					reason = fmt.Sprintf("completes a Merkle node at level %d that differs from the stored one", i/tlog.HashSize)
				}
				return &CorruptEntryError{Seq: seq, Reason: reason}
			}
			v.next++
		}
	}
	return nil
}

// A nodeCursor reads stored hashes one after the other, looking a chunk up once.
type nodeCursor struct {
	bucket *bolt.Bucket
	chunk  uint64
	value  []byte
	valid  bool
}

// at returns stored hash i, or nil where it is missing.
func (c *nodeCursor) at(i uint64) []byte {
	chunk, offset := i/hashesPerChunk, i%hashesPerChunk*tlog.HashSize
	if !c.valid || c.chunk != chunk {
		c.chunk, c.value, c.valid = chunk, c.bucket.Get(seqKey(chunk)), true
	}
	if uint64(len(c.value)) < offset+tlog.HashSize {
		return nil
	}
	return c.value[offset : offset+tlog.HashSize]
}

// checkRecords checks the head of the log, and that effects and checkpoints
// refer to entries that exist.
func checkRecords(tx *bolt.Tx) error {
	e, err := checkHead(tx)
	if err != nil {
		return err
	}
	err = tx.Bucket(bucketEffects).ForEach(func(k, _ []byte) error {
		seq, _, err := splitEffectKey(k)
		if err == nil && seq >= e.size {
			err = fmt.Errorf("%w: a pending effect belongs to entry %d of %d", ErrCorrupt, seq, e.size)
		}
		return err
	})
	if err != nil {
		return err
	}
	err = tx.Bucket(bucketCheckpoints).ForEach(func(k, _ []byte) error {
		if len(k) != 8 || binary.BigEndian.Uint64(k) > e.size {
			return fmt.Errorf("%w: checkpoint key %x, the log has %d entries", ErrCorrupt, k, e.size)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return tx.Bucket(bucketJournal).ForEach(func(k, _ []byte) error {
		if len(k) == 0 || len(k) > MaxJournalKeyBytes {
			return fmt.Errorf("%w: a journal key has %d bytes", ErrCorrupt, len(k))
		}
		return nil
	})
}

// checkPages has bbolt account for every page: reachable once, or free. Only on
// a file that nobody writes to, and whose checksum says that bbolt wrote it.
func (s *Store) checkPages() error {
	return s.view(func(tx *bolt.Tx) error {
		var first error
		for err := range tx.Check() {
			if first == nil {
				first = fmt.Errorf("%w: %v", ErrCorrupt, err)
			}
		}
		return first
	})
}
