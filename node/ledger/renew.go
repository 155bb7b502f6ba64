package ledger

import (
	"slices"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/stake"
)

// renew asks for the next hold of a stake, a collateral or a bond. It does not
// count against the holds that an agent may have open: an agent at that limit
// must be able to keep what it has.
func (s *State) renew(e *op.Entry, c *op.Renew) error {
	at, i, err := s.signersHold(e, c.Hold)
	if err != nil {
		return err
	}
	h := &s.holds.list[i]
	switch {
	case h.state != stake.Locked:
		return refusal.New(refusal.ErrPhase, "content.hold", "renew", "it is %s; only one that is locked can be renewed", h.state)
	case h.rule().replaced == nil:
		return refusal.New(refusal.ErrRule, "content.hold", "renew", "it is a %s, which is settled as soon as it is locked", h.rule().name)
	case h.renewal != 0 && !s.holds.list[h.renewal].state.Ended():
		return refusal.New(refusal.ErrRule, "content.hold", "renew-once", "hold %s is to take its place and is %s", s.holds.list[h.renewal].id, s.holds.list[h.renewal].state)
	}
	next := s.newHold(e, at, h.renewalSat(), h.purpose, h.subject)
	s.countPaid(next) // it needs a locked hold, which can have one
	s.holds.renew(i, next)
	return nil
}

// renewalSat is what the next hold asks for: of a stake what is locked, whose
// weight goes on, also where a new one may have less by now; of collateral and
// bonds what was asked for.
func (h *hold) renewalSat() int64 {
	if h.rule().weighs {
		return h.paidSat
	}
	return h.amountSat
}

// mostStakeSat is the most that may be locked by a hold of a stake: max_sat, and
// no less than what it takes the place of. So max_sat takes nobody's weight.
func (s *State) mostStakeSat(h *hold) int64 {
	most := s.constitution.Stake.MaxSat
	if h.renews != 0 {
		most = max(most, s.holds.list[h.renews-1].paidSat)
	}
	return most
}

// renewed puts a hold that was just paid in the place of the one that it renews,
// which is cancelled by the same entry: there is no moment without either, none
// in which both count, and none in which both could be forfeited. Weight and
// locked stake change by the difference alone. Where the old one has ended, been
// released or forfeited meanwhile, a stake counts as a new one, and collateral
// and bonds return.
func (s *State) renewed(i int) error {
	h := &s.holds.list[i]
	old := h.renews - 1
	if s.holds.list[old].state != stake.Locked {
		if h.rule().weighs {
			return s.moveHold(i, stake.Accept, "")
		}
		return s.releaseHold(i, "what it renews has ended")
	}
	h.rule().replaced(s, old, i)
	more, err := s.turnHold(i, stake.Accept, "")
	s.mustHold(err)
	less, err := s.turnHold(old, stake.Release, "renewed")
	s.mustHold(err)
	s.addStake(h.agent, more.and(less))
	s.emit(Effect{Kind: EffectCancelHold, Hold: s.holds.list[old].id})
	return nil
}

// bondOf finds the bond that a hold locks, or nil: a hold that was renewed locks
// none.
func (x *dispute) bondOf(hold int) *partyBond {
	if i := slices.IndexFunc(x.bonds, func(b partyBond) bool { return b.hold == hold }); i >= 0 {
		return &x.bonds[i]
	}
	return nil
}

// heldAt is the hold of a line of renewals that was locked right before an
// instant, or its first.
func (s *holds) heldAt(hold int, beforeMs int64) *hold {
	for s.list[hold].renews != 0 && s.list[hold].lockedMs >= beforeMs {
		hold = s.list[hold].renews - 1
	}
	return &s.list[hold]
}
