package node

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
)

// Result is the answer to one event of many.
type Result struct {
	Receipt view.Receipt
	Err     error

	again uint64 // 1 + the entry that the event stands in already, for its receipt
}

// request is a group of verified events that wait for the writer.
type request struct {
	events  []*op.Event
	results []Result // parallel to events; preset errors are left alone
	at      op.Stamp // of its arrival, which its entries carry
	headers bool     // it is one of block headers, see batchWriter.headersFirst
	done    chan struct{}
	owner   atomic.Int32

	// The writer's: the events before these are applied, and durable.
	next, durable int
}

// Whose a handed over request is. It becomes the writer's or withdrawn, once: a
// withdrawn one is never recorded, and one that the writer has is always answered.
const (
	ownerNone int32 = iota
	ownerWriter
	ownerWithdrawn
)

// takes claims a request for the writer, which may have it already; false if its
// caller withdrew it.
func (r *request) takes() bool {
	return r.owner.CompareAndSwap(ownerNone, ownerWriter) || r.owner.Load() == ownerWriter
}

// withdraw takes a request back; false if the writer has it.
func (r *request) withdraw() bool { return r.owner.CompareAndSwap(ownerNone, ownerWithdrawn) }

// Submit records one event and returns when it is durable. The same event
// again gets the same receipt and is applied once.
//
// Errors: *op.FieldError, *refusal.Refusal (ErrBroken and ErrDoubtfulClock among its kinds), *RefusedWorkError, ErrLightningAway, ErrNotDurable,
// ErrStopping, or ctx's. With an error the event is not recorded, unless it is
// ErrUnconfirmed: then it may be. Once the writer has the event its answer is
// waited for, also after ctx ended.
func (n *Node) Submit(ctx context.Context, e *op.Event) (view.Receipt, error) {
	own := *e // what is prepared is written to it
	e = &own
	known, err := n.screenOne(ctx, e)
	if err != nil {
		results := []Result{{Err: err}}
		n.promise(ctx, results)
		return view.Receipt{}, results[0].Err
	}
	if known != nil {
		if err := n.refusesAll(ctx); err != nil {
			return view.Receipt{}, err
		}
		results := []Result{{Receipt: *known}}
		n.promise(ctx, results)
		return results[0].Receipt, nil
	}
	n.signers.expect(e, 1)
	defer n.signers.expect(e, -1)
	results, err := n.enqueue(ctx, &request{events: []*op.Event{e}, results: make([]Result, 1)})
	if err != nil {
		return view.Receipt{}, err
	}
	n.promise(ctx, results)
	return results[0].Receipt, results[0].Err
}

// SubmitMany records many events, each for itself: one refused event does not
// stop the others. Results are in the order of the events; nil events keep the
// zero Result, for lines that did not decode. Errors are those of Submit. All of them
// arrive at one instant, and are entered in order, with nothing else between them but
// what falls due.
func (n *Node) SubmitMany(ctx context.Context, events []*op.Event) []Result {
	r := &request{events: make([]*op.Event, len(events)), results: make([]Result, len(events))}
	for i, e := range events {
		if e != nil {
			own := *e
			r.events[i] = &own
		}
	}
	registers := func(e *op.Event) bool { return e.Kind == op.KindRegister }
	n.screenAll(r, registers)
	for i, e := range r.events {
		if e != nil && registers(e) && r.results[i].Err == nil {
			n.signers.expect(e, 1)
			defer n.signers.expect(e, -1)
		}
	}
	n.screenAll(r, func(e *op.Event) bool { return !registers(e) })
	if !slices.ContainsFunc(r.events, func(e *op.Event) bool { return e != nil }) && n.refusesAll(ctx) == nil {
		ctx, cancel := context.WithTimeout(ctx, replaysWait)
		defer cancel()
		n.promise(ctx, r.results)
		return r.results // the log has them all
	}
	results, err := n.enqueue(ctx, r)
	if err != nil {
		results = r.results // nobody else has it
		for i, e := range events {
			if e != nil && results[i].Err == nil {
				results[i].Err = err
			}
		}
	}
	n.promise(ctx, results)
	return results
}

// places bound parallel checks to the cores, for events that come alone and for those
// of groups each, so that a single one never queues behind groups. A group gives its
// place back after every chunk: whoever waits comes in turn.
type places struct{ single, groups chan struct{} }

func (p *places) init() {
	p.single = make(chan struct{}, runtime.GOMAXPROCS(0))
	p.groups = make(chan struct{}, runtime.GOMAXPROCS(0))
}

