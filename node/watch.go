package node

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
)

// What happens to hold invoices is found by looking them up, a handful at a time:
// a stream for each would be thousands of them, which LND keeps for ever and a
// proxy may not carry. A hold that was just offered is looked up often, for its
// agent waits; an older one less, in proportion to its age. A locked one changes
// with blocks, if at all.
const (
	lookers      = 8
	freshPace    = 500 * time.Millisecond
	oldestPace   = 15 * time.Second
	paceByAge    = 40 // a hold offered 20 s ago is looked up every 500 ms, after 10 min every 15 s
	lockedPace   = 10 * time.Minute
	afterBlock   = 3 * time.Second // LND acts on a block, too
	lookTimeout  = 10 * time.Second
	overdueAfter = 30 * time.Second
)

// look is one hold that is to be looked up.
type look struct {
	id     op.ID
	at     time.Time
	since  time.Time // when it came to be watched
	locked bool
}

// pace is how long to wait from a look-up to the next.
func (l look) pace(now time.Time) time.Duration {
	if l.locked {
		return lockedPace
	}
	return min(max(now.Sub(l.since)/paceByAge, freshPace), oldestPace)
}

// watch is the queue of holds to look up, the next first.
type watch struct {
	mu    sync.Mutex
	queue lookQueue
	told  time.Time // when the last block was
	wake  chan struct{}
}

func (w *watch) init() { w.wake = make(chan struct{}, 1) }

// add makes a hold due to be looked up at its instant.
func (w *watch) add(l look) {
	w.mu.Lock()
	heap.Push(&w.queue, l)
	w.mu.Unlock()
	w.signal()
}

// again makes the next look-up of a hold due after one that began at an instant.
func (w *watch) again(l look, began, now time.Time) {
	l.at = now.Add(l.pace(now))
	w.mu.Lock()
	if soon := w.told.Add(afterBlock); l.locked && w.told.After(began) && l.at.After(soon) {
		l.at = soon // a block came while it was looked up
	}
	w.mu.Unlock()
	w.add(l)
}

func (w *watch) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// next takes the hold that is due at an instant, or says how long to wait.
func (w *watch) next(now time.Time) (l look, wait time.Duration, due bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case len(w.queue) == 0:
		return look{}, time.Minute, false
	case w.queue[0].at.After(now):
		return look{}, w.queue[0].at.Sub(now), false
	}
	return heap.Pop(&w.queue).(look), 0, true
}

// block makes every locked hold due soon.
func (w *watch) block(now time.Time) {
	w.mu.Lock()
	w.told = now
	for i := range w.queue {
		if l := &w.queue[i]; l.locked && l.at.After(now.Add(afterBlock)) {
			l.at = now.Add(afterBlock)
		}
	}
	heap.Init(&w.queue)
	w.mu.Unlock()
	w.signal()
}

// problem says that holds wait longer to be looked up than they should, or "".
func (w *watch) problem(now time.Time) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	late := 0
	for _, l := range w.queue {
		if now.Sub(l.at) > overdueAfter {
			late++
		}
	}
	if late == 0 {
		return ""
	}
	return fmt.Sprintf("holds: %d of %d are not looked up in time, the first is due since %s; what is paid is seen late",
		late, len(w.queue), w.queue[0].at.UTC().Format(time.RFC3339))
}

// runWatch looks up the holds that are offered or locked, from those of the last
// run on. It waits until the blocks told have come to LND's height: a hold that was
// paid while econd was away must not be stamped with the height of an earlier block,
// at which it may seem to have time left.
func (n *Node) runWatch(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-n.seen:
	}
	if err := n.awaitHeight(ctx); err != nil {
		return err
	}
	n.mu.RLock()
	for _, h := range n.state.Holds() {
		if watched(h) {
			now := time.Now()
			n.watch.add(look{id: h.ID, at: now, since: now, locked: h.LockedMs != 0})
		}
	}
	n.mu.RUnlock()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(lookers)
	for {
		l, wait, due := n.watch.next(time.Now())
		if due {
			g.Go(func() error { return n.lookAt(ctx, l) })
			continue
		}
		if _, err := backoff.Wait(ctx, wait, n.watch.wake); err != nil {
			return g.Wait()
		}
	}
}

