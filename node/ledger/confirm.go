package ledger

import (
	"fmt"
	"math"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/stake"
)

// That sats are locked shows at two Lightning nodes, that of the operator and that of
// the agent. Each says what its own shows, and the log keeps both.

const (
	// seenMs is how long a lock may take to be entered: econd looks an offered hold up every
	// 15 s at least.
	seenMs = 10 * 60_000
	// returnMs is how long the HTLCs of a hold that ended may take to come back to the node
	// that sent them, for nodes between may be away.
	returnMs = 60 * 60_000
)

// paddingBlocks is how many blocks beyond what an invoice asks for payers may add, so that
// nobody on the route can tell how far it is from the payee: four days. Core Lightning adds most,
// a quarter of its maxdelay, which is 504 of 2016 blocks (libplugin-pay.c, shadow_route_cb); LDK
// adds 432 at most, eclair 400, LND three.
const paddingBlocks = 4 * 144

// lateLockMs is how long after its invoice has expired a lock may be entered: it came before,
// and econd or its LND was away.
const lateLockMs = 60 * 60_000

// mostExpiry is the highest that an HTLC of the hold can have, if it is there now.
func (s *State) mostExpiry(h *hold) uint64 { return h.mostExpiryAt(s.clock.Height) }

// mostExpiryAt is the highest that one can have which is there at a height.
func (h *hold) mostExpiryAt(height uint32) uint64 {
	return uint64(height) + uint64(h.cltvBlocks) + paddingBlocks
}

// latestExpiry is the height up to which an HTLC of the hold is counted, 0 where the rules know no
// such bound: that of its lock, or of one that is entered now. Whoever knows an invoice can pay it
// with an HTLC that ends later, and LND takes it. So econd and the agent state it up to here: the
// payer alone waits longer for its sats, and the hold goes on.
func (s *State) latestExpiry(h *hold) uint32 {
	if s.constitution.Version < constitution.RulesConfirmed || h.offeredSeq == 0 {
		return 0
	}
	height := s.clock.Height
	if h.lockedMs != 0 {
		height = h.lockedHeight
	}
	return uint32(min(h.mostExpiryAt(height), math.MaxUint32))
}

// impossible says why a lock cannot have come about as it is stated, or "". econd states no HTLC
// beyond latestExpiry; the sats of such a lock go back, for a refusal would leave them in no book.
func (s *State) impossible(h *hold) string {
	switch most := s.mostExpiry(h); {
	case s.constitution.Version < constitution.RulesConfirmed:
	case uint64(h.expiryHeight) > most:
		return fmt.Sprintf("its HTLC expires at %d; at height %d, by an invoice that asks for %d blocks, at most %d can be", h.expiryHeight, s.clock.Height, h.cltvBlocks, most)
	case s.clock.TimeMs > h.invoiceEndMs+lateLockMs:
		return fmt.Sprintf("locked too late: its invoice expired at %s, more than an hour before", atText(h.invoiceEndMs))
	}
	return ""
}

// holdConfirmed: the agent says what its own node shows of the HTLCs of a hold.
func (s *State) holdConfirmed(e *op.Entry, c *op.HoldConfirmed) error {
	if err := s.knownSince(constitution.RulesConfirmed, "kind", e.Event.Kind.String()); err != nil {
		return err
	}
	_, i, err := s.signersHold(e, c.Hold)
	if err != nil {
		return err
	}
	h := &s.holds.list[i]
	if err := s.canBeHeld(h, c); err != nil {
		return err
	}
	var before signed
	if h.said != nil {
		before = h.said.signed
	}
	when, err := s.latest(e, before)
	if err != nil {
		return err
	}
	h.say(lockSaid{sat: c.AmountSat, expiryHeight: c.ExpiryHeight, in: h.state, seq: e.Seq, ms: s.clock.TimeMs, signed: when})
	if h.state == stake.Locked {
		s.recount(i)
	}
	return nil
}

