// Package rootkeys keeps the root keys of L402 tokens in one bbolt file.
//
// What it guarantees: a record is on disk before Put returns, so no invoice is
// handed out for a token that a crash could forget; concurrent writes share
// one fsync; a record is never pruned while its invoice can be paid, nor, once
// its token was presented with the preimage, before the token's end. A paid
// mark is seen at once by Get and becomes durable within Config.FlushEvery,
// off the path of the request; a crash in between loses the mark, not the
// record, and the next presentation sets it again.
//
// After a write whose outcome is doubtful (failed fsync, full disk) the store
// takes no further writes: Put and Revoke fail, Run returns the cause, and
// opening the file again is the recovery. Reading goes on.
//
// What it refuses to know: tokens, caveats, prices. The file holds secrets in
// the clear and is made readable for its owner alone.
package rootkeys

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/boltfile"
)

// ErrClosed refuses writes after Close.
var ErrClosed = errors.New("root key store is closed")

// Config sets up a Store. Path is required; zero durations mean the defaults.
type Config struct {
	// Path of the file; it is created if missing.
	Path string

	// FlushEvery is the longest time that a paid mark waits for the disk.
	// Default 200 ms.
	FlushEvery time.Duration

	// PruneEvery is the time between prunings by Run. Default 10 minutes.
	PruneEvery time.Duration

	// UnpaidFor is how long an unpaid challenge is kept after its invoice
	// expired, for a payer who paid in the last second and presents the token
	// later. Default 24 hours.
	UnpaidFor time.Duration

	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// Store is an l402.RootKeys on disk. Safe for concurrent use.
type Store struct {
	cfg        Config
	db         *bbolt.DB
	generation atomic.Uint64
	kick       chan struct{} // there are marks to flush; capacity 1

	commitMu sync.Mutex // held by whoever writes to the file
	failed   error      // guarded by commitMu; set once, ends all writing
	broken   chan struct{}

	mu    sync.Mutex // guards what follows; never held during I/O
	queue []*write
	marks map[l402.TokenID]struct{} // paid marks not known to be durable yet
}

// write is one Put or Revoke in the queue. done and err are guarded by
// commitMu.
type write struct {
	record l402.Record
	revoke bool // of record.TokenID
	done   bool
	err    error
}

// remedy is what a damaged file needs.
const remedy = "stop econd, move the file away and start again: all tokens sold before are then worthless"

// Open opens or creates the file. It fails if another process has it open, or
// if its format is not the one this version writes.
func Open(cfg Config) (*Store, error) {
	if cfg.Path == "" {
		return nil, errors.New("rootkeys: Path: required")
	}
	for _, d := range []struct {
		field    string
		value    *time.Duration
		fallback time.Duration
	}{
		{"FlushEvery", &cfg.FlushEvery, 200 * time.Millisecond},
		{"PruneEvery", &cfg.PruneEvery, 10 * time.Minute},
		{"UnpaidFor", &cfg.UnpaidFor, 24 * time.Hour},
	} {
		if *d.value < 0 {
			return nil, fmt.Errorf("rootkeys: %s: must not be negative, got %s", d.field, *d.value)
		}
		if *d.value == 0 {
			*d.value = d.fallback
		}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	db, err := boltfile.Open(cfg.Path, remedy, prepare)
	if err != nil {
		return nil, fmt.Errorf("rootkeys: %w", err)
	}
	return &Store{
		cfg:    cfg,
		db:     db,
		kick:   make(chan struct{}, 1),
		broken: make(chan struct{}),
		marks:  make(map[l402.TokenID]struct{}),
	}, nil
}

// Put adds a record and returns once it is durable. A token id that is there
// already is refused.
func (s *Store) Put(r l402.Record) error { return s.commit(&write{record: r}) }

// Revoke forgets a token's root key, durably; the token is worthless from then on. Until
// its end it is known as revoked, and revoking it again does nothing. An error of kind
// l402.ErrUnknownToken if there is none.
func (s *Store) Revoke(id l402.TokenID) error {
	return s.commit(&write{record: l402.Record{TokenID: id}, revoke: true})
}

// Get returns a token's record, or an error of kind l402.ErrUnknownToken.
func (s *Store) Get(id l402.TokenID) (l402.Record, error) {
	s.mu.Lock()
	_, marked := s.marks[id]
	s.mu.Unlock()
	var r l402.Record
	err := s.db.View(func(tx *bbolt.Tx) error {
		value := tx.Bucket(bucketKeys).Get(id[:])
		if value == nil || revoked(value) {
			return fmt.Errorf("token %s: %w", id, l402.ErrUnknownToken)
		}
		var err error
		r, err = decodeRecord(id, value)
		return err
	})
	r.Paid = r.Paid || marked && err == nil
	return r, err
}

// MarkPaid notes that a token was presented with its preimage. It waits for no
// disk.
func (s *Store) MarkPaid(id l402.TokenID) {
	s.mu.Lock()
	s.marks[id] = struct{}{}
	s.mu.Unlock()
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// Generation has changed by the time a removal returns.
func (s *Store) Generation() uint64 { return s.generation.Load() }

// Flush makes all paid marks durable.
func (s *Store) Flush() error { return s.commit(nil) }

// Backup writes a consistent copy of the file while the store is in use, and
// returns its size. The copy holds secrets.
func (s *Store) Backup(w io.Writer) (size int64, err error) {
	if err := s.Flush(); err != nil {
		return 0, err
	}
	err = s.db.View(func(tx *bbolt.Tx) error {
		size, err = tx.WriteTo(w)
		return err
	})
	return size, err
}

// Run makes paid marks durable and prunes, until ctx ends (nil) or the file
// fails. It is to be called once.
func (s *Store) Run(ctx context.Context) error {
	prune := time.NewTicker(s.cfg.PruneEvery)
	defer prune.Stop()
	flush := time.NewTimer(s.cfg.FlushEvery)
	defer flush.Stop()
	flush.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return s.Flush()
		case <-s.broken:
			return s.Flush() // returns the cause
		case <-s.kick:
			flush.Reset(s.cfg.FlushEvery)
		case <-flush.C:
			err = s.Flush()
		case <-prune.C:
			_, err = s.Prune(s.cfg.Now(), s.cfg.UnpaidFor)
		}
		if err != nil {
			return err
		}
	}
}

// Problem is the failure that ended all writing, and Run; nil if there was none.
func (s *Store) Problem() error {
	select {
	case <-s.broken:
		s.commitMu.Lock()
		defer s.commitMu.Unlock()
		return s.failed
	default:
		return nil
	}
}

// Close makes paid marks durable and closes the file. Run must have returned.
func (s *Store) Close() error {
	err := s.Flush()
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	if errors.Is(s.failed, ErrClosed) {
		return nil
	}
	s.failed = ErrClosed
	return errors.Join(err, s.db.Close())
}

// commit writes w, if not nil, together with everything else that waits: those
// who come while one writes queue up, and the next of them writes for all.
func (s *Store) commit(w *write) error {
	if w != nil {
		s.mu.Lock()
		s.queue = append(s.queue, w)
		s.mu.Unlock()
	}
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	if w != nil && w.done {
		return w.err
	}
	s.mu.Lock()
	batch := s.queue
	s.queue = nil
	s.mu.Unlock()

	err := s.update(func(tx *bbolt.Tx) (removed int, err error) { return applyAll(tx, batch) })
	for _, b := range batch {
		b.done = true
		if err != nil {
			b.err = err
		}
	}
	if w != nil {
		return w.err
	}
	return err
}

// update runs one transaction that starts with the paid marks. The caller holds
// commitMu. Whatever goes wrong ends all writing.
func (s *Store) update(change func(*bbolt.Tx) (removed int, err error)) error {
	if s.failed != nil {
		return s.failed
	}
	marks := s.pendingMarks()
	removed := 0
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for _, id := range marks {
			if err := markPaid(tx, id); err != nil {
				return err
			}
		}
		var err error
		removed, err = change(tx)
		return err
	})
	if err != nil {
		s.failed = fmt.Errorf("rootkeys: write failed, restart to recover: %w", err)
		close(s.broken)
		return s.failed
	}
	s.mu.Lock()
	for _, id := range marks {
		delete(s.marks, id)
	}
	s.mu.Unlock()
	if removed > 0 {
		s.generation.Add(1)
	}
	return nil
}