// screenOne is screen in a place of those for single events.
func (n *Node) screenOne(ctx context.Context, e *op.Event) (*view.Receipt, error) {
	select {
	case n.places.single <- struct{}{}:
		defer func() { <-n.places.single }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return n.screen(e)
}

// together is how many events of a group are screened in one place before others have it.
const together = 32

// screenAll screens those of a group that are meant, on all cores. What the log has
// is answered and taken out of the group.
func (n *Node) screenAll(r *request, meant func(*op.Event) bool) {
	place := n.places.groups
	if len(r.events) == 1 {
		place = n.places.single
	}
	var wg sync.WaitGroup
	next := make(chan int, len(r.events)/together+1)
	for at := 0; at < len(r.events); at += together {
		next <- at
	}
	close(next)
	for range min(runtime.GOMAXPROCS(0), len(next)) {
		wg.Go(func() {
			for at := range next {
				n.screenChunk(r, at, place, meant)
			}
		})
	}
	wg.Wait()
}

// screenChunk screens the events from at on of a group, in one place.
func (n *Node) screenChunk(r *request, at int, place chan struct{}, meant func(*op.Event) bool) {
	place <- struct{}{}
	defer func() { <-place }()
	for i := at; i < min(at+together, len(r.events)); i++ {
		e := r.events[i]
		if e == nil || !meant(e) {
			continue
		}
		known, err := n.screen(e)
		if r.results[i].Err = err; known != nil {
			r.results[i].Receipt, r.events[i] = *known, nil
		}
	}
}

// screen does what needs no order, the cheap before the costly: whether the key may
// sign such a thing at all, whether too much of its was refused lately, the signature,
// what the event says by itself, and whether LND is there where the operation needs it.
// What is in the log already, to the byte, needs none of that and is answered with its
// receipt. Facts come from the node itself only. It writes to the event, and does not wait for
// the writer, so that a busy one delays no arrival.
func (n *Node) screen(e *op.Event) (known *view.Receipt, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			known, err = nil, n.brokenCheck(e, cause)
		}
	}()
	if e.Kind.IsFact() {
		return nil, &refusal.Refusal{Kind: refusal.ErrForbidden, Field: "kind", Rule: "facts-from-the-node",
			Text: "facts are stated by the node itself and cannot be submitted"}
	}
	if err := n.signers.admit(e); err != nil {
		return nil, err
	}
	if known := n.recorded(e); known != nil {
		return known, nil
	}
	if err := n.broken.admit(e); err != nil {
		return nil, err
	}
	if err := n.refuseInDoubt(); err != nil {
		return nil, err
	}
	now := n.cfg.Clock.NowMs()
	if err := n.refused.check(e.PubKey, e.ID, now); err != nil {
		return nil, err
	}
	wrong := e.CheckContent()
	if err := n.check(e); err != nil {
		if wrong != nil {
			return nil, wrong // the signer may never have meant it
		}
		return nil, err
	}
	if wrong == nil {
		wrong = ledger.Prepare(e)
	}
	if wrong != nil {
		n.refused.bill(e.PubKey, e.ID, refusedLeast+int64(len(e.Content))/refusedBytes, now)
		return nil, n.judgeAlone(e, wrong)
	}
	if !n.cfg.Lightning.Reachable() && ledger.AsksForHold(e, n.signers.constitution.Load()) {
		return nil, ErrLightningAway
	}
	return nil, nil
}

// refusesAll says why nothing is taken now.
func (n *Node) refusesAll(ctx context.Context) error {
	if err := n.failed.Load(); err != nil {
		return *err
	}
	if err := n.refuseInRecovery(); err != nil {
		return err
	}
	return ctx.Err()
}

// enqueue hands a request to the writer and waits for its answer. With an error
// nothing of the request is or will be recorded. ctx and the end of the node
// count only until the writer has the request: from then on its answer is a
// write away, and only it tells what became of the events.
func (n *Node) enqueue(ctx context.Context, r *request) ([]Result, error) {
	if err := n.refusesAll(ctx); err != nil {
		return nil, err
	}
	r.done = make(chan struct{})
	n.arrivals.add(r, n.cfg.Clock, n.tip.Load())
	var why error
	select {
	case <-r.done:
		n.receiptsAgain(r)
		return r.results, nil
	case <-n.stopping:
		why = ErrStopping
	case <-ctx.Done():
		why = ctx.Err()
	}
	if !r.withdraw() {
		<-r.done
		n.receiptsAgain(r)
		return r.results, nil
	}
	n.arrivals.forget(r)
	if err := n.failed.Load(); err != nil {
		why = *err
	}
	return nil, why
}

// receiptsAgain reads the receipts of what was recorded before. It is the caller's
// work, not the writer's: nobody else waits for the store.
func (n *Node) receiptsAgain(r *request) {
	for i := range r.results {
		x := &r.results[i]
		if x.again == 0 || x.Err != nil {
			continue
		}
		e, _, err := n.Entry(x.again - 1)
		if x.Err = err; err == nil {
			x.Receipt = receiptFor(e)
			x.Receipt.Replay = true
		}
	}
}

// fact signs and records a fact of the operator.
func (n *Node) fact(ctx context.Context, kind op.Kind, content any) error {
	e, err := n.signFact(kind, content, n.stampedNext())
	if err != nil {
		return err
	}
	r := &request{events: []*op.Event{e}, results: make([]Result, 1), headers: kind == op.KindBlocks}
	results, err := n.enqueue(ctx, r)
	if err != nil {
		return err
	}
	return results[0].Err
}

func (n *Node) signFact(kind op.Kind, content any, nowMs int64) (*op.Event, error) {
	e := &op.Event{CreatedAt: nowMs / 1000, Kind: kind,
		Tags: [][]string{{op.EconomyTag, n.economy}}, Content: op.EncodeContent(content)}
	return e, e.Sign(n.cfg.Operator)
}

// settledAlready tells whether a refused fact only repeats what the record
// says: a watcher may report a change that is recorded already.
func settledAlready(err error) bool {
	return errors.Is(err, refusal.ErrPhase) || errors.Is(err, refusal.ErrDuplicate) || errors.Is(err, refusal.ErrFact)
}