// awaitHeight waits until the last block told is as high as LND says that it is. LND
// answers with the height of its chain backend, which may be many blocks ahead of what it has
// told. While it stays behind, /readyz says so.
func (n *Node) awaitHeight(ctx context.Context) error {
	for {
		asking, cancel := context.WithTimeout(ctx, pulseTimeout)
		info, err := n.cfg.Lightning.Info(asking)
		cancel()
		if err == nil && n.tip.Load().Height >= info.Height && n.stamped(info.Height) {
			return nil
		}
		if _, err := backoff.Wait(ctx, freshPace, n.watch.wake); err != nil { // woken by a block, too
			return err
		}
	}
}

// stamped tells whether what is entered now is stamped with a height or a higher one.
func (n *Node) stamped(height uint32) bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.state.StampAt(n.stampNow()).Height >= height
}

// watched tells whether LND can change a hold by itself, or its payer.
func watched(h view.Hold) bool {
	return h.PaymentHash != nil && (h.State == "offered" || h.State == "locked")
}

func (n *Node) holdNow(id op.ID) (view.Hold, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	h, ok := n.state.Hold(id)
	return h, ok && watched(h)
}

// lookAt looks one hold up, records what is new, and makes the next look-up due.
func (n *Node) lookAt(ctx context.Context, l look) error {
	view, ok := n.holdNow(l.id)
	if !ok {
		return nil
	}
	began := time.Now()
	looking, cancel := context.WithTimeout(ctx, lookTimeout)
	h, err := n.cfg.Lightning.LookupHold(looking, *view.PaymentHash)
	cancel()
	if err == nil {
		err = n.reportHold(ctx, view, h)
	} else if ctx.Err() == nil {
		n.cfg.Log.Debug("hold not looked up", "hold", l.id.String(), "error", err.Error())
	}
	if errors.Is(err, ErrNotDurable) {
		return err
	}
	if view, ok = n.holdNow(l.id); ok {
		l.locked = view.State == "locked"
		n.watch.again(l, began, time.Now())
	}
	return nil
}

// reportHold records what LND says of a hold and the record does not know. A
// refusal of the ledger means that it was overtaken.
func (n *Node) reportHold(ctx context.Context, seen view.Hold, h Hold) error {
	var err error
	gone := func(reason string) error {
		return n.fact(ctx, op.KindHoldCancelled, op.HoldCancelled{Hold: seen.ID, Reason: reason})
	}
	switch {
	case h.Status == HoldAccepted && seen.State == "offered":
		err = n.reportLock(ctx, seen.ID, *seen.PaymentHash, h)
	case h.Status == HoldSettled:
		err = n.fact(ctx, op.KindHoldSettled, settledFact("", seen, h))
	case h.Status == HoldCancelled:
		err = gone("cancelled by LND: not paid in time, or too close to its expiry")
	case h.Status == HoldUnknown && seen.State == "offered":
		err = gone("LND knows it no more: not paid in time") // it may forget what it cancels
	}
	if err != nil && !settledAlready(err) && ctx.Err() == nil {
		n.cfg.Log.Warn("hold not recorded", "hold", seen.ID.String(), "error", err.Error())
	}
	return err
}

// reportLock records that a hold was paid. A lock that the ledger does not let in is no lock: its
// sats would stand in no book, and keep the hold from ending until its HTLC does. So LND lets them go.
func (n *Node) reportLock(ctx context.Context, id op.ID, hash op.Hash, h Hold) error {
	err := n.fact(ctx, op.KindHoldLocked, op.HoldLocked{Hold: id, AmountSat: h.AmountSat,
		RestMsat: h.RestMsat, ExpiryHeight: n.countedExpiry(id, h.ExpiryHeight)})
	if !errors.Is(err, refusal.ErrFact) {
		return err
	}
	if now, _ := n.holdNow(id); now.State != "offered" {
		return err
	}
	n.cfg.Log.Warn("hold paid as it cannot be, the sats go back", "hold", id.String(), "error", err.Error())
	return n.cfg.Lightning.CancelHold(ctx, hash)
}

// countedExpiry is the height at which an HTLC of a hold ends, or up to which the rules count it.
// Who pays chooses it, and anybody who sees the invoice can pay.
func (n *Node) countedExpiry(id op.ID, expiry uint32) uint32 {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if h, _ := n.state.Hold(id); h.LatestExpiry != 0 {
		return min(expiry, h.LatestExpiry)
	}
	return expiry
}

// lookQueue is a min-heap by instant.
type lookQueue []look

func (q lookQueue) Len() int           { return len(q) }
func (q lookQueue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q lookQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *lookQueue) Push(x any)        { *q = append(*q, x.(look)) }
func (q *lookQueue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}
