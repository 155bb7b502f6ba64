package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/stake"
)

// renew asks for the next hold of a stake or collateral. It does not count
// against the holds that an agent may have open: an agent at that limit must be
// able to keep what it has.
func (s *State) renew(e *op.Entry, c *op.Renew) error {
	at, err := s.signer(e)
	if err != nil {
		return err
	}
	i, ok := s.holdAt[c.Hold]
	if !ok {
		return refuse(ErrNotFound, "content.hold", "hold", "no hold %s", c.Hold)
	}
	h := &s.holds[i]
	switch {
	case h.agent != at:
		return refuse(ErrForbidden, "content.hold", "own-stake", "it belongs to %s", s.agents[h.agent].key)
	case h.state != stake.Locked:
		return refuse(ErrPhase, "content.hold", "renew", "it is %s; only one that is locked can be renewed", h.state)
	case h.purpose != forStake && h.purpose != forCollateral:
		return refuse(ErrRule, "content.hold", "renew", "it is a %s; stakes and collateral are renewed", purposes[h.purpose])
	case h.renewal != 0 && !s.holds[h.renewal].state.Ended():
		return refuse(ErrRule, "content.hold", "renew-once", "hold %s is to take its place and is %s", s.holds[h.renewal].id, s.holds[h.renewal].state)
	}
	next := s.openHold(e, at, s.renewalSat(h), h.purpose, h.subject)
	s.countPaid(next) // it needs a locked hold, which can have one
	s.holds[i].renewal, s.holds[next].renews = next, i+1
	return nil
}

// renewalSat is what the next hold asks for: of a stake what is locked, whose
// weight goes on; of collateral what the proposal asked for.
func (s *State) renewalSat(h *hold) int64 {
	if h.purpose == forStake {
		return min(h.paidSat, s.constitution.Stake.MaxSat)
	}
	return h.amountSat
}

// renewed puts a hold that was just paid in the place of the one that it renews,
// which is cancelled by the same entry: there is no moment without either, none
// in which both count, and none in which both could be forfeited. Weight and
// locked stake change by the difference alone. Where the old one has ended, been
// released or forfeited meanwhile, a stake counts as a new one, and collateral
// returns.
func (s *State) renewed(i int) error {
	h := &s.holds[i]
	old := h.renews - 1
	if s.holds[old].state != stake.Locked {
		if h.purpose == forCollateral {
			return s.releaseHold(i, "what it renews has ended")
		}
		return s.moveHold(i, stake.Accept, "")
	}
	if h.purpose == forCollateral {
		s.proposals[h.subject].hold = i
	}
	more, err := s.turnHold(i, stake.Accept, "")
	s.mustHold(err)
	less, err := s.turnHold(old, stake.Release, "renewed")
	s.mustHold(err)
	s.addStake(h.agent, more+less)
	s.emit(Effect{Kind: EffectCancelHold, Hold: s.holds[old].id})
	return nil
}
