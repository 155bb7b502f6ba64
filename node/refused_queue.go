package node

import "container/heap"

// leastLasting remembers at most refusedKeys things, each with an amount as of an
// instant and when it is of no more use; where there are more, those that are of no
// use soonest are forgotten. The zero value is ready.
type leastLasting[K comparable] struct {
	items map[K]*lasting[K]
	queue lastingQueue[K]
}

type lasting[K comparable] struct {
	key   K
	units int64
	atMs  int64 // of the units
	endMs int64
	place int // in the queue
}

// get is what is remembered of a key, or nil. An instant that is still to come was
// written by a clock that was ahead: it counts as now, and its end moves with it.
func (l *leastLasting[K]) get(key K, nowMs int64) *lasting[K] {
	x := l.items[key]
	if x != nil && x.atMs > nowMs {
		x.endMs -= x.atMs - nowMs
		x.atMs = nowMs
		heap.Fix(&l.queue, x.place)
	}
	return x
}

// set remembers a key's amount.
func (l *leastLasting[K]) set(key K, units, atMs, endMs int64) {
	if x, ok := l.items[key]; ok {
		x.units, x.atMs, x.endMs = units, atMs, endMs
		heap.Fix(&l.queue, x.place)
		return
	}
	if l.items == nil {
		l.items = make(map[K]*lasting[K])
	}
	x := &lasting[K]{key: key, units: units, atMs: atMs, endMs: endMs}
	l.items[key] = x
	heap.Push(&l.queue, x)
	if len(l.queue) > refusedKeys {
		delete(l.items, heap.Pop(&l.queue).(*lasting[K]).key)
	}
}

// lastingQueue has what ends first on top.
type lastingQueue[K comparable] []*lasting[K]

func (q lastingQueue[K]) Len() int           { return len(q) }
func (q lastingQueue[K]) Less(i, j int) bool { return q[i].endMs < q[j].endMs }
func (q lastingQueue[K]) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}
func (q *lastingQueue[K]) Push(x any) {
	item := x.(*lasting[K])
	item.place = len(*q)
	*q = append(*q, item)
}
func (q *lastingQueue[K]) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return x
}
