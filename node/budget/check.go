package budget

import (
	"slices"

	"github.com/econd/econd/node/refusal"
)

// Request is what somebody wants to spend.
type Request struct {
	AmountMsat   int64    // what the payee gets, from 1 on
	FeeLimitMsat int64    // what the route may cost, from 0 on
	Recipients   []string // every name the payee goes by, see Recipient: one that is allowed is enough
	Purpose      string
	Approved     bool // as many approved as the terms ask for
}

// Names of the rules, in the order in which they are checked.
const (
	RuleBudget    = "budget"    // there are terms
	RuleAmount    = "amount"    // amount and fee limit are amounts
	RuleExpiry    = "expiry"    // the last instant is not over
	RuleRecipient = "recipient" // one of the payee's names is among the recipients
	RulePurpose   = "purpose"   // the purpose is among the purposes
	RuleCap       = "cap"       // amount and fee limit are at most the cap
	RulePeriod    = "period"    // and what the period has left
	RuleCeiling   = "ceiling"   // and what the ceiling leaves
	RuleVelocity  = "velocity"  // and what each rolling window leaves, of payments and of msat
	RuleApprovals = "approvals" // enough approved; last, so what it refuses wants approvals alone
)

// Rules lists the names.
func Rules() []string {
	return []string{RuleBudget, RuleAmount, RuleExpiry, RuleRecipient, RulePurpose, RuleCap, RulePeriod, RuleCeiling, RuleVelocity, RuleApprovals}
}

// Check says whether a request may be spent at an instant, and each rule with its numbers.
// All rules are looked at, and the first that fails decides: the error is its refusal, which
// an errors.As finds as *refusal.Refusal, and Trace.Decided its name. Nil terms refuse
// everything. Nothing is changed.
func Check(t *Terms, a *Account, r Request, nowMs int64) (Trace, error) {
	c := checker{r: r, trace: Trace{AtMs: max(nowMs, a.seenMs)}}
	if t == nil {
		c.refuse(Step{Rule: RuleBudget}, refusal.ErrRule)
		return c.result()
	}
	if !c.amount() {
		return c.result()
	}
	c.asked = r.askedMsat()
	c.trace.AskedMsat = c.asked
	account := a.at(t, nowMs)
	c.expiry(t)
	c.recipient(t)
	c.purpose(t)
	c.limit(Step{Rule: RuleCap, LimitMsat: t.CapMsat})
	c.limit(Step{Rule: RulePeriod, LimitMsat: account.period.carriedMsat + t.RefillMsat, UsedMsat: account.usedMsat()})
	c.limit(Step{Rule: RuleCeiling, LimitMsat: t.CeilingMsat, UsedMsat: account.usedMsat()})
	for _, v := range t.Velocity {
		c.velocity(v, &account)
	}
	c.approvals(t)
	return c.result()
}

// askedMsat is what a request may cost at most.
func (r Request) askedMsat() int64 { return r.AmountMsat + r.FeeLimitMsat }

// checker goes through the rules.
type checker struct {
	r     Request
	asked int64
	trace Trace
	err   error
}

func (c *checker) pass(s Step) {
	s.Passed = true
	c.trace.Rules = append(c.trace.Rules, s)
}

func (c *checker) refuse(s Step, kind error) {
	c.trace.Rules = append(c.trace.Rules, s)
	if c.err == nil {
		c.trace.Decided = s.Rule
		c.err = refusal.New(kind, s.field(), s.Rule, "%s", s.Sentence())
	}
}

func (c *checker) decide(s Step, passed bool) {
	if passed {
		c.pass(s)
		return
	}
	c.refuse(s, refusal.ErrRule)
}

func (c *checker) result() (Trace, error) {
	c.trace.Allowed = c.err == nil
	return c.trace, c.err
}

func (c *checker) amount() (passed bool) {
	s := Step{Rule: RuleAmount, LimitMsat: MaxMsat, AskedMsat: c.r.AmountMsat, FeeLimitMsat: c.r.FeeLimitMsat, LeftMsat: MaxMsat}
	if a, f := c.r.AmountMsat, c.r.FeeLimitMsat; a < 1 || a > MaxMsat || f < 0 || f > MaxMsat {
		c.refuse(s, refusal.ErrInvalid)
		return false
	}
	s.AskedMsat = c.r.askedMsat()
	c.decide(s, s.AskedMsat <= MaxMsat)
	return s.AskedMsat <= MaxMsat
}

func (c *checker) expiry(t *Terms) {
	c.decide(Step{Rule: RuleExpiry, AtMs: c.trace.AtMs, UntilMs: t.UntilMs}, c.trace.AtMs <= t.UntilMs)
}

func (c *checker) recipient(t *Terms) {
	s := Step{Rule: RuleRecipient}
	for _, name := range c.r.Recipients {
		canonical, err := Recipient(name)
		if err != nil {
			continue
		}
		if s.Name == "" {
			s.Name = canonical
		}
		for _, allowed := range t.Recipients {
			if covers(allowed, canonical) {
				s.Name, s.By = canonical, allowed
				c.pass(s)
				return
			}
		}
	}
	if len(c.r.Recipients) > 0 && slices.Contains(t.Recipients, Any) {
		s.By = Any // also who goes by no name that terms could have, such as an origin without TLS
		c.pass(s)
		return
	}
	c.refuse(s, refusal.ErrRule)
}

func (c *checker) purpose(t *Terms) {
	s := Step{Rule: RulePurpose, Name: c.r.Purpose}
	if len(t.Purposes) == 0 {
		s.By = Any
	}
	for _, allowed := range t.Purposes {
		if allowed == c.r.Purpose {
			s.By = allowed
		}
	}
	if purpose("purpose", c.r.Purpose) != nil {
		s.Name, s.By = "", ""
	}
	c.decide(s, s.By != "")
}

// limit holds what is asked against what a limit leaves.
func (c *checker) limit(s Step) {
	s.AskedMsat, s.LeftMsat = c.asked, max(0, s.LimitMsat-s.UsedMsat)
	c.decide(s, s.AskedMsat <= s.LeftMsat)
}

// velocity looks at one window: the number of payments, and the sats where they are bounded.
func (c *checker) velocity(v Velocity, a *Account) {
	count, msat := a.inWindow(v.WindowS)
	most := v.most()
	c.decide(Step{Rule: RuleVelocity, WindowS: v.WindowS, LimitCount: most, UsedCount: count, LeftCount: max(0, most-count)}, count < most)
	if v.Msat > 0 {
		c.limit(Step{Rule: RuleVelocity, WindowS: v.WindowS, LimitMsat: v.Msat, UsedMsat: msat})
	}
}

// most is how many payments a window may have.
func (v Velocity) most() int64 {
	if v.Count == 0 {
		return MaxCount
	}
	return v.Count
}

func (c *checker) approvals(t *Terms) {
	if t.Approvals == nil {
		return
	}
	s := Step{Rule: RuleApprovals, LimitMsat: t.Approvals.AboveMsat, AskedMsat: c.asked, LimitCount: t.Approvals.M}
	c.decide(s, c.r.Approved || !t.NeedsApproval(c.asked))
}
