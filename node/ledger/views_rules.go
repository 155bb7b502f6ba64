package ledger

import "github.com/econd/econd/node/op"

// MetricView is a metric of the constitution with what was reported of it.
type MetricView struct {
	Name      string              `json:"name"`
	Unit      string              `json:"unit"`
	Reporters []op.PublicKey      `json:"reporters"`
	Least     int64               `json:"least_reports"`
	WithinS   int64               `json:"within_s"`
	IntervalS int64               `json:"interval_s"`
	Figures   uint64              `json:"figures"` // ever made
	Last      *FigureView         `json:"last,omitempty"`
	Waiting   []WaitingReportView `json:"waiting,omitempty"` // for the next figure
}

// FigureView is the median of enough reports.
type FigureView struct {
	TimeMs  int64  `json:"time_ms"` // of the entry that completed it
	Value   int64  `json:"value"`
	Reports int64  `json:"reports"`
	Seq     uint64 `json:"seq"`
}

// WaitingReportView is a report that waits for others.
type WaitingReportView struct {
	Reporter   op.PublicKey `json:"reporter"`
	Value      int64        `json:"value"`
	MeasuredMs int64        `json:"measured_ms"`
	Seq        uint64       `json:"seq"`
}

// RuleView is a rule that opens proposals.
type RuleView struct {
	Name      string       `json:"name"`
	When      string       `json:"when"`
	Clear     string       `json:"clear,omitempty"`
	CooldownS int64        `json:"cooldown_s"`
	Track     string       `json:"track"`
	Title     string       `json:"title"`
	Text      string       `json:"text"`
	Actions   []op.Raw     `json:"actions"`
	Seq       uint64       `json:"seq"`      // entry that added it
	Proposal  op.ID        `json:"proposal"` // that added it
	Armed     bool         `json:"armed"`    // it may fire once the cool-down is over
	Fired     []FiringView `json:"fired,omitempty"`
	// Trouble is why it gave no answer at the last figure, or could not open
	// its proposal.
	Trouble string `json:"trouble,omitempty"`
}

// FiringView is one time that a rule opened a proposal.
type FiringView struct {
	Rule     string             `json:"rule"`
	Proposal op.ID              `json:"proposal"`
	Seq      uint64             `json:"seq"`
	TimeMs   int64              `json:"time_ms"`
	Values   []op.ReportedValue `json:"values"` // last figures of the metrics of its condition
}

// Metrics lists the metrics of the constitution, in its order.
func (s *State) Metrics() []MetricView {
	list := make([]MetricView, len(s.constitution.Metrics))
	for i := range list {
		list[i] = s.metricView(&s.constitution.Metrics[i])
	}
	return list
}

// Metric returns one of them, or false.
func (s *State) Metric(name string) (MetricView, bool) {
	i := s.constitution.metric(name)
	if i < 0 {
		return MetricView{}, false
	}
	return s.metricView(&s.constitution.Metrics[i]), true
}

func (s *State) metricView(m *MetricRule) MetricView {
	v := MetricView{Name: m.Name, Unit: m.Unit, Reporters: m.Reporters, Least: m.Least, WithinS: m.withinMs() / 1000, IntervalS: m.IntervalS}
	at, ok := s.seriesAt[m.Name]
	if !ok {
		return v
	}
	x := &s.series[at]
	v.Figures = x.total
	if last, ok := x.last(); ok {
		f := last.view()
		v.Last = &f
	}
	for _, w := range x.waiting {
		v.Waiting = append(v.Waiting, WaitingReportView{w.reporter, w.value, w.measuredMs, w.seq})
	}
	return v
}

func (f figure) view() FigureView { return FigureView{f.timeMs, f.value, f.reports, f.seq} }

// FiguresPage lists up to limit figures of a metric, the latest first, that were
// made before the entry, or from the last one on if that is 0; false if nothing
// was reported under the name. The last 4096 are kept. next is what to ask for
// the page after, 0 if there is none.
func (s *State) FiguresPage(metric string, before uint64, limit int) (list []FigureView, next uint64, ok bool) {
	at, ok := s.seriesAt[metric]
	if !ok {
		return nil, 0, s.constitution.metric(metric) >= 0
	}
	all := s.series[at].figures
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
func (s *State) Rules() []RuleView {
	list := make([]RuleView, len(s.rules))
	for i := range list {
		list[i] = s.rules[i].view()
	}
	return list
}

// Rule returns the rule of that name, or false.
func (s *State) Rule(name string) (RuleView, bool) {
	i := ruleIndex(s.rules, name)
	if i < 0 {
		return RuleView{}, false
	}
	return s.rules[i].view(), true
}

// maxFiringsShown bounds what a view of a rule tells of its past: the last ones.
const maxFiringsShown = 100

func (r *rule) view() RuleView {
	v := RuleView{Name: r.Name, When: r.When, Clear: r.Clear, CooldownS: r.CooldownS, Track: r.Track, Title: r.Title, Text: r.Text,
		Actions: r.Actions, Seq: r.seq, Proposal: r.proposal, Armed: r.armed, Trouble: r.trouble}
	for i := max(0, len(r.fired)-maxFiringsShown); i < len(r.fired); i++ {
		v.Fired = append(v.Fired, *r.fired[i].view(r.Name))
	}
	return v
}

func (f *firing) view(rule string) *FiringView {
	if f == nil {
		return nil
	}
	v := &FiringView{Rule: rule, Proposal: f.proposal, Seq: f.seq, TimeMs: f.timeMs, Values: []op.ReportedValue{}}
	for _, x := range f.values {
		v.Values = append(v.Values, op.ReportedValue{Metric: x.metric, Value: x.value})
	}
	return v
}
