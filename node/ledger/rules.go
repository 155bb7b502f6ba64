package ledger

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/trigger"
	"github.com/econd/econd/voting"
)

// AddRule adds a rule: when its condition over reported metrics becomes true,
// the ledger itself opens the proposal. There must be no rule of that name.
type AddRule struct {
	Type string `json:"type"`
	Name string `json:"name" schema:"is=RuleName"`
	When string `json:"when"` // condition in CEL over reported metrics
	// Must have been true once after the rule fired before it can fire again;
	// absent, that When was not.
	Clear     string `json:"clear,omitempty"`
	CooldownS int64  `json:"cooldown_s" schema:"min=0,max=31622400"` // least time from firing to firing

	Track   string   `json:"track"` // of its proposals, as are title, text and actions
	Title   string   `json:"title"`
	Text    string   `json:"text"`
	Actions []op.Raw `json:"actions" schema:"is=Action,max=16"`
}

// RemoveRule takes a rule away.
type RemoveRule struct {
	Type      string `json:"type"`
	Name      string `json:"name" schema:"is=RuleName"`
	ExpectSeq int64  `json:"expect_seq" schema:"min=0,max=9007199254740991"` // the entry that added it
}

func (a *AddRule) kind() string     { return constitution.ActionAddRule }
func (a *AddRule) do(d *plan) error { return readRule(a).do(d) }

func (a *RemoveRule) kind() string { return constitution.ActionRemoveRule }

// maxRules bounds what every figure makes the ledger look at.
const maxRules = 64

// ruleToAdd is an AddRule whose conditions and actions are read, which needs no
// state and costs more than the rest of it.
type ruleToAdd struct {
	*AddRule
	when, clear *trigger.Condition
	actions     []action
	bad         error // why they cannot be read
}

func readRule(a *AddRule) *ruleToAdd {
	r := &ruleToAdd{AddRule: a}
	if r.when, r.bad = condition("when", a.When); r.bad != nil {
		return r
	}
	if a.Clear != "" {
		if r.clear, r.bad = condition("clear", a.Clear); r.bad != nil {
			return r
		}
	}
	r.actions, r.bad = decodeActions(a.Actions)
	return r
}

func (a *ruleToAdd) do(d *plan) error {
	if err := constitution.MetricName("name", a.Name); err != nil {
		return err
	}
	list := d.ruleList()
	if i := ruleIndex(list, a.Name); i >= 0 {
		return refusal.New(refusal.ErrRule, "name", "precondition", "rule %s was added by entry %d already", a.Name, list[i].seq)
	}
	if len(list) >= maxRules {
		return refusal.New(refusal.ErrRule, "name", "max-rules", "there are %d rules, at most %d are allowed", len(list), maxRules)
	}
	if a.CooldownS < 0 || a.CooldownS > 366*dayS {
		return refusal.New(refusal.ErrInvalid, "cooldown_s", "range", "is %d, must be between 0 and %d", a.CooldownS, 366*dayS)
	}
	if a.bad != nil {
		return a.bad
	}
	if slices.ContainsFunc(a.actions, raises) {
		return refusal.New(refusal.ErrForbidden, "actions", "rules-by-vote", "a rule cannot propose /%s; the rules are raised by a proposal that somebody makes", constitution.VersionMember)
	}
	if err := a.fits(d.current()); err != nil {
		return err
	}
	d.rules = append(list, rule{AddRule: *a.AddRule, when: a.when, clear: a.clear, actions: a.actions, seq: d.s.next, armed: true})
	return nil
}

// condition reads a condition; it must look at something.
func condition(field, text string) (*trigger.Condition, error) {
	x, err := trigger.Compile(text)
	if err != nil {
		return nil, refusal.New(refusal.ErrInvalid, field, "condition", "%v", err)
	}
	if len(x.Metrics()) == 0 {
		return nil, refusal.New(refusal.ErrInvalid, field, "metric", "looks at no metric")
	}
	return x, nil
}

// fits holds the rule against the constitution: conditions name its metrics only,
// and the template of the proposal fits a track, as far as that is possible now.
// Its actions are tried when it is opened.
func (a *ruleToAdd) fits(c *constitution.Constitution) error {
	if err := knowsMetrics(c, "when", a.when); err != nil {
		return err
	}
	if err := knowsMetrics(c, "clear", a.clear); err != nil {
		return err
	}
	t := c.Track(a.Track)
	if t == nil {
		return refusal.New(refusal.ErrNotFound, "track", "track", "no track %+q in the constitution", a.Track)
	}
	if err := refusal.TextWithin("title", a.Title, 1, maxTitle); err != nil {
		return err
	}
	if err := refusal.TextWithin("text", a.Text, 0, maxText); err != nil {
		return err
	}
	return ruleTrack(t, a.actions)
}

func knowsMetrics(c *constitution.Constitution, field string, x *trigger.Condition) error {
	if x == nil {
		return nil
	}
	for _, m := range x.Metrics() {
		if c.MetricIndex(m) < 0 {
			return refusal.New(refusal.ErrNotFound, field, "metric", "%+q is no metric of the constitution", m)
		}
	}
	return nil
}

// ruleTrack holds a rule's actions against its track.
func ruleTrack(t *voting.Track, list []action) error {
	if t.Method().HasOptions() {
		return refusal.New(refusal.ErrRule, "track", "options", "track %s chooses between options, which rules have none of", t.Name)
	}
	return actionsAllowed(t, list)
}

