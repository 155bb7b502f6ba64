package node

import (
	"errors"
	"slices"
	"time"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// A node that was off, or whose LND was, finds facts due and blocks that came meanwhile. The
// facts are entered with the newest block of now, so they wait until its header is there, and
// what arrived after their deadlines waits with them. Headers come ahead of all that waits, and
// carry its instant, so that nobody gets a later one by it.

// duePatience is how long what is due waits for another header while there seem to be some.
const duePatience = time.Minute

// headersFirst enters the headers that are there before what is due at the stamp of what comes
// next, and tells whether to wait for more. By rules without headers nothing is.
func (w *batchWriter) headersFirst(q *backlog) (wait bool, err error) {
	defer func() { q.waits = wait; w.n.following.due.Store(wait) }()
	n := w.n
	for n.state.Headers() != nil && !q.begun() && !w.full() {
		_, at := q.front(n)
		if at = n.state.StampAt(at); n.held(at) || !n.state.IsDue(at) {
			return false, nil
		}
		r := q.headers(n)
		if r == nil {
			return q.patient(n, time.Now()), nil
		}
		if err := w.enterHeaders(q, r, at); err != nil {
			return false, err
		}
	}
	return false, nil
}

// enterHeaders enters a request of headers as of an instant before it arrived. Where they
// replace the block by which something is due, that comes first.
func (w *batchWriter) enterHeaders(q *backlog, r *request, at op.Stamp) error {
	if !r.takes() {
		return nil
	}
	q.finished, r.next = append(q.finished, r), 1
	e, result := r.events[0], &r.results[0]
	mostAhead := w.n.signers.constitution.Load().Operations.MaxFutureS * 1000
	at.TimeMs = max(at.TimeMs, r.at.TimeMs-mostAhead) // else what signs them is of the future
	err := w.event(at, e, result)
	if err == nil && errors.Is(result.Err, refusal.ErrOverdue) {
		if *result, err = (Result{}), w.due(at); err == nil {
			err = w.event(at, e, result)
		} else {
			result.Err = err
		}
	}
	if err == nil && result.Err == nil {
		q.since = time.Time{}
	}
	return err
}

// headers takes the first request of headers out of the queue; nil if there is none.
func (q *backlog) headers(n *Node) *request {
	more, _ := n.arrivals.take(n.cfg.Clock, n.tip.Load())
	q.requests = append(q.requests, more...)
	i := slices.IndexFunc(q.requests, func(r *request) bool { return r.headers })
	if i < 0 {
		return nil
	}
	r := q.requests[i]
	q.requests = slices.Delete(q.requests, i, i+1)
	return r
}

// patient tells whether to wait for headers: the chain has some that the log lacks, or may have,
// and it is not too long that none came. The caller holds the state.
func (q *backlog) patient(n *Node, now time.Time) bool {
	tip := n.tip.Load()
	if !lacks(n.state, tip) && !n.pulse.ahead(tip) {
		q.since = time.Time{}
		return false
	}
	if q.since.IsZero() {
		q.since = now
	}
	return now.Sub(q.since) < duePatience
}
