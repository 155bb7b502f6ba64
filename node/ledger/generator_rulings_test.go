package ledger

import (
	"slices"
	"strconv"

	"github.com/econd/econd/node/constitution"
)

// How disputes end, as the slow reading has it, and who is paid by them.

// thaw lets a decision go on: what was left of its timelock is left of it.
func (m *slow) thaw(p *slowProp) {
	if p.open() == 0 && p.end == "" {
		p.extraMs += m.at.TimeMs - p.frozenMs
	}
}

func (m *slow) endDispute(d *slowDispute, verdict string) {
	d.state = verdict
	m.note("a challenge is " + verdict)
	for _, b := range d.bonds {
		switch {
		case b.hold.state != "locked":
		case b.uphold == (verdict == "upheld"):
			m.release(b.hold)
		default:
			b.forfeited, d.unpaid = true, d.unpaid+1
			m.forfeit(b.hold)
		}
	}
	for _, b := range d.appeals {
		m.letBack(b.hold)
	}
	for _, s := range d.rise() {
		switch {
		case s.gone:
		case d.coherent(s):
			m.letGo(s.juror)
		default:
			m.slash(s.juror, d)
		}
	}
	m.answered(d)
	m.thaw(d.prop)
	if verdict == "upheld" {
		m.overturn(d)
	}
	m.divide(d)
}

func (d *slowDispute) coherent(s *slowSeat) bool {
	return s.vote == "uphold" && d.state == "upheld" || s.vote == "refuse" && d.state == "refused"
}

// overturn ends a decision, and undoes what can be undone of it.
func (m *slow) overturn(d *slowDispute) {
	p := d.prop
	ends := func() {
		if number(p.track, "veto_forfeit_ppm") > 0 {
			m.forfeit(p.hold)
		} else {
			m.letBack(p.hold)
		}
	}
	if p.end == "" {
		m.end(p, "overturned")
		ends()
		return
	}
	if p.evaluating() {
		p.end = "overturned"
		m.offCourse(p)
		m.pools[p.rewardPool()] += p.aside
		p.aside = 0
		ends()
	}
	p.end = "overturned"
	for _, other := range p.disputes {
		if other != d {
			m.voidIfOpen(other)
		}
	}
	back := &slowProp{id: p.id, name: p.name, track: p.track}
	for _, a := range slices.Backward(p.actions) {
		x := map[string]any{}
		for k, v := range a.(map[string]any) {
			x[k] = v
		}
		for _, pair := range [][2]string{{"sat", "expect_sat"}, {"value", "expect"}, {"keys", "expect_keys"}, {"threshold", "expect_threshold"}, {"terms", "expect"}} {
			if _, ok := x[pair[1]]; ok && (pair[0] == "terms") == (text(a, "type") == constitution.ActionSetBudget) {
				x[pair[0]], x[pair[1]] = look(a, pair[1]), look(a, pair[0])
			}
		}
		back.actions = append(back.actions, x)
	}
	if t, ok, _ := m.try(back); ok && len(back.actions) > 0 {
		m.note("a decision undone")
		if write(m.rules) != write(t.rules) {
			m.amend(t.rules)
		}
	}
}

func (m *slow) voidIfOpen(d *slowDispute) {
	if d.state == "open" || d.state == "unbonded" {
		m.void(d)
	}
}

// void ends a dispute without a ruling.
func (m *slow) void(d *slowDispute) {
	open := d.state == "open"
	d.state, d.settled = "void", d.unpaid == 0
	for _, b := range slices.Concat(d.bonds, d.appeals) {
		m.letBack(b.hold)
	}
	for _, s := range d.rise() {
		m.letGo(s.juror)
	}
	m.share(nil, d.pot)
	d.pot = 0
	if open {
		m.answered(d)
		m.thaw(d.prop)
	}
}

func (d *slowDispute) bondUnrenewed(m *slow, h *slowHold) {
	for i, b := range d.bonds {
		if b.hold == h {
			b.forfeited, d.unpaid = true, d.unpaid+1
			m.forfeit(h)
			if i == 0 {
				m.void(d)
			}
			return
		}
	}
}

func (m *slow) bondGone(h *slowHold) {
	d := h.dispute
	for i, b := range d.appeals {
		if b.hold == h {
			d.appeals = slices.Delete(d.appeals, i, i+1)
			return
		}
	}
	for i, b := range d.bonds {
		switch {
		case b.hold != h:
		case b.forfeited && h.ended():
			b.forfeited = false
			m.arrived(d, 0)
		case i == 0:
			m.voidIfOpen(d)
		}
	}
}

func (m *slow) jurorGone(h *slowHold) {
	j := h.juror
	if j.hold != h {
		return
	}
	if d := j.slashedIn; d != nil && h.ended() {
		j.slashedIn = nil
		m.arrived(d, 0)
		return
	}
	j.gone = true
	j.silence()
}

// arrived counts a forfeited hold of a dispute.
func (m *slow) arrived(d *slowDispute, sat int64) {
	d.pot, d.unpaid = d.pot+sat, d.unpaid-1
	if d.state == "void" {
		d.settled = d.unpaid == 0
		m.share(nil, d.pot)
		d.pot = 0
		return
	}
	m.divide(d)
}

// divide shares out what the losers forfeited, once all of it has come.
func (m *slow) divide(d *slowDispute) {
	if d.settled || d.unpaid > 0 || d.state == "open" {
		return
	}
	d.settled = true
	if d.unheard {
		m.share(nil, d.pot)
		d.pot = 0
		return
	}
	ppm := or(number(d.rule, "winner_ppm"), 500_000)
	won := portion(d.pot, ppm, 1_000_000)
	rest := d.pot
	pay := func(to *slowAgent, share int64, purpose string, round int) {
		if fee := route(m.rules, share); share > fee {
			rest -= share
			m.owe(named("dispute", d.id.String(), purpose, strconv.Itoa(round), to.key.String()), to, m.firstPool(), share-fee, fee, purpose)
		}
	}
	type sharer struct {
		who *slowAgent
		sat int64
	}
	var winners []*sharer
	var all int64
	for _, b := range d.bonds {
		if b.uphold != (d.state == "upheld") || b.forfeited {
			continue
		}
		i := slices.IndexFunc(winners, func(s *sharer) bool { return s.who == b.who })
		if i < 0 {
			i, winners = len(winners), append(winners, &sharer{who: b.who})
		}
		winners[i].sat, all = winners[i].sat+b.hold.paid, all+b.hold.paid
	}
	if len(winners) == 0 && d.prop.by != nil {
		winners, all = []*sharer{{d.prop.by, 1}}, 1
	}
	for _, w := range winners {
		pay(w.who, portion(won, w.sat, all), "won a dispute", 0)
	}
	m.payJurors(d, d.pot-won, pay)
	m.bring(m.firstPool(), nil, rest)
}

func (m *slow) payJurors(d *slowDispute, sat int64, pay func(*slowAgent, int64, string, int)) {
	n := int64(0)
	for _, do := range []bool{false, true} {
		for round, r := range d.rounds {
			for _, s := range r.seats {
				switch {
				case !d.coherent(s) || s.juror.slashedIn == d:
				case do:
					pay(s.juror.who, portion(sat, s.seats, n), "sat on a jury", round)
				default:
					n += s.seats
				}
			}
		}
	}
}
