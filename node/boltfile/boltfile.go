// Package boltfile opens the bbolt files beside the ballot store so that a damaged
// one ends in an error which names the file and what to do, never in a panic:
// bbolt asserts what it expects of its pages, and reads them through memory.
//
// It refuses to know what the files hold.
package boltfile

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// ErrDamaged says that the file does not hold what bbolt wrote.
var ErrDamaged = errors.New("the file is damaged")

// Open opens or creates a file, mode 0600, lets prepare look at its buckets, and
// walks through all of it. It fails if another process has it open. What a damaged
// file needs is said in remedy, which ends the error.
func Open(path, remedy string, prepare func(*bbolt.Tx) error) (*bbolt.DB, error) {
	var db *bbolt.DB
	err := Guard(func() (err error) {
		if db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second}); err != nil {
			return err
		}
		if err := db.View(walk); err != nil {
			return err
		}
		return db.Update(prepare)
	})
	if err == nil {
		return db, nil
	}
	if db != nil && !errors.Is(err, ErrDamaged) { // else it may hold its locks for ever
		err = errors.Join(err, db.Close())
	}
	switch {
	case errors.Is(err, ErrDamaged):
		return nil, fmt.Errorf("open %s: %w; %s", path, err, remedy)
	case damaged(err):
		return nil, fmt.Errorf("open %s: %w: %w; %s", path, ErrDamaged, err, remedy)
	}
	return nil, fmt.Errorf("open %s: %w", path, err)
}

// damaged tells of what bbolt itself says of a file that it did not write.
func damaged(err error) bool {
	for _, kind := range []error{berrors.ErrInvalid, berrors.ErrChecksum, berrors.ErrVersionMismatch} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// walk reads all keys and values.
func walk(tx *bbolt.Tx) error {
	return tx.ForEach(func(_ []byte, b *bbolt.Bucket) error { return walkBucket(b) })
}

func walkBucket(b *bbolt.Bucket) error {
	return b.ForEach(func(name, value []byte) error {
		if value != nil {
			return nil
		}
		if inner := b.Bucket(name); inner != nil {
			return walkBucket(inner)
		}
		return fmt.Errorf("%w: a bucket is not there", ErrDamaged)
	})
}

// Guard calls fn, and returns ErrDamaged with what it panicked with.
func Guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, v)
		}
	}()
	return fn()
}
