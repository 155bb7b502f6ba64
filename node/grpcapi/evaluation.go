package grpcapi

import (
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

func evaluationOf(v *view.Evaluation) *econdv1.Evaluation {
	if v == nil {
		return nil
	}
	e := &econdv1.Evaluation{PeriodS: v.PeriodS, LeastReports: v.Least, Pool: v.Pool, RewardSat: v.RewardSat,
		BeganMs: v.BeganMs, UntilMs: v.UntilMs, AsideSat: v.AsideSat, Verdict: v.Verdict, Payout: v.Payout}
	for _, m := range v.Metrics {
		e.Metrics = append(e.Metrics, &econdv1.EvaluatedMetric{Name: m.Name, Unit: m.Unit, Baseline: m.Baseline,
			Direction: m.Direction, ChangePpm: m.ChangePPM})
	}
	for i := range v.Reporters {
		e.Reporters = append(e.Reporters, v.Reporters[i][:])
	}
	for _, r := range v.Reports {
		e.Reports = append(e.Reports, &econdv1.MetricReport{Metric: r.Metric, Reporter: r.Reporter[:], Value: r.Value,
			MeasuredMs: r.MeasuredMs, Seq: r.Seq})
	}
	for _, r := range v.Results {
		e.Results = append(e.Results, &econdv1.EvaluatedResult{Name: r.Name, Reports: r.Reports, Median: r.Median, Verdict: r.Verdict})
	}
	return e
}
