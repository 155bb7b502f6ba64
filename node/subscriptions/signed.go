package subscriptions

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/econd/econd/node/notifier"
	"github.com/econd/econd/node/op"
)

// signedFor is how long, in seconds of signing, the last request of an agent is
// remembered. A request is taken within 60 s of the clock either way, so one that is
// older than the newest by more than twice that is not taken anyway.
const signedFor = 120

// newest refuses a request that was signed before the last one that counted.
func newest(tx *bbolt.Tx, agent op.PublicKey, signed notifier.Signed) error {
	value := tx.Bucket(bucketSigned).Get(agent[:])
	if value == nil {
		return nil
	}
	last, err := decodeSigned(agent[:], value)
	if err == nil && signed.Before(last) {
		return &notifier.OlderError{Asked: signed, Counts: last}
	}
	return err
}

// noteSigned makes a request the last one, and forgets those of all agents that
// matter no more.
func noteSigned(tx *bbolt.Tx, agent op.PublicKey, signed notifier.Signed) error {
	b := tx.Bucket(bucketSigned)
	var over [][]byte
	err := b.ForEach(func(key, value []byte) error {
		last, err := decodeSigned(key, value)
		if last.At < signed.At-signedFor {
			over = append(over, append([]byte{}, key...))
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, key := range over {
		if err := b.Delete(key); err != nil {
			return err
		}
	}
	return b.Put(agent[:], encodeSigned(signed))
}

func encodeSigned(s notifier.Signed) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(s.At)), uint64(s.Order))
}

func decodeSigned(key, value []byte) (notifier.Signed, error) {
	if len(value) != 16 {
		return notifier.Signed{}, fmt.Errorf("subscriptions: instant of %x is damaged", key)
	}
	return notifier.Signed{At: int64(binary.BigEndian.Uint64(value)), Order: int64(binary.BigEndian.Uint64(value[8:]))}, nil
}
