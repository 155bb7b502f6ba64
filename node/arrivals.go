package node

import (
	"slices"
	"sync"

	"github.com/econd/econd/node/op"
)

// arrivals are the requests that wait for the writer, in the order in which they were
// complete and verified, each with the stamp of that moment. Order, stamp and log
// agree: what arrived before a deadline is entered before what that deadline makes due,
// however busy the writer is. They have no bound of their own: whoever stands here is a
// caller that waits, and the doors bound those.
type arrivals struct {
	came chan struct{} // something waits

	mu      sync.Mutex
	last    op.Stamp // given to a request or to the writer
	waiting []*request
}

func (a *arrivals) init(last op.Stamp) { a.last, a.came = last, make(chan struct{}, 1) }

// add stamps a request and puts it behind those before.
func (a *arrivals) add(r *request, clock Clock, tip *Block) {
	a.mu.Lock()
	a.last = later(a.last, clock.NowMs(), tip)
	r.at = a.last
	a.waiting = append(a.waiting, r)
	a.mu.Unlock()
	select {
	case a.came <- struct{}{}:
	default:
	}
}

// take returns all that wait and the present stamp: none of them has a later one, all
// that come afterwards have none before it.
func (a *arrivals) take(clock Clock, tip *Block) ([]*request, op.Stamp) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = later(a.last, clock.NowMs(), tip)
	waiting := a.waiting
	a.waiting = nil
	return waiting, a.last
}

// forget drops a request that was withdrawn, unless the writer took it along.
func (a *arrivals) forget(r *request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if i := slices.Index(a.waiting, r); i >= 0 {
		a.waiting = slices.Delete(a.waiting, i, i+1)
	}
}

// stamped is the last stamp given, in unix milliseconds.
func (a *arrivals) stamped() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last.TimeMs
}

// later is the stamp of now: it never goes back behind the last one, even if the clock
// or the chain does.
func later(last op.Stamp, nowMs int64, tip *Block) op.Stamp {
	at := last
	at.TimeMs = max(nowMs, last.TimeMs)
	if tip != nil && tip.Height > last.Height {
		at.Height, at.BlockHash = tip.Height, tip.Hash
	}
	return at
}
