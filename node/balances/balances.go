// Package balances counts, in one bbolt file, how often each L402 payment was
// used.
//
// What it guarantees: never more uses are granted than a payment bought, across
// any crash. A use is on disk before Take returns, alone or as part of a small
// reserve that was written ahead: a reserve is at most a 32nd of what is left,
// rounded down, so payments for few uses have none. A crash loses what was
// reserved or given back and not yet written: those uses count as taken. An
// orderly end loses nothing. Takes that come while another is written share one
// fsync.
//
// After a write whose outcome is doubtful nothing more is granted that is not
// reserved: Take fails, Run returns the cause, and opening the file again is the
// recovery.
//
// What it refuses to know: tokens, prices, invoices. The file holds no secrets.
package balances

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/boltfile"
)

// ErrClosed refuses writes after Close.
var ErrClosed = errors.New("balance store is closed")

// Config sets up a Store. Path is required; zero durations mean the defaults.
type Config struct {
	// Path of the file; it is created if missing.
	Path string

	// FlushEvery is the longest time that uses given back wait for the disk.
	// Default 200 ms.
	FlushEvery time.Duration

	// PruneEvery is the time between removals of balances that ended. Default
	// 10 minutes.
	PruneEvery time.Duration

	// Now is the clock that prunes. Default time.Now.
	Now func() time.Time
}

// grace is how long a balance is kept after its end, in seconds, so that a clock
// that is put back gives nobody anything.
const grace = 7 * 24 * 60 * 60

// maxHeld is how many balances are held in memory before those are let go that
// the file has as they are.
const maxHeld = 1 << 16

// reserveShare is the part of what is left that is written ahead.
const reserveShare = 32

// Store is an l402.Balances on disk. Safe for concurrent use.
type Store struct {
	cfg    Config
	db     *bbolt.DB
	kick   chan struct{} // something was given back; capacity 1
	broken chan struct{}

	commitMu sync.Mutex // held by whoever writes to the file
	failed   error      // guarded by commitMu; set once, ends all writing

	mu    sync.Mutex // guards what follows; never held during a write
	held  map[l402.Hash]*account
	queue []*account             // whose written number has to rise
	loose map[l402.Hash]*account // whose written number may be too high

	sweepAt int // how many are held before some are let go
}

// account is one balance in memory. All fields are guarded by Store.mu.
type account struct {
	payment l402.Hash
	l402.Balance
	used    int64 // granted
	written int64 // what the file says was used; at least used once a Take has returned
	want    int64 // what it shall say after the next write; 0: as it is
	kept    int64 // Until as the file has it
}

var bucketUsed = []byte("used-1") // payment hash -> record

// remedy is what a damaged file needs.
const remedy = "stop econd, move the file away and start again: paid tokens then lose what was counted, and may be used anew"

// Open opens or creates the file. It fails if another process has it open.
func Open(cfg Config) (*Store, error) {
	if cfg.Path == "" {
		return nil, errors.New("balances: Path: required")
	}
	if cfg.FlushEvery < 0 || cfg.PruneEvery < 0 {
		return nil, errors.New("balances: FlushEvery, PruneEvery: must not be negative")
	}
	if cfg.FlushEvery == 0 {
		cfg.FlushEvery = 200 * time.Millisecond
	}
	if cfg.PruneEvery == 0 {
		cfg.PruneEvery = 10 * time.Minute
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	db, err := boltfile.Open(cfg.Path, remedy, prepare)
	if err != nil {
		return nil, fmt.Errorf("balances: %w", err)
	}
	return &Store{cfg: cfg, db: db, kick: make(chan struct{}, 1), broken: make(chan struct{}),
		held: make(map[l402.Hash]*account), loose: make(map[l402.Hash]*account), sweepAt: maxHeld}, nil
}

// prepare makes the bucket of a new file and refuses files of others.
func prepare(tx *bbolt.Tx) error {
	if tx.Bucket(bucketUsed) != nil {
		return nil
	}
	if name, _ := tx.Cursor().First(); name != nil {
		return fmt.Errorf("has a bucket %q and none of balances", name)
	}
	_, err := tx.CreateBucket(bucketUsed)
	return err
}

// A record's value: uses bought, uses taken and the end as big-endian u64, then
// what they are for.
func encode(a *account, used int64) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(a.Uses))
	b = binary.BigEndian.AppendUint64(b, uint64(used))
	b = binary.BigEndian.AppendUint64(b, uint64(a.Until))
	return append(b, a.For...)
}

