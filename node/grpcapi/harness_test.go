package grpcapi

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// world is a real node on a real store, served to a gRPC client in memory.
type world struct {
	econdv1.EcondClient
	*nodetest.World
	server   *Server
	listener *bufconn.Listener
	conn     *grpc.ClientConn
	halt     func() error // ends the server and returns Run's error
}

// newWorld founds an economy and serves it; change may adapt the API's
// configuration.
func newWorld(t testing.TB, change func(*world, *Config), dial ...grpc.DialOption) *world {
	t.Helper()
	return newWorldOf(t, string(yamlfile.Demo), change, dial...)
}

// newWorldOf is newWorld under another constitution, in YAML, by version 1 of the rules: what
// tests enter follows on the genesis there, which they count from.
func newWorldOf(t testing.TB, text string, change func(*world, *Config), dial ...grpc.DialOption) *world {
	t.Helper()
	raw := []byte(op.EncodeContent(nodetest.Rules(t, []byte(text), 1)))
	w := &world{World: nodetest.New(t, raw)}
	cfg := Config{Door: admission.Door{Node: w.Node, Version: "test", Now: w.Clock.Now, Mode: admission.Off},
		Log: slog.New(slog.DiscardHandler), Metrics: newMetrics(t), Limits: DefaultLimits()}
	if change != nil {
		change(w, &cfg)
	}
	w.serve(cfg, dial)
	return w
}

func newMetrics(t testing.TB) *Metrics {
	t.Helper()
	m, err := NewMetrics(prometheus.NewRegistry())
	require.NoError(t, err)
	return m
}

func (w *world) serve(cfg Config, dial []grpc.DialOption) {
	var err error
	w.server, err = New(cfg)
	require.NoError(w.T, err)
	w.listener = bufconn.Listen(1 << 20)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.server.Run(ctx, w.listener) }()
	w.halt = sync.OnceValue(func() error { cancel(); return <-done })
	w.T.Cleanup(func() { w.conn.Close(); w.halt() })
	dial = append(dial, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return w.listener.DialContext(ctx) }))
	w.conn, err = grpc.NewClient("passthrough:///econd", dial...)
	require.NoError(w.T, err)
	w.EcondClient = econdv1.NewEcondClient(w.conn)
}

// ctx bounds one test's calls.
func (w *world) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	w.T.Cleanup(cancel)
	return ctx
}

// submit records an operation over gRPC.
func (w *world) submit(by op.SecretKey, kind op.Kind, content any) op.ID {
	w.T.Helper()
	e := w.Event(by, kind, content)
	got, err := w.Submit(w.ctx(), &econdv1.SubmitRequest{Event: e.Marshal()})
	require.NoError(w.T, err)
	require.Equal(w.T, e.ID[:], got.Receipt.Id)
	return e.ID
}

// stake makes an agent lock sats.
func (w *world) stake(by op.SecretKey, sat int64) op.ID {
	w.T.Helper()
	id := w.submit(by, op.KindLockStake, op.LockStake{AmountSat: sat})
	w.Lock(id)
	return id
}

// vote opens a signal proposal, lets each agent vote for it, and closes it.
func (w *world) vote(agents ...op.SecretKey) op.ID {
	w.T.Helper()
	for i, a := range agents {
		w.submit(a, op.KindRegister, op.Register{Name: "agent " + string(rune('a'+i))})
		w.stake(a, 20_000)
	}
	return w.closedSignal(agents...)
}

// closedSignal is vote for agents that are there already.
func (w *world) closedSignal(agents ...op.SecretKey) op.ID {
	w.T.Helper()
	w.Clock.Add(time.Second)
	id := w.submit(agents[0], op.KindPropose, op.Propose{Track: "signal", Title: "A question", Text: "Shall we?", Actions: []op.Raw{}})
	w.Clock.Add(3 * time.Second)
	for _, a := range agents {
		w.submit(a, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
	}
	w.Clock.Add(time.Minute)
	w.Chain.Tips <- nodetest.Tip
	w.Until("the vote is closed", func(s *ledger.State, now int64) bool {
		p, _ := s.Proposal(id, now)
		return p.Outcome != nil
	})
	return id
}

// told is what a caller learns of a refusal.
type told struct {
	code          codes.Code
	reason        string
	rule, field   string
	retry         time.Duration
	message       string
	resource, sat string
}

func tell(t testing.TB, err error) told {
	t.Helper()
	st, ok := status.FromError(err)
	require.True(t, ok, "%v", err)
	got := told{code: st.Code(), message: st.Message()}
	for _, d := range st.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			require.Equal(t, "econd", d.Domain)
			got.reason, got.rule, got.field = d.Reason, d.Metadata["rule"], d.Metadata["field"]
			got.resource, got.sat = d.Metadata["resource"], d.Metadata["price_sat"]
		case *errdetails.RetryInfo:
			got.retry = d.RetryDelay.AsDuration()
		}
	}
	return got
}
