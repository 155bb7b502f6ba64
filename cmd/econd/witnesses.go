package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/notekey"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/witness"
	"github.com/econd/econd/node/witness/quorum"
)

// witnessesConfig says who cosigns this log's checkpoints.
type witnessesConfig struct {
	Policy     string `yaml:"policy" doc:"file with a C2SP tlog-policy; empty: nobody is asked"`
	DeadlineMs int64  `yaml:"deadline_ms" doc:"how long a quorum is waited for"`
	Below      string `yaml:"below_quorum" doc:"then: wait: no promise without a quorum; answer: with the cosignatures that there are"`
}

func defaultWitnesses() witnessesConfig {
	return witnessesConfig{DeadlineMs: 5000, Below: string(quorum.Wait)}
}

func (c witnessesConfig) validate() error {
	switch {
	case c.DeadlineMs < 100 || c.DeadlineMs > 60_000:
		return fmt.Errorf("witnesses.deadline_ms: is %d, must be between 100 and 60000", c.DeadlineMs)
	case c.Below != string(quorum.Wait) && c.Below != string(quorum.Answer):
		return fmt.Errorf("witnesses.below_quorum: %q is not wait or answer", c.Below)
	}
	return nil
}

const (
	// witnessTimeout is for one request, witnessRetry the pause after a first failure.
	witnessTimeout = 10 * time.Second
	witnessRetry   = 250 * time.Millisecond
)

// openWitnesses reads the policy. Without one nobody is asked.
func (d *daemon) openWitnesses() (node.Cosigner, error) {
	c := d.cfg.Witnesses
	if c.Policy == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.Policy)
	if err != nil {
		return nil, fmt.Errorf("witnesses.policy: %w", err)
	}
	p, err := witness.ParsePolicy(text)
	if err != nil {
		return nil, fmt.Errorf("witnesses.policy: %s: %w", c.Policy, err)
	}
	d.policy = p
	d.witnesses, err = quorum.New(quorum.Config{Policy: p, Deadline: time.Duration(c.DeadlineMs) * time.Millisecond, Below: quorum.Below(c.Below),
		Timeout: witnessTimeout, Retry: witnessRetry, Now: time.Now, Log: d.log})
	if err != nil {
		return nil, fmt.Errorf("witnesses.policy: %s: %w", c.Policy, err)
	}
	d.log.Info("heads are cosigned before they are promised", "quorum", p.Quorum(), "witnesses", len(p.Witnesses), "below_quorum", c.Below)
	return d.witnesses, nil
}

// witnessesKnow demands that the policy knows this log by a key of it.
func (d *daemon) witnessesKnow(logKey string) error {
	if d.witnesses == nil {
		return nil
	}
	k, err := notekey.Parse(logKey)
	if err != nil {
		return err
	}
	if !d.policy.KnowsLog(k) {
		return fmt.Errorf("witnesses.policy: %s names other logs, and not this one: log %s", d.cfg.Witnesses.Policy, logKey)
	}
	return nil
}

// witnessing is what the APIs tell of the witnesses.
func (d *daemon) witnessing() view.Witnesses {
	if d.witnesses == nil {
		return view.Witnesses{}
	}
	return view.Witnesses{Policy: d.witnesses.Names(), BelowQuorum: d.cfg.Witnesses.Below}
}

// heedWitnesses asks them how large a head of this log each cosigned last. One that is away
// is passed over: the head file is the first place where that stands.
func (d *daemon) heedWitnesses(ctx context.Context) {
	_, note, err := d.store.LatestCheckpoint()
	if d.witnesses == nil || err != nil || note == nil {
		return
	}
	for name, size := range d.witnesses.Ahead(ctx, note) {
		d.node.HeedWitness(name, uint64(size))
	}
}

// runWitnesses asks them until ctx ends.
func (d *daemon) runWitnesses(ctx context.Context) error {
	if d.witnesses == nil {
		return nil
	}
	return d.witnesses.Run(ctx)
}

// cosignatures collects how witnesses stand.
type cosignatures struct{ of *quorum.Quorum }

var (
	witnessed       = desc("econd_checkpoints_witnessed_total", "Checkpoints since the start, by whether witnesses were the quorum in time: yes or no.", "quorum")
	witnessEntries  = desc("econd_cosigned_entries", "Entries that the last checkpoint covers which a witness cosigned; 0: none since the start.", "witness")
	witnessFailures = desc("econd_cosign_failures_total", "Attempts that a witness did not answer with its cosignature.", "witness")
)

// Describe implements prometheus.Collector.
func (cosignatures) Describe(ch chan<- *prometheus.Desc) {
	for _, x := range []*prometheus.Desc{witnessed, witnessEntries, witnessFailures} {
		ch <- x
	}
}

// Collect implements prometheus.Collector.
func (c cosignatures) Collect(ch chan<- prometheus.Metric) {
	n := c.of.Count()
	ch <- prometheus.MustNewConstMetric(witnessed, prometheus.CounterValue, float64(n.Witnessed), "yes")
	ch <- prometheus.MustNewConstMetric(witnessed, prometheus.CounterValue, float64(n.Below), "no")
	for _, w := range c.of.Standings() {
		ch <- prometheus.MustNewConstMetric(witnessEntries, prometheus.GaugeValue, float64(w.Size), w.Name)
		ch <- prometheus.MustNewConstMetric(witnessFailures, prometheus.CounterValue, float64(w.Failed), w.Name)
	}
}