func (a *RemoveRule) do(d *plan) error {
	list := d.ruleList()
	i := ruleIndex(list, a.Name)
	if i < 0 {
		return refusal.New(refusal.ErrNotFound, "name", "rule", "no rule %+q", a.Name)
	}
	if got := list[i].seq; a.ExpectSeq < 0 || uint64(a.ExpectSeq) != got {
		return refusal.New(refusal.ErrRule, "expect_seq", "precondition", "rule %s was added by entry %d, the action expects %d", a.Name, got, a.ExpectSeq)
	}
	d.rules = slices.Delete(list, i, i+1)
	return nil
}

// ruleList is the copy of the rules to change.
func (d *plan) ruleList() []rule {
	if d.rules == nil {
		d.rules = append(make([]rule, 0, len(d.s.figures.rules)+1), d.s.figures.rules...)
	}
	return d.rules
}

func ruleIndex(list []rule, name string) int {
	return slices.IndexFunc(list, func(r rule) bool { return r.Name == name })
}

// lookAtRules fires the rules whose condition the figures of this entry have
// made true, in the order in which they were added. One that fired is armed again
// once its clear condition is true at a later figure. Where the proposals come to
// more work than an entry may cost, those left over wait for the next figure, at
// which the first of them comes first.
func (s *State) lookAtRules(e *op.Entry) {
	f := figuresAt{s, s.clock.TimeMs}
	first := max(0, ruleIndex(s.figures.rules, s.figures.ruleLeft))
	s.figures.leaveRule("")
	for i := range s.figures.rules {
		s.entry.count(workOfCondition(s.figures.rules[i].when) + workOfCondition(s.figures.rules[i].clear))
	}
	var full error // the entry may cost no more
	for i := range s.figures.rules {
		r := &s.figures.rules[(first+i)%len(s.figures.rules)]
		when, err := r.when.True(f, s.clock.TimeMs/1000)
		switch {
		case err != nil:
			r.fail(err.Error())
		case !r.armed:
			r.rearm(f, when)
		case when && s.cool(r):
			if full == nil {
				full = s.fire(r, e)
			} else {
				r.fail(full.Error())
			}
			// One that is too much by itself must not be the first for ever.
			if full != nil && s.figures.ruleLeft == "" && i > 0 {
				s.figures.leaveRule(r.Name)
			}
		default:
			r.fail("")
		}
	}
}

// workOfCondition is what it costs to evaluate a condition once.
func workOfCondition(c *trigger.Condition) int64 {
	if c == nil {
		return 0
	}
	return units(c.Parts()+8*c.Spans(), partsPerUnit)
}

func (r *rule) rearm(f figuresAt, when bool) {
	r.trouble, r.armed = "", !when
	if r.clear == nil {
		return
	}
	var err error
	if r.armed, err = r.clear.True(f, f.nowMs/1000); err != nil {
		r.trouble = err.Error()
	}
}

// cool tells whether the cool-down since a rule last fired is over.
func (s *State) cool(r *rule) bool {
	n := len(r.fired)
	return n == 0 || s.clock.TimeMs >= r.fired[n-1].timeMs+r.CooldownS*1000
}

// fire opens the proposal of a rule. What is refused now is tried again at the
// next figure; the error is that the entry may cost no more.
func (s *State) fire(r *rule, e *op.Entry) error {
	t := s.constitution.Track(r.Track)
	err := s.entry.spend(workFiring)
	if err == nil {
		err = s.mayFire(t, r)
	}
	if err != nil {
		r.fail(err.Error())
		if !overWork(err) {
			err = nil
		}
		return err
	}
	x := firing{proposal: RuleProposalID(s.economy, r.Name, e.Event.ID), seq: e.Seq, timeMs: s.clock.TimeMs}
	for _, m := range r.when.Metrics() {
		v, _ := figuresAt{s, s.clock.TimeMs}.Value(m)
		x.values = append(x.values, ruleValue{m, v})
	}
	r.fire(x)
	i := s.proposals.add(proposal{id: x.proposal, seq: e.Seq, proposer: nobody, byRule: r.Name, firing: &x, track: t,
		title: r.Title, text: r.Text, actions: r.actions, raw: r.Actions, hold: -1, ballotAt: map[slot]int{},
		class: s.weights.openBallot(t), conviction: s.newConvictionVote(t, r.actions), life: voting.Life{HasActions: len(r.actions) > 0}})
	s.startProposal(i)
	return nil
}

// mayFire holds the proposal of a rule against what stands now.
func (s *State) mayFire(t *voting.Track, r *rule) error {
	if t == nil {
		return refusal.New(refusal.ErrNotFound, "track", "track", "no track %+q in the constitution", r.Track)
	}
	if until := s.pausedUntil(t.Name); until != 0 && !shields(r.actions, nil) {
		return refusal.New(refusal.ErrRule, "track", "paused", "track %s is paused until %s", t.Name, atText(until))
	}
	if err := ruleTrack(t, r.actions); err != nil {
		return err
	}
	if _, err := s.tryProposal(r.actions, nil); err != nil {
		return err
	}
	return s.mayGather(t, r.actions)
}

// nobody is the proposer of what a rule opened.
const nobody = ^slot(0)

// proposerKey is the key of a proposal's proposer, zero where a rule opened it.
func (s *agents) proposerKey(p *proposal) op.PublicKey {
	if p.proposer == nobody {
		return op.PublicKey{}
	}
	return s.list[p.proposer].key
}

// RuleProposalID is the id of the proposal that a rule opened in the entry of an
// event:
//
//	SHA-256("econd/rule/" || economy || 0 || rule || 0 || event id)
func RuleProposalID(economy, rule string, event op.ID) op.ID {
	b := fmt.Appendf(nil, "econd/rule/%s\x00%s\x00", economy, rule)
	return sha256.Sum256(append(b, event[:]...))
}
