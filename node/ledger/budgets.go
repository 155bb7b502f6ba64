package ledger

import (
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
)

// SetBudget allows an agent to have sats of a pool spent for it, so many in each
// period, up to and including an instant. It replaces the agent's budget in that
// pool, or takes it away. Nothing leaves the pool until it is spent.
type SetBudget struct {
	Type   string       `json:"type"`
	Agent  op.PublicKey `json:"agent"`
	Pool   string       `json:"pool"`
	Terms  *BudgetTerms `json:"terms,omitempty"`  // absent, it is taken away
	Expect *BudgetTerms `json:"expect,omitempty"` // the terms on record; absent, there are none
}

// BudgetTerms say how much may be spent.
type BudgetTerms struct {
	Sat     int64 `json:"sat" schema:"min=1,max=2100000000000000"` // in each period
	PeriodS int64 `json:"period_s" schema:"min=1,max=31622400"`    // length of a period
	UntilMs int64 `json:"until_ms"`                                // last instant
}

// budgetChange is a budget that an action of a plan sets.
type budgetChange struct {
	agent slot
	pool  int
	terms *BudgetTerms
}

// maxBudgets bounds the budgets of one agent; the pools bound them, too.
const maxBudgets = 64

func (a *SetBudget) kind() string { return constitution.ActionSetBudget }

func (a *SetBudget) do(d *plan) error {
	at, ok := d.s.agents.at[a.Agent]
	if !ok {
		return refusal.New(refusal.ErrNotFound, "agent", "registered", "%s is not registered", a.Agent)
	}
	pool, err := d.s.poolByName("pool", a.Pool)
	if err != nil {
		return err
	}
	have := d.budgetOf(at, pool)
	if !sameTerms(have, a.Expect) {
		return refusal.New(refusal.ErrRule, "expect", "precondition", "the budget on record is %s, the action expects %s", termsText(have), termsText(a.Expect))
	}
	if sameTerms(have, a.Terms) {
		return refusal.New(refusal.ErrInvalid, "terms", "change", "the budget is %s already", termsText(have))
	}
	if a.Terms != nil {
		if err := a.Terms.check(d.s.clock.TimeMs); err != nil {
			return err
		}
		if n := len(d.s.agents.list[at].budgets); have == nil && n >= maxBudgets {
			return refusal.New(refusal.ErrRule, "agent", "max-budgets", "%s has %d budgets, at most %d are allowed", a.Agent, n, maxBudgets)
		}
	}
	d.budgets = append(d.budgets, budgetChange{at, pool, a.Terms})
	d.later(func(s *State, from actionRef) { s.setBudget(at, pool, a.Terms, from.proposal) })
	return nil
}

func (b *BudgetTerms) check(nowMs int64) error {
	switch {
	case b.Sat < 1 || b.Sat > maxPayoutSat:
		return refusal.New(refusal.ErrInvalid, "terms.sat", "range", "is %d, must be between 1 and %d", b.Sat, int64(maxPayoutSat))
	case b.PeriodS < 1 || b.PeriodS > 366*dayS:
		return refusal.New(refusal.ErrInvalid, "terms.period_s", "range", "is %d, must be between 1 and %d", b.PeriodS, 366*dayS)
	case b.UntilMs <= nowMs || b.UntilMs-nowMs > longestGrantMs:
		return refusal.New(refusal.ErrInvalid, "terms.until_ms", "range", "is %s, must be after %s and at most %d days after it", atText(b.UntilMs), atText(nowMs), int64(longestGrantMs)/(dayS*1000))
	}
	return nil
}

// budgetOf returns the terms as the actions so far leave them, or nil.
func (d *plan) budgetOf(at slot, pool int) *BudgetTerms {
	for i := len(d.budgets) - 1; i >= 0; i-- {
		if c := d.budgets[i]; c.agent == at && c.pool == pool {
			return c.terms
		}
	}
	for i := range d.s.agents.list[at].budgets {
		if b := d.s.agents.list[at].budgets[i]; b.pool == pool {
			return &b.terms
		}
	}
	return nil
}

func sameTerms(a, b *BudgetTerms) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func termsText(b *BudgetTerms) string {
	if b == nil {
		return "none"
	}
	return op.EncodeContent(b)
}

func (s *State) setBudget(at slot, pool int, terms *BudgetTerms, proposal int) {
	b := allowance{pool: pool, sinceMs: s.clock.TimeMs, proposal: proposal, seq: s.next}
	if terms != nil {
		b.terms = *terms
	}
	s.agents.list[at].setBudget(b, terms != nil)
}

// Budgets lists an agent's budgets in the order in which they were set, those
// that are over included until they are replaced; false if there is no such
// agent.
func (s *State) Budgets(key op.PublicKey, nowMs int64) ([]view.Budget, bool) {
	at, ok := s.agents.at[key]
	if !ok {
		return nil, false
	}
	list := []view.Budget{}
	for _, b := range s.agents.list[at].budgets {
		list = append(list, view.Budget{Agent: key, Pool: s.constitution.Pools[b.pool].Name, BudgetTerms: view.BudgetTerms(b.terms), SinceMs: b.sinceMs,
			InForce: nowMs <= b.terms.UntilMs, Proposal: s.proposals.list[b.proposal].id, Seq: b.seq})
	}
	return list, true
}
