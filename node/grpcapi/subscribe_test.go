package grpcapi

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

func after(seq int64) *econdv1.SubscribeRequest { return &econdv1.SubscribeRequest{AfterSeq: &seq} }

// follow reads n entries and holds them against the log.
func (w *world) follow(stream econdv1.Econd_SubscribeClient, from uint64, n int) {
	w.T.Helper()
	for i := range uint64(n) {
		got, err := stream.Recv()
		require.NoError(w.T, err)
		if got.Entry == nil {
			require.Equal(w.T, int64(from)-1, got.Place)
			got, err = stream.Recv()
			require.NoError(w.T, err)
		}
		require.Equal(w.T, int64(got.Entry.Seq), got.Place)
		_, line, err := w.Node.Entry(from + i)
		require.NoError(w.T, err)
		require.Equal(w.T, string(line), string(got.Entry.Line))
		e, err := op.DecodeEntry(got.Entry.Line)
		require.NoError(w.T, err)
		require.Equal(w.T, from+i, got.Entry.Seq)
		require.Equal(w.T, uint32(e.Event.Kind), got.Entry.Kind)
		require.Equal(w.T, e.Event.Kind.String(), got.Entry.Operation)
	}
}

func TestSubscribeResumes(t *testing.T) {
	w := newWorld(t, nil)
	for i := range byte(5) {
		w.submit(nodetest.Key(t, 2+i), op.KindRegister, op.Register{Name: "agent"})
	}
	ctx, cancel := context.WithCancel(w.ctx())
	all, err := w.Subscribe(ctx, after(-1))
	require.NoError(t, err)
	w.follow(all, 0, 4)
	cancel()

	rest, err := w.Subscribe(w.ctx(), after(3))
	require.NoError(t, err)
	w.follow(rest, 4, 2)
	w.submit(nodetest.Key(t, 20), op.KindRegister, op.Register{Name: "later"})
	w.follow(rest, 6, 1)
}

// The first answer says where a stream begins, so that a break before any entry loses
// nothing.
func TestSubscribeBeginsWithItsPlace(t *testing.T) {
	w := newWorld(t, nil)
	ctx, cancel := context.WithCancel(w.ctx())
	stream, err := w.Subscribe(ctx, &econdv1.SubscribeRequest{})
	require.NoError(t, err)
	first, err := stream.Recv()
	require.NoError(t, err)
	require.Nil(t, first.Entry)
	require.Zero(t, first.Place)
	cancel()
	w.submit(nodetest.Key(t, 2), op.KindRegister, op.Register{Name: "between"})
	rest, err := w.Subscribe(w.ctx(), after(first.Place))
	require.NoError(t, err)
	w.follow(rest, 1, 1)
	all, err := w.Subscribe(w.ctx(), after(-1))
	require.NoError(t, err)
	first, err = all.Recv()
	require.NoError(t, err)
	require.EqualValues(t, -1, first.Place)
}

func TestSubscribeStartsWithWhatComesNext(t *testing.T) {
	w := newWorld(t, nil)
	w.submit(nodetest.Key(t, 2), op.KindRegister, op.Register{Name: "before"})
	stream, err := w.Subscribe(w.ctx(), &econdv1.SubscribeRequest{})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return w.server.rooms.follows.Places.Used() == 1 }, time.Minute, time.Millisecond)
	w.submit(nodetest.Key(t, 3), op.KindRegister, op.Register{Name: "after"})
	w.follow(stream, 2, 1)
}

func TestSubscribeBounds(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.Limits.Subscribers = 1 })
	for _, c := range []struct {
		after int64
		ok    bool
	}{{-2, false}, {-1, true}, {0, true}, {1, false}} {
		ctx, cancel := context.WithCancel(w.ctx())
		stream, err := w.Subscribe(ctx, after(c.after))
		require.NoError(t, err)
		if c.ok {
			w.opened(stream, c.after)
		} else {
			_, err = stream.Recv()
			require.Equal(t, codes.OutOfRange, tell(t, err).code)
			require.Equal(t, "after_seq", tell(t, err).field)
		}
		cancel()
		require.Eventually(t, func() bool { return w.server.rooms.follows.Places.Used() == 0 }, time.Minute, time.Millisecond)
	}
	_, err := w.Subscribe(w.ctx(), after(0))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return w.server.rooms.follows.Places.Used() == 1 }, time.Minute, time.Millisecond)
	second, err := w.Subscribe(w.ctx(), after(0))
	require.NoError(t, err)
	_, err = second.Recv()
	require.Equal(t, "subscribers", tell(t, err).rule)
}

