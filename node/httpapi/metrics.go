package httpapi

import (
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/admission"
)

// metrics are what the API counts. Labels take few values: routes by pattern.
type metrics struct {
	requests   *prometheus.CounterVec
	latency    *prometheus.HistogramVec
	operations *prometheus.CounterVec
	challenges prometheus.Counter
	inFlight   prometheus.Gauge
	streams    prometheus.Gauge
	dropped    prometheus.Counter
	serve      echo.HandlerFunc

	recorded, replayed, refused, failed prometheus.Counter
}

func newMetrics(reg *prometheus.Registry, n admission.Node) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "econd_http_requests_total",
			Help: "Requests answered, by method, route pattern and status."}, []string{"method", "route", "status"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "econd_http_request_duration_seconds",
			Help: "Time from the request's header to the end of the answer.", Buckets: prometheus.ExponentialBuckets(0.0005, 4, 9)},
			[]string{"route"}),
		operations: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "econd_operations_total",
			Help: "Operations answered over HTTP: recorded, replayed (recorded before), refused (4xx), failed (5xx)."}, []string{"outcome"}),
		challenges: prometheus.NewCounter(prometheus.CounterOpts{Name: "econd_l402_challenges_total",
			Help: "L402 challenges handed out."}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "econd_http_requests_in_flight",
			Help: "Requests being answered."}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{Name: "econd_http_event_streams",
			Help: "Open event streams."}),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{Name: "econd_http_event_streams_dropped_total",
			Help: "Event streams closed because their reader took nothing for too long."}),
	}
	entries := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "econd_log_entries",
		Help: "Durable entries of the log."}, func() float64 { return float64(n.Size()) })
	pastStates := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "econd_past_states",
		Help: "Past states kept for reads with at."}, func() float64 { states, _ := n.PastUse(); return float64(states) })
	replayedEntries := prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "econd_replayed_entries_total",
		Help: "Entries replayed for reads with at."}, func() float64 { _, entries := n.PastUse(); return float64(entries) })
	for _, c := range append(append(outsideMetrics(n), brokenMetric(n)...), pastStates, replayedEntries, m.requests, m.latency, m.operations, m.challenges, m.inFlight, m.streams, m.dropped, entries) {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	m.recorded, m.replayed = m.operations.WithLabelValues("recorded"), m.operations.WithLabelValues("replayed")
	m.refused, m.failed = m.operations.WithLabelValues("refused"), m.operations.WithLabelValues("failed")
	m.serve = echo.WrapHandler(promhttp.HandlerFor(reg, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	return m, nil
}

func (m *metrics) request(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(methodOf(method), route, strconv.Itoa(status)).Inc()
	m.latency.WithLabelValues(route).Observe(took.Seconds())
}

// outcome counts the answer to one operation.
func (m *metrics) outcome(status int, replay bool) {
	switch {
	case replay:
		m.replayed.Inc()
	case status < 300:
		m.recorded.Inc()
	case status < 500:
		m.refused.Inc()
	default:
		m.failed.Inc()
	}
}

func (a *API) serveMetrics(c echo.Context) error { return a.metrics.serve(c) }

// brokenMetric counts rules that broke off, a fault of econd: any is one to look at.
func brokenMetric(n admission.Node) []prometheus.Collector {
	var list []prometheus.Collector
	for at, count := range map[string]func(node.Broken) uint64{
		"check":     func(b node.Broken) uint64 { return b.Checks },
		"operation": func(b node.Broken) uint64 { return b.Operations },
		"fact":      func(b node.Broken) uint64 { return b.Facts },
		"effect":    func(b node.Broken) uint64 { return b.Effects },
	} {
		list = append(list, prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "econd_broken_rules_total",
			Help: "Rules that broke off, by where; a fault of econd, see docs/operating.md.", ConstLabels: prometheus.Labels{"at": at}},
			func() float64 { return float64(count(n.Broken())) }))
	}
	return list
}

// outsideMetrics say what executed proposals wait for: a payment that stays is
// the operator's to look at.
func outsideMetrics(n admission.Node) []prometheus.Collector {
	gauge := func(name, help string, value func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
	}
	return []prometheus.Collector{
		gauge("econd_payments_pending", "Payments of executed proposals that have not ended.",
			func() int { return n.Outside().PaymentsPending }),
		gauge("econd_webhooks_pending", "Webhooks of executed proposals that have not ended.",
			func() int { return n.Outside().WebhooksPending }),
	}
}
