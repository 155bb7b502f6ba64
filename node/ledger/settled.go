package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/stake"
)

// holdSettled: LND has settled a hold. What that means is decided here and
// nowhere else. Forfeited sats go where their purpose says, a deposit into its
// pool; what no rule took is owed back to its agent, so that nobody gains by
// settling it. The fact answers a settle effect, a cancel effect that came too
// late, or nothing, where LND was found to have settled by itself.
func (s *State) holdSettled(e *op.Entry, c *op.HoldSettled) error {
	i, err := s.holds.holdByID(c.Hold)
	if err != nil {
		return err
	}
	h := &s.holds.list[i]
	if c.Effect != "" {
		if err := s.effects.pendingEffect(c.Effect, c.Hold, EffectSettleHold, EffectCancelHold); err != nil {
			return err
		}
	} else if h.state != stake.Offered && h.state != stake.Locked {
		return refusal.New(refusal.ErrFact, "content.effect", "effect-answered-once", "hold is %s; only one that is offered or locked is found settled", h.state)
	}
	if err := s.settledAmount(h, c); err != nil {
		return err
	}
	switch {
	case h.state == stake.Forfeiting:
		err = s.moveHold(i, stake.Settle, "")
	case h.forfeited: // it was to be cancelled after all, and was not
		err = s.moveHold(i, stake.Take, "")
	default:
		err = s.moveHold(i, stake.Take, takenReason)
	}
	if err != nil {
		return err
	}
	if c.Effect != "" {
		s.effects.answer(c.Effect)
	}
	if h.forfeited || h.rule().booked {
		s.settledFor(h)
		return nil
	}
	s.giveBack(h)
	s.goneFor(i)
	return nil
}

const takenReason = "settled though no rule forfeited it"

// settledAmount takes over what was paid of a hold that the log never saw locked.
func (s *State) settledAmount(h *hold, c *op.HoldSettled) error {
	if h.paidSat != 0 {
		if c.AmountSat != 0 || c.RestMsat != 0 {
			return refusal.New(refusal.ErrFact, "content.amount_sat", "hold-amount", "is %d and %d msat; it was locked, its amount is on record", c.AmountSat, c.RestMsat)
		}
		return nil
	}
	if c.AmountSat < h.amountSat || c.AmountSat > maxPayoutSat || c.RestMsat < 0 || c.RestMsat > 999 {
		return refusal.New(refusal.ErrFact, "content.amount_sat", "hold-amount", "%d sat and %d msat were paid, the hold asks for %d sat", c.AmountSat, c.RestMsat, h.amountSat)
	}
	h.pay(c.AmountSat, c.RestMsat, 0)
	return nil
}

// purposeReturned is that of a payout of sats that no rule took.
const purposeReturned = "returned"

// returnedClaimMs is for how long such a payout can be claimed: its agent did
// nothing to have it, and may not look for years.
const returnedClaimMs = 20 * 366 * dayS * 1000

// giveBack owes an agent what LND took of its hold. What the route may cost comes
// out of it; what the route does not cost, and what it would eat up, goes to the
// first pool.
func (s *State) giveBack(h *hold) {
	s.keepDust(h.restMsat)
	pay, fee := s.constitution.Payouts.Within(h.paidSat)
	s.bring(0, nobody, h.paidSat-pay-fee)
	if pay > 0 {
		s.owe(stableID(purposeReturned, h.id.String()), h.agent, 0, pay, fee, purposeReturned, actionRef{proposal: -1}, op.NodeKey{})
	}
}
