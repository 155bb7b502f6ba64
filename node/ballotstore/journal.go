package ballotstore

import (
	"bytes"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// MaxJournalKeyBytes bounds a journal key.
const MaxJournalKeyBytes = 1024

// PutCheckpoint makes the signed note for a tree size durable. A later note for
// the same size replaces it, as when cosignatures have arrived. ErrSequence
// where the log has fewer entries than size.
func (s *Store) PutCheckpoint(size uint64, note []byte) error {
	if now := s.Size(); size > now {
		return fmt.Errorf("%w: checkpoint of %d entries, the log has %d", ErrSequence, size, now)
	}
	return s.update(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketCheckpoints).Put(seqKey(size), note)
	})
}

// LatestCheckpoint returns the checkpoint of the largest size, or ErrNotFound.
func (s *Store) LatestCheckpoint() (size uint64, note []byte, err error) {
	err = s.viewCurrent(func(tx *bolt.Tx) error {
		k, v := tx.Bucket(bucketCheckpoints).Cursor().Last()
		if k == nil {
			return fmt.Errorf("%w: no checkpoint yet", ErrNotFound)
		}
		if len(k) != 8 {
			return fmt.Errorf("%w: checkpoint key %x has %d bytes, want 8", ErrCorrupt, k, len(k))
		}
		size, note = binary.BigEndian.Uint64(k), bytes.Clone(v)
		return nil
	})
	return size, note, err
}

// Checkpoint returns the note for exactly this tree size, or ErrNotFound.
func (s *Store) Checkpoint(size uint64) (note []byte, err error) {
	err = s.viewCurrent(func(tx *bolt.Tx) error {
		v := tx.Bucket(bucketCheckpoints).Get(seqKey(size))
		if v == nil {
			return fmt.Errorf("%w: checkpoint of %d entries", ErrNotFound, size)
		}
		note = bytes.Clone(v)
		return nil
	})
	return note, err
}

// JournalPut makes one value durable under key, replacing an older one. The
// journal is for the few records that a worker beside the log must not lose; it
// is no part of the log, and no root covers it.
func (s *Store) JournalPut(key string, value []byte) error {
	if err := checkJournalKey(key); err != nil {
		return err
	}
	return s.update(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketJournal).Put([]byte(key), value)
	})
}

// JournalGet returns the value under key, or ErrNotFound.
func (s *Store) JournalGet(key string) (value []byte, err error) {
	if err := checkJournalKey(key); err != nil {
		return nil, err
	}
	err = s.viewCurrent(func(tx *bolt.Tx) error {
		v := tx.Bucket(bucketJournal).Get([]byte(key))
		if v == nil {
			return fmt.Errorf("%w: journal key %q", ErrNotFound, key)
		}
		value = bytes.Clone(v)
		return nil
	})
	return value, err
}

// JournalDelete removes key durably. A key that is not there is no error.
func (s *Store) JournalDelete(key string) error {
	if err := checkJournalKey(key); err != nil {
		return err
	}
	return s.update(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketJournal).Delete([]byte(key))
	})
}

// JournalScan calls fn, in byte order of the keys, for every key that starts
// with prefix, and stops at its first error, which it returns as it is. It sees
// one moment; fn may keep the value and write to the journal.
func (s *Store) JournalScan(prefix string, fn func(key string, value []byte) error) error {
	type record struct {
		key   string
		value []byte
	}
	var records []record
	err := s.viewCurrent(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketJournal).Cursor()
		for k, v := c.Seek([]byte(prefix)); k != nil && bytes.HasPrefix(k, []byte(prefix)); k, v = c.Next() {
			records = append(records, record{string(k), bytes.Clone(v)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range records {
		if err := fn(r.key, r.value); err != nil {
			return err
		}
	}
	return nil
}

func checkJournalKey(key string) error {
	if len(key) == 0 || len(key) > MaxJournalKeyBytes {
		return fmt.Errorf("%w: it has %d bytes, allowed are 1 to %d", ErrKey, len(key), MaxJournalKeyBytes)
	}
	return nil
}
