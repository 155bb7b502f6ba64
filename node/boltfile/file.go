package boltfile

import (
	"errors"
	"fmt"
	"sync"

	"go.etcd.io/bbolt"
)

// ErrClosed says that a file was used after Close.
var ErrClosed = errors.New("the file is closed")

// File is a file that takes writes again after one that failed: what such a write left
// is doubtful, so it is closed, and opened anew by whoever needs it next. Its methods
// may be called concurrently.
type File struct {
	path, remedy string
	prepare      func(*bbolt.Tx) error

	mu     sync.RWMutex // held for reading by whoever uses db
	db     *bbolt.DB    // nil: to be opened again
	err    error        // of the last write
	closed bool
}

// OpenFile is Open for a File.
func OpenFile(path, remedy string, prepare func(*bbolt.Tx) error) (*File, error) {
	db, err := Open(path, remedy, prepare)
	if err != nil {
		return nil, err
	}
	return &File{path: path, remedy: remedy, prepare: prepare, db: db}, nil
}

// View runs fn in a transaction that reads.
func (f *File) View(fn func(*bbolt.Tx) error) error {
	_, err := f.use(func(db *bbolt.DB) error { return db.View(fn) })
	return err
}

// Update runs fn in a transaction of its own, durable when nil is returned. Whatever
// error it ends with, fn's included, makes the file doubtful.
func (f *File) Update(fn func(*bbolt.Tx) error) error {
	return f.write(func(db *bbolt.DB) error { return db.Update(fn) })
}

// Batch is Update, in one transaction with others that wait. fn may be called again.
func (f *File) Batch(fn func(*bbolt.Tx) error) error {
	return f.write(func(db *bbolt.DB) error { return db.Batch(fn) })
}

// Problem is what the last write failed with, after another try of the file; nil if
// it takes writes.
func (f *File) Problem() error {
	if f.failure() == nil {
		return nil
	}
	return f.Update(f.prepare) // a commit writes, whatever it changes
}

// Failed tells whether the last write did.
func (f *File) Failed() bool { return f.failure() != nil }

func (f *File) failure() error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.err
}

func (f *File) write(fn func(*bbolt.DB) error) error {
	db, err := f.use(fn)
	f.mu.Lock()
	defer f.mu.Unlock()
	if errors.Is(f.err, ErrDamaged) {
		return err
	}
	f.err = err
	if err != nil && db != nil && db == f.db {
		_ = f.db.Close() // what it wrote shows when it is opened
		f.db = nil
	}
	return err
}

// use calls fn with the file, and returns which it was.
func (f *File) use(fn func(*bbolt.DB) error) (*bbolt.DB, error) {
	for {
		db, err := f.try(fn)
		if errors.Is(err, ErrDamaged) && db != nil {
			return db, f.lose(db, err)
		}
		if db != nil {
			return db, err
		}
		if err := f.reopen(); err != nil {
			return nil, err
		}
	}
}

// try is use, without a file where it is to be opened.
func (f *File) try(fn func(*bbolt.DB) error) (*bbolt.DB, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.db == nil || f.closed {
		return nil, nil
	}
	return f.db, Guard(func() error { return fn(f.db) })
}

// lose gives a damaged file up: it is not closed, for it may hold its locks for ever.
func (f *File) lose(db *bbolt.DB, why error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.db == db {
		f.db, f.err = nil, fmt.Errorf("%s: %w; %s", f.path, why, f.remedy)
	}
	return f.err
}

func (f *File) reopen() (err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		return ErrClosed
	case f.db != nil:
		return nil
	case errors.Is(f.err, ErrDamaged):
		return f.err
	}
	f.db, err = Open(f.path, f.remedy, f.prepare)
	return err
}

// Close closes the file.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	if f.db == nil {
		return nil
	}
	db := f.db
	f.db = nil
	return db.Close()
}