// opened waits until a subscription is open.
func (w *world) opened(stream econdv1.Econd_SubscribeClient, after int64) {
	w.T.Helper()
	if after == -1 {
		w.follow(stream, 0, 1)
		return
	}
	require.Eventually(w.T, func() bool { return w.server.rooms.follows.Places.Used() == 1 }, time.Minute, time.Millisecond)
}

func TestStreamsEndAndSayWhy(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.Limits.StreamLifetime = 100 * time.Millisecond })
	stream, err := w.Subscribe(w.ctx(), after(-1))
	require.NoError(t, err)
	w.follow(stream, 0, 1)
	_, err = stream.Recv()
	require.Equal(t, codes.Unavailable, tell(t, err).code)
	require.Equal(t, "stream-lifetime", tell(t, err).rule)

	w = newWorld(t, nil)
	stream, err = w.Subscribe(w.ctx(), after(-1))
	require.NoError(t, err)
	w.follow(stream, 0, 1)
	submits, err := w.SubmitStream(w.ctx())
	require.NoError(t, err)
	require.Eventually(t, func() bool { return w.server.rooms.submits.Places.Used() == 1 }, time.Minute, time.Millisecond)
	require.NoError(t, w.halt())
	_, err = stream.Recv()
	require.Equal(t, "stopping", tell(t, err).rule)
	_, err = submits.Recv()
	require.Equal(t, "stopping", tell(t, err).rule)
}

// stuck is a stream whose reader takes nothing.
type stuck struct {
	grpc.ServerStream
	ctx context.Context
}

func (s stuck) Context() context.Context              { return s.ctx }
func (s stuck) Send(*econdv1.SubscribeResponse) error { <-s.ctx.Done(); return io.EOF }
func (s stuck) SetHeader(metadata.MD) error           { return nil }

// A reader that takes nothing loses its stream and its slot; everybody else
// goes on.
func TestSlowReaderIsDropped(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.Limits.Stall = 50 * time.Millisecond })
	err := w.server.Subscribe(after(-1), stuck{ctx: w.ctx()})
	require.Equal(t, "slow-reader", tell(t, failureOf(err).status().Err()).rule)
	require.Zero(t, w.server.rooms.follows.Places.Used())
}

// endless is a node whose log never ends.
type endless struct{ admission.Node }

func (endless) WaitSize(_ context.Context, beyond uint64) (uint64, error) { return beyond + 100, nil }

func (endless) Entries(from, to uint64, fn func(seq uint64, line []byte) error) error {
	for ; from < to; from++ {
		if err := fn(from, make([]byte, 1000)); err != nil {
			return err
		}
	}
	return nil
}

// The same over a connection: a reader that stops reading is dropped once the
// windows of HTTP/2 are full, and its connection still serves other calls.
func TestSlowReaderIsDroppedOverTheWire(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) {
		c.Limits.Stall = 200 * time.Millisecond
		c.Node = endless{c.Node}
	}, grpc.WithInitialWindowSize(1<<16), grpc.WithInitialConnWindowSize(1<<20))
	stream, err := w.Subscribe(w.ctx(), after(-1))
	require.NoError(t, err)
	_, err = stream.Recv()
	require.NoError(t, err)
	require.Equal(t, 1, w.server.rooms.follows.Places.Used())
	require.Eventually(t, func() bool { return w.server.rooms.follows.Places.Used() == 0 }, time.Minute, 5*time.Millisecond)
	w.submit(nodetest.Key(t, 250), op.KindRegister, op.Register{Name: "goes on"})
	for err == nil {
		_, err = stream.Recv()
	}
	require.Equal(t, "slow-reader", tell(t, err).rule)
}