func decode(payment l402.Hash, b []byte) (*account, error) {
	if len(b) < 24 {
		return nil, fmt.Errorf("balances: record of payment %s is damaged", payment)
	}
	n := func(i int) int64 { return int64(binary.BigEndian.Uint64(b[8*i:])) }
	a := &account{payment: payment, Balance: l402.Balance{Uses: n(0), Until: n(2), For: string(b[24:])}, used: n(1), written: n(1), kept: n(2)}
	if a.Uses < 1 || a.used < 0 || a.Until < 0 {
		return nil, fmt.Errorf("balances: record of payment %s is damaged", payment)
	}
	return a, nil
}

// find returns the account of a payment, or nil. The caller holds s.mu.
func (s *Store) find(payment l402.Hash) (*account, error) {
	if a := s.held[payment]; a != nil {
		return a, nil
	}
	var a *account
	err := s.db.View(func(tx *bbolt.Tx) error {
		value := tx.Bucket(bucketUsed).Get(payment[:])
		if value == nil {
			return nil
		}
		var err error
		a, err = decode(payment, value)
		return err
	})
	if err == nil && a != nil {
		s.hold(a)
	}
	return a, err
}

// hold keeps an account in memory, in place of those that the file has as they
// are. The caller holds s.mu.
func (s *Store) hold(a *account) {
	if len(s.held) >= s.sweepAt {
		for payment, old := range s.held {
			if old.used == old.written && old.want == 0 && old.kept == old.Until {
				delete(s.held, payment)
			}
		}
		s.sweepAt = max(maxHeld, 2*len(s.held))
	}
	s.held[a.payment] = a
}

// Known returns what a payment bought of which something was taken.
func (s *Store) Known(payment l402.Hash) (l402.Balance, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.find(payment)
	if a == nil {
		return l402.Balance{}, false, err
	}
	return a.Balance, true, nil
}

// Left tells how many uses of the balance are not taken.
func (s *Store) Left(payment l402.Hash, b l402.Balance) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.find(payment)
	if err != nil || a == nil {
		return b.Uses, err
	}
	return a.left(b)
}

func (a *account) left(b l402.Balance) (int64, error) {
	if a.For != b.For {
		return 0, l402.WrongUse(a.payment, a.For, b.For)
	}
	return max(0, b.Uses-a.used), nil
}

// Take counts n uses, or as many as are left, and returns how many once they are
// on disk.
func (s *Store) Take(payment l402.Hash, b l402.Balance, n int64) (int64, error) {
	s.mu.Lock()
	a, err := s.find(payment)
	if err != nil {
		s.mu.Unlock()
		return 0, err
	}
	if a == nil {
		a = &account{payment: payment, Balance: b}
		s.hold(a)
	}
	left, err := a.left(b)
	if n = min(n, left); err != nil || n <= 0 {
		s.mu.Unlock()
		return 0, err
	}
	a.used += n
	if b.Outlasts(a.Until) {
		a.Until = b.Until
	}
	if a.used <= a.written && a.kept == a.Until {
		s.mu.Unlock()
		return n, nil
	}
	if a.want == 0 {
		s.queue = append(s.queue, a)
	}
	a.want = max(a.want, a.written, a.used+(b.Uses-a.used)/reserveShare)
	upTo := a.used
	s.mu.Unlock()

	if err := s.commit(a, upTo); err != nil {
		return 0, err // they stay taken: the write may have happened
	}
	return n, nil
}

