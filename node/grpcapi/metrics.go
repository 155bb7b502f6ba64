package grpcapi

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc/codes"
)

// Metrics are what the API and the pricer count, together. Labels take few
// values: only methods that exist reach them. Safe for concurrent use.
type Metrics struct {
	requests   *prometheus.CounterVec
	latency    *prometheus.HistogramVec
	streams    *prometheus.GaugeVec
	inFlight   prometheus.Gauge
	challenges prometheus.Counter

	recorded, replayed, refused, failed prometheus.Counter
}

// NewMetrics registers the metrics, which works once for each registry.
func NewMetrics(reg *prometheus.Registry) (*Metrics, error) {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "econd_grpc_requests_total",
			Help: "Calls answered, by full method and status code; a stream counts when it ends."}, []string{"method", "code"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "econd_grpc_request_duration_seconds",
			Help: "Time of unary calls from the request to the answer.", Buckets: prometheus.ExponentialBuckets(0.0005, 4, 9)},
			[]string{"method"}),
		streams: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "econd_grpc_streams",
			Help: "Open streams."}, []string{"method"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "econd_grpc_requests_in_flight",
			Help: "Unary calls being answered."}),
		challenges: prometheus.NewCounter(prometheus.CounterOpts{Name: "econd_grpc_l402_challenges_total",
			Help: "L402 challenges handed out over gRPC."}),
	}
	operations := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "econd_grpc_operations_total",
		Help: "Operations answered over gRPC: recorded, replayed (recorded before), refused (the caller's), failed (this side's)."}, []string{"outcome"})
	for _, c := range []prometheus.Collector{m.requests, m.latency, m.streams, m.inFlight, m.challenges, operations} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("grpcapi: register metrics: %w", err)
		}
	}
	m.recorded, m.replayed = operations.WithLabelValues("recorded"), operations.WithLabelValues("replayed")
	m.refused, m.failed = operations.WithLabelValues("refused"), operations.WithLabelValues("failed")
	return m, nil
}

// answered counts the end of a call.
func (m *Metrics) answered(method string, code codes.Code, took time.Duration, stream bool) {
	m.requests.WithLabelValues(method, code.String()).Inc()
	if !stream {
		m.latency.WithLabelValues(method).Observe(took.Seconds())
	}
}

// outcome counts the answer to one operation.
func (m *Metrics) outcome(err error, replay bool) {
	switch {
	case err == nil && replay:
		m.replayed.Inc()
	case err == nil:
		m.recorded.Inc()
	case oursToMend(failureOf(err).code):
		m.failed.Inc()
	default:
		m.refused.Inc()
	}
}

// oursToMend tells errors of this side from those of the caller.
func oursToMend(code codes.Code) bool {
	return code == codes.Internal || code == codes.Unavailable || code == codes.DeadlineExceeded
}
