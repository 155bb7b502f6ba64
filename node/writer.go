package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// A slice is what is applied and stored at once, under the lock; readers come in
// between two of them. It ends after so many events, or so much work (see
// ledger.State.Work), whatever comes first.
const (
	sliceEvents = 1024
	sliceWork   = 20_000 // units, about as many microseconds
)

// runWriter is the one place where entries are made.
func (n *Node) runWriter(ctx context.Context) error {
	var q backlog
	for {
		if err := ctx.Err(); err != nil && !q.begun() {
			return err
		}
		if len(q.requests) == 0 || q.waits {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-n.kick:
			case <-n.arrivals.came:
			}
		}
		if err := n.slice(&q); err != nil {
			err = fmt.Errorf("%w: %w", ErrNotDurable, err)
			n.failed.Store(&err)
			q.fail(fmt.Errorf("%w: %w", ErrUnconfirmed, err))
			return err
		}
	}
}

// backlog is what the writer has before it, in order of arrival.
type backlog struct {
	requests []*request
	finished []*request // in the slice under way

	waits bool      // for headers, before what is due
	since time.Time // when that began, or the last headers came; zero: nothing is waited for
}

// begun tells whether the first request is the writer's: then it must be answered.
func (q *backlog) begun() bool {
	return len(q.requests) > 0 && q.requests[0].owner.Load() == ownerWriter
}

// next is front, as the writer's.
func (q *backlog) next(n *Node) (*request, op.Stamp) {
	for {
		r, at := q.front(n)
		if r == nil || r.takes() {
			return r, at
		}
	}
}

// front returns the first request that was not withdrawn; nil if nothing has arrived
// before the present stamp, which it returns then.
func (q *backlog) front(n *Node) (*request, op.Stamp) {
	for {
		if len(q.requests) == 0 {
			var now op.Stamp
			if q.requests, now = n.arrivals.take(n.cfg.Clock, n.tip.Load()); len(q.requests) == 0 {
				return nil, now
			}
		}
		if r := q.requests[0]; r.owner.Load() != ownerWithdrawn {
			return r, r.at
		}
		q.requests = q.requests[1:]
	}
}

// finish ends the first request; it is answered once the slice is durable.
func (q *backlog) finish() {
	q.finished = append(q.finished, q.requests[0])
	q.requests = q.requests[1:]
}

// answer tells the finished requests what the durable slice made of them.
func (q *backlog) answer() {
	for _, r := range q.finished {
		close(r.done)
	}
	q.finished = nil
	if q.begun() {
		q.requests[0].durable = q.requests[0].next
	}
}

// fail tells everybody whom the writer has to answer that it failed.
func (q *backlog) fail(err error) {
	if q.begun() {
		q.finish()
	}
	for _, r := range q.finished {
		r.fail(err)
	}
	q.finished = nil
}

// refuse answers all that wait.
func (q *backlog) refuse(n *Node, err error) {
	for r, _ := q.next(n); r != nil; r, _ = q.next(n) {
		r.fail(err)
		q.requests = q.requests[1:]
	}
}

// fail answers a request: what of it is not durable has failed.
func (r *request) fail(err error) {
	for i := r.durable; i < len(r.results); i++ {
		if r.results[i].Err == nil {
			r.results[i] = Result{Err: err}
		}
	}
	close(r.done)
}

// slice applies some of the backlog and what fell due, and stores what that brought in
// one transaction. Readers wait meanwhile, so that they see durable state only. What
// arrived comes in its order, with its stamp, and what its stamp makes due before it;
// once nothing waits, what is due now.
func (n *Node) slice(q *backlog) error {
	if err := n.refuseInRecovery(); err != nil {
		q.refuse(n, err)
		return nil
	}
	n.mu.Lock()
	w := batchWriter{n: n, b: Batch{First: n.size.Load()}}
	stuck, err := w.store(q)
	n.wantHeaders()
	n.mu.Unlock()
	if err != nil {
		return err
	}
	if stuck != nil {
		n.stick(stuck)
	}
	if len(w.b.Entries) > 0 {
		n.promiseHead()
	}
	q.answer()
	if len(w.b.Entries) > 0 {
		n.grown.wake()
		n.dispatch(w)
	}
	return nil
}

