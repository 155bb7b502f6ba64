package ledger

import (
	"crypto/sha256"

	"github.com/econd/econd/node/budget"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// spending finds the spend that a fact is about, and its effect.
func (s *State) spending(kind op.Kind, effect, id string) (int, error) {
	if err := s.knownSince(constitution.RulesWallets, "kind", kind.String()); err != nil {
		return 0, err
	}
	i, err := s.spendByID("content.spend", id)
	if err != nil {
		return 0, err
	}
	at, ok := s.effects.pendingAt[effect]
	if !ok || s.effects.pending[at].Spend != id {
		return 0, refusal.New(refusal.ErrFact, "content.effect", "effect-answered-once", "no pending effect %+q of spend %s", effect, id)
	}
	return i, nil
}

// spendSubmitted: the payment is known, and about to be sent.
func (s *State) spendSubmitted(e *op.Entry, c *op.SpendSubmitted) error {
	i, err := s.spending(e.Event.Kind, c.Effect, c.Spend)
	if err != nil {
		return err
	}
	x := &s.wallets.spends[i]
	if x.state != spendReserved {
		return refusal.New(refusal.ErrPhase, "content.spend", "submit-once", "it is %s", x.state)
	}
	if list := s.Restorations(); len(list) > 0 && x.seq < list[len(list)-1].Seq {
		// It may have been paid by another payment, in what was lost.
		return refusal.New(refusal.ErrPhase, "content.spend", "restored", "it was asked for in entry %d, before the log was restored by entry %d: it is not sent anew", x.seq, list[len(list)-1].Seq)
	}
	if s.agents.frozen(x.by) {
		return refusal.New(refusal.ErrForbidden, "content.spend", "key-revoked", "%s asked for it and was revoked since", x.by)
	}
	if err := x.paidBy(c); err != nil {
		return err
	}
	if at, own := s.wallets.paying[c.PaymentHash]; !own || at != i {
		if err := s.hashUnused("content.payment_hash", c.PaymentHash); err != nil {
			return err
		}
	}
	s.wallets.submit(i, c)
	s.step(x, spendSubmitted, s.availableMsat(x.wallet), budget.Trace{})
	return nil
}

// paidBy holds the payment against what was asked for.
func (x *spend) paidBy(c *op.SpendSubmitted) error {
	least := x.asks.AmountMsat
	if x.asks.Type == op.SpendURL {
		least = 1 // the origin's price, at most what was asked for
	}
	switch {
	case c.AmountMsat < least || c.AmountMsat > x.asks.AmountMsat:
		return refusal.New(refusal.ErrFact, "content.amount_msat", "spend-amount", "is %d, must be between %d and %d", c.AmountMsat, least, x.asks.AmountMsat)
	case c.PaymentHash == (op.Hash{}):
		return refusal.New(refusal.ErrInvalid, "content.payment_hash", "required", "is missing")
	case x.asks.PaymentHash != (op.Hash{}) && c.PaymentHash != x.asks.PaymentHash:
		return refusal.New(refusal.ErrFact, "content.payment_hash", "spend-hash", "is %s, the spend is of %s", c.PaymentHash, x.asks.PaymentHash)
	case x.asks.Node != (op.NodeKey{}) && c.Node != x.asks.Node:
		return refusal.New(refusal.ErrFact, "content.node", "spend-node", "is %s, the spend is to %s", c.Node, x.asks.Node)
	}
	return nil
}

// spendSettled: the sats arrived. What the route did not cost returns. What it cost beyond
// its limit is the operator's own.
func (s *State) spendSettled(e *op.Entry, c *op.SpendSettled) error {
	i, err := s.spending(e.Event.Kind, c.Effect, c.Spend)
	if err != nil {
		return err
	}
	x := &s.wallets.spends[i]
	if x.state != spendSubmitted {
		return refusal.New(refusal.ErrPhase, "content.spend", "settle-submitted", "it is %s", x.state)
	}
	if c.FeeMsat < 0 || c.FeeMsat > maxPayoutSat {
		return refusal.New(refusal.ErrFact, "content.fee_msat", "fee-range", "is %d, must be between 0 and %d", c.FeeMsat, int64(maxPayoutSat))
	}
	if got := op.Hash(sha256.Sum256(c.Preimage[:])); got != x.hash {
		return refusal.New(refusal.ErrFact, "content.preimage", "preimage", "hashes to %s, the payment hash is %s", got, x.hash)
	}
	s.effects.answer(c.Effect)
	s.settleSpend(x, c.Preimage, c.FeeMsat)
	return nil
}

// settleSpend ends a spend whose sats have arrived.
func (s *State) settleSpend(x *spend, preimage op.Hash, feeMsat int64) {
	before, within := s.availableMsat(x.wallet), min(feeMsat, x.asks.FeeLimitMsat)
	s.eachHeld(x, func(w *wallet, r budget.Reservation) { w.settled(r, x.amountMsat+within, s.clock.TimeMs) })
	cost := ceilDiv(x.amountMsat+within, 1000)
	s.treasury.spend(feeMsat - within)
	s.keepDust(cost*1000 - x.amountMsat - within)
	s.treasury.put(x.pool, x.heldSat-cost)
	x.settle(preimage, feeMsat)
	s.step(x, spendSettled, before, budget.Trace{})
}

// spentAhead settles a spend that was just set aside and that LND has paid already, in what
// a restore lost.
func (s *State) spentAhead(i int) bool {
	x := &s.wallets.spends[i]
	k := s.recovery.aheadOf(x.id)
	if k < 0 || s.recovery.ahead[k].amountMsat > x.asks.AmountMsat {
		return false
	}
	if was := s.recovery.ahead[k].preimage; x.hash != (op.Hash{}) && op.Hash(sha256.Sum256(was[:])) != x.hash {
		return false
	}
	a := s.recovery.takeAhead(k)
	s.paidAs(i, a.preimage, a.amountMsat, a.feeMsat)
	return true
}

// paidAs settles a spend by a payment that no fact of this log submitted.
func (s *State) paidAs(i int, preimage op.Hash, amountMsat, feeMsat int64) {
	x := &s.wallets.spends[i]
	s.wallets.submit(i, &op.SpendSubmitted{PaymentHash: sha256.Sum256(preimage[:]), AmountMsat: amountMsat, Node: x.asks.Node})
	s.step(x, spendSubmitted, s.availableMsat(x.wallet), budget.Trace{})
	s.settleSpend(x, preimage, feeMsat)
}

// decideSpent records that LND has paid a spend, by whichever payment.
func (s *State) decideSpent(i int, c *op.Reconciled) error {
	x := &s.wallets.spends[i]
	switch {
	case x.state != spendReserved && x.state != spendSubmitted:
		return refusal.New(refusal.ErrPhase, "content.payout", "paid-once", "spend %s is %s: nothing is set aside for it", x.id, x.state)
	case c.AmountMsat < 1 || c.AmountMsat > x.asks.AmountMsat || x.asks.Type != op.SpendURL && c.AmountMsat != x.asks.AmountMsat:
		return refusal.New(refusal.ErrFact, "content.amount_msat", "payout-amount", "is %d, spend %s is over %d", c.AmountMsat, x.id, x.asks.AmountMsat)
	case x.hash != (op.Hash{}) && c.Hash != x.hash:
		return refusal.New(refusal.ErrFact, "content.hash", "spend-hash", "is %s, spend %s is of %s", c.Hash, x.id, x.hash)
	}
	if at, own := s.wallets.paying[c.Hash]; !own || at != i {
		if err := s.hashUnused("content.hash", c.Hash); err != nil {
			return err
		}
	}
	for _, e := range s.PendingEffects() {
		if e.Spend == x.id {
			s.effects.answer(e.ID)
		}
	}
	s.paidAs(i, c.Preimage, c.AmountMsat, c.FeeMsat)
	return nil
}

// eachHeld calls fn with the wallets that a spend is set aside in.
func (s *State) eachHeld(x *spend, fn func(*wallet, budget.Reservation)) {
	k := 0
	s.upwards(x.wallet, func(w *wallet) bool {
		fn(w, x.held[k])
		k++
		return true
	})
}

// spendFailed: nothing was paid. All of it returns.
func (s *State) spendFailed(e *op.Entry, c *op.SpendFailed) error {
	i, err := s.spending(e.Event.Kind, c.Effect, c.Spend)
	if err != nil {
		return err
	}
	if err := refusal.TextWithin("content.reason", c.Reason, 1, 500); err != nil {
		return err
	}
	x := &s.wallets.spends[i]
	s.effects.answer(c.Effect)
	before := s.availableMsat(x.wallet)
	s.eachHeld(x, func(w *wallet, r budget.Reservation) { w.released(r, s.clock.TimeMs) })
	s.notPaidBack(s.wallets.list[x.wallet].owner, x.paidBack)
	s.treasury.put(x.pool, x.heldSat)
	s.wallets.fail(i, c.Reason)
	s.step(x, spendFailed, before, budget.Trace{})
	return nil
}
