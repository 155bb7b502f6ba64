package view

import "github.com/econd/econd/node/op"

// Metric is a metric of the constitution with what was reported of it.
type Metric struct {
	Name      string          `json:"name"`
	Unit      string          `json:"unit"`
	Reporters []op.PublicKey  `json:"reporters"`
	Least     int64           `json:"least_reports"`
	WithinS   int64           `json:"within_s"`
	IntervalS int64           `json:"interval_s"`
	Figures   uint64          `json:"figures"` // ever made
	Last      *Figure         `json:"last,omitempty"`
	Waiting   []WaitingReport `json:"waiting,omitempty"` // for the next figure
}

// Figure is the median of enough reports.
type Figure struct {
	TimeMs  int64  `json:"time_ms"` // of the entry that completed it
	Value   int64  `json:"value"`
	Reports int64  `json:"reports"`
	Seq     uint64 `json:"seq"`
}

// WaitingReport is a report that waits for others.
type WaitingReport struct {
	Reporter   op.PublicKey `json:"reporter"`
	Value      int64        `json:"value"`
	MeasuredMs int64        `json:"measured_ms"`
	Seq        uint64       `json:"seq"`
}

// Rule is a rule that opens proposals.
type Rule struct {
	Name      string   `json:"name"`
	When      string   `json:"when"`
	Clear     string   `json:"clear,omitempty"`
	CooldownS int64    `json:"cooldown_s"`
	Track     string   `json:"track"`
	Title     string   `json:"title"`
	Text      string   `json:"text"`
	Actions   []op.Raw `json:"actions"`
	Seq       uint64   `json:"seq"`      // entry that added it
	Proposal  op.ID    `json:"proposal"` // that added it
	Armed     bool     `json:"armed"`    // it may fire once the cool-down is over
	Fired     []Firing `json:"fired,omitempty"`
	// Trouble is why it gave no answer at the last figure, or could not open
	// its proposal.
	Trouble string `json:"trouble,omitempty"`
}

// Firing is one time that a rule opened a proposal.
type Firing struct {
	Rule     string             `json:"rule"`
	Proposal op.ID              `json:"proposal"`
	Seq      uint64             `json:"seq"`
	TimeMs   int64              `json:"time_ms"`
	Values   []op.ReportedValue `json:"values"` // last figures of the metrics of its condition
}
