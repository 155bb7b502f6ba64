package view

import "github.com/econd/econd/node/op"

// Metric is a metric of the constitution with what was reported of it.
type Metric struct {
	Name      string          `json:"name"`
	Unit      string          `json:"unit"`
	Reporters []op.PublicKey  `json:"reporters"`
	Least     int64           `json:"least_reports" schema:"min=1"` // reports that make a figure, their median
	WithinS   int64           `json:"within_s" schema:"min=1"`      // how far the reports of one figure may lie apart
	IntervalS int64           `json:"interval_s"`                   // least time between two figures
	Figures   uint64          `json:"figures"`                      // ever made
	Last      *Figure         `json:"last,omitempty"`
	Waiting   []WaitingReport `json:"waiting,omitempty"` // for the next figure
}

// Figure is the median of enough reports.
type Figure struct {
	TimeMs  int64  `json:"time_ms"` // of the entry that completed it
	Value   int64  `json:"value" schema:"min=-9007199254740992,max=9007199254740992"`
	Reports int64  `json:"reports" schema:"min=1"`
	Seq     uint64 `json:"seq"`
}

// WaitingReport is a report that waits for others.
type WaitingReport struct {
	Reporter   op.PublicKey `json:"reporter"`
	Value      int64        `json:"value" schema:"min=-9007199254740992,max=9007199254740992"`
	MeasuredMs int64        `json:"measured_ms"`
	Seq        uint64       `json:"seq"`
}

// Rule is a rule that opens proposals.
type Rule struct {
	Name      string   `json:"name"`
	When      string   `json:"when"`            // condition in CEL over reported metrics
	Clear     string   `json:"clear,omitempty"` // must have been true once before it fires again; absent, that When was not
	CooldownS int64    `json:"cooldown_s"`      // least time from firing to firing
	Track     string   `json:"track"`           // of its proposals, as are title, text and actions
	Title     string   `json:"title"`
	Text      string   `json:"text"`
	Actions   []op.Raw `json:"actions" schema:"is=Action,max=16"`
	Seq       uint64   `json:"seq"`                                    // entry that added it
	Proposal  op.ID    `json:"proposal"`                               // that added it
	Armed     bool     `json:"armed"`                                  // it may fire once the cool-down is over
	Fired     []Firing `json:"fired,omitempty" schema:"min=1,max=100"` // the last times that it fired
	// Why it gave no answer at the last figure, or could not open its proposal.
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
