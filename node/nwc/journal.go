package nwc

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/econd/econd/node/boltfile"
	"github.com/econd/econd/node/op"
)

// Times of a request, in seconds. One without an expiration is good for maxAge; one with it until then, but for
// maxLife at most. It is remembered for longer than it can be good.
const (
	maxAge   = 10 * 60
	maxLife  = 7 * 24 * 3600
	remember = maxLife + 24*3600
)

var requestsBucket = []byte("requests")

// journal remembers the requests that were begun. One process has it open.
type journal struct{ db *bbolt.DB }

// record is a request: its event while nothing was answered, its answer while that was not published, then its time alone.
type record struct {
	AtS    int64           `json:"at"`
	Conn   string          `json:"conn"` // id of the connection
	Event  json.RawMessage `json:"event,omitempty"`
	Answer json.RawMessage `json:"answer,omitempty"`
}

func openJournal(path string) (*journal, error) {
	db, err := boltfile.Open(path, "it remembers which requests were paid: move it away only if no client can repeat one of the last week",
		func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucketIfNotExists(requestsBucket)
			return err
		})
	if err != nil {
		return nil, err
	}
	return &journal{db}, nil
}

func (j *journal) close() error { return j.db.Close() }

// begin notes a request and is true once for each: it is on disk then.
func (j *journal) begin(id op.ID, r record) (fresh bool, err error) {
	err = j.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(requestsBucket)
		if b.Get(id[:]) != nil {
			return nil
		}
		fresh = true
		return put(b, id, r)
	})
	return fresh && err == nil, err
}

// answered puts the answer in the event's place; finished leaves the time alone.
func (j *journal) answered(id op.ID, answer json.RawMessage) error {
	return j.change(id, func(r *record) { r.Event, r.Answer = nil, answer })
}

func (j *journal) finished(id op.ID) error {
	return j.change(id, func(r *record) { r.Event, r.Answer = nil, nil })
}

func (j *journal) change(id op.ID, change func(*record)) error {
	return j.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(requestsBucket)
		var r record
		if err := json.Unmarshal(b.Get(id[:]), &r); err != nil {
			return fmt.Errorf("request %s: %w", id, err)
		}
		change(&r)
		return put(b, id, r)
	})
}

func put(b *bbolt.Bucket, id op.ID, r record) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return b.Put(id[:], raw)
}

// open returns the requests of a connection that are not finished.
func (j *journal) open(conn string) (list map[op.ID]record, err error) {
	list = map[op.ID]record{}
	err = j.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(requestsBucket).ForEach(func(k, v []byte) error {
			var r record
			if len(k) != 32 || json.Unmarshal(v, &r) != nil {
				return errors.New("a request of another form")
			}
			if r.Conn == conn && (r.Event != nil || r.Answer != nil) {
				list[op.ID(k)] = r
			}
			return nil
		})
	})
	return list, err
}

// prune forgets what is too old to be good, and is finished.
func (j *journal) prune(now time.Time) error {
	return j.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(requestsBucket)
		var old [][]byte
		err := b.ForEach(func(k, v []byte) error {
			var r record
			if json.Unmarshal(v, &r) == nil && r.AtS < now.Unix()-remember && r.Event == nil {
				old = append(old, k)
			}
			return nil
		})
		for _, k := range old {
			err = errors.Join(err, b.Delete(k))
		}
		return err
	})
}
