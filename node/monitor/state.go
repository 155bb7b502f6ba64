package monitor

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"github.com/econd/econd/node/atomicfile"
	"github.com/econd/econd/node/boltfile"
)

// Files of a state folder.
const (
	stateName    = "monitor.db"
	logName      = "log.ndjson"
	evidenceName = "evidence"
)

// remedy is what to do about a damaged file.
const remedy = "restore it from a copy: what was signed before is in it; or watch from a new folder, and keep this one"

var (
	bucketMeta    = []byte("meta/v1")    // one JSON value under metaKey
	bucketHeads   = []byte("heads/v1")   // size and root -> Head
	bucketAnswers = []byte("answers/v1") // event id -> answerKept
	bucketAnchors = []byte("anchors/v1") // transaction -> encoded proof
	bucketAlarms  = []byte("alarms/v1")  // kind and subject -> Alarm
)

var metaKey = []byte("meta")

// meta is what a monitor learnt of the log it watches.
type meta struct {
	Economy string `json:"economy"`
	LogKey  string `json:"log_key"`

	// By the monitor's clock, unix ms.
	NewHeadMs   int64 `json:"new_head_ms"`  // when the newest head was first seen
	WitnessedMs int64 `json:"witnessed_ms"` // when a head with the quorum was last seen
	SeenMs      int64 `json:"seen_ms"`      // when SeenSize was the whole log
	SeenSize    int64 `json:"seen_size"`
	UnprovedMs  int64 `json:"unproved_ms"` // since when a final anchor is without its proof; 0: none is

	Largest map[string]int64 `json:"largest"` // head of each door, in entries

	Trouble trouble `json:"trouble,omitzero"`
}

// state is what a monitor keeps beside its copy of the log. One goroutine uses it.
type state struct {
	dir string
	db  *bbolt.DB
	meta

	// wrote is told of each durable step after it; its error is returned as if the step had failed.
	wrote func(step string) error
}

// openState opens or founds the folder. Another process that has it open is an error.
func openState(dir string) (*state, error) {
	if err := os.MkdirAll(filepath.Join(dir, evidenceName), 0o700); err != nil {
		return nil, err
	}
	s := &state{dir: dir, wrote: func(string) error { return nil }}
	var err error
	s.db, err = boltfile.Open(filepath.Join(dir, stateName), remedy, func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{bucketMeta, bucketHeads, bucketAnswers, bucketAnchors, bucketAlarms} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		if raw := tx.Bucket(bucketMeta).Get(metaKey); raw != nil {
			return json.Unmarshal(raw, &s.meta)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if s.Largest == nil {
		s.Largest = map[string]int64{}
	}
	if err := atomicfile.SyncDir(dir); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	return s, nil
}

// put makes values durable together with what the monitor learnt.
func (s *state) put(step string, fn func(tx *bbolt.Tx) error) error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		raw, err := json.Marshal(s.meta)
		if err == nil {
			err = tx.Bucket(bucketMeta).Put(metaKey, raw)
		}
		if err == nil && fn != nil {
			err = fn(tx)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(s.dir, stateName), err)
	}
	return s.wrote(step)
}

// putJSON is a write of one value.
func putJSON(bucket, key []byte, v any) func(tx *bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		raw, err := json.Marshal(v)
		if err != nil {
			return err
		}
		return tx.Bucket(bucket).Put(key, raw)
	}
}

// remove is the end of one value.
func remove(bucket, key []byte) func(tx *bbolt.Tx) error {
	return func(tx *bbolt.Tx) error { return tx.Bucket(bucket).Delete(key) }
}

// each calls fn with the values of a bucket, by key.
func each[T any](s *state, bucket []byte, fn func(key []byte, v T) error) error {
	return s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucket).ForEach(func(k, raw []byte) error {
			var v T
			if err := json.Unmarshal(raw, &v); err != nil {
				return fmt.Errorf("%s: %w; %s", filepath.Join(s.dir, stateName), err, remedy)
			}
			return fn(k, v)
		})
	})
}

// has tells whether a key is in a bucket.
func (s *state) has(bucket, key []byte) (has bool) {
	_ = s.db.View(func(tx *bbolt.Tx) error { // fails only if closed
		has = tx.Bucket(bucket).Get(key) != nil
		return nil
	})
	return has
}

// count is how many values a bucket has.
func (s *state) count(bucket []byte) (n int) {
	_ = s.db.View(func(tx *bbolt.Tx) error { // fails only if closed
		n = tx.Bucket(bucket).Stats().KeyN
		return nil
	})
	return n
}

// get reads a value, if there is one.
func (s *state) get(bucket, key []byte, v any) (ok bool) {
	_ = s.db.View(func(tx *bbolt.Tx) error { // fails only if closed
		raw := tx.Bucket(bucket).Get(key)
		ok = raw != nil && json.Unmarshal(raw, v) == nil
		return nil
	})
	return ok
}

// headKey orders heads by size.
func headKey(size int64, root [32]byte) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(size)), root[:]...)
}
