package ledger

import (
	"errors"
	"strings"
	"testing"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// worstEntry is the dearest entry of a kind that somebody can bring, whether it is
// taken or refused at the last moment.
type worstEntry struct {
	name  string
	rules func(*scenario) // of the constitution; nil: those of newCrowd

	// open brings the economy to where the entry is dearest. What it returns makes
	// one such entry after the other.
	open func(*crowd) func() *op.Entry

	refused string // the rule that refuses it; "": it is taken
	linear  string // of an operation, why it may cost in proportion to the agents; "": it may not
	once    bool   // there is one such entry
}

// worstEntries are those of all kinds; each file of cases adds its own.
var worstEntries []worstEntry

func (w *worstEntry) begin(tb testing.TB, agents int) (*crowd, func() *op.Entry) {
	rules := w.rules
	if rules == nil {
		rules = func(*scenario) {}
	}
	c := newCrowdUnder(tb, agents, rules)
	return c, w.open(c)
}

// enter prepares an entry, as all cores do before the writer, and applies it.
func (w *worstEntry) enter(b *testing.B, c *crowd, next func() *op.Entry) {
	b.StopTimer()
	e := next()
	c.sc.s.entry.ready = ready{} // as an auditor, who did not compute it before
	prepared := Prepare(e.Event)
	e.Seq, e.Stamp = c.sc.s.Next(), c.sc.at
	b.StartTimer()
	_, err := ApplyVerified(c.sc.s, e)
	b.StopTimer()
	w.check(b, prepared, err)
	b.StartTimer()
}

func (w *worstEntry) check(tb testing.TB, prepared, err error) {
	tb.Helper()
	if prepared != nil {
		tb.Fatalf("it does not reach the writer: %v", prepared)
	}
	r := new(refusal.Refusal)
	if w.refused == "" && err != nil || w.refused != "" && (!errors.As(err, &r) || r.Rule != w.refused) {
		tb.Fatalf("%v, want a refusal by %q", err, w.refused)
	}
}

// The worst entry of each kind at 100,000 agents, as a share of a millisecond of
// the writer; units are those of State.Work.
func BenchmarkWorstEntry(b *testing.B) {
	for _, w := range worstEntries {
		b.Run(w.name, func(b *testing.B) {
			c, next := w.begin(b, 100_000)
			var units int64
			for b.Loop() {
				w.enter(b, c, next)
				units = c.sc.s.Work()
				if w.once {
					b.StopTimer()
					c, next = w.begin(b, 100_000)
					b.StartTimer()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e6, "of-1ms")
			b.ReportMetric(float64(units), "units")
		})
	}
}

// No operation costs more than its bound in units, and none costs more among more
// agents; no fact costs more than in proportion to them. Units are counted and not measured, so this says the same on every
// machine.
func TestWorstEntry(t *testing.T) {
	if len(worstEntries) == 0 {
		t.Fatal("there are no cases")
	}
	for _, w := range worstEntries {
		t.Run(w.name, func(t *testing.T) {
			var few int64
			for _, agents := range []int{200, 2000} {
				c, next := w.begin(t, agents)
				e := next()
				prepared := Prepare(e.Event)
				e.Seq, e.Stamp = c.sc.s.Next(), c.sc.at
				_, err := ApplyVerified(c.sc.s, e)
				w.check(t, prepared, err)
				got := c.sc.s.Work()
				if kind, _, _ := strings.Cut(w.name, "/"); kind != e.Event.Kind.String() {
					t.Fatalf("it is an entry of kind %s", e.Event.Kind)
				}
				switch {
				case e.Event.Kind.IsFact(), w.linear != "":
					if few != 0 && got > 11*few { // ten times, and what a few are apart from
						t.Errorf("%d units among %d agents, %d among a tenth of them: more than linear", got, agents, few)
					}
				case got > MaxWork:
					t.Errorf("%d units among %d agents, at most %d are allowed", got, agents, MaxWork)
				case few != 0 && got != few:
					t.Errorf("%d units among %d agents, %d among fewer", got, agents, few)
				}
				few = got
			}
		})
	}
}