// canBeHeld refuses what no node can show of the hold's payment now.
func (s *State) canBeHeld(h *hold, c *op.HoldConfirmed) error {
	switch {
	case h.state == stake.Requested:
		return refusal.New(refusal.ErrPhase, "content.hold", "hold-life", "it is %s: there is no invoice that could have been paid", h.state)
	case h.state == stake.Releasing || h.state == stake.Forfeiting:
		return refusal.New(refusal.ErrPhase, "content.hold", "hold-life", "it is %s: its HTLCs are about to end", h.state)
	case h.paymentHash != c.PaymentHash:
		return refusal.New(refusal.ErrRule, "content.payment_hash", "hold-hash", "is %s, that of the hold is %s", c.PaymentHash, h.paymentHash)
	case c.AmountSat < h.amountSat:
		return refusal.New(refusal.ErrRule, "content.amount_sat", "hold-amount", "is %d, the hold asks for %d", c.AmountSat, h.amountSat)
	case c.ExpiryHeight < h.leastExpiry:
		return refusal.New(refusal.ErrRule, "content.expiry_height", "hold-expiry", "is %d; its invoice was offered at a height and asks for blocks that come to %d at least", c.ExpiryHeight, h.leastExpiry)
	case uint64(c.ExpiryHeight) > s.mostExpiry(h):
		return refusal.New(refusal.ErrRule, "content.expiry_height", "hold-expiry-most", "is %d; at height %d, by an invoice that asks for %d blocks, it is %d at most", c.ExpiryHeight, s.clock.Height, h.cltvBlocks, s.mostExpiry(h))
	case c.ExpiryHeight <= s.clock.Height:
		return refusal.New(refusal.ErrRule, "content.expiry_height", "hold-over", "is %d, at height %d no HTLC of that is in flight", c.ExpiryHeight, s.clock.Height)
	case h.state.Ended() && s.clock.TimeMs < h.endedMs+returnMs:
		return refusal.New(refusal.ErrPhase, "content.hold", "hold-returning", "it ended at %s; HTLCs may take until %s to come back, what is held then can be stated", atText(h.endedMs), atText(h.endedMs+returnMs))
	case h.repeats(c):
		return refusal.New(refusal.ErrPhase, "content.hold", "confirmed-once", "entry %d confirms it", h.said.seq)
	}
	return nil
}

// An agent states what its route is to deliver, the operator what came. A payee fails an HTLC that
// brings fewer sats or ends earlier than the route says (BOLT 4), so what came may be more, and is
// never less.
const (
	// addedBlocks is how much later than the agent says an HTLC may end, by the operator. The log ends
	// a hold stake.SafetyBlocks before its expiry, so it counts none beyond 18 blocks before that of
	// the agent, where lnd 0.21 fails it; lnd 0.20 does 12 before.
	addedBlocks = 6
	// addedPpm of the agent's sats, and a sat at least, may the operator's be more.
	addedPpm = 1_000
)

// agrees tells whether the agent says the same.
func (x *lockSaid) agrees(sat int64, expiryHeight uint32) bool {
	return x.sat == sat && x.expiryHeight == expiryHeight
}

// adds tells whether the operator's sats are no more than a route may have added to the agent's.
func (x *lockSaid) adds(sat int64) bool {
	return sat-x.sat <= max(1, muldiv.Floor(x.sat, addedPpm, 1_000_000))
}

// lasts tells whether the operator's HTLC ends no later than a route may have made of the agent's.
func (x *lockSaid) lasts(expiryHeight uint32) bool {
	return uint64(expiryHeight) <= uint64(x.expiryHeight)+addedBlocks
}

// vouched tells whether the agent's word bears what the operator says was locked.
func (h *hold) vouched() bool {
	return h.said != nil && h.said.adds(h.paidSat) && h.said.lasts(h.expiryHeight)
}

// vouchedSat is what both say is locked, 0 where the agent does not vouch for it.
func (h *hold) vouchedSat() int64 {
	if !h.vouched() {
		return 0
	}
	return min(h.paidSat, h.said.sat)
}

// beyondRoute is in what no route makes the operator's words of what the agent said, or "". An
// expiry near the last that counts may stand for any later one, see latestExpiry.
func (h *hold) beyondRoute() string {
	x := h.said
	switch {
	case x.sat > h.paidSat || !x.adds(h.paidSat):
		return contradictsAmount
	case !x.lasts(h.expiryHeight):
		return contradictsExpiry
	case x.expiryHeight > h.expiryHeight && uint64(h.expiryHeight)+addedBlocks < h.mostExpiryAt(h.lockedHeight):
		return contradictsExpiry
	}
	return ""
}

// repeats tells whether the agent said the same before, and it counts. It may say again what differs
// from the operator's words, once.
func (h *hold) repeats(c *op.HoldConfirmed) bool {
	x := h.said
	if h.state != stake.Locked || !h.vouched() || !x.agrees(c.AmountSat, c.ExpiryHeight) {
		return false
	}
	return x.in == stake.Locked || x.agrees(h.paidSat, h.expiryHeight)
}

// confirmedAtLock is how much of a hold that was just paid is confirmed: what its agent vouched for
// before; of a renewal as much as the agent itself had confirmed of the hold before it. So a
// renewal takes no weight away until it is confirmed, and the next one does.
func (s *State) confirmedAtLock(h *hold) int64 {
	if h.vouched() || h.renews == 0 {
		return h.vouchedSat()
	}
	if old := &s.holds.list[h.renews-1]; old.state == stake.Locked {
		return min(h.paidSat, old.vouchedSat())
	}
	return 0
}

// recount follows what an agent said of a hold that is locked.
func (s *State) recount(i int) {
	h := &s.holds.list[i]
	sat := h.vouchedSat()
	more := sat - h.confirmedSat
	h.confirm(sat)
	if h.rule().weighs {
		s.addStake(h.agent, staked{confirmedSat: more})
	}
}
