package constitution

import (
	"slices"

	"github.com/econd/econd/node/op"
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

// withinS is how far apart reports may lie where a metric says nothing.
const withinS = 3600

// WithinMs is how far the reports of one figure may lie apart, in milliseconds.
func (m *MetricRule) WithinMs() int64 { return 1000 * orElse(m.WithinS, withinS) }

// Place finds a reporter among those of the metric, -1 if it is none; it looks
// first where the key was last.
func (m *MetricRule) Place(key op.PublicKey, was int) int {
	if was < len(m.Reporters) && m.Reporters[was] == key {
		return was
	}
	return slices.Index(m.Reporters, key)
}

// Reporters lists who reports a metric, nobody if there is no such metric.
func (c *Constitution) Reporters(metric string) []op.PublicKey {
	if i := c.MetricIndex(metric); i >= 0 {
		return c.Metrics[i].Reporters
	}
	return nil
}

// MetricIndex finds a metric by its name, -1 if there is none.
func (c *Constitution) MetricIndex(name string) int {
	for i := range c.Metrics {
		if c.Metrics[i].Name == name {
			return i
		}
	}
	return -1
}
