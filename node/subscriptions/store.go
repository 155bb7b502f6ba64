package subscriptions

import (
	"errors"
	"fmt"
	"io"

	"go.etcd.io/bbolt"

	"github.com/econd/econd/node/boltfile"
	"github.com/econd/econd/node/notifier"
	"github.com/econd/econd/node/op"
)

// The file's buckets and version.
var (
	bucketMeta     = []byte("meta")
	bucketWebhooks = []byte("webhooks") // agent's key -> record
	bucketSigned   = []byte("signed")   // agent's key -> when it signed its last request
	keyVersion     = []byte("version")
	version        = []byte{1}
)

// Config sets up a Store.
type Config struct {
	// Path of the file; it is created if missing.
	Path string
	// Most webhooks that there may be at once.
	Most int
}

// Store is a notifier.Store on disk. Safe for concurrent use.
type Store struct {
	file *boltfile.File
	most int
}

// remedy is what a damaged file needs.
const remedy = "stop econd, move the file away and start again: agents then have to set their webhooks anew"

// Open opens or creates the file. It fails if another process has it open, or
// if its format is not the one that this version writes.
func Open(cfg Config) (*Store, error) {
	if cfg.Path == "" || cfg.Most < 1 {
		return nil, errors.New("subscriptions: Config: Path is needed, and Most must be at least 1")
	}
	file, err := boltfile.OpenFile(cfg.Path, remedy, prepare)
	if err != nil {
		return nil, fmt.Errorf("subscriptions: %w", err)
	}
	return &Store{file: file, most: cfg.Most}, nil
}

func prepare(tx *bbolt.Tx) error {
	meta, err := tx.CreateBucketIfNotExists(bucketMeta)
	if err != nil {
		return err
	}
	for _, name := range [][]byte{bucketWebhooks, bucketSigned} {
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

// All implements notifier.Store.
func (s *Store) All() (list []notifier.Webhook, err error) {
	err = s.file.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketWebhooks).ForEach(func(key, value []byte) error {
			w, err := decode(key, value)
			list = append(list, w)
			return err
		})
	})
	return list, err
}

// Get implements notifier.Store.
func (s *Store) Get(agent op.PublicKey) (w notifier.Webhook, err error) {
	err = s.file.View(func(tx *bbolt.Tx) error {
		w, err = get(tx, agent)
		return err
	})
	return w, err
}

func get(tx *bbolt.Tx, agent op.PublicKey) (notifier.Webhook, error) {
	value := tx.Bucket(bucketWebhooks).Get(agent[:])
	if value == nil {
		return notifier.Webhook{}, notifier.ErrNone
	}
	return decode(agent[:], value)
}

// Put implements notifier.Store.
func (s *Store) Put(w notifier.Webhook, signed notifier.Signed) error {
	return s.update(func(tx *bbolt.Tx) error {
		if err := newest(tx, w.Agent, signed); err != nil {
			return err
		}
		b := tx.Bucket(bucketWebhooks)
		if b.Get(w.Agent[:]) == nil && full(b, s.most) {
			return notifier.ErrFull
		}
		if err := b.Put(w.Agent[:], encode(w)); err != nil {
			return err
		}
		return noteSigned(tx, w.Agent, signed)
	})
}

// full counts up to the limit: a bucket's own statistics leave out what the
// transaction wrote.
func full(b *bbolt.Bucket, most int) bool {
	n, c := 0, b.Cursor()
	for key, _ := c.First(); key != nil && n < most; key, _ = c.Next() {
		n++
	}
	return n >= most
}

// Change implements notifier.Store.
func (s *Store) Change(w notifier.Webhook) error {
	return s.update(func(tx *bbolt.Tx) error {
		have, err := get(tx, w.Agent)
		if errors.Is(err, notifier.ErrNone) || err == nil && have.SetMs != w.SetMs {
			return nil
		}
		if err != nil {
			return err
		}
		return tx.Bucket(bucketWebhooks).Put(w.Agent[:], encode(w))
	})
}

// Delete implements notifier.Store.
func (s *Store) Delete(agent op.PublicKey, signed notifier.Signed) error {
	return s.update(func(tx *bbolt.Tx) error {
		if err := newest(tx, agent, signed); err != nil {
			return err
		}
		if err := noteSigned(tx, agent, signed); err != nil {
			return err
		}
		return remove(tx, agent)
	})
}

// Evict implements notifier.Store.
func (s *Store) Evict(agent op.PublicKey) error {
	return s.update(func(tx *bbolt.Tx) error { return remove(tx, agent) })
}

func remove(tx *bbolt.Tx, agent op.PublicKey) error {
	b := tx.Bucket(bucketWebhooks)
	if b.Get(agent[:]) == nil {
		return notifier.ErrNone
	}
	return b.Delete(agent[:])
}

// update runs one transaction, together with those of others that wait.
func (s *Store) update(change func(*bbolt.Tx) error) error {
	var refused error
	err := s.file.Batch(func(tx *bbolt.Tx) error {
		refused = change(tx)
		for _, kind := range []error{notifier.ErrNone, notifier.ErrFull, notifier.ErrOlder} {
			if errors.Is(refused, kind) {
				return nil // what it wrote, if anything, is whole
			}
		}
		return refused
	})
	if err != nil {
		return fmt.Errorf("subscriptions: %w", err)
	}
	return refused
}

// Problem is what keeps the file from taking webhooks, after another try of it; nil if
// it takes them.
func (s *Store) Problem() error {
	if err := s.file.Problem(); err != nil {
		return fmt.Errorf("subscriptions: %w", err)
	}
	return nil
}

// Backup writes a consistent copy of the file while it is in use. The copy holds
// private URLs.
func (s *Store) Backup(w io.Writer) (size int64, err error) {
	err = s.file.View(func(tx *bbolt.Tx) error {
		size, err = tx.WriteTo(w)
		return err
	})
	return size, err
}

// Close closes the file.
func (s *Store) Close() error { return s.file.Close() }
