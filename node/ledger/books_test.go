package ledger

import (
	"fmt"

	"github.com/econd/econd/node/op"
)

// cashbook counts the sats that facts brought in and took out, from the facts
// alone, and knows nothing of where the ledger keeps them. Every entry of every
// scenario and random log is held against it. The zero value is empty.
type cashbook struct {
	locked         map[op.ID]int64  // msat, of holds that are not settled
	due            map[string]int64 // sat that a payment effect sends
	limit          map[string]int64 // sat that its route may cost
	in, paid, fees int64            // msat
	own            int64            // of fees
	ahead          map[string]int64 // msat of fees of payments that decisions stated, by payout

	spendLimit, submitted map[string]int64 // msat, by spend
}

// enter takes an event that was applied, with the effects of its entry; it returns
// what does not add up, or "".
func (c *cashbook) enter(s *State, e *op.Event, effects []Effect) string {
	if c.locked == nil {
		c.locked, c.due, c.limit, c.ahead = map[op.ID]int64{}, map[string]int64{}, map[string]int64{}, map[string]int64{}
		c.spendLimit, c.submitted = map[string]int64{}, map[string]int64{}
	}
	switch e.Kind {
	case op.KindHoldLocked:
		f := read[op.HoldLocked](e)
		c.locked[f.Hold] = 1000*f.AmountSat + f.RestMsat
	case op.KindHoldCancelled:
		delete(c.locked, read[op.HoldCancelled](e).Hold)
	case op.KindHoldSettled:
		f := read[op.HoldSettled](e)
		if msat, ok := c.locked[f.Hold]; ok {
			c.in += msat
		} else {
			c.in += 1000*f.AmountSat + f.RestMsat
		}
		delete(c.locked, f.Hold)
	case op.KindReconciled:
		switch f := read[op.Reconciled](e); f.Decision {
		case op.DecidedFound:
			c.in += f.AmountMsat
		case op.DecidedPaid:
			c.paid += f.AmountMsat
			c.fees += f.FeeMsat
			c.ahead[f.Payout] = f.FeeMsat
		}
	case op.KindPaymentSent:
		f := read[op.PaymentSent](e)
		c.paid += 1000 * c.due[f.Effect]
		c.fees += f.FeeMsat
		c.own += max(0, f.FeeMsat-1000*c.limit[f.Effect])
	}
	c.spends(e)
	for payout, msat := range c.ahead { // once the log makes it, its limit is known
		if p, ok := s.Payout(payout); ok {
			c.own += max(0, msat-1000*p.FeeSat)
			delete(c.ahead, payout)
		}
	}
	for _, e := range effects {
		if e.Kind == EffectPay || e.Kind == EffectKeysend {
			c.due[e.ID], c.limit[e.ID] = e.AmountSat, e.FeeLimitSat
		}
	}
	for _, p := range s.Pools() {
		if p.Sat < 0 {
			return fmt.Sprintf("pool %s owes %d sat", p.Name, -p.Sat)
		}
	}
	return c.against(s.Books())
}

// spends takes what wallets spend.
func (c *cashbook) spends(e *op.Event) {
	switch e.Kind {
	case op.KindSpend:
		f := read[op.Spend](e)
		c.spendLimit[SpendID(&f)] = f.FeeLimitMsat
	case op.KindSpendSubmitted:
		f := read[op.SpendSubmitted](e)
		c.submitted[f.Spend] = f.AmountMsat
	case op.KindSpendSettled:
		f := read[op.SpendSettled](e)
		c.paid += c.submitted[f.Spend]
		c.fees += f.FeeMsat
		c.own += max(0, f.FeeMsat-c.spendLimit[f.Spend])
	}
}

// read decodes the content of an event that was applied.
func read[C any](e *op.Event) (c C) {
	if err := op.Unmarshal([]byte(e.Content), "content", &c); err != nil {
		panic(err)
	}
	return c
}

func (c *cashbook) against(b Books) string {
	var locked int64
	for _, msat := range c.locked {
		locked += msat
	}
	if b.In != c.in || b.Paid != c.paid || b.Fees != c.fees || b.Own != c.own || b.Locked != locked {
		return fmt.Sprintf("the books say %+v; the facts %d in, %d paid, %d fees, %d of them the operator's own, %d locked", b, c.in, c.paid, c.fees, c.own, locked)
	}
	if b.Left() != b.Kept() {
		return fmt.Sprintf("%d msat are left of what came in, %d are accounted for: %+v", b.Left(), b.Kept(), b)
	}
	for _, part := range []int64{b.Pools, b.Owed, b.Aside, b.Grants, b.Pots, b.Dust} {
		if part < 0 {
			return fmt.Sprintf("less than nothing: %+v", b)
		}
	}
	return ""
}
