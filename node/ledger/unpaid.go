package ledger

// Holds that nobody paid yet cost whoever asks for them nothing but the call, and
// the operator an invoice in LND's database. So an agent may have a few, and all
// together some more; half of these are kept for agents with stake, so that a
// crowd of strangers cannot keep them from what their sats are at risk for.
// Renewals do not count: each needs a hold that is locked, which can have one at
// a time.

// maxUnpaidPerAgent and maxUnpaid are the limits in force.
func (r StakeRules) maxUnpaidPerAgent() int64 { return orElse(r.MaxUnpaidPerAgent, 3) }
func (r StakeRules) maxUnpaid() int64         { return orElse(r.MaxUnpaid, 256) }

// holdRoom checks that the agent may have one more hold open, and one more that
// is not paid yet.
func (s *State) holdRoom(at slot) error {
	a, rules := &s.agents[at], s.constitution.Stake
	if n, most := int64(a.openHolds), rules.MaxPerAgent; n >= most {
		return refuse(ErrRule, "", "max-holds", "%d holds are open, at most %d are allowed; release one first", n, most)
	}
	if most := rules.maxUnpaidPerAgent(); a.unpaid >= most {
		return refuse(ErrRule, "", "max-unpaid", "%d holds are not paid yet, at most %d are allowed; pay them, or wait until their invoices expire", a.unpaid, most)
	}
	most := rules.maxUnpaid()
	if a.stakeSat.now() == 0 {
		most = (most + 1) / 2 // rounded up: a limit of one leaves one to strangers
	}
	if s.unpaid >= most {
		return refuse(ErrRule, "", "max-unpaid-all", "%d holds of all agents are not paid yet, at most %d are allowed to one with %d sat of stake; try again later", s.unpaid, most, a.stakeSat.now())
	}
	return nil
}

// countUnpaid counts a hold that was just asked for.
func (s *State) countUnpaid(i int) {
	h := &s.holds[i]
	h.unpaid = true
	s.agents[h.agent].unpaid++
	s.unpaid++
}

// countPaid counts it out, once: it was paid, or has ended without.
func (s *State) countPaid(i int) {
	h := &s.holds[i]
	if !h.unpaid {
		return
	}
	h.unpaid = false
	s.agents[h.agent].unpaid--
	s.unpaid--
}
