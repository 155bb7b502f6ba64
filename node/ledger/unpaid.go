package ledger

import (
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/stake"
)

// Holds that nobody paid yet cost whoever asks for them nothing but the call, and
// the operator an invoice in LND's database. So an agent may have a few, and all
// together some more; half of these are kept for agents with stake, so that a
// crowd of strangers cannot keep them from what their sats are at risk for. Within
// the strangers' half the oldest makes room for the next, once there was time to
// pay it: a crowd that pays nothing keeps nobody out either. The least stake, which
// is returnable, is no better title to the other half: who has stake and no unpaid
// hold always has room for one, whatever others have, and of further ones those of
// the least stake make room.
// Renewals do not count: each needs a hold that is locked, which can have one at
// a time.

// holdRoom checks that the agent may have one more hold open, and one more that
// is not paid yet.
func (s *State) holdRoom(at slot) error {
	a, rules := &s.agents.list[at], s.constitution.Stake
	if n, most := int64(a.openHolds), rules.MaxPerAgent; n >= most {
		return refusal.New(refusal.ErrRule, "", "max-holds", "%d holds are open, at most %d are allowed; release one first", n, most)
	}
	if most := rules.UnpaidPerAgent(); a.unpaid >= most {
		return refusal.New(refusal.ErrRule, "", "max-unpaid", "%d holds are not paid yet, at most %d are allowed; pay them, or wait until their invoices expire", a.unpaid, most)
	}
	if most := s.unpaidRoom(at); s.holds.unpaid >= most && !s.agents.firstOfStake(at, a.unpaid) {
		if _, ok := s.leastUnpaid(at); ok {
			return nil // it makes room, see makeRoom
		}
		return refusal.New(refusal.ErrRule, "", "max-unpaid-all", "%d holds of all agents are not paid yet, at most %d are allowed to one with %d sat of stake; try again in a minute", s.holds.unpaid, most, a.stakeSat.Now())
	}
	return nil
}

// stranger tells whether the agent has no sats at risk.
func (s *agents) stranger(at slot) bool { return s.list[at].stakeSat.Now() == 0 }

// unpaidRoom is how many holds of all agents may be unpaid for the agent to have
// another.
func (s *State) unpaidRoom(at slot) int64 {
	most := s.constitution.Stake.Unpaid()
	if s.agents.stranger(at) {
		most = (most + 1) / 2 // rounded up: a limit of one leaves one to strangers
	}
	return most
}

// firstOfStake tells whether an agent with so many unpaid holds has room for one
// more beyond those of all: each costs the sats of one stake, however small.
func (s *agents) firstOfStake(at slot, unpaid int64) bool { return unpaid == 0 && !s.stranger(at) }

// unpaidPerUnit is how many holds that are or were unpaid are looked at for one unit
// of work.
const unpaidPerUnit = 64

// payInMs is how long an invoice is kept for whoever asked for it first.
const payInMs = 60_000

// leastUnpaid is the hold that has to make room for the agent's next: of those that
// were offered for payInMs and that nobody paid the first of the least stake, which
// must be less than the agent's, or none as its own is. It looks at no more than
// about twice the holds that are unpaid.
func (s *State) leastUnpaid(at slot) (least int, ok bool) {
	mine := s.agents.list[at].stakeSat.Now()
	s.entry.count(units(len(s.holds.unpaidOrder), unpaidPerUnit))
	var leastSat uint64
	for _, i := range s.holds.unpaidOrder {
		h := &s.holds.list[i]
		if s.clock.TimeMs-h.requestedMs < payInMs {
			break
		}
		sat := s.agents.list[h.agent].stakeSat.Now()
		if h.unpaid && h.renews == 0 && h.state == stake.Offered && (sat < mine || sat == 0) && (!ok || sat < leastSat) {
			least, leastSat, ok = i, sat, true
		}
	}
	return least, ok
}

// makeRoom lets the unpaid hold of the least stake go where the one just asked for
// by another is one too many.
func (s *State) makeRoom(at slot) {
	if s.holds.unpaid <= s.unpaidRoom(at) || s.agents.firstOfStake(at, s.agents.list[at].unpaid-1) {
		return
	}
	i, ok := s.leastUnpaid(at)
	if !ok {
		return // holdRoom has refused
	}
	s.countPaid(i)
	if err := s.releaseHold(i, "nobody paid it in a minute, and others ask"); err != nil {
		panic("ledger: unpaid hold that makes room: " + err.Error())
	}
}

// countUnpaid counts a hold that was just asked for.
func (s *State) countUnpaid(i int) {
	s.holds.countUnpaid(i)
	s.agents.list[s.holds.list[i].agent].countUnpaid(1)
}

// countPaid counts it out, once: it was paid, or has ended without.
func (s *State) countPaid(i int) {
	if h := &s.holds.list[i]; h.unpaid {
		s.holds.countPaid(i)
		s.agents.list[h.agent].countUnpaid(-1)
	}
}
