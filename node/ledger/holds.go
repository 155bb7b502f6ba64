package ledger

import (
	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/stake"
)

// boundSat is what the hold binds: what was paid, or what is asked for.
func (h *hold) boundSat() int64 {
	if h.paidSat != 0 {
		return h.paidSat
	}
	return h.amountSat
}

// openHold makes a hold that holdRoom had room for, and lets one go that nobody
// paid where that is its room.
func (s *State) openHold(e *op.Entry, at slot, amountSat int64, why purpose, subject int) int {
	i := s.newHold(e, at, amountSat, why, subject)
	s.makeRoom(at)
	return i
}

// newHold records a requested hold, which counts as unpaid, and asks for its
// invoice.
func (s *State) newHold(e *op.Entry, at slot, amountSat int64, why purpose, subject int) int {
	memo := op.HoldMemo(purposes[why].name, e.Event.ID)
	i := s.holds.add(hold{id: e.Event.ID, agent: at, purpose: why, subject: subject,
		amountSat: amountSat, requestedMs: s.clock.TimeMs, seq: e.Seq})
	s.countUnpaid(i)
	s.agents.list[at].holdAsked(i)
	s.emit(Effect{Kind: EffectOpenHold, Hold: e.Event.ID, AmountSat: amountSat,
		CltvBlocks: s.constitution.Stake.CltvBlocks, ExpiryS: s.constitution.Stake.InvoiceExpiryS, Memo: memo})
	return i
}

// lockStake asks for a hold invoice over the stake.
func (s *State) lockStake(e *op.Entry, c *op.LockStake) error {
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	rules := s.constitution.Stake
	if c.AmountSat < rules.MinSat || c.AmountSat > rules.MaxSat {
		return refusal.New(refusal.ErrRule, "content.amount_sat", "stake-range", "is %d, must be between %d and %d", c.AmountSat, rules.MinSat, rules.MaxSat)
	}
	if err := s.holdRoom(at); err != nil {
		return err
	}
	s.openHold(e, at, c.AmountSat, forStake, -1)
	return nil
}

// signersHold finds the hold that an operation names, which must be its signer's.
func (s *State) signersHold(e *op.Entry, id op.ID) (at slot, i int, err error) {
	if at, err = s.agents.signer(e); err != nil {
		return at, 0, err
	}
	i, ok := s.holds.at[id]
	if !ok {
		return at, 0, refusal.New(refusal.ErrNotFound, "content.hold", "hold", "no hold %s", id)
	}
	if h := &s.holds.list[i]; h.agent != at {
		return at, 0, refusal.New(refusal.ErrForbidden, "content.hold", "own-stake", "it belongs to %s", s.agents.list[h.agent].key)
	}
	return at, i, nil
}

// releaseStake asks for the sats of one of the signer's stakes back. While a
// ballot of the agent counts in an open vote the stake stays: a weight that
// votes must be at risk until the vote is closed.
func (s *State) releaseStake(e *op.Entry, c *op.ReleaseStake) error {
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	i, ok := s.holds.at[c.Stake]
	if !ok || s.holds.list[i].purpose != forStake {
		return refusal.New(refusal.ErrNotFound, "content.stake", "stake", "no stake %s", c.Stake)
	}
	h := &s.holds.list[i]
	if h.agent != at {
		return refusal.New(refusal.ErrForbidden, "content.stake", "own-stake", "it belongs to %s", s.agents.list[h.agent].key)
	}
	if err := s.notLeaving(at); err != nil {
		return err
	}
	if n := s.boundVotes(at); h.state == stake.Locked && n > 0 {
		return refusal.New(refusal.ErrRule, "content.stake", "stake-votes", "it backs %d ballots in open votes; release it when those are closed", n)
	}
	if keep, track := s.stakeToKeep(at); h.state == stake.Locked && int64(s.agents.list[at].stakeSat.Now())-h.paidSat < keep {
		return refusal.New(refusal.ErrRule, "content.stake", "stake-proposes", "%d of %d sat; its open proposal on track %s asks it to keep %d",
			h.paidSat, s.agents.list[at].stakeSat.Now(), track, keep)
	}
	if h.state == stake.Requested {
		return refusal.New(refusal.ErrPhase, "content.stake", "hold-life", "its invoice is being made; try again in a moment")
	}
	return s.releaseHold(i, "released by its agent")
}

// releaseHold asks LND to cancel a hold. The sats stop counting now.
func (s *State) releaseHold(i int, reason string) error {
	if err := s.moveHold(i, stake.Release, reason); err != nil {
		return err
	}
	s.emit(Effect{Kind: EffectCancelHold, Hold: s.holds.list[i].id})
	return nil
}

// forfeitHold asks LND to settle a hold. The sats stop counting now. Where the
// chain is too close to the HTLC's expiry to settle it, it is cancelled; what
// waits for the sats learns of that when they are back, as of any hold that was
// forfeited and never arrived.
func (s *State) forfeitHold(i int, reason string) error {
	h := &s.holds.list[i]
	if h.state == stake.Locked && s.mustFree(h) {
		h.forfeit("")
		return s.releaseHold(i, reason+"; "+s.tooLate(h))
	}
	if err := s.moveHold(i, stake.Forfeit, reason); err != nil {
		return err
	}
	h.forfeit(s.emit(Effect{Kind: EffectSettleHold, Hold: h.id}))
	return nil
}

// moveHold takes a hold through one transition and keeps the agent's stake and
// the weights in step.
func (s *State) moveHold(i int, ev stake.Event, reason string) error {
	more, err := s.turnHold(i, ev, reason)
	if err != nil {
		return err
	}
	s.addStake(s.holds.list[i].agent, more)
	return nil
}

