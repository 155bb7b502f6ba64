package main

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/econd/econd/node"
)

// openMetrics registers what is watched of the program and of the node; the APIs
// register what they count themselves. docs/metrics.md lists all of it.
func (d *daemon) openMetrics() error {
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "econd_build_info", Help: "1; what the program was built from.",
		ConstLabels: prometheus.Labels{"version": d.build.Version, "commit": d.build.Commit, "modified": strconv.FormatBool(d.build.Modified), "go": d.build.Go}})
	info.Set(1)
	for _, c := range []prometheus.Collector{info, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		vitals{node: d.node, problems: d.node.Ready, now: time.Now}, walletVitals{node: d.node}} {
		if err := d.metrics.Register(c); err != nil {
			return err
		}
	}
	return nil
}

// vitals collects a node's, all of one reading.
type vitals struct {
	node interface{ Vitals() node.Vitals }
	// problems are what keeps econd from part of its work.
	problems func() []string
	now      func() time.Time
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

var (
	lndUp     = desc("econd_lnd_up", "1 if LND answered the last call, 0 if not.")
	ready     = desc("econd_ready", "1 if nothing keeps this part from its work, 0 if /readyz names a problem of it.", "part")
	height    = desc("econd_chain_height", "Height of the last block that LND told of; 0: none yet.")
	blockAge  = desc("econd_chain_block_age_seconds", "Time since LND told of a block; absent before the first.")
	logAhead  = desc("econd_log_ahead_seconds", "How far the last stamp of the log is ahead of this machine's clock; 0 in normal work.")
	queue     = desc("econd_queue_requests", "Requests that wait for the writer.")
	holds     = desc("econd_holds", "Holds that have not ended, by state.", "state")
	disputed  = desc("econd_holds_contradicted", "Holds of which the agent's word contradicts the operator's, ended ones included, by what it is about.", "in")
	anchors   = desc("econd_anchors", "Anchors by state: pending, confirmed or final.", "state")
	covered   = desc("econd_anchor_entries", "Entries that the newest anchor in a state covers; econd_log_entries less these are not anchored.", "state")
	waits     = desc("econd_anchor_waiting_blocks", "Blocks that the oldest anchor which is in none has waited; 0: none waits.")
	atBound   = desc("econd_anchor_fee_at_bound", "1 if an anchor waits and its fee may not be raised above anchor.max_sat_per_vbyte, else 0.")
	anchorAge = desc("econd_anchor_age_seconds", "Time since the newest anchor was published; absent before the first.")
)

// Describe implements prometheus.Collector.
func (vitals) Describe(ch chan<- *prometheus.Desc) {
	for _, x := range []*prometheus.Desc{lndUp, ready, height, blockAge, logAhead, queue, holds, disputed, anchors, covered, waits, atBound, anchorAge} {
		ch <- x
	}
}

// Collect implements prometheus.Collector.
func (v vitals) Collect(ch chan<- prometheus.Metric) {
	x, now := v.node.Vitals(), v.now()
	send := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	age := func(d *prometheus.Desc, since time.Time) {
		if !since.IsZero() {
			send(d, max(now.Sub(since), 0).Seconds())
		}
	}
	up := 0.0
	if x.LightningUp {
		up = 1
	}
	send(lndUp, up)
	bad := map[string]bool{}
	for _, problem := range v.problems() {
		bad[node.PartOf(problem)] = true
	}
	for _, part := range append([]string{"other"}, node.Parts...) {
		value := 1.0
		if bad[part] {
			value = 0
		}
		send(ready, value, part)
	}
	send(height, float64(x.Height))
	age(blockAge, x.BlockAt)
	send(logAhead, x.LogAhead.Seconds())
	send(queue, float64(x.Waiting))
	for _, h := range x.Holds {
		send(holds, float64(h.Count), h.State)
	}
	for _, c := range x.Contradicted {
		send(disputed, float64(c.Count), c.In)
	}
	for _, a := range x.Anchors {
		send(anchors, float64(a.Count), string(a.State))
		send(covered, float64(a.Entries), string(a.State))
	}
	send(waits, float64(x.AnchorWaits.Blocks))
	bound := 0.0
	if x.AnchorWaits.AtBound {
		bound = 1
	}
	send(atBound, bound)
	age(anchorAge, x.AnchoredAt)
}