// store fills the slice and stores it. Where the state in memory is worth nothing
// afterwards, because the store or a rule broke off, it is replayed from what is
// durable, and readers wait. The caller holds the state.
func (w *batchWriter) store(q *backlog) (stuck *dueError, err error) {
	n := w.n
	err = w.fill(q)
	dirty := errors.As(err, new(dirtyError))
	if errors.As(err, &stuck) {
		dirty = stuck.dirty
	}
	if stuck != nil || dirty {
		err = nil // what came before it stands
	}
	if err == nil && len(w.b.Entries) > 0 {
		if _, err = n.cfg.Store.Append(w.b); err == nil {
			n.size.Add(uint64(len(w.b.Entries)))
		}
	}
	if err != nil || dirty {
		durable, replayErr := n.replayed(n.size.Load())
		if replayErr != nil {
			return stuck, errors.Join(err, replayErr)
		}
		n.state = durable
	}
	if err == nil {
		n.signers.follow(n.state)
		n.signers.record(w.ids)
	}
	return stuck, err
}

// batchWriter collects one transaction.
type batchWriter struct {
	n       *Node
	b       Batch
	effects []ledger.Effect
	ids     []op.ID // of the entries' events
	offered []op.ID // holds that need a watcher now
	steps   []transition

	events int
	work   int64 // units
}

// full tells whether the slice is as large as it may be.
func (w *batchWriter) full() bool { return w.events >= sliceEvents || w.work >= sliceWork }

// fill applies what waits until the slice is full. A returned error is about the node, or
// a dirtyError about the last event.
func (w *batchWriter) fill(q *backlog) error {
	for !w.full() {
		if wait, err := w.headersFirst(q); wait || err != nil {
			return err
		}
		r, at := q.next(w.n)
		if r == nil {
			return w.due(at)
		}
		err := w.enter(r)
		if r.next == len(r.events) {
			q.finish()
		}
		if err != nil {
			w.n.wakeWriter() // for what came after, if anything can
			return err
		}
	}
	w.n.wakeWriter() // for what is due and had no room
	return nil
}

// enter applies events of a request, each after what its stamp makes due, until the
// slice is full.
func (w *batchWriter) enter(r *request) error {
	for ; r.next < len(r.events); r.next++ {
		e, result := r.events[r.next], &r.results[r.next]
		if e == nil || result.Err != nil {
			continue
		}
		if err := w.due(r.at); err != nil || w.full() {
			return err
		}
		if err := w.event(r.at, e, result); err != nil {
			r.next++
			return err
		}
	}
	return nil
}

// due enters what the stamp makes due, until the slice is full. By version 2 of the rules it
// waits for a header where the newest is too old.
func (w *batchWriter) due(at op.Stamp) error {
	if at = w.n.state.StampAt(at); w.n.held(at) {
		return nil
	}
	for !w.full() {
		if more, err := w.nextDue(w.n.state.StampAt(at)); err != nil || !more {
			return err
		}
	}
	return nil
}

// nextDue enters the first fact that the stamp makes due; false if there is none. The
// ledger computes it and must let it in; where it does not, or breaks off, the error is
// a *dueError.
func (w *batchWriter) nextDue(at op.Stamp) (more bool, err error) {
	seq := w.n.state.Next()
	var f *ledger.Fact
	defer func() {
		if cause := recover(); cause != nil {
			kind, content := op.Kind(0), "unknown"
			if f != nil {
				kind, content = f.Kind, op.EncodeContent(f.Content)
			}
			more, err = false, w.n.brokenFact(seq, at, kind, content, cause)
		}
	}()
	if f = w.n.dueFact(w.n.state, at); f == nil {
		return false, nil
	}
	e, err := w.n.signFact(f.Kind, f.Content, at.TimeMs)
	if err != nil {
		return false, err
	}
	if err := w.apply(&op.Entry{Seq: seq, Stamp: at, Event: e}); err != nil {
		return false, refusedFact(seq, at, f, err)
	}
	w.n.cfg.Log.Info("recorded", "fact", f.Kind.String(), "seq", seq)
	return true, nil
}

// event enters one event or sets its refusal. The error is one of fill.
func (w *batchWriter) event(at op.Stamp, e *op.Event, result *Result) (err error) {
	s := w.n.state
	at = s.StampAt(at)
	seq := s.Next()
	defer func() {
		if cause := recover(); cause == nil {
			return
		} else if e.Kind.IsFact() {
			err = w.n.brokenFact(seq, at, e.Kind, e.Content, cause)
			result.Err = w.n.recoveryRefusal()
		} else {
			result.Err = w.n.brokenOperation(seq, e, cause)
			err = dirtyError{result.Err}
		}
	}()
	if seq, ok := s.Lookup(e.ID); ok {
		result.again = seq + 1
		return nil
	}
	now := w.n.cfg.Clock.NowMs()
	if !e.Kind.IsFact() { // again, for what was screened together
		if result.Err = w.n.refused.check(e.PubKey, e.ID, now); result.Err == nil {
			result.Err = w.n.broken.admit(e)
		}
		if result.Err != nil {
			return nil
		}
	}
	entry := &op.Entry{Seq: seq, Stamp: at, Event: e}
	if refusal := w.apply(entry); refusal != nil {
		w.n.countRefusedSpend(e.Kind, refusal)
		result.Err = w.n.explainAge(e, refusal)
		if !e.Kind.IsFact() {
			result.Err = judge(result.Err, refusal, e.ID, seq, at)
			w.n.refused.bill(e.PubKey, e.ID, s.Work(), now)
		}
		return nil
	}
	result.Receipt = receiptFor(entry)
	if e.Kind == op.KindHoldOffered {
		w.offered = append(w.offered, holdOf(e))
	}
	return nil
}

