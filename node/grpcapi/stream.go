package grpcapi

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/admission"
)

// lifetime bounds a stream: the context ends with the caller, the server or
// Limits.StreamLifetime.
func (s *Server) lifetime(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Limits.StreamLifetime)
	release := context.AfterFunc(s.stopping, cancel)
	return ctx, func() { release(); cancel() }
}

// ended says why the context of a stream is over.
func (s *Server) ended(ctx context.Context) error {
	switch {
	case s.stopping.Err() != nil:
		return &failure{code: codes.Unavailable, kind: "stopping", retry: admission.RetryNode,
			message: "the node is shutting down; resume later"}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &failure{code: codes.Unavailable, kind: "stream-lifetime", retry: admission.RetryBusy,
			message: "the stream is at the end of its lifetime; begin a new one where it stopped"}
	}
	return ctx.Err()
}

// sender is the side of a stream that answers.
type sender[T any] interface {
	Context() context.Context
	Send(*T) error
}

// follow serves a stream that follows something: it says where the stream begins (first)
// before it waits for anything, so that a break before the rest loses nothing, and sends
// what next gives until that fails, the reader takes nothing, or ctx ends.
func follow[T any](s *Server, stream sender[T], first *T, next func(context.Context) ([]*T, error)) error {
	leave, err := s.rooms.follows.Enter(s.who(stream.Context()))
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := s.lifetime(stream.Context())
	defer cancel()
	for group := []*T{first}; ; {
		err := sendAll(ctx, s.cfg.Limits.Stall, stream, group)
		if err == nil {
			group, err = next(ctx)
		}
		if err != nil {
			return s.broken(ctx, err)
		}
	}
}

// broken is why a stream that follows something ended.
func (s *Server) broken(ctx context.Context, err error) error {
	if ctx.Err() != nil && !errors.Is(err, node.ErrStopping) {
		return s.ended(ctx)
	}
	return err
}

// sendAll sends messages on a stream, and gives up on a peer that takes nothing for too
// long. When the handler then returns, gRPC ends the stream and with it the call that
// still waits.
func sendAll[T any](ctx context.Context, stall time.Duration, stream sender[T], list []*T) error {
	done := make(chan error, 1)
	go func() {
		var err error
		for i := 0; i < len(list) && err == nil; i++ {
			err = stream.Send(list[i])
		}
		done <- err
	}()
	timer := time.NewTimer(stall)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return &failure{code: codes.ResourceExhausted, kind: "slow-reader", retry: admission.RetryBusy,
			message: "the answers were not taken in time; begin a new stream where this one stopped"}
	case <-ctx.Done():
		return ctx.Err()
	}
}
