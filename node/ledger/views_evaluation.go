package ledger

import "github.com/econd/econd/node/view"

// evaluationView returns nil for a proposal without an evaluation.
func (p *proposal) evaluationView(s *State) *view.Evaluation {
	v := p.eval
	if v == nil {
		return nil
	}
	out := &view.Evaluation{Metrics: v.Metrics, PeriodS: v.PeriodS, Reporters: v.Reporters, Least: v.Least,
		Pool: s.constitution.Pools[v.pool].Name, RewardSat: v.RewardSat, BeganMs: v.beganMs, UntilMs: p.life.EvaluateMs,
		AsideSat: v.asideSat, Results: v.results, Verdict: verdicts[p.life.Verdict], Payout: v.payout}
	if v.beganMs == 0 {
		return out
	}
	for m := range v.Metrics {
		for r, key := range v.Reporters {
			if x := v.at(m, r); x.seq != 0 {
				out.Reports = append(out.Reports, view.Report{Metric: v.Metrics[m].Name, Reporter: key,
					Value: x.value, MeasuredMs: x.measuredMs, Seq: x.seq})
			}
		}
	}
	if out.Results == nil {
		out.Results = s.evaluateFact(p).Metrics
	}
	return out
}
