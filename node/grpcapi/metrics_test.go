package grpcapi

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// An operator sees each call by method and code, how long calls take, which
// streams are open, and what became of operations.
func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	w := newWorld(t, func(_ *world, c *Config) {
		var err error
		c.Metrics, err = NewMetrics(reg)
		require.NoError(t, err)
	})
	ada := nodetest.Key(t, 2)
	register := w.Event(ada, op.KindRegister, op.Register{Name: "ada"})
	for range 2 {
		_, err := w.Submit(w.ctx(), &econdv1.SubmitRequest{Event: register.Marshal()})
		require.NoError(t, err)
	}
	_, err := w.Submit(w.ctx(), &econdv1.SubmitRequest{Event: []byte("{}")})
	require.Error(t, err)
	stream, err := w.SubmitStream(w.ctx())
	require.NoError(t, err)
	for _, e := range []*op.Event{w.Event(ada, op.KindLockStake, op.LockStake{AmountSat: 5000}), w.Event(ada, op.KindRegister, op.Register{Name: "again"})} {
		require.NoError(t, stream.Send(&econdv1.SubmitStreamRequest{Event: e.Marshal()}))
		_, err = stream.Recv()
		require.NoError(t, err)
	}
	require.NoError(t, testutil.GatherAndCompare(reg, strings.NewReader(`
# HELP econd_grpc_streams Open streams.
# TYPE econd_grpc_streams gauge
econd_grpc_streams{method="/econd.v1.Econd/SubmitStream"} 1
# HELP econd_grpc_operations_total Operations answered over gRPC: recorded, replayed (recorded before), refused (the caller's), failed (this side's).
# TYPE econd_grpc_operations_total counter
econd_grpc_operations_total{outcome="failed"} 0
econd_grpc_operations_total{outcome="recorded"} 2
econd_grpc_operations_total{outcome="refused"} 2
econd_grpc_operations_total{outcome="replayed"} 1
`), "econd_grpc_streams", "econd_grpc_operations_total"))

	require.NoError(t, stream.CloseSend())
	_, err = stream.Recv()
	require.Error(t, err)
	want := `
# HELP econd_grpc_requests_total Calls answered, by full method and status code; a stream counts when it ends.
# TYPE econd_grpc_requests_total counter
econd_grpc_requests_total{code="InvalidArgument",method="/econd.v1.Econd/Submit"} 1
econd_grpc_requests_total{code="OK",method="/econd.v1.Econd/Submit"} 2
econd_grpc_requests_total{code="OK",method="/econd.v1.Econd/SubmitStream"} 1
# HELP econd_grpc_requests_in_flight Unary calls being answered.
# TYPE econd_grpc_requests_in_flight gauge
econd_grpc_requests_in_flight 0
`
	// The server counts a stream's end after its client has seen it.
	require.Eventually(t, func() bool {
		return testutil.GatherAndCompare(reg, strings.NewReader(want), "econd_grpc_requests_total", "econd_grpc_requests_in_flight") == nil
	}, time.Minute, 5*time.Millisecond)
	require.NoError(t, testutil.GatherAndCompare(reg, strings.NewReader(want), "econd_grpc_requests_total", "econd_grpc_requests_in_flight"))

	problems, err := testutil.GatherAndLint(reg)
	require.NoError(t, err)
	require.Empty(t, problems)
	n, err := testutil.GatherAndCount(reg, "econd_grpc_request_duration_seconds")
	require.NoError(t, err)
	require.Equal(t, 1, n, "durations of unary methods alone")
}

// What goes wrong on this side is told apart from what callers do wrong.
func TestOutcomesByBlame(t *testing.T) {
	m := newMetrics(t)
	m.outcome(refusal.ErrOverdue, false)
	m.outcome(errPanic, false)
	m.outcome(refusal.ErrForbidden, false)
	require.Equal(t, []float64{2, 1, 0}, []float64{testutil.ToFloat64(m.failed), testutil.ToFloat64(m.refused), testutil.ToFloat64(m.recorded)})
}

func TestMetricsAreRegisteredOnce(t *testing.T) {
	reg := prometheus.NewRegistry()
	_, err := NewMetrics(reg)
	require.NoError(t, err)
	_, err = NewMetrics(reg)
	require.ErrorContains(t, err, "grpcapi: register metrics")
}
