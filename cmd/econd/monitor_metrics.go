package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/econd/econd/node/monitor"
)

// monitorMetrics are the figures of a monitor, and what serves them until ctx ends.
func monitorMetrics(listen string) (observe func(monitor.Report, time.Time), serve func(context.Context) error, err error) {
	r := prometheus.NewRegistry()
	observe = monitorGauges(r)
	if listen == "" {
		return observe, func(context.Context) error { return nil }, nil
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, nil, fmt.Errorf("metrics_listen: %w", err)
	}
	return observe, func(ctx context.Context) error { return serveMetrics(ctx, l, r) }, nil
}

// monitorGauges registers what a report is told by.
func monitorGauges(r *prometheus.Registry) func(monitor.Report, time.Time) {
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
		r.MustRegister(g)
		return g
	}
	alarms := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "econd_monitor_alarms", Help: "Alarms that stand, by kind."}, []string{"kind"})
	r.MustRegister(alarms)
	for _, k := range monitor.Kinds() {
		alarms.WithLabelValues(string(k)).Set(0)
	}
	entries := gauge("econd_monitor_entries", "Entries of the log that were recomputed.")
	behind := gauge("econd_monitor_behind_entries", "Entries under the largest head that was seen, beyond those.")
	head := gauge("econd_monitor_head_seconds", "When the largest head was first seen, unix time.")
	round := gauge("econd_monitor_round_seconds", "When the last look ended, unix time.")
	faults := gauge("econd_monitor_faults", "What could not be done in the last look.")
	due := gauge("econd_monitor_due", "Facts that have been due for long.")
	unanswered := gauge("econd_monitor_unanswered", "Effects that nobody answered for long.")
	return func(p monitor.Report, at time.Time) {
		count := map[monitor.Kind]int{}
		for _, a := range p.Alarms {
			count[a.Kind]++
		}
		for _, k := range monitor.Kinds() {
			alarms.WithLabelValues(string(k)).Set(float64(count[k]))
		}
		entries.Set(float64(p.Entries))
		behind.Set(float64(max(p.HeadSize-int64(p.Entries), 0)))
		head.Set(float64(p.NewHeadMs) / 1000)
		round.Set(float64(at.Unix()))
		faults.Set(float64(len(p.Faults)))
		due.Set(float64(len(p.Due)))
		unanswered.Set(float64(len(p.Unanswered)))
	}
}

// serveMetrics serves what a registry has until ctx ends.
func serveMetrics(ctx context.Context, l net.Listener, r *prometheus.Registry) error {
	s := &http.Server{Handler: promhttp.HandlerFor(r, promhttp.HandlerOpts{}), ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
