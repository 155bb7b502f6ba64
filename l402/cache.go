package l402

import (
	"sync"
	"sync/atomic"
)

// cacheShards spreads the locks of a cache. It is a power of two.
const cacheShards = 16

// cache is a bounded map that forgets the entries least recently used,
// approximately (the CLOCK algorithm: Corbató, 1968). Reading allocates nothing
// and takes a read lock of one shard. Safe for concurrent use.
//
// Keys are compared with the map's own seeded hash first, so the time of a miss
// tells nothing about how much of a guess was right.
type cache[K comparable, V any] struct {
	shards [cacheShards]cacheShard[K, V]
}

type cacheShard[K comparable, V any] struct {
	mu       sync.RWMutex
	capacity int
	index    map[K]*cacheSlot[K, V]
	ring     []*cacheSlot[K, V]
	hand     int
}

type cacheSlot[K comparable, V any] struct {
	key   K
	value V
	used  atomic.Bool
}

// newCache makes a cache for about the given number of entries, at least one
// per shard; nil, which stores nothing, for none.
func newCache[K comparable, V any](entries int) *cache[K, V] {
	if entries == 0 {
		return nil
	}
	c := new(cache[K, V])
	for i := range c.shards {
		c.shards[i].capacity = (entries + cacheShards - 1) / cacheShards
		c.shards[i].index = make(map[K]*cacheSlot[K, V])
	}
	return c
}

// get looks a key up in the shard that the caller derived from it.
func (c *cache[K, V]) get(shard byte, key K) (value V, ok bool) {
	if c == nil {
		return value, false
	}
	s := &c.shards[shard%cacheShards]
	s.mu.RLock()
	slot := s.index[key]
	if slot != nil {
		value, ok = slot.value, true
	}
	s.mu.RUnlock()
	if ok && !slot.used.Load() {
		slot.used.Store(true)
	}
	return value, ok
}

// put stores a value, in place of the one that was there.
func (c *cache[K, V]) put(shard byte, key K, value V) {
	if c == nil {
		return
	}
	s := &c.shards[shard%cacheShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if slot := s.index[key]; slot != nil {
		slot.value = value
		return
	}
	slot := &cacheSlot[K, V]{key: key, value: value}
	s.index[key] = slot
	if len(s.ring) < s.capacity {
		s.ring = append(s.ring, slot)
		return
	}
	for s.ring[s.hand].used.Swap(false) {
		s.hand = (s.hand + 1) % len(s.ring)
	}
	delete(s.index, s.ring[s.hand].key)
	s.ring[s.hand] = slot
	s.hand = (s.hand + 1) % len(s.ring)
}
