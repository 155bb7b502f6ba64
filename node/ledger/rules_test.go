package ledger

import (
	"fmt"
	"strings"
	"testing"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
)

// Words about metrics and rules.
//
//	metric NAME UNIT LEAST REPORTER,... [INTERVAL-S]    before the genesis
//	NAME figures METRIC VALUE [METRIC VALUE]... [measured DURATION]
//	figure NAME = VALUE of N       its last figure, and how many there were
//	trigger NAME = armed|fired N [TROUBLE]    N: how often it fired
//	firedby RULE P                 calls the last proposal of the rule P
//	byrule P = RULE [METRIC VALUE]...
func init() {
	verbs["figures"] = func(sc *scenario, who string, f []string) error {
		c := op.Report{MeasuredMs: sc.at.TimeMs}
		for ; len(f) > 1; f = f[2:] {
			if f[0] == "measured" {
				c.MeasuredMs += sc.duration(f[1]).Milliseconds()
				continue
			}
			c.Values = append(c.Values, op.ReportedValue{Metric: f[0], Value: sc.number(f[1])})
		}
		return sc.enter(who, op.KindReport, c)
	}
	facts["firedby"] = func(sc *scenario, f []string) error {
		v, ok := sc.s.Rule(f[0])
		if !ok || len(v.Fired) == 0 {
			sc.fatalf("rule %s opened nothing", f[0])
		}
		id := v.Fired[len(v.Fired)-1].Proposal
		sc.labels[f[1]], sc.names[id] = id, f[1]
		return nil
	}
	looks["figure"] = func(sc *scenario, f []string) string {
		v, ok := sc.s.Metric(f[0])
		if !ok || v.Last == nil {
			return "none"
		}
		return fmt.Sprintf("= %d of %d", v.Last.Value, v.Figures)
	}
	looks["trigger"] = func(sc *scenario, f []string) string {
		v, ok := sc.s.Rule(f[0])
		if !ok {
			return "gone"
		}
		got := "= fired"
		if v.Armed {
			got = "= armed"
		}
		return strings.TrimSpace(fmt.Sprintf("%s %d %s", got, len(v.Fired), v.Trouble))
	}
	looks["byrule"] = func(sc *scenario, f []string) string {
		p, _ := sc.s.Proposal(sc.labels[f[0]], sc.at.TimeMs)
		if p.Rule == nil || p.Proposer != (op.PublicKey{}) {
			return "none"
		}
		got := "= " + p.Rule.Rule
		for _, v := range p.Rule.Values {
			got += fmt.Sprintf(" %s %d", v.Metric, v.Value)
		}
		return got
	}
}

// digestMetrics writes down what views show of metrics and rules.
func digestMetrics(s *State) string {
	var b strings.Builder
	for i := range s.figures.series {
		x := &s.figures.series[i]
		fmt.Fprintf(&b, "%s %d %+v %+v\n", x.name, x.total, x.waiting, x.figures)
	}
	for _, v := range s.Rules() {
		fmt.Fprintf(&b, "%+v\n", v)
	}
	return b.String()
}

// Means are rounded down, below zero, too, and the sum of the most figures of the
// largest size does not overflow; of more figures the oldest are dropped.
func TestFigures(t *testing.T) {
	m := &constitution.MetricRule{Name: "m", Least: 1, Reporters: []op.PublicKey{{1}}}
	s := New()
	add := func(ms, value int64) {
		s.figures.seriesOf("m").add(m, waitingReport{reporter: m.Reporters[0], timeMs: ms, report: report{value: value, seq: uint64(ms)}})
	}
	mean := func(nowMs, seconds int64) int64 {
		v, ok := figuresAt{s, nowMs}.Mean("m", seconds)
		if !ok {
			t.Fatalf("no mean at %d", nowMs)
		}
		return v
	}
	add(1_000_000, -3)
	add(1_001_000, -4)
	if got := mean(1_001_000, 10); got != -4 {
		t.Errorf("mean of -3 and -4: %d", got)
	}
	f := figuresAt{s, 1_010_000}
	if got := f.Count("m", 10); got != 1 { // that of exactly 10 seconds ago is out
		t.Errorf("%d figures", got)
	}
	if got := f.Count("m", 1<<62); got != 2 {
		t.Errorf("%d figures of all time", got)
	}
	if age, _ := f.Age("m"); age != 9 {
		t.Errorf("age %d", age)
	}
	if _, ok := f.Value("other"); ok {
		t.Error("a metric without figures has a value")
	}
	for i := range int64(maxFigures + 5) {
		add(2_000_000+i, op.MaxInteger)
	}
	if got := mean(3_000_000, 1<<40); got != op.MaxInteger || len(s.figures.series[0].figures) != maxFigures || s.figures.series[0].total != maxFigures+7 {
		t.Errorf("mean %d of %d figures, %d in all", got, len(s.figures.series[0].figures), s.figures.series[0].total)
	}
	list, next, _ := s.FiguresPage("m", 0, 2)
	if len(list) != 2 || next != list[1].Seq || list[0].Seq != 2_000_000+maxFigures+4 {
		t.Errorf("first page %+v, next %d", list, next)
	}
	if list, next, _ = s.FiguresPage("m", s.figures.series[0].figures[1].seq, 2); len(list) != 1 || next != 0 {
		t.Errorf("last page %+v, next %d", list, next)
	}
}

// The id of what a rule opens is that of its economy, name and event alone.
func TestRuleProposalID(t *testing.T) {
	event := op.ID{7}
	a := RuleProposalID("e", "r", event)
	for _, b := range []op.ID{RuleProposalID("e", "r", op.ID{8}), RuleProposalID("e", "s", event), RuleProposalID("er", "", event), RuleProposalID("f", "r", event)} {
		if a == b {
			t.Error("two firings share an id")
		}
	}
	if want := "39fd92dd32c73ad413772c57486031e02570a25252e02f27345abd2df7d2c84e"; a.String() != want {
		t.Errorf("id %s, want %s", a, want)
	}
}
