package ledger

import (
	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/op"
)

// slowHold is the life of one hold as the slow reading has it.
type slowHold struct {
	id          op.ID
	who         *slowAgent
	why         string // its purpose
	asked, paid int64  // sat
	rest        int64  // msat
	state       string
	expiry      int64
	lockedMs    int64
	asksBlocks  int64 // that its invoice asks for
	invoiceMs   int64 // until when that can be paid
	taken       bool  // a rule forfeited it
	old, next   *slowHold
	said        *op.HoldConfirmed // by its agent
	sure        int64             // of what is locked, what is confirmed

	pool    string       // of a deposit
	prop    *slowProp    // of collateral
	dispute *slowDispute // of a bond
	juror   *slowJuror   // of a juror's bond
}

func (h *slowHold) ended() bool {
	switch h.state {
	case "released", "forfeited", "expired", "lapsed", "taken":
		return true
	}
	return false
}

func (m *slow) ask(e *op.Entry, by *slowAgent, why string, sat int64) *slowHold {
	h := &slowHold{id: e.Event.ID, who: by, why: why, asked: sat, state: "requested"}
	m.holds = append(m.holds, h)
	return h
}

// restake changes the locked stake of an agent, and what is confirmed of it.
func (m *slow) restake(a *slowAgent, by, sure int64) {
	if by != 0 || sure != 0 {
		a.stake.add(m.at.TimeMs, by)
		a.sure.add(m.at.TimeMs, sure)
		m.locked.add(m.at.TimeMs, by)
		m.yield(a)
	}
}

// sane tells whether a lock can be as it is stated.
func (m *slow) sane(h *slowHold) bool {
	return number(m.rules, "version") < 2 || h.expiry <= int64(m.at.Height)+h.asksBlocks+576 && m.at.TimeMs <= h.invoiceMs+3_600_000
}

func (h *slowHold) agreed() bool {
	return h.said != nil && h.paid <= h.said.AmountSat+max(1, h.said.AmountSat/1000) && h.expiry <= int64(h.said.ExpiryHeight)+6
}

// both is what the agent and the operator say is locked.
func (h *slowHold) both() int64 { return min(h.paid, h.said.AmountSat) }

// confirmed follows what an agent says of one of its holds.
func (m *slow) confirmed(c op.HoldConfirmed) {
	h := m.hold(c.Hold)
	h.said = &c
	if h.state != "locked" {
		return
	}
	was := h.sure
	if h.sure = 0; h.agreed() {
		h.sure = h.both()
		m.note("a lock is confirmed")
	}
	if h.why == "stake" {
		m.restake(h.who, 0, h.sure-was)
	}
}

// freeOnly tells whether the chain is so close to a hold's expiry that it can only
// be cancelled.
func (m *slow) freeOnly(h *slowHold) bool { return int64(m.at.Height) >= max(0, h.expiry-24) }

func (m *slow) release(h *slowHold) {
	if h.state == "locked" && h.why == "stake" {
		m.restake(h.who, -h.paid, -h.sure)
	}
	h.state = "releasing"
}

// letBack gives a hold back that is locked or waits to be paid.
func (m *slow) letBack(h *slowHold) {
	if h != nil && (h.state == "locked" || h.state == "offered") {
		m.release(h)
	}
}

func (m *slow) forfeit(h *slowHold) {
	if h == nil || h.state != "locked" {
		return
	}
	h.taken = true
	if m.freeOnly(h) {
		m.release(h)
		return
	}
	h.state = "forfeiting"
}

// enterHold follows what holds are asked, and facts about them.
func (m *slow) enterHold(e *op.Entry, by *slowAgent) bool {
	switch e.Event.Kind {
	case op.KindReleaseStake:
		m.release(m.hold(read[op.ReleaseStake](e.Event).Stake))
	case op.KindRenew:
		old := m.hold(read[op.Renew](e.Event).Hold)
		sat := old.asked
		if old.why == "stake" {
			sat = old.paid
		}
		h := m.ask(e, by, old.why, sat)
		h.old, old.next = old, h
		h.pool, h.prop, h.dispute, h.juror = old.pool, old.prop, old.dispute, old.juror
		if h.dispute != nil || h.prop != nil && h.prop.open() > 0 {
			m.note("a renewal during a dispute")
		}
		m.note("a renewal")
	case op.KindHoldOffered:
		c := read[op.HoldOffered](e.Event)
		h := m.hold(c.Hold)
		h.state = "offered"
		invoice, err := bolt11.Decode(c.Invoice)
		if err != nil {
			m.fail("an invoice that cannot be read: %v", err)
		}
		h.asksBlocks, h.invoiceMs = int64(invoice.MinFinalCltv), 1000*invoice.ExpiresS()
		if h.who.leftMs != 0 && (h.why == "stake" || h.why == "juror-bond") {
			m.release(h)
		}
	case op.KindHoldConfirmed:
		m.confirmed(read[op.HoldConfirmed](e.Event))
	case op.KindHoldLocked:
		m.paid(read[op.HoldLocked](e.Event))
	case op.KindHoldSettled:
		m.settled(read[op.HoldSettled](e.Event))
	case op.KindHoldCancelled:
		h := m.hold(read[op.HoldCancelled](e.Event).Hold)
		switch h.state {
		case "requested", "offered":
			h.state = "expired"
		case "releasing":
			h.state = "released"
		case "locked", "forfeiting":
			if h.state == "locked" && h.why == "stake" {
				m.restake(h.who, -h.paid, -h.sure)
			}
			h.state = "lapsed"
		default:
			m.fail("a hold that is %s is cancelled", h.state)
		}
		m.gone(h)
	case op.KindHoldLapse:
		m.lapse(m.hold(read[op.HoldLapse](e.Event).Hold))
	default:
		return false
	}
	return true
}

