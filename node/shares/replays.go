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
	items map[[32]byte]*remembered
	queue byInstant
}

type remembered struct {
	until int64
	id    [32]byte
	key   [32]byte
	at    int // place in the queue
}

// NewReplays remembers at most so many things, about 250 B each.
func NewReplays(most int) *Replays {
	return &Replays{pool: pool{total: max(1, most), held: map[any]int{}}, items: map[[32]byte]*remembered{}}
}

// Use remembers id until an instant. It returns ErrSeen, or a *FullError where the
// key's share, of level Address, or all of it is full. Instants that passed are
// forgotten.
func (r *Replays) Use(key, id [32]byte, now, until int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.queue) > 0 && r.queue[0].until < now {
		r.drop(r.queue[0])
	}
	if _, ok := r.items[id]; ok {
		return ErrSeen
	}
	switch {
	case r.pool.used >= r.pool.total:
		return &FullError{All, r.pool.used, r.pool.total}
	case !r.pool.fits(key, parts[0]):
		return &FullError{Address, r.pool.held[key], r.pool.total}
	}
	r.add(key, id, until)
	return nil
}

// Restore remembers what was used before a restart, whatever the shares: they were
// held against what was there then. What is remembered already stays as it is.
func (r *Replays) Restore(key, id [32]byte, until int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.items[id]; !ok {
		r.add(key, id, until)
	}
}

// add remembers one thing. The caller holds mu.
func (r *Replays) add(key, id [32]byte, until int64) {
	x := &remembered{until: until, id: id, key: key}
	r.items[id] = x
	r.pool.add(1, []any{key})
	heap.Push(&r.queue, x)
}

// Forget makes room for what was not used in the end.
func (r *Replays) Forget(id [32]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if x, ok := r.items[id]; ok {
		r.drop(x)
	}
}

// drop forgets one thing. The caller holds mu.
func (r *Replays) drop(x *remembered) {
	heap.Remove(&r.queue, x.at)
	delete(r.items, x.id)
	r.pool.add(-1, []any{x.key})
}

// byInstant is a heap whose items know their places.
type byInstant []*remembered

func (q byInstant) Len() int           { return len(q) }
func (q byInstant) Less(i, j int) bool { return q[i].until < q[j].until }
func (q byInstant) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].at, q[j].at = i, j
}
func (q *byInstant) Push(x any) {
	item := x.(*remembered)
	item.at = len(*q)
	*q = append(*q, item)
}
func (q *byInstant) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return x
}