// staked is by how much an agent's locked stake changes, and what is confirmed of it.
type staked struct{ sat, confirmedSat int64 }

func (x staked) and(y staked) staked { return staked{x.sat + y.sat, x.confirmedSat + y.confirmedSat} }

// turnHold takes a hold through one transition, keeps the counts of open and
// unpaid holds, and returns by how much the agent's locked stake changes, for
// addStake.
func (s *State) turnHold(i int, ev stake.Event, reason string) (more staked, err error) {
	h := &s.holds.list[i]
	next, err := h.state.Next(ev)
	if err != nil {
		return more, refusal.New(refusal.ErrPhase, "", "hold-life", "hold %s: %v", h.id, err)
	}
	counted, counts := h.state == stake.Locked, next == stake.Locked
	h.turn(next, reason)
	if next.Ended() {
		h.end(s.clock.TimeMs)
		s.agents.list[h.agent].holdEnded()
		s.countPaid(i)
	}
	switch {
	case !h.rule().weighs || counts == counted:
		return more, nil
	case counts:
		return staked{h.paidSat, h.confirmedSat}, nil
	}
	return staked{-h.paidSat, -h.confirmedSat}, nil
}

// addStake changes an agent's locked stake by some sats, more or fewer. What one
// entry does to it is one change: values in between would show as heights and
// depths that nobody ever had.
func (s *State) addStake(at slot, more staked) {
	if more == (staked{}) {
		return
	}
	a := &s.agents.list[at]
	before := s.basisNow(a)
	sat := uint64(int64(before.StakeSat) + more.sat)
	a.setStake(s.clock.TimeMs, sat, uint64(int64(a.confirmedSat.Now())+more.confirmedSat))
	if a.leaving != nil {
		s.leavers.countSat(sat - before.StakeSat)
	}
	if more.sat > 0 || more.confirmedSat > 0 {
		s.stakes.raise(raise{s.clock.TimeMs, at})
	}
	s.reweigh(at, before, s.basisNow(a))
	s.noteStake(at, before.StakeSat, sat)
	if x := a.leaving; x != nil {
		s.stakes.moveGone(&s.leavers.going, s.clock.TimeMs, min(x.ownSat, before.StakeSat), min(x.ownSat, sat))
	}
}

// holdByID finds the hold that a fact names.
func (s *holds) holdByID(id op.ID) (int, error) {
	i, ok := s.at[id]
	if !ok {
		return 0, refusal.New(refusal.ErrFact, "content.hold", "hold", "no hold %s", id)
	}
	return i, nil
}

func (s *State) holdOffered(e *op.Entry, c *op.HoldOffered) error {
	i, err := s.holds.holdByID(c.Hold)
	if err != nil {
		return err
	}
	if err := s.effects.pendingEffect(c.Effect, c.Hold, EffectOpenHold); err != nil {
		return err
	}
	inv, err := s.checkHoldInvoice(&s.holds.list[i], c)
	if err != nil {
		return err
	}
	if at, ok := s.holds.offeredAt[c.PaymentHash]; ok {
		// Its preimage may be known already, or convict the operator of a
		// theft that it did not commit.
		return refusal.New(refusal.ErrFact, "content.payment_hash", "hold-invoice", "is that of hold %s already", s.holds.list[at].id)
	}
	if err := s.moveHold(i, stake.Offer, ""); err != nil {
		return err
	}
	s.holds.offered(i, c, inv, s.clock.Height, e.Seq)
	s.signedBy(inv.payee)
	s.effects.answer(c.Effect)
	return s.offeredTooLate(i)
}

// holdCancelled: the sats are back with the agent, because an effect asked for
// it, the invoice was never paid, or LND cancelled by itself.
func (s *State) holdCancelled(e *op.Entry, c *op.HoldCancelled) error {
	i, err := s.holds.holdByID(c.Hold)
	if err != nil {
		return err
	}
	if err := refusal.TextWithin("content.reason", c.Reason, 1, 500); err != nil {
		return err
	}
	if c.Effect != "" {
		if err := s.effects.pendingEffect(c.Effect, c.Hold, EffectOpenHold, EffectSettleHold, EffectCancelHold); err != nil {
			return err
		}
	} else if st := s.holds.list[i].state; st != stake.Offered && st != stake.Locked {
		// An effect is pending, which would never be answered.
		return refusal.New(refusal.ErrFact, "content.effect", "effect-answered-once", "hold is %s; only one that is offered or locked ends by itself", st)
	}
	reason := s.holds.list[i].reason
	switch {
	case reason == "":
		reason = c.Reason
	case s.holds.list[i].state == stake.Forfeiting:
		reason += "; " + c.Reason // why what was decided did not come about
	}
	if err := s.moveHold(i, stake.Cancel, reason); err != nil {
		return err
	}
	if c.Effect != "" {
		s.effects.answer(c.Effect)
	}
	s.goneFor(i)
	return nil
}

// keepDust gathers what of settled sats and of fees makes no full sat; each that
// it makes goes to the first pool, so that the books have to the msat what LND
// has.
func (s *State) keepDust(msat int64) {
	s.bring(0, nobody, s.treasury.gather(msat))
}

// fillPools splits forfeited sats by the pools' shares, rounding down; the
// remainder goes to the first pool.
func (s *State) fillPools(by slot, sat int64) {
	left := sat
	for i, p := range s.constitution.Pools {
		part := muldiv.Floor(sat, p.SharePpm, 1_000_000)
		s.bring(i, by, part)
		left -= part
	}
	s.bring(0, by, left)
}
