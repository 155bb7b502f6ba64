package ledger

import (
	"slices"
	"strconv"

	"github.com/econd/econd/node/budget"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// SpendID is the id of a spend: of the wallet and the client's key for it where there is one,
// else of what is asked for. So the same request is the same spend, whoever hands it in again,
// and however often.
func SpendID(c *op.Spend) string {
	if c.Key != "" {
		return stableID("spend", c.Wallet, "key", c.Key)
	}
	return stableID("spend", c.Wallet, "what", c.Type, c.Payee(), c.Purpose, strconv.FormatInt(c.AmountMsat, 10),
		c.Commitment.String(), strconv.FormatInt(max(1, c.Count), 10))
}

// spend asks for a payment from a wallet.
func (s *State) spend(e *op.Entry, c *op.Spend) error {
	if err := s.knownSince(constitution.RulesWallets, "kind", e.Event.Kind.String()); err != nil {
		return err
	}
	i, err := s.openWalletByID("content.wallet", c.Wallet)
	if err != nil {
		return err
	}
	if err := s.maySpend(i, e.Event.PubKey); err != nil {
		return err
	}
	if err := checkSpend(c); err != nil {
		return err
	}
	if err := s.breakersClosed(i); err != nil {
		return err
	}
	id := SpendID(c)
	if err := s.spendOnce(id, c); err != nil {
		return err
	}
	if err := s.hashUnused("content.payment_hash", c.PaymentHash); err != nil {
		return err
	}
	x := spend{id: id, wallet: i, by: e.Event.PubKey, asks: *c, seq: e.Seq, hash: c.PaymentHash}
	if s.needsApproval(i, &x) {
		return s.waitForApproval(e, x)
	}
	held, err := s.afford(i, &x, s.clock.TimeMs)
	if err != nil {
		return err
	}
	s.reserveFor(s.wallets.ask(x), held)
	return nil
}

// maySpend tells whether a key may spend from a wallet.
func (s *State) maySpend(i int, key op.PublicKey) error {
	w := &s.wallets.list[i]
	owner := &s.agents.list[w.owner]
	switch {
	case owner.leftSeq != 0:
		return refusal.New(refusal.ErrForbidden, "content.wallet", "left", "its owner left the economy by entry %d", owner.leftSeq)
	case owner.revoked != 0:
		return refusal.New(refusal.ErrForbidden, "content.wallet", "key-revoked", "the key of its owner was revoked in entry %d, and no other speaks for it yet", owner.revoked)
	case s.agents.same(key, owner.key), w.spender != (op.PublicKey{}) && s.agents.same(key, w.spender):
		return nil
	}
	return refusal.New(refusal.ErrForbidden, "pubkey", "spender", "%s may not spend from %s", key, w.id)
}

// checkSpend checks the form of what is asked for: what the type needs, and nothing else.
func checkSpend(c *op.Spend) error {
	need := map[string][4]bool{ // payment_hash, node, address, origin
		op.SpendInvoice: {true, true, false, false},
		op.SpendKeysend: {false, true, false, false},
		op.SpendAddress: {false, false, true, false},
		op.SpendURL:     {false, false, false, true},
	}
	want, ok := need[c.Type]
	if !ok {
		return refusal.New(refusal.ErrInvalid, "content.type", "type", "is %+q, must be bolt11, keysend, lnurl or l402", c.Type)
	}
	has := [4]bool{c.PaymentHash != (op.Hash{}), c.Node != (op.NodeKey{}), c.Address != "", c.Origin != ""}
	for k, field := range [4]string{"payment_hash", "node", "address", "origin"} {
		// An invoice with blinded paths names no node.
		if has[k] == want[k] || field == "node" && c.Type == op.SpendInvoice {
			continue
		}
		if want[k] {
			return refusal.New(refusal.ErrInvalid, "content."+field, "required", "is missing, a spend by %s needs it", c.Type)
		}
		return refusal.New(refusal.ErrInvalid, "content."+field, "unknown", "is not of a spend by %s", c.Type)
	}
	if c.AmountMsat < 1 || c.AmountMsat > maxMsat {
		return refusal.New(refusal.ErrInvalid, "content.amount_msat", "range", "is %d, must be between 1 and %d", c.AmountMsat, int64(maxMsat))
	}
	if c.FeeLimitMsat < 0 || c.FeeLimitMsat > maxMsat {
		return refusal.New(refusal.ErrInvalid, "content.fee_limit_msat", "range", "is %d, must be between 0 and %d", c.FeeLimitMsat, int64(maxMsat))
	}
	if c.Count < 0 || c.Count > maxCount || c.Key != "" && c.Count > 1 {
		return refusal.New(refusal.ErrInvalid, "content.count", "range", "is %d, must be between 0 and %d, and at most 1 beside a key", c.Count, maxCount)
	}
	if err := refusal.TextWithin("content.key", c.Key, 0, maxKey); err != nil {
		return err
	}
	if (c.Type == op.SpendURL || c.Type == op.SpendInvoice) && c.Commitment == (op.Hash{}) {
		return refusal.New(refusal.ErrInvalid, "content.commitment", "required", "is missing, a spend by %s needs it", c.Type)
	}
	return walletText("content.purpose", c.Purpose)
}

// spendOnce refuses a spend that stands already. One that failed can be asked for again.
func (s *State) spendOnce(id string, c *op.Spend) error {
	i, ok := s.wallets.spendAt[id]
	if !ok {
		return nil
	}
	x, was := &s.wallets.spends[i], s.wallets.spends[i].asks
	if x.state == spendFailed {
		was.FeeLimitMsat = c.FeeLimitMsat // what found no route may look for a dearer one
	}
	if !was.SameAs(c) {
		return refusal.New(refusal.ErrDuplicate, "content.key", "spend-key", "%+q is the key of spend %s, which asks for something else (entry %d)", c.Key, id, x.seq)
	}
	if x.state == spendFailed || s.waitedInVain(x) {
		return nil
	}
	return refusal.New(refusal.ErrDuplicate, "content", "spend-once", "spend %s is %s since entry %d; whoever means another one gives a count or a key", id, x.state, x.seq)
}

// waitedInVain tells of a spend for which no approval is taken any more: its time is over, or the
// key that asked for it speaks no more.
func (s *State) waitedInVain(x *spend) bool {
	return x.state == spendAsked && (s.approvalOver(x) || s.agents.speaks("", x.by) != nil)
}

// hashUnused refuses a payment hash that something else has used: no invoice is paid twice,
// and econd does not pay itself.
func (s *State) hashUnused(field string, hash op.Hash) error {
	if hash == (op.Hash{}) {
		return nil
	}
	if i, ok := s.wallets.paying[hash]; ok {
		return refusal.New(refusal.ErrDuplicate, field, "hash-once", "payment hash %s is that of spend %s", hash, s.wallets.spends[i].id)
	}
	if use, ok := s.payments.hashes[hash]; ok {
		return refusal.New(refusal.ErrDuplicate, field, "hash-once", "payment hash %s was used by entry %d", hash, use.seq)
	}
	if i, ok := s.holds.offeredAt[hash]; ok {
		return refusal.New(refusal.ErrDuplicate, field, "hash-hold", "payment hash %s is that of hold %s: econd would pay itself", hash, s.holds.list[i].id)
	}
	return nil
}

// request is what the budgets are asked.
func (x *spend) request(approved bool) budget.Request {
	r := budget.Request{AmountMsat: x.asks.AmountMsat, FeeLimitMsat: x.asks.FeeLimitMsat, Purpose: x.asks.Purpose, Approved: approved}
	switch x.asks.Type {
	case op.SpendInvoice, op.SpendKeysend:
		if x.asks.Node != (op.NodeKey{}) {
			r.Recipients = []string{"node:" + x.asks.Node.String()}
		}
	case op.SpendAddress:
		r.Recipients = []string{"lnurl:" + x.asks.Address}
	case op.SpendURL:
		r.Recipients = []string{"origin:" + x.asks.Origin}
	}
	return r
}

// upwards calls fn with a wallet and all that it is a part of, until it says no.
func (s *State) upwards(i int, fn func(w *wallet) bool) {
	for ; i >= 0 && fn(&s.wallets.list[i]); i = s.wallets.list[i].parent {
	}
}

// needsApproval tells whether a budget asks approvals that the spend has not.
func (s *State) needsApproval(i int, x *spend) (needs bool) {
	s.upwards(i, func(w *wallet) bool {
		needs = w.budget.terms != nil && w.budget.terms.NeedsApproval(x.asks.AmountMsat+x.asks.FeeLimitMsat) && !s.approvedBy(&w.budget, x)
		return !needs
	})
	return needs
}

// approvedBy tells whether as many of those that a budget names have approved as must.
func (s *State) approvedBy(b *walletBudget, x *spend) bool {
	have := int64(0)
	for _, a := range x.approved {
		if s.agents.listed(b.approve, a.key) >= 0 && !s.agents.frozen(a.key) {
			have++
		}
	}
	return have >= b.terms.Approvals.M
}

// approvers are the keys that a budget names.
func approvers(t *budget.Terms) []op.PublicKey {
	if t.Approvals == nil {
		return nil
	}
	keys := make([]op.PublicKey, len(t.Approvals.Keys))
	for i, text := range t.Approvals.Keys {
		key, err := op.ParsePublicKey(text)
		if err != nil {
			panic("ledger: a budget names no key: " + err.Error()) // Validate saw it
		}
		keys[i] = key
	}
	return keys
}

// grantedBudgets is what the budgets of a wallet and those above it say to a spend.
type grantedBudgets struct {
	trace budget.Trace // of the wallet itself
	pool  int
	sat   int64
}

// afford asks the budgets of a wallet and of those that it is a part of, and the pool.
func (s *State) afford(i int, x *spend, nowMs int64) (g grantedBudgets, err error) {
	r, own := x.request(true), true
	s.upwards(i, func(w *wallet) bool {
		if w.budget.terms == nil {
			err = refusal.New(refusal.ErrRule, "content.wallet", "no-budget", "%s has no budget, so nothing is spent from it", w.id)
			return false
		}
		trace, refused := w.asked(r, nowMs)
		if own {
			g.trace, own = trace, false
		}
		err = refused
		return err == nil
	})
	if err != nil {
		return g, err
	}
	if g.pool, err = s.poolByName("content.wallet", s.wallets.list[i].budget.terms.Pool); err != nil {
		return g, err
	}
	g.sat = ceilDiv(x.asks.AmountMsat+x.asks.FeeLimitMsat, 1000)
	if have := s.treasury.poolSats[g.pool]; have < g.sat {
		return g, refusal.New(refusal.ErrRule, "content.amount_msat", "pool-funds", "pool %s holds %d sat, %d are needed, what the route may cost included",
			s.constitution.Pools[g.pool].Name, have, g.sat)
	}
	return g, nil
}

// reserveFor sets the sats of a spend aside, and asks for its payment.
func (s *State) reserveFor(i int, g grantedBudgets) {
	x := &s.wallets.spends[i]
	s.wallets.take(i)
	before := s.availableMsat(x.wallet)
	var held []budget.Reservation
	s.upwards(x.wallet, func(w *wallet) bool {
		held = append(held, w.reserve(x.request(true), s.clock.TimeMs))
		return true
	})
	s.treasury.draw(g.pool, g.sat)
	x.hold(held, g.sat, g.pool)
	x.setPaidBack(s.payBack(s.wallets.list[x.wallet].owner, g.pool, g.sat))
	s.step(x, spendReserved, before, g.trace)
	if !s.spentAhead(i) {
		s.emit(Effect{Kind: EffectSpend, Spend: x.id})
	}
}

// step records a transition of a spend.
func (s *State) step(x *spend, to spendState, before int64, trace budget.Trace) {
	s.wallets.step(x, spendStep{seq: s.next, timeMs: s.clock.TimeMs, state: to, version: s.wallets.list[x.wallet].budget.version,
		before: before, after: s.availableMsat(x.wallet), trace: trace})
}

// availableMsat is what could be spent from a wallet now by its own budget.
func (s *State) availableMsat(i int) int64 {
	w := &s.wallets.list[i]
	if w.budget.terms == nil {
		return 0
	}
	return w.account.Available(w.budget.terms, s.clock.TimeMs)
}

// waitForApproval records a spend that needs approvals. Nothing is set aside for it.
func (s *State) waitForApproval(e *op.Entry, x spend) error {
	over := func(j int) bool {
		y := &s.wallets.spends[j]
		return y.state != spendAsked || s.approvalOver(y)
	}
	waiting := 0
	for _, j := range s.wallets.list[x.wallet].onWait {
		if !over(j) {
			waiting++
		}
	}
	if waiting >= maxWaiting {
		return refusal.New(refusal.ErrRule, "content.wallet", "max-waiting", "%d spends wait for approvals, at most %d may", waiting, maxWaiting)
	}
	// What could not be afforded now waits for nothing.
	g, err := s.afford(x.wallet, &x, s.clock.TimeMs)
	if err != nil {
		return err
	}
	i := s.wallets.ask(x)
	s.wallets.wait(i, over)
	s.step(&s.wallets.spends[i], spendAsked, s.availableMsat(x.wallet), g.trace)
	return nil
}

// approvalOver tells whether a spend has waited for too long.
func (s *State) approvalOver(x *spend) bool {
	return s.clock.TimeMs-x.steps[len(x.steps)-1].timeMs > approvalsMs
}

// approveSpend takes an approval; with the last that is needed the spend goes on.
func (s *State) approveSpend(e *op.Entry, c *op.ApproveSpend) error {
	if err := s.knownSince(constitution.RulesWallets, "kind", e.Event.Kind.String()); err != nil {
		return err
	}
	i, err := s.spendByID("content.spend", c.Spend)
	if err != nil {
		return err
	}
	x := &s.wallets.spends[i]
	if x.state != spendAsked || s.approvalOver(x) {
		return refusal.New(refusal.ErrPhase, "content.spend", "approval-time", "it is %s since entry %d; approvals are taken for %d days", x.state, x.seq, int64(approvalsMs)/(dayS*1000))
	}
	if err := s.mayApprove(x, e.Event.PubKey); err != nil {
		return err
	}
	for _, a := range x.approved {
		if s.agents.same(a.key, e.Event.PubKey) {
			return refusal.New(refusal.ErrDuplicate, "pubkey", "approve-once", "approved already, as entry %d", a.seq)
		}
	}
	list := append(slices.Clip(x.approved), assent{key: e.Event.PubKey, seq: e.Seq})
	was := x.approved
	x.approve(list)
	if s.needsApproval(x.wallet, x) {
		return nil
	}
	g, err := s.approved(x)
	if err != nil {
		x.approve(was)
		return err
	}
	s.reserveFor(i, g)
	return nil
}

// approved checks what holds when the last approval comes.
func (s *State) approved(x *spend) (grantedBudgets, error) {
	if _, err := s.openWalletByID("content.spend", s.wallets.list[x.wallet].id); err != nil {
		return grantedBudgets{}, err
	}
	if err := s.agents.speaks("content.spend", x.by); err != nil {
		return grantedBudgets{}, err
	}
	if err := s.maySpend(x.wallet, x.by); err != nil {
		return grantedBudgets{}, err
	}
	if err := s.breakersClosed(x.wallet); err != nil {
		return grantedBudgets{}, err
	}
	if err := s.hashUnused("content.spend", x.asks.PaymentHash); err != nil {
		return grantedBudgets{}, err
	}
	return s.afford(x.wallet, x, s.clock.TimeMs)
}

// mayApprove refuses a key that no budget of the wallet and those above it asks.
func (s *State) mayApprove(x *spend, key op.PublicKey) error {
	named := false
	s.upwards(x.wallet, func(w *wallet) bool {
		named = s.agents.listed(w.budget.approve, key) >= 0
		return !named
	})
	if !named {
		return refusal.New(refusal.ErrForbidden, "pubkey", "approver", "%s approves no spends of %s", key, s.wallets.list[x.wallet].id)
	}
	return nil
}

func (s *State) spendByID(field, id string) (int, error) {
	i, ok := s.wallets.spendAt[id]
	if !ok {
		return 0, refusal.New(refusal.ErrNotFound, field, "spend", "no spend %+q", id)
	}
	return i, nil
}

// TrySpend says what would become of a spend at nowMs, signed by a key: the id it has, the
// rules with their numbers, and the refusal, or nil. Nothing is changed. approvals: it would
// wait for them.
func (s *State) TrySpend(c *op.Spend, by op.PublicKey, nowMs int64) (id string, trace budget.Trace, approvals bool, err error) {
	id = SpendID(c)
	i, err := s.openWalletByID("content.wallet", c.Wallet)
	if err != nil {
		return id, trace, false, err
	}
	if w := &s.wallets.list[i]; w.budget.terms != nil {
		trace, _ = w.asked((&spend{asks: *c}).request(true), nowMs)
	}
	x := spend{id: id, wallet: i, by: by, asks: *c}
	for _, check := range []func() error{
		func() error { return s.agents.speaks("pubkey", by) },
		func() error { return s.maySpend(i, by) },
		func() error { return checkSpend(c) },
		func() error { return s.breakersClosed(i) },
		func() error { return s.spendOnce(id, c) },
		func() error { return s.hashUnused("content.payment_hash", c.PaymentHash) },
		func() error { _, err := s.afford(i, &x, nowMs); return err },
	} {
		if err := check(); err != nil {
			return id, trace, false, err
		}
	}
	return id, trace, s.needsApproval(i, &x), nil
}
