package grpcapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// observer is the outermost interceptor: it recovers panics, turns errors into
// statuses, counts and logs. What it logs of a call is its method, status, time and
// caller: no metadata and no field of a message.
type observer struct {
	log     *slog.Logger
	metrics *Metrics
	now     func() time.Time
}

var errPanic = errors.New("panic in a handler")

func (o observer) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (resp any, err error) {
	began := o.now()
	o.metrics.inFlight.Inc()
	defer func() {
		o.metrics.inFlight.Dec()
		if v := recover(); v != nil {
			err = o.panicked(info.FullMethod, v)
		}
		err = o.finish(info.FullMethod, err, func(md metadata.MD) { _ = grpc.SetTrailer(ctx, md) })
		o.account(ctx, info.FullMethod, began, err, false)
	}()
	return handler(ctx, req)
}

func (o observer) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
	began := o.now()
	open := o.metrics.streams.WithLabelValues(info.FullMethod)
	open.Inc()
	defer func() {
		open.Dec()
		if v := recover(); v != nil {
			err = o.panicked(info.FullMethod, v)
		}
		err = o.finish(info.FullMethod, err, ss.SetTrailer)
		o.account(ss.Context(), info.FullMethod, began, err, true)
	}()
	return handler(srv, ss)
}

func (o observer) panicked(method string, v any) error {
	o.log.Error("panic in a handler", "method", method, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	return errPanic
}

// finish is where every error of a handler becomes a status.
func (o observer) finish(method string, err error, trailer func(metadata.MD)) error {
	st, ok := status.FromError(err) // of gRPC itself, or none
	if !ok {
		r := failureOf(err)
		if r.trailer != nil {
			trailer(r.trailer)
		}
		if r.code == codes.Internal && r.cause != nil && !errors.Is(err, errPanic) {
			o.log.Error("call failed", "method", method, "err", r.cause)
		}
		st = r.status()
	}
	return st.Err()
}

func (o observer) account(ctx context.Context, method string, began time.Time, err error, stream bool) {
	took := o.now().Sub(began)
	o.metrics.answered(method, status.Code(err), took, stream)
	o.log.DebugContext(ctx, "call", "method", method, "code", status.Code(err).String(),
		"ms", took.Milliseconds(), "caller", callerOf(ctx).String())
}

// limitUnary gives every unary call its time.
func limitUnary(most time.Duration) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		ctx, cancel := context.WithTimeout(ctx, most)
		defer cancel()
		return handler(ctx, req)
	}
}
