package ballotstore

import (
	"errors"
	"fmt"
	"runtime/debug"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Kinds of refusal, for errors.Is. The error that carries a kind also has a
// sentence that says which value broke which rule.
var (
	// ErrNotFound: the entry, checkpoint or journal key does not exist, or a
	// tree size lies beyond the log.
	ErrNotFound = errors.New("not found in the ballot store")

	// ErrSequence: a batch does not start at the end of the log, or a
	// checkpoint commits to more entries than there are.
	ErrSequence = errors.New("out of sequence")

	// ErrBatch: a batch breaks a rule of its form.
	ErrBatch = errors.New("malformed batch")

	// ErrKey: a journal key is empty or too long.
	ErrKey = errors.New("malformed journal key")

	// ErrPoisoned: an earlier write failed, so what the disk holds is unknown.
	// Open the file again.
	ErrPoisoned = errors.New("ballot store stopped after a failed write")

	// ErrFormat: the file is no ballot store, or one of another format version.
	ErrFormat = errors.New("unknown ballot store format")

	// ErrCorrupt: the file contradicts itself. Restore a backup.
	ErrCorrupt = errors.New("ballot store is corrupt")

	// ErrLocked: another process has the file open.
	ErrLocked = errors.New("ballot store is in use")

	// ErrReadOnly: a write to a store opened for reading.
	ErrReadOnly = errors.New("ballot store is open read-only")

	// ErrClosed: use after Close.
	ErrClosed = errors.New("ballot store is closed")

	// ErrExists: Restore found a file where it was to create one.
	ErrExists = errors.New("file exists already")
)

// A CorruptEntryError says which entry is the first that does not agree with
// the Merkle nodes stored beside it. It is of kind ErrCorrupt.
type CorruptEntryError struct {
	Seq    uint64 // sequence number of the entry, 0-based
	Reason string
}

func (e *CorruptEntryError) Error() string {
	return fmt.Sprintf("%v: entry %d %s", ErrCorrupt, e.Seq, e.Reason)
}

// Is reports whether target is ErrCorrupt.
func (e *CorruptEntryError) Is(target error) bool { return target == ErrCorrupt }

// guard runs fn, which reads or writes pages of the mapped file. A damaged page
// makes bbolt panic or touch memory behind the end of the file; both come back
// as ErrCorrupt instead of ending the process without a word. No caller's code
// runs inside a guard, so that its panics keep their meaning.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: damaged page: %v", ErrCorrupt, r)
		}
	}()
	return translate(fn())
}

// translate gives bbolt's own errors a kind of this package.
func translate(err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrDatabaseNotOpen):
		return ErrClosed
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("%w: another process has it open; stop that process first", ErrLocked)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch):
		return fmt.Errorf("%w: not a bbolt file, or damaged at its start: %v", ErrFormat, err)
	case errors.Is(err, bolterrors.ErrChecksum):
		return fmt.Errorf("%w: both meta pages are damaged: %v", ErrCorrupt, err)
	}
	return err
}

// view runs fn in a read transaction.
func (s *Store) view(fn func(tx *bolt.Tx) error) error {
	return guard(func() error { return s.db.View(fn) })
}