// pendingMarks returns the marks in key order, which is cheapest to write.
func (s *Store) pendingMarks() []l402.TokenID {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]l402.TokenID, 0, len(s.marks))
	for id := range s.marks {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b l402.TokenID) int { return bytes.Compare(a[:], b[:]) })
	return ids
}

// isMarked tells whether a mark waits for the disk.
func (s *Store) isMarked(id l402.TokenID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, marked := s.marks[id]
	return marked
}

// pruneBatch bounds the removals of one transaction.
const pruneBatch = 4096

// Prune removes unpaid records whose invoice expired at least unpaidFor before
// now, and all records whose token has expired. It returns how many.
func (s *Store) Prune(now time.Time, unpaidFor time.Duration) (removed int, err error) {
	for {
		n, err := s.pruneSome(now.Unix(), int64(unpaidFor/time.Second))
		removed += n
		if err != nil || n < pruneBatch {
			return removed, err
		}
	}
}

func (s *Store) pruneSome(now, unpaidFor int64) (int, error) {
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	var gone []l402.Record
	err := s.update(func(tx *bbolt.Tx) (int, error) {
		var err error
		gone, err = overdue(tx, now, unpaidFor)
		if err != nil {
			return 0, err
		}
		for _, r := range gone {
			if err := remove(tx, r); err != nil {
				return 0, err
			}
		}
		return len(gone), nil
	})
	if err != nil {
		return 0, err
	}
	return s.bringBack(gone, now)
}

