package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// maxBatch bounds the events of one transaction, so that a flood does not make
// everybody wait for one long fsync.
const maxBatch = 4096

// runWriter is the one place where entries are made.
func (n *Node) runWriter(ctx context.Context) error {
	for {
		var batch []*request
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-n.kick:
		case r := <-n.requests:
			batch = n.gather(r)
		}
		if err := n.commit(batch); err != nil {
			err = fmt.Errorf("%w: %w", ErrNotDurable, err)
			n.failed.Store(&err)
			for _, r := range batch {
				r.fail(fmt.Errorf("%w: %w", ErrUnconfirmed, err))
			}
			return err
		}
	}
}

// gather takes first and what else is waiting, up to maxBatch events, without
// what was withdrawn.
func (n *Node) gather(first *request) []*request {
	var batch []*request
	events := 0
	for r := first; ; {
		if r.takes() {
			batch = append(batch, r)
			events += len(r.events)
		}
		if events >= maxBatch {
			return batch
		}
		select {
		case r = <-n.requests:
		default:
			return batch
		}
	}
}

func (r *request) fail(err error) {
	for i := range r.results {
		if r.results[i].Err == nil {
			r.results[i].Err = err
		}
	}
	close(r.done)
}

// commit applies a group of requests and stores what they brought in one
// transaction. Readers wait meanwhile, so that they see durable state only.
func (n *Node) commit(batch []*request) error {
	if err := n.refuseInRecovery(); err != nil {
		for _, r := range batch {
			r.fail(err)
		}
		return nil
	}
	n.mu.Lock()
	w := batchWriter{n: n, b: Batch{First: n.size.Load()}}
	err := w.due(n.stampNow())
	for _, r := range batch {
		for i, e := range r.events {
			if err == nil && e != nil && r.results[i].Err == nil {
				err = w.event(e, &r.results[i])
			}
		}
	}
	if err == nil && len(w.b.Entries) > 0 {
		if _, err = n.cfg.Store.Append(w.b); err == nil {
			n.size.Store(n.state.Next())
		}
	}
	if err != nil {
		// Readers go on until the end of the process: they see what is durable.
		if durable, replayErr := n.replayed(n.size.Load()); replayErr == nil {
			n.state = durable
		}
	}
	n.mu.Unlock()
	if err != nil {
		return err
	}
	for _, r := range batch {
		close(r.done)
	}
	if len(w.b.Entries) > 0 {
		n.grown.wake()
		n.dispatch(w)
	}
	return nil
}

// batchWriter collects one transaction.
type batchWriter struct {
	n       *Node
	b       Batch
	effects []ledger.Effect
	offered []op.ID // holds that need a watcher now
}

// due enters every fact that the stamp makes due.
func (w *batchWriter) due(at op.Stamp) error {
	for f := w.n.state.Due(at); f != nil; f = w.n.state.Due(at) {
		e, err := w.n.signFact(f.Kind, f.Content, at.TimeMs)
		if err != nil {
			return err
		}
		if err := w.apply(&op.Entry{Seq: w.n.state.Next(), Stamp: at, Event: e}); err != nil {
			return fmt.Errorf("due %s fact refused by the ledger: %w", f.Kind, err)
		}
		w.n.cfg.Log.Info("recorded", "fact", f.Kind.String(), "seq", w.n.state.Next()-1)
	}
	return nil
}

// event enters one event or sets its refusal. A returned error is not about
// the event but about the node.
func (w *batchWriter) event(e *op.Event, result *Result) error {
	s := w.n.state
	if seq, ok := s.Lookup(e.ID); ok {
		result.Receipt, result.Err = w.receiptOf(e.ID, seq)
		return nil
	}
	at := w.n.stampNow()
	if err := w.due(at); err != nil {
		return err
	}
	entry := &op.Entry{Seq: s.Next(), Stamp: at, Event: e}
	if err := w.apply(entry); err != nil {
		result.Err = err
		return nil
	}
	result.Receipt = receiptFor(entry)
	if e.Kind == op.KindHoldOffered {
		w.offered = append(w.offered, holdOf(e))
	}
	return nil
}

