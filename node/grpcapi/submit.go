package grpcapi

import (
	"context"
	"errors"
	"io"
	"time"

	"golang.org/x/sync/semaphore"
	"google.golang.org/grpc/codes"

	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// Submit decodes one event and records it.
func (s *Server) Submit(ctx context.Context, req *econdv1.SubmitRequest) (*econdv1.SubmitResponse, error) {
	e, err := op.Decode(req.Event)
	var receipt view.Receipt
	if p := passOf(ctx); err == nil {
		receipt, err = s.cfg.Submit(ctx, p, e, counts)
		err = s.orChallenge(ctx, p, err)
	}
	s.cfg.Metrics.outcome(err, receipt.Replay)
	if err != nil {
		return nil, err
	}
	return &econdv1.SubmitResponse{Receipt: receiptOf(&receipt)}, nil
}

// Bounds of a submit stream.
const (
	batchEvents = 1000    // handed to the node at once
	inboxBytes  = 4 << 20 // received and not yet answered
	eventCost   = 512     // of one event beside its own bytes
)

// SubmitStream answers every operation in order. Whatever has arrived is
// handed to the node together: a client that waits for each answer gets it at
// once, and one that pours gets large batches.
//
//	receive, decode -> inbox -> SubmitMany -> send
func (s *Server) SubmitStream(stream econdv1.Econd_SubmitStreamServer) error {
	leave, err := s.rooms.submits.Enter(s.who(stream.Context()))
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := s.lifetime(stream.Context())
	defer cancel()
	in := newInbox()
	go in.fill(ctx, func() ([]byte, error) {
		req, err := stream.Recv()
		return req.GetEvent(), err
	})
	for {
		batch, err := in.next(ctx, s.cfg.Limits.Idle)
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			return nil
		case ctx.Err() != nil:
			return s.ended(ctx)
		default:
			return err
		}
		if err := sendAll(ctx, s.cfg.Limits.Stall, stream, s.record(ctx, batch)); err != nil {
			if ctx.Err() != nil {
				return s.ended(ctx)
			}
			return err
		}
		in.release(batch)
	}
}

// record hands a batch to the node and composes the answers.
func (s *Server) record(ctx context.Context, batch []arrived) []*econdv1.SubmitStreamResponse {
	p := passOf(ctx)
	events, errs := make([]*op.Event, len(batch)), make([]error, len(batch))
	for i := range batch {
		events[i], errs[i] = batch[i].event, batch[i].err
	}
	answers := make([]*econdv1.SubmitStreamResponse, len(batch))
	for i, r := range s.cfg.SubmitMany(ctx, p, events, errs, func() error { return usedUp(p) }, counts) {
		s.cfg.Metrics.outcome(r.Err, r.Receipt.Replay)
		if r.Err != nil {
			answers[i] = s.refused(r.Err)
			continue
		}
		answers[i] = &econdv1.SubmitStreamResponse{
			Answer: &econdv1.SubmitStreamResponse_Receipt{Receipt: receiptOf(&r.Receipt)}}
	}
	return answers
}

func receiptOf(r *view.Receipt) *econdv1.Receipt {
	m := new(econdv1.Receipt)
	encode(r, m)
	return m
}

func (s *Server) refused(err error) *econdv1.SubmitStreamResponse {
	r := failureOf(err)
	if r.code == codes.Internal {
		s.cfg.Log.Error("operation failed", "err", r.cause)
	}
	return &econdv1.SubmitStreamResponse{Answer: &econdv1.SubmitStreamResponse_Refusal{Refusal: &econdv1.Refusal{
		Code: int32(r.code), Message: clip(r.message, maxMessage), Reason: r.reason(), Rule: r.ruleName(),
		Field: clip(r.field, maxField), RetryAfterMs: r.retry.Milliseconds(), Proof: string(r.proof)}}}
}

// arrived is one received operation, or why it is none.
type arrived struct {
	event *op.Event
	err   error
	cost  int64
}

// inbox holds what a stream has received and not answered, up to inboxBytes;
// beyond that the sender waits.
type inbox struct {
	queue chan arrived
	room  *semaphore.Weighted
	err   error // why the stream ended; read after queue is closed
}

func newInbox() *inbox {
	return &inbox{queue: make(chan arrived, batchEvents), room: semaphore.NewWeighted(inboxBytes)}
}

// fill receives and decodes until the stream or ctx ends.
func (in *inbox) fill(ctx context.Context, receive func() ([]byte, error)) {
	defer close(in.queue)
	for {
		raw, err := receive()
		if err != nil {
			in.err = err
			return
		}
		a := arrived{cost: int64(len(raw)) + eventCost}
		a.event, a.err = op.Decode(raw)
		if in.err = in.room.Acquire(ctx, a.cost); in.err != nil {
			return
		}
		select {
		case in.queue <- a:
		case <-ctx.Done():
			in.err = ctx.Err()
			return
		}
	}
}

// next waits for an operation and returns it with all that came with it, at
// most batchEvents. At the end of the stream it returns io.EOF.
func (in *inbox) next(ctx context.Context, idle time.Duration) ([]arrived, error) {
	timer := time.NewTimer(idle)
	defer timer.Stop()
	var batch []arrived
	select {
	case a, ok := <-in.queue:
		if !ok {
			return nil, in.err
		}
		batch = append(batch, a)
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
		return nil, &failure{code: codes.Unavailable, kind: "stream-idle", retry: admission.RetryBusy,
			message: "no operation came for too long; begin a new stream when there is one"}
	}
	for len(batch) < batchEvents {
		select {
		case a, ok := <-in.queue:
			if !ok {
				return batch, nil
			}
			batch = append(batch, a)
		default:
			return batch, nil
		}
	}
	return batch, nil
}

// release makes room after a batch is answered.
func (in *inbox) release(batch []arrived) {
	for _, a := range batch {
		in.room.Release(a.cost)
	}
}
