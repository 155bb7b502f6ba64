package grpcapi

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// attended tells what becomes of the submissions of one caller.
type attended struct {
	admission.Node
	begun chan context.Context // of the call
	ended chan struct{}
}

func (a attended) Submit(ctx context.Context, e *op.Event) (view.Receipt, error) {
	a.begun <- ctx
	defer func() { a.ended <- struct{}{} }()
	return a.Node.Submit(ctx, e)
}

func (a attended) SubmitMany(ctx context.Context, es []*op.Event) []node.Result {
	a.begun <- ctx
	defer func() { a.ended <- struct{}{} }()
	return a.Node.SubmitMany(ctx, es)
}

// A caller that goes away, or whose deadline passes, while its operation is
// written has used its token: the operation is recorded.
func TestGoingAwayDuringTheWriteUsesTheToken(t *testing.T) {
	for _, mode := range []admission.Mode{admission.Direct, admission.Aperture} {
		for _, stream := range []bool{false, true} {
			inv, paid := &invoicer{t: t, sold: map[string]l402.Preimage{}}, paidInvoices{}
			store := &nodetest.HeldStore{}
			node := attended{begun: make(chan context.Context, 9), ended: make(chan struct{}, 9)}
			w := newWorldOf(t, string(yamlfile.Demo), func(w *world, c *Config) {
				require.NoError(t, w.Stop())
				store.Store = w.Store
				w.StartOn(store)
				node.Node = w.Node
				c.Node = node
				if sells(t, c, inv); mode == admission.Aperture {
					c.Mode, c.Gate = admission.Aperture, forwarded(t, paid)
				}
			})
			seller := w
			if mode == admission.Aperture {
				seller, inv = gated(t)
			}
			macaroon, invoice := challenged(t, seller)
			now := w.Clock.Now().Unix()
			paid[inv.sold[invoice].Hash()] = l402.Invoice{Settled: true, Memo: "L402", PaidMsat: 10_000, CreatedAt: now, SettledAt: now}
			with := func(ctx context.Context) context.Context {
				return metadata.AppendToOutgoingContext(ctx, "authorization", "L402 "+macaroon+":"+inv.sold[invoice].Reveal())
			}
			write := store.Hold()
			ctx, leave := context.WithCancel(with(context.Background()))
			first := w.register(20)
			gone := make(chan error, 1)
			go func() {
				if !stream {
					_, err := w.Submit(ctx, first)
					gone <- err
					return
				}
				s, err := w.SubmitStream(ctx)
				if err == nil {
					err = s.Send(&econdv1.SubmitStreamRequest{Event: first.Event})
				}
				if err == nil {
					_, err = s.Recv()
				}
				gone <- err
			}()
			<-write.Begun
			leave()
			require.Error(t, <-gone)
			<-(<-node.begun).Done() // the server knows
			close(write.Release)
			<-node.ended

			_, err := w.Submit(with(w.ctx()), w.register(21))
			require.Error(t, err, "mode %v, stream %v", mode, stream)
			require.Equal(t, uint64(2), w.Node.Size())
			again, err := w.Submit(with(w.ctx()), first)
			require.NoError(t, err)
			require.True(t, again.Receipt.Replay, "what was paid for is told again")
		}
	}
}

// doubtful does not know what became of an event: it was in the write that broke off.
type doubtful struct{ admission.Node }

var errDoubtful = fmt.Errorf("%w: %w", node.ErrUnconfirmed, node.ErrNotDurable)

func (doubtful) Submit(context.Context, *op.Event) (view.Receipt, error) {
	return view.Receipt{}, errDoubtful
}

func (doubtful) SubmitMany(_ context.Context, es []*op.Event) []node.Result {
	return slices.Repeat([]node.Result{{Err: errDoubtful}}, len(es))
}

// What may have been recorded is paid for.
func TestDoubtfulOperationsUseTheToken(t *testing.T) {
	for _, stream := range []bool{false, true} {
		inv := &invoicer{t: t, sold: map[string]l402.Preimage{}}
		w := newWorld(t, func(w *world, c *Config) {
			sells(t, c, inv)
			c.Node = doubtful{w.Node}
		})
		macaroon, invoice := challenged(t, w)
		ctx := metadata.AppendToOutgoingContext(w.ctx(), "authorization", "L402 "+macaroon+":"+inv.sold[invoice].Reveal())
		if stream {
			s, err := w.SubmitStream(ctx)
			require.NoError(t, err)
			require.NoError(t, s.Send(&econdv1.SubmitStreamRequest{Event: w.register(20).Event}))
			answer, err := s.Recv()
			require.NoError(t, err)
			require.Equal(t, "NOT_DURABLE", answer.GetRefusal().GetReason())
		} else {
			_, err := w.Submit(ctx, w.register(20))
			require.Equal(t, "NOT_DURABLE", tell(t, err).reason)
		}
		_, err := w.Submit(ctx, w.register(21))
		require.Equal(t, "PAYMENT_REQUIRED", tell(t, err).reason, "stream %v", stream)
	}
}

// A recorded event with another signature is looked at, so it is paid for.
func TestForgedRepeatsAreNotFree(t *testing.T) {
	w, inv := gated(t)
	macaroon, invoice := challenged(t, w)
	ctx := metadata.AppendToOutgoingContext(w.ctx(), "authorization", "L402 "+macaroon+":"+inv.sold[invoice].Reveal())
	e := w.Event(nodetest.Key(t, 20), op.KindRegister, op.Register{Name: "agent"})
	_, err := w.Submit(ctx, &econdv1.SubmitRequest{Event: e.Marshal()})
	require.NoError(t, err)
	bad := *e
	bad.Sig[40] ^= 1
	_, err = w.Submit(ctx, &econdv1.SubmitRequest{Event: bad.Marshal()})
	require.Equal(t, "PAYMENT_REQUIRED", tell(t, err).reason)
	again, err := w.Submit(ctx, &econdv1.SubmitRequest{Event: e.Marshal()})
	require.NoError(t, err)
	require.True(t, again.Receipt.Replay)
}

// A stream that the node could not open costs nothing.
func TestRefusedStreamCostsNothing(t *testing.T) {
	inv := &invoicer{t: t, sold: map[string]l402.Preimage{}}
	text := strings.Replace(string(yamlfile.Demo), "{resource: events, sat: 0}", "{resource: events, sat: 3}", 1)
	w := newWorldOf(t, text, func(_ *world, c *Config) {
		sells(t, c, inv)
		c.Limits.Subscribers = 1
	})
	receive := func(token string) (econdv1.Econd_SubscribeClient, error) {
		ctx := w.ctx()
		if token != "" {
			ctx = metadata.AppendToOutgoingContext(ctx, "authorization", token)
		}
		s, err := w.Subscribe(ctx, after(-1))
		require.NoError(t, err)
		_, err = s.Recv()
		return s, err
	}
	buy := func() string {
		s, err := receive("")
		require.Error(t, err)
		m := challengeForm.FindStringSubmatch(s.Trailer().Get("www-authenticate")[0])
		return "L402 " + m[1] + ":" + inv.sold[m[2]].Reveal()
	}
	first, second := buy(), buy()
	open, err := receive(first)
	require.NoError(t, err)
	for range 2 {
		_, err = receive(second)
		require.Equal(t, "BUSY", tell(t, err).reason)
	}
	_, err = receive(first)
	require.Equal(t, "PAYMENT_REQUIRED", tell(t, err).reason, "what was open is paid for")
	runtime.KeepAlive(open)
}
