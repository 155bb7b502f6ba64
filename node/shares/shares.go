package shares

import (
	"fmt"
	"net/netip"
	"sync"

	"github.com/econd/econd/l402"
)

// Who is a caller as places are shared among.
type Who struct {
	// Caller is its address; the zero value shares with all that have none.
	Caller l402.Caller
	// Key is one that the caller proved and that has sats at risk; zero: none.
	Key [32]byte
	// Front marks what stands for many callers, as a proxy on this machine
	// does: it is held to the total alone.
	Front bool
}

// Level is whose share was full.
type Level string

// The levels, the narrowest first.
const (
	Address Level = "address"
	Block   Level = "block"
	Region  Level = "region"
	All     Level = "all"
)

// FullError refuses a place.
type FullError struct {
	Level Level // whose share is full
	Held  int   // places that it holds
	Total int   // places of all
}

// Error names the share and both numbers.
func (e *FullError) Error() string {
	switch e.Level {
	case Address:
		return fmt.Sprintf("this address holds %d of %d places, less than %d times as many are free; give one back or wait", e.Held, e.Total, parts[0])
	case Block, Region:
		return fmt.Sprintf("the addresses around this one (its %s) hold %d of %d places, their share for now; wait", e.Level, e.Held, e.Total)
	}
	return fmt.Sprintf("all %d places are taken; wait", e.Total)
}

// parts is what part of the free places each level may hold at most, as 1/n.
var parts = [3]int{8, 4, 2}

var levels = [3]Level{Address, Block, Region}

// Places are a limited number of places. Safe for concurrent use. Memory is
// bounded by the places: nothing is kept of callers that hold none.
type Places struct {
	mu     sync.Mutex
	common pool
	keyed  pool
}

type pool struct {
	total, used int
	held        map[any]int // by netip.Prefix with its level, or by key
}

type share struct {
	level  int
	prefix netip.Prefix
}

// New makes so many places, at least one. A quarter, rounded down, is kept for
// keys with sats at risk.
func New(total int) *Places {
	total = max(1, total)
	return &Places{
		common: pool{total: total - total/4, held: map[any]int{}},
		keyed:  pool{total: total / 4, held: map[any]int{}},
	}
}

// Take takes a place, or returns a *FullError. release gives it back; further calls
// of it do nothing.
func (p *Places) Take(who Who) (release func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if who.Key != [32]byte{} && p.keyed.fits(who.Key, parts[0]) {
		return p.take(&p.keyed, who.Key), nil
	}
	c := &p.common
	if c.used >= c.total {
		return nil, &FullError{All, c.used, c.total}
	}
	if who.Front {
		return p.take(c), nil
	}
	var keys []any
	for i, prefix := range who.Caller.Levels() {
		key := share{i, prefix}
		if !c.fits(key, parts[i]) {
			return nil, &FullError{levels[i], c.held[key], c.total}
		}
		keys = append(keys, key)
	}
	return p.take(c, keys...), nil
}

// take counts a place of a pool for each key. The caller holds p.mu.
func (p *Places) take(of *pool, keys ...any) (release func()) {
	of.add(1, keys)
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		of.add(-1, keys)
	})
}

// Used is how many places are taken.
func (p *Places) Used() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.common.used + p.keyed.used
}

// fits tells whether a holder of less than one part of what is free may have one
// more.
func (o *pool) fits(key any, parts int) bool { return o.held[key]*parts < o.total-o.used }

func (o *pool) add(n int, keys []any) {
	o.used += n
	for _, k := range keys {
		if o.held[k] += n; o.held[k] == 0 {
			delete(o.held, k)
		}
	}
}
