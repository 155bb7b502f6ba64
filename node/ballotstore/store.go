package ballotstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/econd/econd/node/atomicfile"
)

// DefaultLockTimeout is how long Open waits for another process to let go of
// the file.
const DefaultLockTimeout = 3 * time.Second

// mapReserve is how much address space Open reserves for the mapped file: 64
// GiB, or 1 GiB where an int has 32 bits. bbolt remaps a file that outgrows its
// mapping, and has every writer wait for every reader to do so; a backup in
// progress would then stop the log. Reserved address space costs no memory.
const mapReserve = 1 << (30 + 6*(^uint(0)>>63))

// Config says which file to open and how.
type Config struct {
	// Path of the bbolt file. Its folder must exist.
	Path string

	// ReadOnly opens an existing file with a shared lock. Every write then
	// fails with ErrReadOnly.
	ReadOnly bool

	// LockTimeout bounds the wait for the file lock; 0 is DefaultLockTimeout.
	LockTimeout time.Duration
}

// A Store is one open ballot store. Its methods may be called concurrently.
type Store struct {
	db       *bolt.DB
	readOnly bool

	// writing serialises writes and guards what only a writer looks at.
	writing sync.Mutex
	edge    edge // the tree of the durable entries; changed under both locks

	reading sync.RWMutex
	head    head // what the edge amounts to

	fault atomic.Pointer[error] // why the store is poisoned; nil while it is not
}

// Open opens the ballot store at cfg.Path and, unless it is read-only, creates
// it where there is none. It checks the end of the log, not all of it; see
// Verify. Errors: ErrFormat, ErrCorrupt, ErrLocked, fs.ErrNotExist (read-only).
func Open(cfg Config) (*Store, error) {
	if cfg.Path == "" {
		return nil, errors.New("ballot store: Config.Path is empty")
	}
	if cfg.LockTimeout < 0 {
		return nil, fmt.Errorf("ballot store: Config.LockTimeout is negative: %v", cfg.LockTimeout)
	}
	if cfg.LockTimeout == 0 {
		cfg.LockTimeout = DefaultLockTimeout
	}
	s, err := open(cfg)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", cfg.Path, err)
	}
	return s, nil
}

func open(cfg Config) (*Store, error) {
	_, err := os.Stat(cfg.Path)
	created := errors.Is(err, fs.ErrNotExist) && !cfg.ReadOnly
	db, err := openBolt(cfg)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, readOnly: cfg.ReadOnly}
	if err := s.load(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if created {
		// bbolt syncs the file; its name lives in the folder.
		if err := atomicfile.SyncDir(filepath.Dir(cfg.Path)); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return s, nil
}

// openBolt opens the file with the safe settings of bbolt: every commit is
// synced, and so are growth and the free list (without the latter an open has
// to walk the whole file).
func openBolt(cfg Config) (db *bolt.DB, err error) {
	var file *os.File
	err = guard(func() (err error) {
		db, err = bolt.Open(cfg.Path, 0o600, &bolt.Options{
			ReadOnly:        cfg.ReadOnly,
			Timeout:         cfg.LockTimeout,
			PageSize:        pageSize,
			InitialMmapSize: mapReserve,
			FreelistType:    bolt.FreelistMapType,
			NoStatistics:    true,
			OpenFile: func(path string, flag int, mode os.FileMode) (f *os.File, err error) {
				f, err = os.OpenFile(path, flag, mode)
				file = f
				return f, err
			},
		})
		return err
	})
	if err != nil && file != nil {
		// Where bbolt panicked on a damaged page it left the file open and
		// locked. Closing it twice does no harm.
		_ = file.Close()
	}
	return db, err
}

// load brings a file without buckets into being and checks any other.
func (s *Store) load() error {
	if !s.readOnly {
		// Nothing is written where there is nothing to do.
		empty := false
		err := s.view(func(tx *bolt.Tx) error {
			k, _ := tx.Cursor().First()
			empty = k == nil
			return nil
		})
		if err == nil && empty {
			err = guard(func() error { return s.db.Update(initFormat) })
		}
		if err != nil {
			return err
		}
	}
	return s.view(func(tx *bolt.Tx) error {
		if err := checkLength(s.db.Path(), tx); err != nil {
			return err
		}
		if err := checkFormat(tx); err != nil {
			return err
		}
		e, err := checkHead(tx)
		if err != nil {
			return err
		}
		s.edge = *e
		s.head = head{size: e.size, root: e.root()}
		return nil
	})
}

// checkLength refuses a file that was cut off.
func checkLength(path string, tx *bolt.Tx) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() < tx.Size() {
		return fmt.Errorf("%w: the file has %d bytes of %d; it was cut off", ErrCorrupt, info.Size(), tx.Size())
	}
	return nil
}

// Close waits for running reads and writes and releases the file. Closing again
// does nothing.
func (s *Store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.db.Close()
}

// Size is the number of durable entries, which is the sequence number that the
// next entry gets.
func (s *Store) Size() uint64 {
	size, _ := s.Head()
	return size
}

// Head returns the size of the log and the RFC 6962 root over it, of the same
// moment.
func (s *Store) Head() (size uint64, root [32]byte) {
	s.reading.RLock()
	defer s.reading.RUnlock()
	return s.head.size, s.head.root
}

// Err returns nil while the store accepts writes, else an error of kind
// ErrPoisoned that also wraps what went wrong.
func (s *Store) Err() error {
	if cause := s.fault.Load(); cause != nil {
		return fmt.Errorf("%w: open it again once the cause is gone: %w", ErrPoisoned, *cause)
	}
	return nil
}

// poison makes the store refuse writes from now on. The first cause stays.
func (s *Store) poison(cause error) error {
	s.fault.CompareAndSwap(nil, &cause)
	return cause
}

// writable says whether a write may start. The caller holds s.writing.
func (s *Store) writable() error {
	if s.readOnly {
		return ErrReadOnly
	}
	return s.Err()
}

// update runs fn in a write transaction and syncs. Once the transaction has
// begun, any failure poisons the store.
func (s *Store) update(fn func(tx *bolt.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.writable(); err != nil {
		return err
	}
	err := guard(func() error { return s.db.Update(fn) })
	if err != nil && !errors.Is(err, ErrClosed) {
		return s.poison(err)
	}
	return err
}

// beginCurrent starts a read transaction that sees durable writes only. bbolt
// shows a transaction to readers before its last sync has returned, and goes on
// showing it where that sync failed; so the snapshot is taken between writes,
// and not after a failed one.
func (s *Store) beginCurrent() (*bolt.Tx, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.Err(); err != nil {
		return nil, err
	}
	tx, err := s.db.Begin(false)
	return tx, translate(err)
}

// viewCurrent is view for what no log size bounds: effects, checkpoints, the
// journal, the head record.
func (s *Store) viewCurrent(fn func(tx *bolt.Tx) error) error {
	tx, err := s.beginCurrent()
	if err != nil {
		return err
	}
	return errors.Join(guard(func() error { return fn(tx) }), tx.Rollback())
}
