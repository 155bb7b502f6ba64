package grpcapi

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"

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

// sendWithin calls send, which writes to a stream, and gives up on a peer that
// takes nothing for too long. When the handler then returns, gRPC ends the
// stream and with it the call that still waits.
func sendWithin(ctx context.Context, stall time.Duration, send func() error) error {
	done := make(chan error, 1)
	go func() { done <- send() }()
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
