package ledger

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
)

// The dearest reports: sixteen metrics with all their figures, and as many rules as
// there may be, of the longest conditions, or all of which fire.
func init() {
	long := "mean(\"m0\",%d)" + strings.Repeat("+ mean(\"m1\",100000)", 15) + strings.Repeat(" + 1", 36) + " > 9000000000000"
	worstEntries = append(worstEntries,
		worstReport("report/16 metrics of 64 reporters, 64 rules", func(i int) string { return fmt.Sprintf(long, 100+i) }, nil),
		worstReport("report/64 rules fire", func(int) string { return `value("m0") > 0` }, parameters(16)),
	)
}

func worstReport(name string, when func(int) string, actions []op.Raw) worstEntry {
	return worstEntry{name: name, rules: metricRules,
		open: func(c *crowd) func() *op.Entry {
			s := c.sc.s
			for m := range s.constitution.Metrics {
				s.constitution.Metrics[m].Reporters = manyReporters()
				fillFigures(s, &s.constitution.Metrics[m])
			}
			for i := range maxRules {
				r := readRule(&AddRule{Name: fmt.Sprint("r", i), When: when(i), Track: "signal", Title: "t", Actions: actions})
				if r.bad != nil {
					c.b.Fatal(r.bad)
				}
				s.figures.rules = append(s.figures.rules, rule{AddRule: *r.AddRule, when: r.when, actions: r.actions, armed: true})
			}
			return func() *op.Entry {
				c.sc.at.TimeMs += 1000
				for i := range s.figures.rules {
					s.figures.rules[i].armed = true
				}
				report := op.Report{MeasuredMs: c.sc.at.TimeMs}
				for m := range maxMetrics {
					report.Values = append(report.Values, op.ReportedValue{Metric: fmt.Sprint("m", m), Value: 7})
				}
				return c.entry(crowdKey(0), op.KindReport, op.EncodeContent(report))
			}
		}}
}

// metricRules has as many metrics as a report may name, each of whose reporters
// makes a figure.
func metricRules(sc *scenario) {
	sc.set("tracks.signal.actions", "[set-parameter]")
	sc.set("operations.max_age_s", "100000")
	var metrics []string
	for m := range maxMetrics {
		metrics = append(metrics, fmt.Sprintf("{name: m%d, unit: x, least_reports: 1, reporters: [%q]}", m, secretOf("reporter").Public()))
	}
	sc.set("metrics", "["+strings.Join(metrics, ",")+"]")
}

// manyReporters are as many as a metric may have, crowdKey(0) the last. A genesis
// has no room for those of sixteen metrics; amendments add them.
func manyReporters() []op.PublicKey {
	var keys []op.PublicKey
	for i := range constitution.MaxMetricReporters {
		keys = append(keys, crowdKey(constitution.MaxMetricReporters-1-i))
	}
	return keys
}

// fillFigures gives a metric all the figures that are kept, and a last word of each
// of its reporters.
func fillFigures(s *State, m *constitution.MetricRule) {
	x := s.figures.seriesOf(m.Name)
	for i := range maxFigures {
		x.add(m, waitingReport{reporter: m.Reporters[i%len(m.Reporters)], timeMs: s.clock.TimeMs - int64(maxFigures-i), report: report{value: int64(i)}})
	}
}

// What rules open in one entry has an end, and whoever is left over comes first at
// the next figure: all of them fire in the end.
func TestRulesFireWithinTheBound(t *testing.T) {
	w := worstReport("", func(int) string { return `value("m0") > 0` }, parameters(16))
	c, next := w.begin(t, 2)
	s := c.sc.s
	for rounds := 0; len(s.proposals.list) < maxRules; rounds++ {
		var armed []bool
		for i := range s.figures.rules {
			armed = append(armed, s.figures.rules[i].armed)
		}
		e := next()
		for i := range s.figures.rules {
			s.figures.rules[i].armed = armed[i] // next arms them all
		}
		e.Seq, e.Stamp = s.Next(), c.sc.at
		before := len(s.proposals.list)
		if _, err := ApplyVerified(s, e); err != nil {
			t.Fatal(err)
		}
		if s.Work() > MaxWork || len(s.proposals.list) == before || rounds > maxRules {
			t.Fatalf("%d units for %d proposals in round %d", s.Work(), len(s.proposals.list)-before, rounds)
		}
		if rounds == 0 && len(s.proposals.list) == maxRules {
			t.Fatal("all of them fit one entry: the case misses its aim")
		}
	}
}

// A rule that fires for ever keeps the last firings, as many as a view shows or more.
func TestFiringsHaveAnEnd(t *testing.T) {
	w := worstReport("", func(int) string { return `value("m0") > 0` }, parameters(1))
	c, next := w.begin(t, 2)
	s := c.sc.s
	s.figures.rules = s.figures.rules[:1]
	const times = 2*maxFiringsShown + 10
	for range times {
		c.enter(next())
	}
	if len(s.proposals.list) != times {
		t.Fatalf("the rule opened %d proposals of %d", len(s.proposals.list), times)
	}
	if n := len(s.figures.rules[0].fired); n < maxFiringsShown || n >= 2*maxFiringsShown {
		t.Fatalf("%d firings are kept", n)
	}
	shown := s.figures.rules[0].view().Fired
	for i, f := range shown {
		if want := s.proposals.list[times-maxFiringsShown+i].id; f.Proposal != want || len(shown) != maxFiringsShown {
			t.Fatalf("firing %d of %d opened %s, want %s", i, len(shown), f.Proposal, want)
		}
	}
}

// Means and counts by kept sums are those of a walk over the figures.
func TestMeansAsWalked(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	s := New()
	m := &constitution.MetricRule{Name: "m", Least: 1, Reporters: []op.PublicKey{{1}}}
	var walked []figure
	now := int64(1_000_000)
	for i := range maxFigures + 300 {
		now += int64(rnd.IntN(3000))
		v := rnd.Int64N(2*op.MaxInteger+1) - op.MaxInteger
		s.figures.seriesOf("m").add(m, waitingReport{reporter: m.Reporters[0], timeMs: now, report: report{value: v}})
		walked = append(walked, figure{timeMs: now, value: v})
		if len(walked) > maxFigures {
			walked = walked[1:]
		}
		if i%50 != 0 && i < maxFigures {
			continue
		}
		seconds := 1 + int64(rnd.IntN(4000))
		var hi, n int64 // of 2^62, to keep the sum in range
		var lo int64
		for _, x := range walked {
			if x.timeMs > now-seconds*1000 {
				lo += x.value
				hi, lo, n = hi+lo>>40, lo&(1<<40-1), n+1
			}
		}
		f := figuresAt{s, now}
		if got := f.Count("m", seconds); got != n {
			t.Fatalf("%d figures, %d by walking", got, n)
		}
		// hi*2^40 + lo, rounded down by n, digit by digit.
		q, rest := floorDiv(hi, n)
		want := q<<40 + (rest<<40+lo)/n
		if got, ok := f.Mean("m", seconds); !ok || got != want {
			t.Fatalf("mean of %d: %d, %d by walking", n, got, want)
		}
	}
}

func floorDiv(a, b int64) (q, rest int64) {
	q, rest = a/b, a%b
	if rest < 0 {
		q, rest = q-1, rest+b
	}
	return q, rest
}
