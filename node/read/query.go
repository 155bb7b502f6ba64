package read

import (
	"context"
	"encoding/binary"

	"github.com/econd/econd/node/cursor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Sizes of a page.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
)

// Query is one request for a read, its parameters parsed.
type Query struct {
	At     *uint64     // the entry right after which the answer is to hold; nil for now
	Limit  int         // most items of a page
	Cursor *string     // where the page starts, as an earlier answer said; nil for the start
	List   cursor.List // that the request reads: what it is and its filters
	Here   Here

	// Seq is the entry right after which the answer holds, once the read was answered
	// from a state, which Seen says.
	Seq  uint64
	Seen bool

	routes []Route // the table, for the read that tells of it
	values map[string]any
	place  []byte
	nowMs  int64
	height uint32
	keyNow func(op.PublicKey) op.PublicKey // while the state is looked at
}

// Here is what an API tells of itself.
type Here struct {
	Version   string // of the program
	L402      view.L402
	Witnesses view.Witnesses // the zero value: none
}

// Set gives a parameter its value: an op.ID, an op.PublicKey, a string or an int64, as
// its kind is. What is absent is not set.
func (q *Query) Set(name string, v any) {
	if q.values == nil {
		q.values = map[string]any{}
	}
	q.values[name] = v
}

func value[T any](q *Query, name string) (v T, asked bool) {
	v, asked = q.values[name].(T)
	return v, asked
}

func (q *Query) has(name string) bool {
	_, asked := q.values[name]
	return asked
}

func (q *Query) id(name string) op.ID {
	v, _ := value[op.ID](q, name)
	return v
}

func (q *Query) key(name string) op.PublicKey {
	v, _ := value[op.PublicKey](q, name)
	return v
}

func (q *Query) text(name string) string {
	v, _ := value[string](q, name)
	return v
}

func (q *Query) number(name string) int64 {
	v, _ := value[int64](q, name)
	return v
}

// fits tells whether a word is the one that a parameter asks for, if it asks.
func (q *Query) fits(name, is string) bool {
	v, asked := value[string](q, name)
	return !asked || v == is
}

// by tells whether a key is the one that a parameter asks for, if it asks: an agent is found by each
// key that it has or had.
func (q *Query) by(name string, is op.PublicKey) bool {
	v, asked := value[op.PublicKey](q, name)
	return !asked || v == is || q.keyNow != nil && q.keyNow(v) == is
}

// from is the number at which the page starts, at most 2^62.
func (q *Query) from() int {
	if q.place == nil {
		return 0
	}
	return int(min(binary.BigEndian.Uint64(q.place), 1<<62))
}

// next is the cursor of the page that starts at a number; 0: there is none.
func (q *Query) next(at int) string {
	if at == 0 {
		return ""
	}
	return q.List.Index(at)
}

// moment is when the state is seen.
func (q *Query) moment() ledger.Moment { return ledger.Moment{NowMs: q.nowMs, Height: q.height} }

// look calls fn with the state that the query asks about.
func (q *Query) look(ctx context.Context, src Source, fn func(s *ledger.State)) error {
	seen := func(s *ledger.State, nowMs int64) {
		q.nowMs, q.Seq, q.Seen = nowMs, s.Next()-1, true
		q.keyNow = s.KeyNow
		fn(s)
		q.keyNow = nil
	}
	if q.At == nil {
		src.View(seen)
		return nil
	}
	return src.ViewAt(ctx, *q.At, seen)
}