// GiveBack returns uses that were taken and not served.
func (s *Store) GiveBack(payment l402.Hash, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.find(payment)
	if err != nil || a == nil || n <= 0 {
		return // what the file does not give back stays taken
	}
	a.used = max(0, a.used-n)
	s.loose[payment] = a
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// commit writes all that waits, unless somebody wrote a's first upTo uses
// meanwhile.
func (s *Store) commit(a *account, upTo int64) error {
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	s.mu.Lock()
	done := a.written >= upTo && a.kept == a.Until
	s.mu.Unlock()
	if done {
		return nil
	}
	return s.write(false)
}

// change is one record as it is to be written.
type change struct {
	account     *account
	used, until int64
	value       []byte
}

// write writes the queue and, if exact is set, brings the records of which
// something was given back down to what was used. The caller holds commitMu.
func (s *Store) write(exact bool) error {
	if s.failed != nil {
		return s.failed
	}
	var changes []change
	s.mu.Lock()
	if exact {
		for payment, a := range s.loose {
			if a.want != 0 {
				continue // it is about to be used
			}
			delete(s.loose, payment)
			if a.written != a.used {
				// Nothing may be taken out of the reserve while it is given up.
				a.written = a.used
				changes = append(changes, change{a, a.used, a.Until, encode(a, a.used)})
			}
		}
	}
	for _, a := range s.queue {
		changes = append(changes, change{a, a.want, a.Until, encode(a, a.want)})
		a.want = 0
	}
	s.queue = nil
	s.mu.Unlock()
	if len(changes) == 0 {
		return nil
	}
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for _, c := range changes {
			if err := tx.Bucket(bucketUsed).Put(c.account.payment[:], c.value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.failed = fmt.Errorf("balances: write failed, restart to recover: %w", err)
		close(s.broken)
		return s.failed
	}
	s.mu.Lock()
	for _, c := range changes {
		c.account.written, c.account.kept = c.used, c.until
	}
	s.mu.Unlock()
	return nil
}

// Flush brings the file to exactly what was used: nothing reserved, nothing
// given back and still counted.
func (s *Store) Flush() error {
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	s.mu.Lock()
	for payment, a := range s.held {
		s.loose[payment] = a
	}
	s.mu.Unlock()
	return s.write(true)
}

func (s *Store) flushLoose() error {
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	return s.write(true)
}

// Run writes what was given back and removes balances that ended, until ctx ends
// (nil) or the file fails. It is to be called once.
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
			err = s.flushLoose()
		case <-prune.C:
			_, err = s.Prune(s.cfg.Now())
		}
		if err != nil {
			return err
		}
	}
}

// Prune removes balances that ended at least a week before now, and returns how
// many.
func (s *Store) Prune(now time.Time) (removed int, err error) {
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	if s.failed != nil {
		return 0, s.failed
	}
	var gone []l402.Hash
	err = s.db.Update(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketUsed).Cursor()
		for key, value := c.First(); key != nil; key, value = c.Next() {
			if len(key) != len(l402.Hash{}) {
				return fmt.Errorf("balances: key of %d bytes, want 32", len(key))
			}
			a, err := decode(l402.Hash(key), value)
			if err != nil {
				return err
			}
			if a.Until != 0 && a.Until+grace <= now.Unix() {
				gone = append(gone, a.payment)
			}
		}
		for _, payment := range gone {
			if err := tx.Bucket(bucketUsed).Delete(payment[:]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.failed = fmt.Errorf("balances: write failed, restart to recover: %w", err)
		close(s.broken)
		return 0, s.failed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, payment := range gone {
		delete(s.held, payment)
		delete(s.loose, payment)
	}
	return len(gone), nil
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

// Close writes everything and closes the file. Run must have returned.
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
