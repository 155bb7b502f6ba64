package answers

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"go.etcd.io/bbolt"

	"github.com/econd/econd/node/boltfile"
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

// remedy is what a damaged file needs.
const remedy = "nothing in it is needed: stop econd, move the file away and start again"

// Store is the file, and what it did not take yet. Safe for concurrent use.
type Store struct {
	file *boltfile.File

	mu      sync.Mutex
	pending map[[32]byte]record // what the file has to take; of what is to be dropped there is no value
}

// record is one answer.
type record struct {
	until int64
	value []byte
}

// Open opens or creates the file. It fails if another process has it open, if its
// format is not the one that this version writes, or if it is damaged.
func Open(path string) (*Store, error) {
	if path == "" {
		return nil, errors.New("answers: a path is needed")
	}
	file, err := boltfile.OpenFile(path, remedy, prepare)
	if err != nil {
		return nil, fmt.Errorf("answers: %w", err)
	}
	return &Store{file: file, pending: map[[32]byte]record{}}, nil
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

// All calls fn with each request that the file keeps and its instant, in no order
// that means anything.
func (s *Store) All(fn func(key, id [32]byte, until int64) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.file.View(func(tx *bbolt.Tx) error {
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
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.pending[id]; ok {
		if r.value == nil {
			return nil, false, nil
		}
		return bytes.Clone(r.value[headBytes:]), true, nil
	}
	err = s.file.View(func(tx *bbolt.Tx) error {
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

// Put keeps an answer until an instant, in Unix seconds, in place of another of the
// same id, and forgets what ended before now. Where it returns an error the answer is
// kept in memory alone, and the file is tried again with each later call.
func (s *Store) Put(key, id [32]byte, now, until int64, answer []byte) error {
	value := binary.BigEndian.AppendUint64(make([]byte, 0, headBytes+len(answer)), uint64(until))
	return s.change(id, now, record{until, append(append(value, key[:]...), answer...)})
}

// Drop forgets an answer. Where it returns an error the file may have it still, and is
// tried again with each later call.
func (s *Store) Drop(id [32]byte, now, until int64) error {
	return s.change(id, now, record{until: until})
}

func (s *Store) change(id [32]byte, now int64, r record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for other, old := range s.pending {
		if old.until < now {
			delete(s.pending, other)
		}
	}
	s.pending[id] = r
	return s.flush(now)
}

// Problem is what keeps the file from taking answers, after another try of it; nil
// if it took the last.
func (s *Store) Problem() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.file.Failed() {
		return nil
	}
	return s.flush(0)
}

// flush writes what is pending, durably. The caller holds mu.
func (s *Store) flush(now int64) error {
	err := s.file.Update(func(tx *bbolt.Tx) error {
		list, ends := tx.Bucket(bucketAnswers), tx.Bucket(bucketEnds)
		if err := forget(list, ends, now); err != nil {
			return err
		}
		for id, r := range s.pending {
			if err := r.write(list, ends, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("answers: %w", err)
	}
	clear(s.pending)
	return nil
}

func (r record) write(list, ends *bbolt.Bucket, id [32]byte) error {
	if old := list.Get(id[:]); len(old) >= headBytes {
		if err := ends.Delete(endOf(int64(binary.BigEndian.Uint64(old)), id)); err != nil {
			return err
		}
	}
	if r.value == nil {
		return list.Delete(id[:])
	}
	if err := list.Put(id[:], r.value); err != nil {
		return err
	}
	return ends.Put(endOf(r.until, id), nil)
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
func (s *Store) Close() error { return s.file.Close() }
