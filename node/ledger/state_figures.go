package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/trigger"
)

// figures are what reporters say, and the rules that propose by it.
type figures struct {
	series   []series       // reported metrics, in order of the first report
	seriesAt map[string]int // by name
	rules    []rule         // in force, in order of adding
	ruleLeft string         // the one to look at first at the next figure; "": the first
}

// series is what was reported of one metric. It is kept by name, whatever
// becomes of the metric in the constitution.
type series struct {
	name    string
	waiting []waitingReport // for the next figure, one of each key
	figures []figure        // in order of time, at most maxFigures
	total   uint64          // figures ever made
	said    []said          // when each of its reporters signed its last report
}

// figure is the median of enough reports.
type figure struct {
	timeMs  int64 // of the entry that completed it
	value   int64
	reports int64
	seq     uint64
	sum     figureSum // of this figure and all before it
}

// figureSum is a sum of figures in 128 bits, each moved up by 2^53 to be no less
// than 0, so that the mean of a stretch of figures costs two of them.
type figureSum struct{ hi, lo uint64 }

// rule is one that is in force.
type rule struct {
	AddRule
	when, clear *trigger.Condition // clear nil: when is not true
	actions     []action
	seq         uint64   // entry that added it
	proposal    op.ID    // that added it
	armed       bool     // it may fire
	fired       []firing // the last of them
	trouble     string   // why it gave no answer, or could not open its proposal, last time
}

type ruleValue struct {
	metric string
	value  int64
}

// said is when a reporter signed its last report on a metric.
type said struct {
	reporter op.PublicKey
	place    int // as in waitingReport
	signed   signed
}

type waitingReport struct {
	reporter op.PublicKey
	place    int   // among the metric's reporters, where it was
	timeMs   int64 // of its entry
	report
}

// report is one value as it counts; seq 0 is none.
type report struct {
	value      int64
	measuredMs int64
	seq        uint64
	signed     signed
}

// setRules takes over the rules that actions of entry seq left, by a decision.
func (s *figures) setRules(list []rule, seq uint64, proposal op.ID) {
	s.rules = list
	for i := range s.rules {
		if r := &s.rules[i]; r.seq == seq {
			r.proposal = proposal
		}
	}
}

// leaveRule says which rule is looked at first at the next figure; "": the first.
func (s *figures) leaveRule(name string) { s.ruleLeft = name }

// fail says why a rule gave no answer or opened no proposal, "" where nothing was wrong.
func (r *rule) fail(why string) { r.trouble = why }

// fire records that the rule opened a proposal.
func (r *rule) fire(x firing) {
	r.armed, r.trouble, r.fired = false, "", append(r.fired, x)
	if len(r.fired) == 2*maxFiringsShown { // what no view shows
		r.fired = append(make([]firing, 0, 2*maxFiringsShown), r.fired[maxFiringsShown:]...)
	}
}
