package ledger

import (
	"slices"

	"github.com/econd/econd/node/budget"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/member"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// A wallet spends sats of a pool by its budget. Nothing is in it: what is spent leaves the
// pool when it is set aside, and what was not needed returns. A part of a wallet has a budget
// of its own, and those above it hold as well, so it can only narrow.

// Bounds of wallets.
const (
	maxService  = 64
	maxKey      = 64
	maxCount    = 1_000_000
	maxDepth    = 4  // a wallet and parts of parts
	maxWaiting  = 64 // spends of a wallet that wait for approvals
	maxMsat     = 1_000_000_000_000_000
	approvalsMs = 7 * dayS * 1000 // for how long approvals are taken
)

// walletNames is what wallets and purposes are called.
var walletNames = member.Form{Also: "_-", Most: 40}

func walletText(field, text string) error {
	if !walletNames.Holds(text) {
		return refusal.New(refusal.ErrInvalid, field, "form", "is %+q, must be 1 to 40 characters of a-z, 0-9, '-' and '_'", text)
	}
	return nil
}

// WalletID is the id of an owner's wallet of that name, in an economy: see stableID.
func WalletID(economy string, owner op.PublicKey, name string) string {
	return stableID("wallet", economy, owner.String(), name)
}

// openWallet opens a wallet, or a part of one.
func (s *State) openWallet(e *op.Entry, c *op.OpenWallet) error {
	if err := s.knownSince(constitution.RulesWallets, "kind", e.Event.Kind.String()); err != nil {
		return err
	}
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	w := wallet{name: c.Name, owner: at, parent: -1, spender: c.Spender, service: c.Service, seq: e.Seq}
	if err := s.newWallet(&w); err != nil {
		return err
	}
	if c.Parent == "" {
		if c.Terms != nil {
			return refusal.New(refusal.ErrForbidden, "content.terms", "own-budget", "the budget of a wallet that is no part of another is set by a decision, or by the operator")
		}
		s.wallets.add(w)
		s.agents.speak(w.speakers()...)
		return nil
	}
	if w.parent, err = s.ownWallet("content.parent", c.Parent, at); err != nil {
		return err
	}
	if err := s.partOf(&w, c.Terms); err != nil {
		return err
	}
	i := s.wallets.add(w)
	s.setWalletBudget(i, walletBudget{terms: c.Terms, by: byOwner, seq: e.Seq})
	return nil
}

// newWallet checks what holds for every new wallet, and names it.
func (s *State) newWallet(w *wallet) error {
	owner := s.agents.list[w.owner].key
	if err := walletText("content.name", w.name); err != nil {
		return err
	}
	if i, ok := s.wallets.named[walletName{w.owner, w.name}]; ok {
		return refusal.New(refusal.ErrDuplicate, "content.name", "wallet-once", "%s has a wallet %s already: %s", owner, w.name, s.wallets.list[i].id)
	}
	if most := s.constitution.Wallets.WalletsPerAgent(); s.wallets.open[w.owner] >= most {
		return refusal.New(refusal.ErrRule, "content.name", "max-wallets", "%s has %d wallets, at most %d are allowed", owner, s.wallets.open[w.owner], most)
	}
	if len(w.service) > maxService {
		return refusal.New(refusal.ErrInvalid, "content.service", "length", "has %d bytes, may have %d", len(w.service), maxService)
	}
	if err := checkSpender("content.spender", w.spender); err != nil {
		return err
	}
	w.identify(WalletID(s.economy, owner, w.name))
	return nil
}

// checkSpender refuses what is no key; none is none.
func checkSpender(field string, key op.PublicKey) error {
	if key == (op.PublicKey{}) {
		return nil
	}
	if _, err := op.ParsePublicKey(key.String()); err != nil {
		return refusal.New(refusal.ErrInvalid, field, "key", "%v", err)
	}
	return nil
}

// partOf checks what a part of a wallet is to have.
func (s *State) partOf(w *wallet, terms *budget.Terms) error {
	parent := &s.wallets.list[w.parent]
	depth := 2
	for i := parent.parent; i >= 0; i = s.wallets.list[i].parent {
		depth++
	}
	switch {
	case depth > maxDepth:
		return refusal.New(refusal.ErrRule, "content.parent", "wallet-depth", "it would be %d deep, at most %d are allowed", depth, maxDepth)
	case terms == nil:
		return refusal.New(refusal.ErrInvalid, "content.terms", "required", "a part of a wallet needs a budget")
	case parent.budget.terms == nil:
		return refusal.New(refusal.ErrPhase, "content.parent", "no-budget", "%s has no budget that a part could have a share of", parent.id)
	}
	if err := s.termsFor("content.terms", terms); err != nil {
		return err
	}
	if terms.Pool != parent.budget.terms.Pool {
		return refusal.New(refusal.ErrRule, "content.terms.pool", "narrows", "is %+q, that of %s is %+q", terms.Pool, parent.id, parent.budget.terms.Pool)
	}
	return budget.Narrows(terms, parent.budget.terms)
}

// termsFor checks terms as of now: also that they have not run out, and that the pool exists.
func (s *State) termsFor(field string, terms *budget.Terms) error {
	if err := checkTerms(field, terms, s.clock.TimeMs); err != nil {
		return err
	}
	_, err := s.poolByName(field+".pool", terms.Pool)
	return err
}

func checkTerms(field string, terms *budget.Terms, nowMs int64) error {
	if err := terms.Validate(field); err != nil {
		return err
	}
	if terms.UntilMs <= nowMs || terms.UntilMs-nowMs > longestGrantMs {
		return refusal.New(refusal.ErrInvalid, field+".until_ms", "range", "is %s, must be after %s and at most %d days after it", atText(terms.UntilMs), atText(nowMs), int64(longestGrantMs)/(dayS*1000))
	}
	return nil
}

// walletByID finds a wallet.
func (s *State) walletByID(field, id string) (int, error) {
	i, ok := s.wallets.at[id]
	if !ok {
		return 0, refusal.New(refusal.ErrNotFound, field, "wallet", "no wallet %+q", id)
	}
	return i, nil
}

// openWalletByID finds a wallet that is not closed.
func (s *State) openWalletByID(field, id string) (int, error) {
	i, err := s.walletByID(field, id)
	if err != nil {
		return 0, err
	}
	if w := &s.wallets.list[i]; w.closed != 0 {
		return 0, refusal.New(refusal.ErrPhase, field, "wallet-closed", "%s was closed by entry %d", w.id, w.closed)
	}
	return i, nil
}

// ownWallet finds an open wallet of an agent.
func (s *State) ownWallet(field, id string, at slot) (int, error) {
	i, err := s.openWalletByID(field, id)
	if err != nil {
		return 0, err
	}
	if w := &s.wallets.list[i]; w.owner != at {
		return 0, refusal.New(refusal.ErrForbidden, field, "own-wallet", "%s is %s's", w.id, s.agents.list[w.owner].key)
	}
	return i, nil
}

// closeWallet ends a wallet and its parts.
func (s *State) closeWallet(e *op.Entry, c *op.CloseWallet) error {
	if err := s.knownSince(constitution.RulesWallets, "kind", e.Event.Kind.String()); err != nil {
		return err
	}
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	i, err := s.ownWallet("content.wallet", c.Wallet, at)
	if err != nil {
		return err
	}
	s.endWallet(i, e.Seq)
	return nil
}

// endWallet ends a wallet and its parts, of which an agent has so many at most.
func (s *State) endWallet(i int, seq uint64) {
	s.wallets.end(i, seq, s.clock.TimeMs)
	for _, j := range s.wallets.list[i].parts {
		if s.wallets.list[j].closed == 0 {
			s.endWallet(j, seq)
		}
	}
}

// speakers are the keys that may sign for a wallet without being agents.
func (w *wallet) speakers() []op.PublicKey {
	var keys []op.PublicKey
	if w.spender != (op.PublicKey{}) {
		keys = append(keys, w.spender)
	}
	return append(keys, w.budget.approve...)
}

// Budget is the action that sets the budget of a wallet, or takes it away. It replaces
// whatever budget the wallet has.
type Budget struct {
	Type   string        `json:"type"`
	Wallet string        `json:"wallet"`
	Terms  *budget.Terms `json:"terms,omitempty"`  // absent, it is taken away
	Expect *budget.Terms `json:"expect,omitempty"` // the terms on record; absent, there are none
}

// walletChange is a budget that an action of a plan sets.
type walletChange struct {
	wallet int
	terms  *budget.Terms
}

func (a *Budget) kind() string { return constitution.ActionBudget }

func (a *Budget) do(d *plan) error {
	if err := d.s.knownSince(constitution.RulesWallets, "type", a.Type); err != nil {
		return err
	}
	i, err := d.s.openWalletByID("wallet", a.Wallet)
	if err != nil {
		return err
	}
	if w := &d.s.wallets.list[i]; w.parent >= 0 {
		return refusal.New(refusal.ErrForbidden, "wallet", "part-budget", "%s is a part of %s: its owner says what it may spend of that", w.id, d.s.wallets.list[w.parent].id)
	}
	have := d.walletTerms(i)
	if !sameBudget(have, a.Expect) {
		return refusal.New(refusal.ErrRule, "expect", "precondition", "the budget on record is %s, the action expects %s", walletTermsText(have), walletTermsText(a.Expect))
	}
	if sameBudget(have, a.Terms) {
		return refusal.New(refusal.ErrInvalid, "terms", "change", "the budget is %s already", walletTermsText(have))
	}
	if a.Terms != nil {
		if err := d.s.termsFor("terms", a.Terms); err != nil {
			return err
		}
	}
	d.wallets = append(d.wallets, walletChange{i, a.Terms})
	d.later(func(s *State, from actionRef) {
		s.setWalletBudget(i, walletBudget{terms: a.Terms, by: byDecision, proposal: from.proposal, seq: s.next})
	})
	return nil
}

// walletTerms are those of a wallet as the actions so far leave them, or nil.
func (d *plan) walletTerms(i int) *budget.Terms {
	for k := len(d.wallets) - 1; k >= 0; k-- {
		if c := d.wallets[k]; c.wallet == i {
			return c.terms
		}
	}
	return d.s.wallets.list[i].budget.terms
}

// sameBudget compares what was written: there is one way to write terms.
func sameBudget(a, b *budget.Terms) bool {
	if a == nil || b == nil {
		return a == b
	}
	return op.EncodeContent(a) == op.EncodeContent(b)
}

func walletTermsText(t *budget.Terms) string {
	if t == nil {
		return "none"
	}
	return op.EncodeContent(t)
}

// setWalletBudget puts a budget in force.
func (s *State) setWalletBudget(i int, b walletBudget) {
	if b.terms == nil {
		b.by = byNobody
	} else {
		b.approve = approvers(b.terms)
	}
	s.wallets.setBudget(i, b, s.clock.TimeMs)
	s.agents.speak(s.wallets.list[i].speakers()...)
}

// walletBudget lets the operator set a budget within the constitution's bounds.
func (s *State) walletBudget(e *op.Entry, c *op.WalletBudget) error {
	if err := s.knownSince(constitution.RulesWallets, "kind", e.Event.Kind.String()); err != nil {
		return err
	}
	if e.Event.PubKey != s.operator {
		return refusal.New(refusal.ErrForbidden, "pubkey", "operator-only", "only the operator sets budgets without a decision")
	}
	i, err := s.openWalletByID("content.wallet", c.Wallet)
	if err != nil {
		return err
	}
	w := &s.wallets.list[i]
	switch {
	case w.parent >= 0:
		return refusal.New(refusal.ErrForbidden, "content.wallet", "part-budget", "%s is a part of %s: its owner says what it may spend of that", w.id, s.wallets.list[w.parent].id)
	case w.budget.terms != nil && w.budget.by != byOperator:
		return refusal.New(refusal.ErrForbidden, "content.wallet", "decided-budget", "its budget was set by the %s; only a decision changes it", w.budget.by)
	case w.onTrip > 0:
		return refusal.New(refusal.ErrPhase, "content.wallet", "breaker", "its breaker is open: those who approve its spends close it first")
	case c.Terms == nil && w.budget.terms == nil:
		return refusal.New(refusal.ErrPhase, "content.terms", "change", "it has no budget")
	}
	if c.Terms != nil {
		if err := s.termsFor("content.terms", c.Terms); err != nil {
			return err
		}
		if err := s.withinOperator(c.Terms); err != nil {
			return err
		}
	}
	s.setWalletBudget(i, walletBudget{terms: c.Terms, by: byOperator, seq: e.Seq})
	return nil
}

// withinOperator holds terms against what the operator may set without a decision.
func (s *State) withinOperator(t *budget.Terms) error {
	o := s.constitution.Wallets.Operator
	if !slices.Contains(o.Pools, t.Pool) {
		return refusal.New(refusal.ErrForbidden, "content.terms.pool", "operator-budget", "the constitution lets the operator set no budget of pool %s", t.Pool)
	}
	if most := o.CapSat * 1000; t.CapMsat > most {
		return refusal.New(refusal.ErrRule, "content.terms.cap_msat", "operator-budget", "is %d, the operator may set at most %d", t.CapMsat, most)
	}
	if left := t.UntilMs - s.clock.TimeMs; left > o.LifeS*1000 {
		return refusal.New(refusal.ErrRule, "content.terms.until_ms", "operator-budget", "is %d s ahead, the operator may set at most %d", left/1000, o.LifeS)
	}
	others := s.wallets.operatorMsat(s.clock.TimeMs)
	if adds, most := constitution.DayMsat(t.RefillMsat, t.PeriodS), o.DaySat*1000; adds > most-others {
		return refusal.New(refusal.ErrRule, "content.terms.refill_msat", "operator-budget", "adds %d msat in a day beside %d of budgets that the operator set and that hold or ended less than a day ago, at most %d are allowed", adds, others, most)
	}
	return nil
}
