package ledger

import (
	"fmt"
	"math/bits"
	"sort"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

// maxFigures are kept of one metric; older ones are dropped.
const maxFigures = 4096

func (x figureSum) plus(value int64) figureSum {
	lo, carry := bits.Add64(x.lo, uint64(value+op.MaxInteger), 0)
	return figureSum{x.hi + carry, lo}
}

// meanOf is the mean of n figures that the sum grew by since before, rounded down.
func (x figureSum) meanOf(n int, before figureSum) int64 {
	lo, borrow := bits.Sub64(x.lo, before.lo, 0)
	mean, _ := bits.Div64(x.hi-before.hi-borrow, lo, uint64(n))
	return int64(mean) - op.MaxInteger
}

// reportFigures takes a report on metrics of the constitution. Where it is the
// last that was missing it makes a figure, and rules look at it in the same
// entry.
func (s *State) reportFigures(e *op.Entry, c *op.Report) error {
	if n := len(c.Values); n < 1 || n > maxMetrics {
		return refusal.New(refusal.ErrInvalid, "content.values", "length", "has %d values, must have 1 to %d", n, maxMetrics)
	}
	if err := s.measured(c.MeasuredMs); err != nil {
		return err
	}
	for i := range c.Values {
		at, err := valueOf(c.Values, i, s.constitution.MetricIndex)
		if err != nil {
			return err
		}
		if err := s.mayReport(&s.constitution.Metrics[at], e, c.MeasuredMs, fmt.Sprintf("content.values[%d].metric", i)); err != nil {
			return err
		}
	}
	for _, v := range c.Values {
		m := &s.constitution.Metrics[s.constitution.MetricIndex(v.Metric)]
		if err := s.entry.spend(workValue + 4*units(len(m.Reporters), comparedPerUnit/4)); err != nil {
			return err
		}
	}
	figures := false
	for _, v := range c.Values {
		m := &s.constitution.Metrics[s.constitution.MetricIndex(v.Metric)]
		r := waitingReport{reporter: m.Reporters[s.agents.listed(m.Reporters, e.Event.PubKey)], timeMs: s.clock.TimeMs, report: report{value: v.Value, measuredMs: c.MeasuredMs, seq: e.Seq, signed: s.agents.signedAt(e.Event)}}
		figures = s.figures.seriesOf(m.Name).add(m, r) || figures
	}
	if figures {
		s.lookAtRules(e)
	}
	return nil
}

func (s *State) mayReport(m *constitution.MetricRule, e *op.Entry, measuredMs int64, field string) error {
	reporter := s.agents.listed(m.Reporters, e.Event.PubKey)
	if reporter < 0 {
		return refusal.New(refusal.ErrForbidden, "pubkey", "reporter", "%s is none of the reporters of %s", e.Event.PubKey, m.Name)
	}
	if least := s.clock.TimeMs - m.WithinMs(); measuredMs < least {
		return refusal.New(refusal.ErrRule, "content.measured_ms", "stale-report", "is %s, must be at least %s: the reports of one figure of %s lie at most %d s apart", atText(measuredMs), atText(least), m.Name, m.WithinMs()/1000)
	}
	if at, ok := s.figures.seriesAt[m.Name]; ok {
		if _, err := s.latest(e, s.figures.series[at].lastSaid(m.Reporters[reporter])); err != nil {
			return err
		}
		if last, ok := s.figures.series[at].last(); ok && s.clock.TimeMs < last.timeMs+m.IntervalS*1000 {
			return refusal.New(refusal.ErrRule, field, "metric-interval", "%s had a figure at %s; the next report counts from %s on", m.Name, atText(last.timeMs), atText(last.timeMs+m.IntervalS*1000))
		}
	}
	return nil
}

// lastSaid is when the reporter signed its last report.
func (x *series) lastSaid(reporter op.PublicKey) signed {
	for i := range x.said {
		if x.said[i].reporter == reporter {
			return x.said[i].signed
		}
	}
	return signed{}
}

func (s *figures) seriesOf(name string) *series {
	at, ok := s.seriesAt[name]
	if !ok {
		at = len(s.series)
		s.series = append(s.series, series{name: name})
		s.seriesAt[name] = at
	}
	return &s.series[at]
}

// add puts a report in the place of the key's last one, drops those that are too
// old or by keys that are no reporters any more, and tells whether the rest makes
// a figure.
func (x *series) add(m *constitution.MetricRule, r waitingReport) bool {
	r.place = m.Place(r.reporter, 0)
	x.noteSaid(m, r)
	kept := x.waiting[:0]
	for _, w := range x.waiting {
		if w.place = m.Place(w.reporter, w.place); w.place >= 0 && w.reporter != r.reporter && w.timeMs >= r.timeMs-m.WithinMs() {
			kept = append(kept, w)
		}
	}
	x.waiting = append(kept, r)
	if int64(len(x.waiting)) < m.Least {
		return false
	}
	values := make([]int64, len(x.waiting))
	for i, w := range x.waiting {
		values[i] = w.value
	}
	last, _ := x.last()
	if len(x.figures) == maxFigures {
		x.figures = x.figures[1:]
	}
	value := voting.Median(values)
	x.figures = append(x.figures, figure{timeMs: r.timeMs, value: value, reports: int64(len(values)), seq: r.seq, sum: last.sum.plus(value)})
	x.total++
	x.waiting = nil
	return true
}

// noteSaid remembers the report's place in the order of signing, and forgets
// those of keys that are no reporters any more.
func (x *series) noteSaid(m *constitution.MetricRule, r waitingReport) {
	kept := x.said[:0]
	for _, d := range x.said {
		if d.place = m.Place(d.reporter, d.place); d.place >= 0 && d.reporter != r.reporter {
			kept = append(kept, d)
		}
	}
	x.said = append(kept, said{r.reporter, r.place, r.signed})
}

func (x *series) last() (figure, bool) {
	if len(x.figures) == 0 {
		return figure{}, false
	}
	return x.figures[len(x.figures)-1], true
}

// view of the figures at an instant, for conditions.
type figuresAt struct {
	s     *State
	nowMs int64
}

func (f figuresAt) find(metric string) *series {
	if at, ok := f.s.figures.seriesAt[metric]; ok {
		return &f.s.figures.series[at]
	}
	return &series{}
}

// Value is the last figure of a metric.
func (f figuresAt) Value(metric string) (int64, bool) {
	last, ok := f.find(metric).last()
	return last.value, ok
}

// Age is how many seconds ago the last figure came, rounded down.
func (f figuresAt) Age(metric string) (int64, bool) {
	last, ok := f.find(metric).last()
	return (f.nowMs - last.timeMs) / 1000, ok
}

// since is where the figures of the last seconds begin: those that came after now
// less the seconds.
func (f figuresAt) since(list []figure, seconds int64) int {
	if seconds > f.nowMs/1000 {
		return 0
	}
	return sort.Search(len(list), func(i int) bool { return list[i].timeMs > f.nowMs-seconds*1000 })
}

// Count is the number of figures of the last seconds.
func (f figuresAt) Count(metric string, seconds int64) int64 {
	list := f.find(metric).figures
	return int64(len(list) - f.since(list, seconds))
}

// Mean is the mean of the figures of the last seconds, rounded down, by the sums
// that are kept with them.
func (f figuresAt) Mean(metric string, seconds int64) (int64, bool) {
	list := f.find(metric).figures
	from := f.since(list, seconds)
	if from == len(list) {
		return 0, false
	}
	// The sum before the first that is kept is not kept: it is made again.
	first, last := list[from], list[len(list)-1]
	lo, borrow := bits.Sub64(first.sum.lo, uint64(first.value+op.MaxInteger), 0)
	return last.sum.meanOf(len(list)-from, figureSum{first.sum.hi - borrow, lo}), true
}
