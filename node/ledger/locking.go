package ledger

import (
	"fmt"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/stake"
)

// An HTLC comes after its invoice, and LND fails one that has not as many blocks
// left as the invoice asks for. So no hold can expire earlier than that, and an
// operator who says so wants to forfeit what nobody had the time to renew. LND as a
// payer adds three blocks, so that a reorganisation does not matter.

// holdLocked: the sats count from this entry on, all that were paid. Sats that no
// rule can take, because they are too many or come too late, go back by the same
// entry and never count.
func (s *State) holdLocked(e *op.Entry, c *op.HoldLocked) error {
	i, err := s.holds.holdByID(c.Hold)
	if err != nil {
		return err
	}
	h := &s.holds.list[i]
	if c.AmountSat < h.amountSat {
		return refusal.New(refusal.ErrFact, "content.amount_sat", "hold-amount", "%d sat were locked, the hold asks for %d", c.AmountSat, h.amountSat)
	}
	if c.RestMsat < 0 || c.RestMsat > 999 {
		return refusal.New(refusal.ErrFact, "content.rest_msat", "hold-amount", "is %d, must be between 0 and 999: the rest of a sat", c.RestMsat)
	}
	if h.state == stake.Offered && c.ExpiryHeight < h.leastExpiry {
		return refusal.New(refusal.ErrFact, "content.expiry_height", "hold-expiry", "is %d; its invoice was offered at a height and asks for blocks that come to %d at least",
			c.ExpiryHeight, h.leastExpiry)
	}
	if _, err := h.state.Next(stake.Accept); err != nil {
		return refusal.New(refusal.ErrPhase, "", "hold-life", "hold %s: %v", h.id, err)
	}
	h.pay(c.AmountSat, c.RestMsat, c.ExpiryHeight)
	s.countPaid(i)
	if reason := s.turnsAway(h); reason != "" {
		s.mustHold(s.releaseHold(i, reason))
		s.goneFor(i)
		return nil
	}
	h.lock(s.clock)
	h.confirm(s.confirmedAtLock(h))
	s.watchHeights(i)
	if h.renews != 0 {
		return s.renewed(i)
	}
	if err := s.moveHold(i, stake.Accept, ""); err != nil {
		return err
	}
	return s.lockedFor(i)
}

// turnsAway says why a hold that was just paid is not taken, or "".
func (s *State) turnsAway(h *hold) string {
	if s.mustFree(h) {
		return "locked too late: " + s.tooLate(h)
	}
	if reason := s.impossible(h); reason != "" {
		return reason
	}
	if most := s.mostStakeSat(h); h.purpose == forStake && h.paidSat > most {
		return fmt.Sprintf("%d sat were locked, a stake may have at most %d", h.paidSat, most)
	}
	return ""
}