// bringBack restores records whose token was presented while they were being
// removed for want of payment. It returns how many stay removed.
func (s *Store) bringBack(gone []l402.Record, now int64) (int, error) {
	back := slices.DeleteFunc(slices.Clone(gone), func(r l402.Record) bool {
		return r.Paid || r.ExpiresAt <= now || !s.isMarked(r.TokenID)
	})
	if len(back) == 0 {
		return len(gone), nil
	}
	err := s.update(func(tx *bbolt.Tx) (int, error) {
		for _, r := range back {
			r.Paid = true
			if err := insert(tx, r); err != nil {
				return 0, err
			}
		}
		return 0, nil
	})
	return len(gone) - len(back), err
}

var (
	bucketMeta = []byte("meta")
	bucketKeys = []byte("keys") // token id -> record
	bucketDue  = []byte("due")  // u64 second when it may be pruned | token id -> nothing
	keyFormat  = []byte("format")
)

// format is the version of the file's layout.
const format = 1

// prepare makes the buckets of a new file, or checks the format of an old one.
func prepare(tx *bbolt.Tx) error {
	if meta := tx.Bucket(bucketMeta); meta != nil {
		value := meta.Get(keyFormat)
		if len(value) != 4 {
			return errors.New("not a root key file: no format version")
		}
		if v := binary.BigEndian.Uint32(value); v != format {
			return fmt.Errorf("file has format %d, this version reads format %d", v, format)
		}
		for _, name := range [][]byte{bucketKeys, bucketDue} {
			if tx.Bucket(name) == nil {
				return fmt.Errorf("not a root key file: no bucket %q", name)
			}
		}
		return nil
	}
	if name, _ := tx.Cursor().First(); name != nil {
		return fmt.Errorf("not a root key file: has a bucket %q and no format version", name)
	}
	for _, name := range [][]byte{bucketMeta, bucketKeys, bucketDue} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return tx.Bucket(bucketMeta).Put(keyFormat, binary.BigEndian.AppendUint32(nil, format))
}