func (w *batchWriter) apply(entry *op.Entry) error {
	effects, err := ledger.ApplyVerified(w.n.state, entry)
	if err != nil {
		return err
	}
	w.b.Entries = append(w.b.Entries, entry.Marshal())
	for _, e := range effects {
		w.b.Effects = append(w.b.Effects, StoredEffect{ID: e.ID, Seq: entry.Seq, Data: e.Marshal()})
	}
	w.effects = append(w.effects, effects...)
	w.b.Done = append(w.b.Done, w.n.state.Answered()...)
	return nil
}

// receiptOf is the receipt of an event recorded before: in the store, or
// earlier in this very batch.
func (w *batchWriter) receiptOf(id op.ID, seq uint64) (Receipt, error) {
	var line []byte
	var err error
	if seq >= w.b.First {
		line = w.b.Entries[seq-w.b.First]
	} else if line, err = w.n.cfg.Store.Entry(seq); err != nil {
		return Receipt{}, err
	}
	entry, err := op.DecodeEntry(line)
	if err != nil {
		return Receipt{}, err
	}
	r := receiptFor(entry)
	r.Replay = true
	return r, nil
}

func receiptFor(e *op.Entry) Receipt {
	return Receipt{ID: e.Event.ID, Seq: e.Seq, TimeMs: e.Stamp.TimeMs, Height: e.Stamp.Height, Block: e.Stamp.BlockHash}
}

func holdOf(e *op.Event) op.ID {
	var c op.HoldOffered
	if err := op.Unmarshal([]byte(e.Content), "content", &c); err != nil {
		panic("node: own fact does not decode: " + err.Error())
	}
	return c.Hold
}

// dispatch hands what a stored batch asks for to the hands. The queues are
// drained by goroutines that never wait for the writer while they hold a
// place, so this cannot lock up; at shutdown what is left stays pending.
func (n *Node) dispatch(w batchWriter) {
	for _, e := range w.effects {
		n.hands.push(e)
	}
	now := time.Now()
	for _, id := range w.offered {
		n.watch.add(look{id: id, at: now, since: now})
	}
	if size := len(w.b.Entries); size > 1 {
		n.cfg.Log.Debug("stored", "entries", size, "size", n.size.Load())
	}
}

// stampNow is the stamp of an entry made now: it never goes back, even if the
// clock or the chain does. The caller holds n.mu.
func (n *Node) stampNow() op.Stamp {
	last := n.state.Clock()
	at := op.Stamp{TimeMs: max(n.cfg.Clock.NowMs(), last.TimeMs), Height: last.Height, BlockHash: last.BlockHash}
	if tip := n.tip.Load(); tip != nil && tip.Height > last.Height {
		at.Height, at.BlockHash = tip.Height, tip.Hash
	}
	return at
}

// runDeadlines wakes the writer when the next deadline has passed.
func (n *Node) runDeadlines(ctx context.Context) error {
	const longest = time.Minute // also covers a clock that jumps
	for {
		var wait time.Duration
		n.mu.Lock()
		next := n.state.NextDeadlineMs()
		n.mu.Unlock()
		if wait = longest; next != 0 {
			wait = min(longest, time.Duration(next+1-n.cfg.Clock.NowMs())*time.Millisecond)
		}
		grown := n.grown.next()
		timer := time.NewTimer(max(wait, time.Millisecond))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-grown:
		case <-timer.C:
			n.wakeWriter()
			// Until the writer has recorded the fact, or found none due.
			select {
			case <-grown:
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
		timer.Stop()
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
		if n.tip.Swap(&b) == nil {
			close(n.seen)
		}
		n.watch.block(time.Now())
		n.wakeWriter()
	})
	if err == nil && ctx.Err() == nil {
		err = errors.New("node: the chain watcher ended")
	}
	return err
}
