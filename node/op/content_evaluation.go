package op

// Evaluation is a proposer's bet on the effect of a proposal: what is measured
// after its execution, by whom, and the reward if every criterion is met. If one
// is missed the collateral is forfeited.
type Evaluation struct {
	Metrics   []EvaluatedMetric `json:"metrics" schema:"min=1,max=16"` // 1 to 16, of different names
	PeriodS   int64             `json:"period_s"`                      // from the execution
	Reporters []PublicKey       `json:"reporters" schema:"min=1"`      // who may report
	Least     int64             `json:"least_reports"`                 // for each metric, else the result is undetermined
	// RewardSat is paid in place of the collateral, which stays in the pool, so
	// it must be more: the proposer's gain is the difference.
	RewardSat int64 `json:"reward_sat"`
}

// EvaluatedMetric is one figure and what must become of it.
type EvaluatedMetric struct {
	Name      string `json:"name" schema:"min=1,max=40"` // of characters of a-z, 0-9, '-', '_'
	Unit      string `json:"unit" schema:"min=1,max=40"` // at most 40 bytes, such as ppm, ms or points
	Baseline  int64  `json:"baseline" schema:"min=1"`    // value before
	Direction string `json:"direction" schema:"enum=up|down"`
	ChangePPM int64  `json:"change_ppm" schema:"min=0"` // at least so much of the baseline
}

// Report (3917) states values of metrics: of a proposal that is being evaluated,
// by one of its reporters, in place of what the reporter stated before; or,
// without a proposal, of the constitution's metrics.
type Report struct {
	Proposal ID `json:"proposal,omitzero"`
	// MeasuredMs is the instant up to which it was measured.
	MeasuredMs int64           `json:"measured_ms"`
	Values     []ReportedValue `json:"values" schema:"min=1,max=16"` // 1 to 16, of different metrics
}

// ReportedValue is one figure in the metric's unit.
type ReportedValue struct {
	Metric string `json:"metric"`
	Value  int64  `json:"value" schema:"min=-9007199254740992,max=9007199254740992"`
}

// Renew (3918) opens the next hold for the same stake, collateral or bond and over
// the same amount. Once it is locked the old one is cancelled. Its id is the event's
// id.
type Renew struct {
	Hold ID `json:"hold"` // the one that is locked
}

// Evaluate (3969) ends the evaluation of a proposal.
type Evaluate struct {
	Proposal ID                `json:"proposal"`
	Verdict  string            `json:"verdict" schema:"enum=met|missed|undetermined"`
	Metrics  []EvaluatedResult `json:"metrics"`
}

// EvaluatedResult is what came of one criterion.
type EvaluatedResult struct {
	Name    string `json:"name"`
	Reports int64  `json:"reports"`
	Median  int64  `json:"median" schema:"min=-9007199254740992,max=9007199254740992"` // of the reports, the lower middle; 0 if there is none
	Verdict string `json:"verdict" schema:"enum=met|missed|undetermined"`              // undetermined: too few reports
}
