package answers

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
)

// The file's buckets and version.
var (
	bucketMeta    = []byte("meta")
	bucketAnswers = []byte("answers") // id -> until (8 bytes, big endian), key (32), answer
	bucketEnds    = []byte("ends")    // until, id -> nothing
	keyVersion    = []byte("version")
	version       = []byte{1}
)

// headBytes is what stands before an answer: its instant and its key.
const headBytes = 8 + 32

// Store is the file. Safe for concurrent use.
type Store struct {
	db     *bbolt.DB
	failed atomic.Pointer[error]
}

// Open opens or creates the file. It fails if another process has it open, or
// if its format is not the one that this version writes.
func Open(path string) (*Store, error) {
	if path == "" {
		return nil, errors.New("answers: a path is needed")
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		return nil, fmt.Errorf("answers: open %s: %w", path, err)
	}
	if err := db.Update(prepare); err != nil {
		return nil, errors.Join(fmt.Errorf("answers: open %s: %w", path, err), db.Close())
	}
	return &Store{db: db}, nil
}

func prepare(tx *bbolt.Tx) error {
	meta, err := tx.CreateBucketIfNotExists(bucketMeta)
	if err != nil {
		return err
	}
	for _, name := range [][]byte{bucketAnswers, bucketEnds} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	switch have := meta.Get(keyVersion); {
	case have == nil:
		return meta.Put(keyVersion, version)
	case string(have) != string(version):
		return fmt.Errorf("format version %x, this program knows %x", have, version)
	}
	return nil
}

// All calls fn with each request that is kept and its instant, in no order that
// means anything.
func (s *Store) All(fn func(key, id [32]byte, until int64) error) error {
	return s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketAnswers).ForEach(func(id, value []byte) error {
			until, key, _, err := split(id, value)
			if err != nil {
				return err
			}
			return fn(key, [32]byte(id), until)
		})
	})
}

// Get returns what a request was answered; found is false where nothing is kept.
func (s *Store) Get(id [32]byte) (answer []byte, found bool, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		value := tx.Bucket(bucketAnswers).Get(id[:])
		if value == nil {
			return nil
		}
		_, _, text, err := split(id[:], value)
		answer, found = append([]byte{}, text...), err == nil
		return err
	})
	return answer, found, err
}

// Put keeps an answer until an instant, in Unix seconds, durably, in place of
// another of the same id, and forgets what ended before now.
func (s *Store) Put(key, id [32]byte, now, until int64, answer []byte) error {
	if failed := s.failed.Load(); failed != nil {
		return *failed
	}
	err := s.db.Batch(func(tx *bbolt.Tx) error {
		list, ends := tx.Bucket(bucketAnswers), tx.Bucket(bucketEnds)
		if err := forget(list, ends, now); err != nil {
			return err
		}
		if old := list.Get(id[:]); len(old) >= headBytes {
			if err := ends.Delete(endOf(int64(binary.BigEndian.Uint64(old)), id)); err != nil {
				return err
			}
		}
		value := binary.BigEndian.AppendUint64(make([]byte, 0, headBytes+len(answer)), uint64(until))
		value = append(append(value, key[:]...), answer...)
		if err := list.Put(id[:], value); err != nil {
			return err
		}
		return ends.Put(endOf(until, id), nil)
	})
	if err != nil {
		err = fmt.Errorf("answers: %w", err)
		s.failed.Store(&err)
	}
	return err
}

// forget removes what ended before now.
func forget(list, ends *bbolt.Bucket, now int64) error {
	c := ends.Cursor()
	for end, _ := c.First(); len(end) == 8+32 && int64(binary.BigEndian.Uint64(end)) < now; end, _ = c.First() {
		if err := list.Delete(end[8:]); err != nil {
			return err
		}
		if err := c.Delete(); err != nil {
			return err
		}
	}
	return nil
}

func endOf(until int64, id [32]byte) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(until)), id[:]...)
}

func split(id, value []byte) (until int64, key [32]byte, answer []byte, err error) {
	if len(id) != 32 || len(value) < headBytes {
		return 0, key, nil, fmt.Errorf("answers: record of %x is damaged", id)
	}
	copy(key[:], value[8:])
	return int64(binary.BigEndian.Uint64(value)), key, value[headBytes:], nil
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }
