package grpcapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

func TestSubmitAnswersWithTheReceipt(t *testing.T) {
	w := newWorld(t, nil)
	e := w.Event(nodetest.Key(t, 2), op.KindRegister, op.Register{Name: "ada"})
	first, err := w.Submit(w.ctx(), &econdv1.SubmitRequest{Event: e.Marshal()})
	require.NoError(t, err)
	require.Equal(t, e.ID[:], first.Receipt.Id)
	require.Equal(t, uint64(1), first.Receipt.Seq)
	require.Equal(t, uint32(500), first.Receipt.Height)
	require.Equal(t, nodetest.Tip.Hash[:], first.Receipt.Block)

	again, err := w.Submit(w.ctx(), &econdv1.SubmitRequest{Event: e.Marshal()})
	require.NoError(t, err)
	require.True(t, again.Receipt.Replay)
	require.Equal(t, first.Receipt.Seq, again.Receipt.Seq)
	require.Equal(t, uint64(2), w.Node.Size())
}

func TestSubmitRefusesBadInput(t *testing.T) {
	w := newWorld(t, nil)
	good := w.Event(nodetest.Key(t, 2), op.KindRegister, op.Register{Name: "ada"})
	forged := *good
	forged.Sig[5] ^= 1
	foreign := *good
	foreign.Tags = [][]string{{"economy", "other.0001"}}
	require.NoError(t, foreign.Sign(nodetest.Key(t, 2)))
	future := *good
	future.CreatedAt += 100_000
	require.NoError(t, future.Sign(nodetest.Key(t, 2)))
	for _, c := range []struct {
		name  string
		event []byte
		want  told
	}{
		{"empty", nil, told{code: codes.InvalidArgument, reason: "MALFORMED"}},
		{"not JSON", []byte("hello"), told{code: codes.InvalidArgument, reason: "MALFORMED"}},
		{"oversize", bytes.Repeat([]byte{' '}, op.MaxEventBytes+1), told{code: codes.InvalidArgument, reason: "OVERSIZE"}},
		{"more than a message", bytes.Repeat([]byte{' '}, maxMessageBytes+1), told{code: codes.ResourceExhausted}},
		{"forged", forged.Marshal(), told{code: codes.InvalidArgument, reason: "BAD_SIGNATURE", field: "sig"}},
		{"of another economy", foreign.Marshal(), told{code: codes.InvalidArgument, reason: "ECONOMY"}},
		{"of the future", future.Marshal(), told{code: codes.InvalidArgument, reason: "CLOCK"}},
		{"a fact", w.Event(nodetest.Key(t, 1), op.KindEpoch, op.Register{Name: "x"}).Marshal(), told{code: codes.PermissionDenied, reason: "FORBIDDEN", field: "kind"}},
	} {
		_, err := w.Submit(w.ctx(), &econdv1.SubmitRequest{Event: c.event})
		got := tell(t, err)
		require.Equal(t, c.want.code, got.code, "%s: %v", c.name, err)
		require.Equal(t, c.want.reason, got.reason, c.name)
		if c.want.field != "" {
			require.Equal(t, c.want.field, got.field, c.name)
		}
	}
	require.Equal(t, uint64(1), w.Node.Size(), "nothing was recorded")
}

func TestSubmitWithoutLightning(t *testing.T) {
	w := newWorld(t, nil)
	w.submit(nodetest.Key(t, 2), op.KindRegister, op.Register{Name: "ada"})
	w.Lightning.Leave(true)
	_, err := w.Submit(w.ctx(), &econdv1.SubmitRequest{Event: w.Event(nodetest.Key(t, 2), op.KindLockStake, op.LockStake{AmountSat: 5000}).Marshal()})
	got := tell(t, err)
	require.Equal(t, codes.Unavailable, got.code)
	require.Equal(t, admission.RetryLightning, got.retry)
	w.submit(nodetest.Key(t, 3), op.KindRegister, op.Register{Name: "bob"})
}

// A poured stream is answered in order, each operation for itself, and the
// refused ones between leave the others alone.
func TestSubmitStreamAnswersInOrder(t *testing.T) {
	w := newWorld(t, nil)
	const count = 200
	var events [][]byte
	for i := range count {
		e := w.Event(nodetest.Key(t, byte(2+i)), op.KindRegister, op.Register{Name: "agent " + strconv.Itoa(i)})
		raw := e.Marshal()
		switch i % 10 {
		case 3:
			raw = []byte("{")
		case 7:
			raw = bytes.Replace(raw, []byte(`"sig":"`), []byte(`"sig":"0`), 1)
		}
		events = append(events, raw)
	}
	stream, err := w.SubmitStream(w.ctx())
	require.NoError(t, err)
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		for _, raw := range events {
			if err := stream.Send(&econdv1.SubmitStreamRequest{Event: raw}); err != nil {
				t.Errorf("send: %v", err)
				return
			}
		}
		_ = stream.CloseSend()
	})
	last := uint64(0)
	for i, raw := range events {
		got, err := stream.Recv()
		require.NoError(t, err, "answer %d", i)
		if e, err := op.Decode(raw); err != nil {
			require.Equal(t, int32(codes.InvalidArgument), got.GetRefusal().GetCode(), "answer %d", i)
			require.Equal(t, "MALFORMED", got.GetRefusal().GetReason())
		} else {
			require.Equal(t, e.ID[:], got.GetReceipt().GetId(), "answer %d: %v", i, got)
			require.Greater(t, got.GetReceipt().GetSeq(), last)
			last = got.GetReceipt().GetSeq()
		}
	}
	_, err = stream.Recv()
	require.ErrorIs(t, err, io.EOF)
}

// A client that waits for each answer gets it.
func TestSubmitStreamOneByOne(t *testing.T) {
	w := newWorld(t, nil)
	stream, err := w.SubmitStream(w.ctx())
	require.NoError(t, err)
	for i := range byte(5) {
		e := w.Event(nodetest.Key(t, 2+i), op.KindRegister, op.Register{Name: "agent"})
		require.NoError(t, stream.Send(&econdv1.SubmitStreamRequest{Event: e.Marshal()}))
		got, err := stream.Recv()
		require.NoError(t, err)
		require.Equal(t, uint64(i)+1, got.GetReceipt().GetSeq(), "%v", got)
	}
}

// counting counts the groups that reach the node, and holds the first one back
// until the test lets it go.
type counting struct {
	admission.Node
	mu     sync.Mutex
	groups []int
	open   chan struct{}
}

func (c *counting) SubmitMany(ctx context.Context, es []*op.Event) []node.Result {
	c.mu.Lock()
	c.groups = append(c.groups, len(es))
	c.mu.Unlock()
	<-c.open
	return c.Node.SubmitMany(ctx, es)
}

// What arrives while the node is at work is recorded together.
func TestSubmitStreamGroups(t *testing.T) {
	c := &counting{open: make(chan struct{})}
	w := newWorld(t, func(_ *world, cfg *Config) { c.Node = cfg.Node; cfg.Node = c })
	in := newInbox()
	raw := make(chan []byte)
	filled := make(chan struct{})
	go func() {
		defer close(filled)
		in.fill(w.ctx(), func() ([]byte, error) {
			b, ok := <-raw
			if !ok {
				return nil, io.EOF
			}
			return b, nil
		})
	}()
	for i := range byte(20) {
		raw <- w.Event(nodetest.Key(t, 2+i), op.KindRegister, op.Register{Name: "agent"}).Marshal()
	}
	close(raw)
	<-filled
	batch, err := in.next(w.ctx(), time.Minute)
	require.NoError(t, err)
	require.Len(t, batch, 20)
	close(c.open)
	for i, a := range w.server.record(w.ctx(), batch) {
		require.Equal(t, uint64(i)+1, a.GetReceipt().GetSeq())
	}
	require.Equal(t, []int{20}, c.groups)
	_, err = in.next(w.ctx(), time.Minute)
	require.ErrorIs(t, err, io.EOF)
}

func TestSubmitStreamsAreBounded(t *testing.T) {
	w := newWorld(t, func(_ *world, cfg *Config) {
		cfg.Limits.SubmitStreams, cfg.Limits.Idle = 1, 200*time.Millisecond
	})
	first, err := w.SubmitStream(w.ctx())
	require.NoError(t, err)
	e := w.Event(nodetest.Key(t, 2), op.KindRegister, op.Register{Name: "ada"})
	require.NoError(t, first.Send(&econdv1.SubmitStreamRequest{Event: e.Marshal()}))
	_, err = first.Recv()
	require.NoError(t, err)

	second, err := w.SubmitStream(w.ctx())
	require.NoError(t, err)
	_, err = second.Recv()
	require.Equal(t, "submit-streams", tell(t, err).rule)
	require.Equal(t, codes.ResourceExhausted, tell(t, err).code)

	_, err = first.Recv()
	require.Equal(t, "stream-idle", tell(t, err).rule)
}

// An operation whose write failed is refused, never received.
type broken struct{ admission.Node }

func (broken) SubmitMany(_ context.Context, es []*op.Event) []node.Result {
	results := make([]node.Result, len(es))
	for i := range results {
		results[i].Err = node.ErrNotDurable
	}
	return results
}

func (broken) Submit(context.Context, *op.Event) (view.Receipt, error) {
	panic(errors.New("a bug"))
}

func TestNothingIsAcknowledgedThatIsNotDurable(t *testing.T) {
	w := newWorld(t, func(_ *world, cfg *Config) { cfg.Node = broken{cfg.Node} })
	stream, err := w.SubmitStream(w.ctx())
	require.NoError(t, err)
	e := w.Event(nodetest.Key(t, 2), op.KindRegister, op.Register{Name: "ada"})
	require.NoError(t, stream.Send(&econdv1.SubmitStreamRequest{Event: e.Marshal()}))
	got, err := stream.Recv()
	require.NoError(t, err)
	require.Equal(t, int32(codes.Unavailable), got.GetRefusal().GetCode())
	require.Equal(t, admission.RetryNode.Milliseconds(), got.GetRefusal().GetRetryAfterMs())

	// A panic is answered, tells nothing, and the server goes on.
	_, err = w.Submit(w.ctx(), &econdv1.SubmitRequest{Event: e.Marshal()})
	require.Equal(t, codes.Internal, tell(t, err).code)
	require.NotContains(t, err.Error(), "a bug")
	_, err = w.GetInfo(w.ctx(), &econdv1.GetInfoRequest{})
	require.NoError(t, err)
}
