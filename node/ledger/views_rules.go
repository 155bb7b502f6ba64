package ledger

import (
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Metrics lists the metrics of the constitution, in its order.
func (s *State) Metrics() []view.Metric {
	list := make([]view.Metric, len(s.constitution.Metrics))
	for i := range list {
		list[i] = s.metricView(&s.constitution.Metrics[i])
	}
	return list
}

// Metric returns one of them, or false.
func (s *State) Metric(name string) (view.Metric, bool) {
	i := s.constitution.MetricIndex(name)
	if i < 0 {
		return view.Metric{}, false
	}
	return s.metricView(&s.constitution.Metrics[i]), true
}

func (s *State) metricView(m *constitution.MetricRule) view.Metric {
	v := view.Metric{Name: m.Name, Unit: m.Unit, Reporters: m.Reporters, Least: m.Least, WithinS: m.WithinMs() / 1000, IntervalS: m.IntervalS}
	at, ok := s.figures.seriesAt[m.Name]
	if !ok {
		return v
	}
	x := &s.figures.series[at]
	v.Figures = x.total
	if last, ok := x.last(); ok {
		f := last.view()
		v.Last = &f
	}
	for _, w := range x.waiting {
		v.Waiting = append(v.Waiting, view.WaitingReport{Reporter: w.reporter, Value: w.value, MeasuredMs: w.measuredMs, Seq: w.seq})
	}
	return v
}

func (f figure) view() view.Figure {
	return view.Figure{TimeMs: f.timeMs, Value: f.value, Reports: f.reports, Seq: f.seq}
}

// FiguresPage lists up to limit figures of a metric, the latest first, that were
// made before the entry, or from the last one on if that is 0; false if nothing
// was reported under the name. The last 4096 are kept. next is what to ask for
// the page after, 0 if there is none.
func (s *State) FiguresPage(metric string, before uint64, limit int) (list []view.Figure, next uint64, ok bool) {
	at, ok := s.figures.seriesAt[metric]
	if !ok {
		return nil, 0, s.constitution.MetricIndex(metric) >= 0
	}
	all := s.figures.series[at].figures
	for i := len(all) - 1; i >= 0; i-- {
		if before != 0 && all[i].seq >= before {
			continue
		}
		if len(list) == limit {
			return list, list[limit-1].Seq, true
		}
		list = append(list, all[i].view())
	}
	return list, 0, true
}

// Rules lists the rules in force, in the order in which they were added.
func (s *State) Rules() []view.Rule {
	list := make([]view.Rule, len(s.figures.rules))
	for i := range list {
		list[i] = s.figures.rules[i].view()
	}
	return list
}

// Rule returns the rule of that name, or false.
func (s *State) Rule(name string) (view.Rule, bool) {
	i := ruleIndex(s.figures.rules, name)
	if i < 0 {
		return view.Rule{}, false
	}
	return s.figures.rules[i].view(), true
}

// maxFiringsShown bounds what a view of a rule tells of its past: the last ones.
const maxFiringsShown = 100

func (r *rule) view() view.Rule {
	v := view.Rule{Name: r.Name, When: r.When, Clear: r.Clear, CooldownS: r.CooldownS, Track: r.Track, Title: r.Title, Text: r.Text,
		Actions: r.Actions, Seq: r.seq, Proposal: r.proposal, Armed: r.armed, Trouble: r.trouble}
	for i := max(0, len(r.fired)-maxFiringsShown); i < len(r.fired); i++ {
		v.Fired = append(v.Fired, *r.fired[i].view(r.Name))
	}
	return v
}

func (f *firing) view(rule string) *view.Firing {
	if f == nil {
		return nil
	}
	v := &view.Firing{Rule: rule, Proposal: f.proposal, Seq: f.seq, TimeMs: f.timeMs, Values: []op.ReportedValue{}}
	for _, x := range f.values {
		v.Values = append(v.Values, op.ReportedValue{Metric: x.metric, Value: x.value})
	}
	return v
}
