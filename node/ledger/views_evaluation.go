package ledger

import "github.com/econd/econd/node/op"

// EvaluationView is a proposer's bet on a proposal's effect. Times are unix
// milliseconds.
type EvaluationView struct {
	Metrics   []op.EvaluatedMetric `json:"metrics"`
	PeriodS   int64                `json:"period_s"`
	Reporters []op.PublicKey       `json:"reporters"`
	Least     int64                `json:"least_reports"`
	Pool      string               `json:"pool"`
	RewardSat int64                `json:"reward_sat"` // gross: the collateral stays in the pool

	BeganMs int64 `json:"began_ms,omitempty"` // the execution
	UntilMs int64 `json:"until_ms,omitempty"` // last instant at which a report counts
	// AsideSat was taken from the pool for the reward and its route and is kept.
	AsideSat int64                `json:"aside_sat,omitempty"`
	Reports  []ReportView         `json:"reports,omitempty"` // as they count, by metric
	Results  []op.EvaluatedResult `json:"results,omitempty"` // as they stand; final with the verdict
	Verdict  string               `json:"verdict,omitempty"` // met, missed or undetermined
	Payout   string               `json:"payout,omitempty"`  // of the reward
}

// ReportView is one value that somebody reported.
type ReportView struct {
	Metric     string       `json:"metric"`
	Reporter   op.PublicKey `json:"reporter"`
	Value      int64        `json:"value"`
	MeasuredMs int64        `json:"measured_ms"`
	Seq        uint64       `json:"seq"`
}

// evaluationView returns nil for a proposal without an evaluation.
func (p *proposal) evaluationView(s *State) *EvaluationView {
	v := p.eval
	if v == nil {
		return nil
	}
	out := &EvaluationView{Metrics: v.Metrics, PeriodS: v.PeriodS, Reporters: v.Reporters, Least: v.Least,
		Pool: s.constitution.Pools[v.pool].Name, RewardSat: v.RewardSat, BeganMs: v.beganMs, UntilMs: p.life.EvaluateMs,
		AsideSat: v.asideSat, Results: v.results, Verdict: verdicts[p.life.Verdict], Payout: v.payout}
	if v.beganMs == 0 {
		return out
	}
	for m := range v.Metrics {
		for r, key := range v.Reporters {
			if x := v.at(m, r); x.seq != 0 {
				out.Reports = append(out.Reports, ReportView{v.Metrics[m].Name, key, x.value, x.measuredMs, x.seq})
			}
		}
	}
	if out.Results == nil {
		out.Results = s.evaluateFact(p).Metrics
	}
	return out
}