func (m *slow) paid(c op.HoldLocked) {
	h := m.hold(c.Hold)
	if h.state != "offered" || c.AmountSat < h.asked {
		m.fail("a hold of %d sat that is %s is locked with %d", h.asked, h.state, c.AmountSat)
	}
	h.paid, h.rest, h.expiry = c.AmountSat, c.RestMsat, int64(c.ExpiryHeight)
	most := number(m.rules, "stake", "max_sat")
	if h.old != nil {
		most = max(most, h.old.paid)
	}
	if m.freeOnly(h) || !m.sane(h) || h.why == "stake" && h.paid > most {
		m.release(h)
		m.gone(h)
		return
	}
	h.lockedMs = m.at.TimeMs
	switch {
	case h.agreed():
		h.sure = h.both()
		m.note("a lock was confirmed before it was entered")
	case h.old != nil && h.old.state == "locked" && h.old.agreed():
		h.sure = min(h.paid, h.old.both())
		m.note("a renewal of what was confirmed")
	}
	if h.old != nil {
		m.replace(h)
		return
	}
	h.state = "locked"
	switch h.why {
	case "stake":
		m.restake(h.who, h.paid, h.sure)
	case "collateral":
		m.start(h.prop)
	case "deposit":
		m.forfeit(h)
	case "bond":
		m.bonded(h)
	case "juror-bond":
		h.juror.sinceMs = m.at.TimeMs
	}
}

// replace puts a hold in the place of the one that it renews: of a stake the
// difference alone counts.
func (m *slow) replace(h *slowHold) {
	old := h.old
	if old.state != "locked" {
		if h.why == "stake" {
			h.state = "locked"
			m.restake(h.who, h.paid, h.sure)
			return
		}
		m.release(h)
		return
	}
	switch h.why {
	case "stake":
		m.restake(h.who, h.paid-old.paid, h.sure-old.sure)
	case "collateral":
		h.prop.hold = h
	case "bond":
		for _, b := range h.dispute.bonds {
			if b.hold == old {
				b.hold = h
			}
		}
	case "juror-bond":
		h.juror.hold = h
	}
	h.state, old.state = "locked", "releasing"
	m.note("renewed make before break")
}

func (m *slow) settled(c op.HoldSettled) {
	h := m.hold(c.Hold)
	if h.paid == 0 {
		h.paid, h.rest = c.AmountSat, c.RestMsat
	}
	if h.state == "locked" && h.why == "stake" {
		m.restake(h.who, -h.paid, -h.sure)
	}
	if h.state == "forfeiting" {
		h.state = "forfeited"
	} else {
		h.state = "taken"
		m.note("settled without a rule")
	}
	if h.taken || h.why == "deposit" {
		m.arriveFor(h)
		return
	}
	m.giveBack(h)
	m.gone(h)
}

// arriveFor says where forfeited sats go.
func (m *slow) arriveFor(h *slowHold) {
	m.sweep(h.rest)
	switch h.why {
	case "deposit":
		m.bring(h.pool, h.who, h.paid)
	case "bond":
		m.arrived(h.dispute, h.paid)
	case "juror-bond":
		m.arrived(h.juror.slashedIn, h.paid)
	case "collateral":
		if p := h.prop; p.verdict == "met" {
			m.pools[p.rewardPool()] += h.paid
			m.reward(p, 0)
			return
		}
		m.share(h.who, h.paid)
	default:
		m.share(h.who, h.paid)
	}
}

// gone follows a hold that ended, or is about to, without being settled for a rule.
func (m *slow) gone(h *slowHold) {
	switch h.why {
	case "collateral":
		m.collateralGone(h)
	case "bond":
		m.bondGone(h)
	case "juror-bond":
		m.jurorGone(h)
	}
}

func (m *slow) collateralGone(h *slowHold) {
	p := h.prop
	switch {
	case p.hold != h:
	case p.evaluating():
		m.conclude(p, "undetermined")
	case p.verdict == "met" && p.aside > 0 && h.taken && h.ended():
		m.reward(p, h.paid)
	case p.end == "" && !p.final(m.at.TimeMs) && !p.needsNone(m.at.TimeMs):
		m.end(p, "cancelled")
	}
}

// lapse follows a hold whose HTLC is about to expire.
func (m *slow) lapse(h *slowHold) {
	m.note("a lapse")
	switch {
	case h.state == "forfeiting", h.why == "stake":
		m.release(h)
		return
	case h.why == "bond" && h.dispute.state == "open":
		h.dispute.bondUnrenewed(m, h)
		return
	case h.why == "juror-bond" && len(h.juror.sits) > 0:
		m.slash(h.juror, h.juror.sits[0])
		return
	case h.why == "collateral" && h.prop.mayForfeit(m.at.TimeMs):
		if h.prop.evaluating() {
			m.conclude(h.prop, "missed")
			return
		}
		m.end(h.prop, "cancelled")
		m.forfeit(h)
		return
	}
	m.release(h)
	m.gone(h)
}
