package rootkeys

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/econd/econd/l402"
)

// A record's value: version 1, flags, payment hash, root key, and three times
// in Unix seconds as big-endian u64: created, pay by, expires.
const (
	recordVersion = 1
	recordLen     = 2 + 32 + 32 + 3*8
	flagPaid      = 1
	flagRevoked   = 2 // beside flagPaid: the root key is gone, the record stays until the token's end
)

func encodeRecord(r l402.Record) []byte {
	b := make([]byte, 2, recordLen)
	b[0] = recordVersion
	if r.Paid {
		b[1] = flagPaid
	}
	b = append(b, r.PaymentHash[:]...)
	b = append(b, r.RootKey[:]...)
	for _, t := range []int64{r.CreatedAt, r.PayBy, r.ExpiresAt} {
		b = binary.BigEndian.AppendUint64(b, uint64(t))
	}
	return b
}

func decodeRecord(id l402.TokenID, b []byte) (l402.Record, error) {
	if len(b) != recordLen || b[0] != recordVersion || b[1]&^(flagPaid|flagRevoked) != 0 {
		return l402.Record{}, fmt.Errorf("rootkeys: record of token %s is damaged or of an unknown version", id)
	}
	seconds := func(i int) int64 { return int64(binary.BigEndian.Uint64(b[66+8*i:])) }
	return l402.Record{
		TokenID:     id,
		PaymentHash: l402.Hash(b[2:34]),
		RootKey:     l402.RootKey(b[34:66]),
		CreatedAt:   seconds(0),
		PayBy:       seconds(1),
		ExpiresAt:   seconds(2),
		Paid:        b[1]&flagPaid != 0,
	}, nil
}

// revoked tells of a record whether its token was.
func revoked(record []byte) bool { return len(record) == recordLen && record[1]&flagRevoked != 0 }

// dueKey orders records by the earliest second at which they may be pruned: an
// unpaid one when its invoice has expired, a paid one when its token has.
func dueKey(r l402.Record) []byte {
	due := r.ExpiresAt
	if !r.Paid {
		due = min(due, r.PayBy)
	}
	return append(binary.BigEndian.AppendUint64(nil, uint64(max(due, 0))), r.TokenID[:]...)
}

// applyAll carries out the writes in order and returns how many removed a
// record. What one write did wrong goes into its err; the error returned is the
// file's.
func applyAll(tx *bbolt.Tx, batch []*write) (removed int, err error) {
	for _, w := range batch {
		id := w.record.TokenID
		value := tx.Bucket(bucketKeys).Get(id[:])
		switch {
		case w.revoke && value == nil:
			w.err = fmt.Errorf("token %s: %w", id, l402.ErrUnknownToken)
		case w.revoke:
			r, err := decodeRecord(id, value)
			if err != nil {
				return 0, err
			}
			if revoked(value) {
				continue // again
			}
			if err := revoke(tx, r); err != nil {
				return 0, err
			}
			removed++
		case value != nil:
			w.err = fmt.Errorf("rootkeys: token %s is there already", id)
		default:
			if err := insert(tx, w.record); err != nil {
				return 0, err
			}
		}
	}
	return removed, nil
}

func insert(tx *bbolt.Tx, r l402.Record) error {
	if err := tx.Bucket(bucketKeys).Put(r.TokenID[:], encodeRecord(r)); err != nil {
		return err
	}
	return tx.Bucket(bucketDue).Put(dueKey(r), nil)
}

func remove(tx *bbolt.Tx, r l402.Record) error {
	if err := tx.Bucket(bucketKeys).Delete(r.TokenID[:]); err != nil {
		return err
	}
	return tx.Bucket(bucketDue).Delete(dueKey(r))
}

// revoke forgets a token's root key, and remembers until its end that it was revoked.
func revoke(tx *bbolt.Tx, r l402.Record) error {
	if err := remove(tx, r); err != nil {
		return err
	}
	r.RootKey, r.Paid = l402.RootKey{}, true
	value := encodeRecord(r)
	value[1] |= flagRevoked
	if err := tx.Bucket(bucketKeys).Put(r.TokenID[:], value); err != nil {
		return err
	}
	return tx.Bucket(bucketDue).Put(dueKey(r), nil)
}

// markPaid sets the mark of a record that is there and has none.
func markPaid(tx *bbolt.Tx, id l402.TokenID) error {
	value := tx.Bucket(bucketKeys).Get(id[:])
	if value == nil {
		return nil
	}
	r, err := decodeRecord(id, value)
	if err != nil || r.Paid {
		return err
	}
	if err := tx.Bucket(bucketDue).Delete(dueKey(r)); err != nil {
		return err
	}
	r.Paid = true
	return insert(tx, r)
}

// overdue returns the first records, at most pruneBatch, that may go at now.
func overdue(tx *bbolt.Tx, now, unpaidFor int64) ([]l402.Record, error) {
	var found []l402.Record
	c := tx.Bucket(bucketDue).Cursor()
	for key, _ := c.First(); key != nil && len(found) < pruneBatch; key, _ = c.Next() {
		if len(key) != 8+32 {
			return nil, fmt.Errorf("rootkeys: index entry of %d bytes, want 40", len(key))
		}
		if int64(binary.BigEndian.Uint64(key)) > now {
			break
		}
		id := l402.TokenID(key[8:])
		value := tx.Bucket(bucketKeys).Get(id[:])
		if value == nil {
			return nil, fmt.Errorf("rootkeys: index names token %s, which has no record", id)
		}
		r, err := decodeRecord(id, value)
		if err != nil {
			return nil, err
		}
		if r.ExpiresAt <= now || !r.Paid && r.PayBy+unpaidFor <= now {
			found = append(found, r)
		}
	}
	return found, nil
}
