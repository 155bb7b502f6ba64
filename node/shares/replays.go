package shares

import (
	"container/heap"
	"errors"
	"sync"
)

// ErrSeen refuses what was used before.
var ErrSeen = errors.New("was used before")

// Replays remembers what keys used, each thing until its instant, so that it is
// used once. Each key has a share as in Places: less than an eighth of what is
// free. Safe for concurrent use.
type Replays struct {
	mu    sync.Mutex
	pool  pool
	until map[[32]byte]int64
	queue byInstant
}

type remembered struct {
	until int64
	id    [32]byte
	key   [32]byte
}

// NewReplays remembers at most so many things, about 250 B each.
func NewReplays(most int) *Replays {
	return &Replays{pool: pool{total: max(1, most), held: map[any]int{}}, until: map[[32]byte]int64{}}
}

// Use remembers id until an instant. It returns ErrSeen, or a *FullError where the
// key's share, of level Address, or all of it is full. Instants that passed are
// forgotten.
func (r *Replays) Use(key, id [32]byte, now, until int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.queue) > 0 && r.queue[0].until < now {
		old := r.queue[0]
		heap.Pop(&r.queue)
		delete(r.until, old.id)
		r.pool.add(-1, []any{old.key})
	}
	if _, ok := r.until[id]; ok {
		return ErrSeen
	}
	switch {
	case r.pool.used >= r.pool.total:
		return &FullError{All, r.pool.used, r.pool.total}
	case !r.pool.fits(key, parts[0]):
		return &FullError{Address, r.pool.held[key], r.pool.total}
	}
	r.until[id] = until
	r.pool.add(1, []any{key})
	heap.Push(&r.queue, remembered{until, id, key})
	return nil
}

// byInstant is a heap.
type byInstant []remembered

func (q byInstant) Len() int           { return len(q) }
func (q byInstant) Less(i, j int) bool { return q[i].until < q[j].until }
func (q byInstant) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *byInstant) Push(x any)        { *q = append(*q, x.(remembered)) }
func (q *byInstant) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	*q = (*q)[:last]
	return x
}