func (w *batchWriter) apply(entry *op.Entry) error {
	effects, err := w.n.apply(w.n.state, entry)
	w.events++
	w.work += w.n.state.Work()
	if err != nil {
		return err
	}
	w.b.Entries = append(w.b.Entries, entry.Marshal())
	w.ids = append(w.ids, entry.Event.ID)
	w.steps = append(w.steps, transitions(w.n.state, entry)...)
	for _, e := range effects {
		w.b.Effects = append(w.b.Effects, StoredEffect{ID: e.ID, Seq: entry.Seq, Data: e.Marshal()})
	}
	w.effects = append(w.effects, effects...)
	w.b.Done = append(w.b.Done, w.n.state.Answered()...)
	return nil
}

func receiptFor(e *op.Entry) view.Receipt {
	return view.Receipt{ID: e.Event.ID, Seq: e.Seq, TimeMs: e.Stamp.TimeMs, Height: e.Stamp.Height, Block: e.Stamp.BlockHash}
}

// holdOf is the hold of an applied hold-offered fact.
func holdOf(e *op.Event) op.ID {
	c, err := e.Decoded()
	if err != nil {
		panic("node: own fact does not decode: " + err.Error())
	}
	return c.(*op.HoldOffered).Hold
}

// dispatch hands what a stored batch asks for to the queues. The queues are
// drained by goroutines that never wait for the writer while they hold a
// place, so this cannot lock up; at shutdown what is left stays pending.
func (n *Node) dispatch(w batchWriter) {
	for _, e := range w.effects {
		n.effectQueue.push(e)
	}
	for _, t := range w.steps {
		n.cfg.Log.Info(t.text, t.about...)
	}
	now := time.Now()
	for _, id := range w.offered {
		n.watch.add(look{id: id, at: now, since: now})
	}
	if size := len(w.b.Entries); size > 1 {
		n.cfg.Log.Debug("stored", "entries", size, "size", n.size.Load())
	}
}

// stampNow is the stamp of an entry made now. The caller holds n.mu.
func (n *Node) stampNow() op.Stamp { return later(n.state.Clock(), n.cfg.Clock.NowMs(), n.tip.Load()) }

// runDeadlines wakes the writer when the next deadline has passed.
func (n *Node) runDeadlines(ctx context.Context) error {
	const longest = time.Minute // also covers a clock that jumps
	for {
		var wait time.Duration
		n.mu.Lock()
		next, held := n.state.NextDeadlineMs(), n.held(n.state.StampAt(n.stampNow()))
		n.mu.Unlock()
		if wait = longest; next != 0 && !held && len(n.Recovery()) == 0 {
			wait = min(longest, time.Duration(next+1-n.cfg.Clock.NowMs())*time.Millisecond)
		}
		grown := n.grown.next()
		woken, err := backoff.Wait(ctx, max(wait, time.Millisecond), grown)
		if err == nil && !woken {
			n.wakeWriter()
			// Until the writer has recorded the fact, or found none due.
			_, err = backoff.Wait(ctx, 50*time.Millisecond, grown)
		}
		if err != nil {
			return err
		}
	}
}

func (n *Node) wakeWriter() {
	select {
	case n.kick <- struct{}{}:
	default:
	}
}

// runBlocks follows the chain's tip; a new block can make facts due.
func (n *Node) runBlocks(ctx context.Context) error {
	err := n.cfg.Chain.WatchBlocks(ctx, func(b Block) {
		n.time.known(b.TimeMs)
		if n.tip.Swap(&b) == nil {
			close(n.seen)
		}
		n.watch.block(time.Now())
		n.mu.RLock()
		n.wantHeaders()
		n.mu.RUnlock()
		n.wakeWriter()
	})
	if err == nil && ctx.Err() == nil {
		err = errors.New("node: the chain watcher ended")
	}
	return err
}
