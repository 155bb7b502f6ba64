package constitution

import (
	"fmt"
	"slices"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// Limits of metrics, of the constitution and of evaluations.
const (
	MaxMetricName = 40
	MaxUnit       = 40 // bytes
)

// Limits of the constitution's metrics.
const (
	maxEconomyMetrics  = 64
	MaxMetricReporters = 64
)

// MetricRule is a figure of the whole economy that named keys report, for rules
// to look at.
type MetricRule struct {
	Name      string         `json:"name"` // 1 to 40 characters of a-z, 0-9, '-', '_'
	Unit      string         `json:"unit"` // 1 to 40 bytes
	Reporters []op.PublicKey `json:"reporters"`
	Least     int64          `json:"least_reports"`        // reports that make a figure: their median
	WithinS   int64          `json:"within_s,omitempty"`   // how far the reports of one figure may lie apart; 0 is an hour
	IntervalS int64          `json:"interval_s,omitempty"` // least time between two figures; 0 is none
}

func (m *MetricRule) WithinMs() int64 { return 1000 * orElse(m.WithinS, 3600) }

// place finds a reporter among those of the metric, -1 if it is none; it looks
// first where the key was last.
func (m *MetricRule) Place(key op.PublicKey, was int) int {
	if was < len(m.Reporters) && m.Reporters[was] == key {
		return was
	}
	return slices.Index(m.Reporters, key)
}

func (c *Constitution) validateMetrics(was *Constitution) error {
	if n := len(c.Metrics); n > maxEconomyMetrics {
		return refusal.New(refusal.ErrInvalid, "constitution.metrics", "range", "has %d, at most %d are allowed", n, maxEconomyMetrics)
	}
	for i := range c.Metrics {
		m, field := &c.Metrics[i], fmt.Sprintf("constitution.metrics[%d]", i)
		if err := m.validate(field, was.Reporters(m.Name)); err != nil {
			return err
		}
		for _, other := range c.Metrics[:i] {
			if other.Name == m.Name {
				return refusal.New(refusal.ErrInvalid, field+".name", "unique", "%+q appears twice", m.Name)
			}
		}
	}
	return nil
}

func (m *MetricRule) validate(field string, was []op.PublicKey) error {
	if err := MetricName(field+".name", m.Name); err != nil {
		return err
	}
	if err := refusal.TextWithin(field+".unit", m.Unit, 1, MaxUnit); err != nil {
		return err
	}
	n := int64(len(m.Reporters))
	for _, f := range []struct {
		field        string
		v, low, high int64
	}{
		{"reporters", n, 1, MaxMetricReporters}, {"least_reports", m.Least, 1, n},
		{"within_s", m.WithinS, 0, 30 * dayS}, {"interval_s", m.IntervalS, 0, 30 * dayS},
	} {
		if f.v < f.low || f.v > f.high {
			return refusal.New(refusal.ErrInvalid, field+"."+f.field, "range", "is %d, must be between %d and %d", f.v, f.low, f.high)
		}
	}
	return CheckKeys(field+".reporters", m.Reporters, was)
}

// reporters lists who reports a metric, nobody if there is no such metric.
func (c *Constitution) Reporters(metric string) []op.PublicKey {
	if i := c.MetricIndex(metric); i >= 0 {
		return c.Metrics[i].Reporters
	}
	return nil
}

func (c *Constitution) MetricIndex(name string) int {
	for i := range c.Metrics {
		if c.Metrics[i].Name == name {
			return i
		}
	}
	return -1
}

func MetricName(field, name string) error {
	ok := len(name) > 0 && len(name) <= MaxMetricName
	for _, c := range []byte(name) {
		ok = ok && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_')
	}
	if !ok {
		return refusal.New(refusal.ErrInvalid, field, "name", "is %+q, must be 1 to %d characters of a-z, 0-9, '-' and '_'", name, MaxMetricName)
	}
	return nil
}
