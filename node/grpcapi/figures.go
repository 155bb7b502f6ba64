package grpcapi

import (
	"context"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// ListMetrics answers with the metrics of the constitution.
func (s *Server) ListMetrics(ctx context.Context, req *econdv1.ListMetricsRequest) (*econdv1.ListMetricsResponse, error) {
	var list []view.Metric
	if err := s.view(ctx, req.At, func(st *ledger.State, _ int64) { list = st.Metrics() }); err != nil {
		return nil, err
	}
	p := new(econdv1.ListMetricsResponse)
	for _, v := range list {
		p.Metrics = append(p.Metrics, metricOf(v))
	}
	return p, nil
}

func metricOf(v view.Metric) *econdv1.Metric {
	m := &econdv1.Metric{Name: v.Name, Unit: v.Unit, LeastReports: v.Least, WithinS: v.WithinS, IntervalS: v.IntervalS, Figures: v.Figures}
	for i := range v.Reporters {
		m.Reporters = append(m.Reporters, v.Reporters[i][:])
	}
	if v.Last != nil {
		m.Last = figureOf(*v.Last)
	}
	for _, w := range v.Waiting {
		m.Waiting = append(m.Waiting, &econdv1.WaitingReport{Reporter: w.Reporter[:], Value: w.Value, MeasuredMs: w.MeasuredMs, Seq: w.Seq})
	}
	return m
}

func figureOf(v view.Figure) *econdv1.Figure {
	return &econdv1.Figure{TimeMs: v.TimeMs, Value: v.Value, Reports: v.Reports, Seq: v.Seq}
}

// ListFigures answers with one page of the figures of a metric, the latest first;
// the page token is the entry of the last one.
func (s *Server) ListFigures(ctx context.Context, req *econdv1.ListFiguresRequest) (*econdv1.ListFiguresResponse, error) {
	before, limit, err := startOf(req)
	if err != nil {
		return nil, err
	}
	var list []view.Figure
	var next uint64
	var ok bool
	err = s.view(ctx, req.At, func(st *ledger.State, _ int64) { list, next, ok = st.FiguresPage(req.Metric, uint64(before), limit) })
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, notFound("metric", "metric", "no metric of this name")
	}
	p := new(econdv1.ListFiguresResponse)
	for _, v := range list {
		p.Figures = append(p.Figures, figureOf(v))
	}
	if next != 0 {
		p.NextPageToken = listOf(req.ProtoReflect()).Index(int(next))
	}
	return p, nil
}

// ListRules answers with the rules in force.
func (s *Server) ListRules(ctx context.Context, req *econdv1.ListRulesRequest) (*econdv1.ListRulesResponse, error) {
	var list []view.Rule
	if err := s.view(ctx, req.At, func(st *ledger.State, _ int64) { list = st.Rules() }); err != nil {
		return nil, err
	}
	p := new(econdv1.ListRulesResponse)
	for _, v := range list {
		p.Rules = append(p.Rules, ruleOf(v))
	}
	return p, nil
}

func ruleOf(v view.Rule) *econdv1.Rule {
	r := &econdv1.Rule{Name: v.Name, When: v.When, Clear: v.Clear, CooldownS: v.CooldownS, Track: v.Track, Title: v.Title,
		Text: v.Text, Seq: v.Seq, Proposal: v.Proposal[:], Armed: v.Armed, Trouble: v.Trouble}
	for _, a := range v.Actions {
		r.Actions = append(r.Actions, a)
	}
	for i := range v.Fired {
		r.Fired = append(r.Fired, firingOf(&v.Fired[i]))
	}
	return r
}

func firingOf(v *view.Firing) *econdv1.RuleFiring {
	if v == nil {
		return nil
	}
	f := &econdv1.RuleFiring{Rule: v.Rule, Proposal: v.Proposal[:], Seq: v.Seq, TimeMs: v.TimeMs}
	for _, x := range v.Values {
		f.Values = append(f.Values, &econdv1.FigureValue{Metric: x.Metric, Value: x.Value})
	}
	return f
}
