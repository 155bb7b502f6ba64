package grpcapi

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// attended tells what becomes of the submissions of one caller.
type attended struct {
	Node
	begun chan context.Context // of the call
	ended chan struct{}
}

func (a attended) Submit(ctx context.Context, e *op.Event) (node.Receipt, error) {
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
	for _, mode := range []Mode{ModeDirect, ModeAperture} {
		for _, stream := range []bool{false, true} {
			inv, paid := &invoicer{t: t, sold: map[string]l402.Preimage{}}, paidInvoices{}
			store := &nodetest.HeldStore{}
			node := attended{begun: make(chan context.Context, 9), ended: make(chan struct{}, 9)}
			w := newWorldOf(t, string(constitution.Demo), func(w *world, c *Config) {
				require.NoError(t, w.Stop())
				store.Store = w.Store
				w.StartOn(store)
				node.Node = w.Node
				c.Node = node
				if sells(t, c, inv); mode == ModeAperture {
					c.Mode, c.Gate = ModeAperture, forwarded(t, paid)
				}
			})
			seller := w
			if mode == ModeAperture {
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
