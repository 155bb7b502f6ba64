// Package spendbook keeps, in one bbolt file beside the log, what the log does not say of
// spends: the texts that were handed in with them, what they were asked to pay, what was
// answered to who paid, and tokens that wallets may use again.
//
// What it guarantees: what is kept is on disk when a method returns, and a bill, once kept,
// stays. What it refuses to know: rules, payments, requests.
package spendbook

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/boltfile"
	"github.com/econd/econd/node/op"
)

// Book is a node.SpendBook in a file. Safe for concurrent use.
type Book struct {
	db  *bbolt.DB
	now func() time.Time

	failed atomic.Pointer[error] // the last write
}

var (
	bucketTexts   = []byte("texts-1")   // spend/commitment -> record of op.SpendTexts
	bucketBills   = []byte("bills-1")   // spend, try (8 bytes) -> record of node.Bill
	bucketAnswers = []byte("answers-1") // spend, try -> record of node.Answer
	bucketTokens  = []byte("tokens-1")  // wallet, 0, origin, 0, id -> record of bytes
)

// remedy is what a damaged file needs.
const remedy = "stop econd, move the file away and start again: spends that were not submitted yet then fail, and are to be asked for again"

// record is what a value is: when it was kept, and what.
type record[T any] struct {
	AtMs int64 `json:"at_ms"`
	What T     `json:"what"`
}

// Open opens or creates the file, mode 0600. It fails if another process has it open. now is
// the clock of Prune.
func Open(path string, now func() time.Time) (*Book, error) {
	db, err := boltfile.Open(path, remedy, func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{bucketTexts, bucketBills, bucketAnswers, bucketTokens} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("spendbook: %w", err)
	}
	return &Book{db: db, now: now}, nil
}

// Problem is nil while the file can be written.
func (b *Book) Problem() error {
	if b.failed.Load() == nil {
		return nil
	}
	// Whether it can be written again shows by writing.
	err := b.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketAnswers).Put(probe, nil) })
	if err != nil {
		return fmt.Errorf("spends: %w", err)
	}
	b.failed.Store(nil)
	return nil
}

// probe is a key that is no spend's.
var probe = []byte("probe")

// Close closes the file.
func (b *Book) Close() error { return b.db.Close() }

// KeepTexts keeps what was handed in with a spend, in place of what was handed in before.
func (b *Book) KeepTexts(spend string, commitment op.Hash, t op.SpendTexts) error {
	return put(b, bucketTexts, textsKey(spend, commitment), t, false)
}

// DropTexts forgets what was handed in with a spend that came to nothing.
func (b *Book) DropTexts(spend string, commitment op.Hash) error {
	return b.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketTexts).Delete(textsKey(spend, commitment)) })
}

func textsKey(spend string, commitment op.Hash) []byte {
	return append([]byte(spend+"/"), commitment[:]...)
}

// Texts implements node.SpendBook.
func (b *Book) Texts(spend string, commitment op.Hash) (op.SpendTexts, error) {
	t, kept, err := get[op.SpendTexts](b, bucketTexts, textsKey(spend, commitment))
	if err == nil && !kept {
		err = node.ErrNoTexts
	}
	return t, err
}

// KeepBill implements node.SpendBook.
func (b *Book) KeepBill(spend string, try int64, bill node.Bill) error {
	return put(b, bucketBills, billKey(spend, try), bill, true)
}

// Bill implements node.SpendBook.
func (b *Book) Bill(spend string, try int64) (node.Bill, bool, error) {
	return get[node.Bill](b, bucketBills, billKey(spend, try))
}

// KeepAnswer keeps what was answered to who paid, the last.
func (b *Book) KeepAnswer(spend string, try int64, a node.Answer) error {
	return put(b, bucketAnswers, billKey(spend, try), a, false)
}

// Answer returns it; false if none is kept.
func (b *Book) Answer(spend string, try int64) (node.Answer, bool, error) {
	return get[node.Answer](b, bucketAnswers, billKey(spend, try))
}

func billKey(spend string, try int64) []byte {
	return binary.BigEndian.AppendUint64([]byte(spend), uint64(try))
}

// keptFor is how long something is kept.
const keptFor = 90 * 24 * time.Hour

// Prune forgets what was kept 90 days ago and before. A spend whose bill is forgotten can be
// tracked still, and not be sent anew.
func (b *Book) Prune() error {
	old := b.now().Add(-keptFor).UnixMilli()
	return b.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{bucketTexts, bucketBills, bucketAnswers, bucketTokens} {
			c := tx.Bucket(name).Cursor()
			for k, v := c.First(); k != nil; k, v = c.Next() {
				var r record[json.RawMessage]
				if json.Unmarshal(v, &r) == nil && r.AtMs >= old {
					continue
				}
				if err := c.Delete(); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// errKept ends a transaction that has nothing to do.
var errKept = errors.New("kept already")

func put[T any](b *Book, bucket, key []byte, what T, once bool) error {
	value, err := json.Marshal(record[T]{b.now().UnixMilli(), what})
	if err != nil {
		return fmt.Errorf("spendbook: %w", err)
	}
	err = b.db.Update(func(tx *bbolt.Tx) error {
		if once && tx.Bucket(bucket).Get(key) != nil {
			return errKept
		}
		return tx.Bucket(bucket).Put(key, value)
	})
	if err != nil && !errors.Is(err, errKept) {
		b.failed.Store(&err)
		return fmt.Errorf("spendbook: %w", err)
	}
	b.failed.Store(nil)
	return nil
}

func get[T any](b *Book, bucket, key []byte) (what T, kept bool, err error) {
	var value []byte
	err = b.db.View(func(tx *bbolt.Tx) error {
		value = append(value, tx.Bucket(bucket).Get(key)...)
		return nil
	})
	if err != nil || value == nil {
		if err != nil {
			err = fmt.Errorf("spendbook: %w", err)
		}
		return what, false, err
	}
	var r record[T]
	if err := json.Unmarshal(value, &r); err != nil {
		return what, false, fmt.Errorf("spendbook: a record is damaged: %w", err)
	}
	return r.What, true, nil
}
