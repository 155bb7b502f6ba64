package ledger

import (
	"slices"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
)

// The slow reading of disputes, as far as money is bound by them.

type slowDispute struct {
	id       op.ID
	prop     *slowProp
	ground   string
	rule     any
	state    string
	bonds    []*slowBond
	appeals  []*slowBond
	rounds   []*slowRound
	lockedMs int64
	before   int64 // challenges that stood before it
	pot      int64
	unpaid   int
	settled  bool
	waits    bool // may still draw a jury of those who offered themselves
	unheard  bool // an appeal found no jury
}

type slowBond struct {
	who       *slowAgent
	hold      *slowHold
	uphold    bool
	round     int // that it appeals against
	forfeited bool
}

type slowRound struct {
	drawn              bool
	seats              []*slowSeat
	revealMs, appealMs int64
	verdict            string
}

type slowSeat struct {
	juror *slowJuror
	seats int64
	vote  string
	gone  bool
}

type slowJuror struct {
	who              *slowAgent
	hold             *slowHold
	fields           []string
	sinceMs, leaveMs int64
	sits             []*slowDispute
	slashedIn        *slowDispute
	leaves, gone     bool
}

func (m *slow) dispute(id op.ID) *slowDispute {
	for _, d := range m.disputes {
		if d.id == id {
			return d
		}
	}
	return nil
}

func (d *slowDispute) last() *slowRound { return d.rounds[len(d.rounds)-1] }

// seat finds a juror's seats in a round.
func (r *slowRound) seat(j *slowJuror) *slowSeat {
	for _, s := range r.seats {
		if s.juror == j {
			return s
		}
	}
	return nil
}

// silence takes a juror's vote in every round that has no ruling.
func (j *slowJuror) silence() {
	for _, d := range j.sits {
		if s := d.last().seat(j); s != nil && d.last().verdict == "" {
			s.gone, s.vote = true, ""
		}
	}
}

// slash forfeits a juror's bond in a dispute.
func (m *slow) slash(j *slowJuror, d *slowDispute) {
	if j.hold.state != "locked" {
		return
	}
	j.gone, j.slashedIn, d.unpaid = true, d, d.unpaid+1
	j.silence()
	m.forfeit(j.hold)
}

// rise lists the seats of each juror of a dispute in the last round that it sat in,
// in the order in which they were drawn first; and takes them from the dispute.
func (d *slowDispute) rise() (list []*slowSeat) {
	for n, r := range d.rounds {
		for _, s := range r.seats {
			first := true
			for _, earlier := range d.rounds[:n] {
				first = first && earlier.seat(s.juror) == nil
			}
			if !first {
				continue
			}
			for _, later := range d.rounds[n:] {
				if x := later.seat(s.juror); x != nil {
					s = x
				}
			}
			list = append(list, s)
		}
	}
	for _, s := range list {
		s.juror.sits = slices.DeleteFunc(s.juror.sits, func(x *slowDispute) bool { return x == d })
	}
	return list
}

func (d *slowDispute) byWeight() bool { return text(d.rule, "seats") == "weight" }

// bondSat is the bond after so many others.
func bondSat(rule any, n int64) int64 { return number(rule, "bond_sat") << min(n, 10) }

// stood counts the challenges of a proposal that stood.
func (p *slowProp) stood(ground string) (n int64, taken bool) {
	for _, d := range p.disputes {
		if d.state != "void" && d.state != "unbonded" {
			n, taken = n+1, taken || d.ground == ground
		}
	}
	return n, taken
}

// reversible tells whether all of a proposal can be undone.
func (p *slowProp) reversible() bool {
	for _, a := range p.actions {
		if !slices.Contains([]string{constitution.ActionSetPrice, constitution.ActionSetParameter, constitution.ActionAmend, constitution.ActionSetGuardians, constitution.ActionSetBudget}, text(a, "type")) {
			return false
		}
	}
	return true
}

func (m *slow) challengeable(p *slowProp) bool {
	rule, ph := p.track["dispute"], p.phase(m.at.TimeMs)
	switch {
	case rule == nil || p.removes():
		return false
	case ph == "queued" || ph == "disputed" && p.end == "":
		return m.at.TimeMs <= p.closedMs+1000*number(rule, "window_s")
	case ph == "executed" || ph == "evaluating" || ph == "disputed":
		after := number(rule, "after_s")
		return after > 0 && p.reversible() && m.at.TimeMs <= p.executedMs+1000*after
	}
	return false
}

// enterDispute follows challenges, juries and rulings.
func (m *slow) enterDispute(e *op.Entry, by *slowAgent) {
	switch e.Event.Kind {
	case op.KindDispute:
		c := read[op.Dispute](e.Event)
		p := m.prop(c.Proposal)
		n, taken := p.stood(c.Ground)
		if !m.challengeable(p) || taken {
			m.fail("a challenge for %s of a proposal that is %s", c.Ground, p.phase(m.at.TimeMs))
		}
		d := &slowDispute{id: e.Event.ID, prop: p, ground: c.Ground, rule: p.track["dispute"], state: "unbonded"}
		h := m.ask(e, by, "bond", bondSat(d.rule, n))
		h.dispute, d.bonds = d, []*slowBond{{who: by, hold: h, uphold: true, round: -1}}
		p.disputes, m.disputes = append(p.disputes, d), append(m.disputes, d)
	case op.KindAppeal:
		d := m.dispute(read[op.Appeal](e.Event).Dispute)
		h := m.ask(e, by, "bond", bondSat(d.rule, d.before+int64(len(d.rounds))))
		h.dispute = d
		d.appeals = append(d.appeals, &slowBond{who: by, hold: h, round: len(d.rounds) - 1, uphold: d.last().verdict != "upheld"})
	case op.KindJuror:
		j := &slowJuror{who: by, fields: read[op.Juror](e.Event).Fields}
		j.hold = m.ask(e, by, "juror-bond", number(m.rules, "disputes", "juror_bond_sat"))
		j.hold.juror = j
		m.jurors = append(m.jurors, j)
	case op.KindJurorLeave:
		j := m.jurorOf(by)
		j.leaves, j.leaveMs = true, m.at.TimeMs
		m.letGo(j)
	case op.KindJuryReveal:
		c := read[op.JuryReveal](e.Event)
		for _, s := range m.dispute(c.Dispute).last().seats {
			if s.juror.who == by {
				s.vote = c.Vote
			}
		}
	case op.KindDraw:
		m.drawn(read[op.Draw](e.Event))
	case op.KindRuling:
		m.ruled(read[op.Ruling](e.Event))
	case op.KindDisputeClose:
		c := read[op.DisputeClose](e.Event)
		d := m.dispute(c.Dispute)
		if c.Verdict != d.last().verdict || m.at.TimeMs <= d.last().appealMs {
			m.fail("a dispute closes with %s, ruled was %s", c.Verdict, d.last().verdict)
		}
		m.endDispute(d, c.Verdict)
	}
}

func (m *slow) jurorOf(a *slowAgent) (last *slowJuror) {
	for _, j := range m.jurors {
		if j.who == a {
			last = j
		}
	}
	return last
}

// bonded follows the lock of a bond.
func (m *slow) bonded(h *slowHold) {
	d := h.dispute
	if d.bonds[0].hold != h {
		m.appealed(d, h)
		return
	}
	if d.state != "unbonded" {
		m.release(h)
		return
	}
	n, taken := d.prop.stood(d.ground)
	if !m.challengeable(d.prop) || taken || h.paid < bondSat(d.rule, n) {
		m.void(d)
		m.note("a challenge that came too late")
		return
	}
	if m.cancels(h) { // whether there are jurors enough is not followed
		m.void(d)
		m.note("too few for a jury")
		return
	}
	d.before, d.state, d.lockedMs = n, "open", m.at.TimeMs
	if d.prop.open() == 1 {
		d.prop.frozenMs = m.at.TimeMs
	} else {
		m.note("two disputes of one decision")
	}
	m.note("a dispute")
	if m.pausedUntil(d.prop.name) != 0 {
		m.note("a dispute during a pause")
	}
	d.rounds, d.waits = append(d.rounds, &slowRound{}), true
}

// cancels tells whether the ledger lets a hold go with what is entered now.
func (m *slow) cancels(h *slowHold) bool {
	return slices.ContainsFunc(m.effects, func(x Effect) bool { return x.Hold == h.id && x.Kind == EffectCancelHold })
}

func (m *slow) appealed(d *slowDispute, h *slowHold) {
	i := slices.IndexFunc(d.appeals, func(b *slowBond) bool { return b.hold == h })
	b := d.appeals[i]
	d.appeals = slices.Delete(d.appeals, i, i+1)
	if d.state != "open" || b.round != len(d.rounds)-1 || m.at.TimeMs > d.last().appealMs {
		m.release(h)
		return
	}
	if m.cancels(h) { // whether its appellant is needed as juror is not followed
		m.release(h)
		m.note("an appeal of somebody needed as juror")
		return
	}
	d.bonds = append(d.bonds, b)
	d.rounds, d.waits = append(d.rounds, &slowRound{}), true
	m.note("an appeal")
}

func (m *slow) drawn(c op.Draw) {
	d := m.dispute(c.Dispute)
	r := d.last()
	if d.state != "open" || r.drawn {
		m.fail("a jury is drawn for a dispute that is %s", d.state)
	}
	if len(c.Jurors) == 0 {
		m.note("too few for a jury")
		if len(d.rounds) == 1 {
			m.void(d)
		} else {
			m.unseated(d)
		}
		return
	}
	m.note("a jury")
	r.drawn = true
	for _, k := range c.Jurors {
		j := m.jurorOf(m.agent(k))
		if s := r.seat(j); s != nil {
			s.seats++
			continue
		}
		r.seats = append(r.seats, &slowSeat{juror: j, seats: 1})
		if !slices.Contains(j.sits, d) {
			j.sits = append(j.sits, d)
		}
	}
	r.revealMs = m.at.TimeMs + 1000*(number(d.rule, "commit_s")+number(d.rule, "reveal_s"))
	m.answered(d)
}

// unseated ends a dispute whose appeal found no jury.
func (m *slow) unseated(d *slowDispute) {
	m.note("an appeal without a jury")
	b := d.bonds[len(d.bonds)-1]
	d.bonds, d.rounds = d.bonds[:len(d.bonds)-1], d.rounds[:len(d.rounds)-1]
	refused := d.last().verdict == "refused"
	d.state, d.unheard = "refused", true
	m.letBack(b.hold)
	for _, b := range d.bonds {
		if b.hold.state == "locked" && refused && b.uphold {
			b.forfeited, d.unpaid = true, d.unpaid+1
			m.forfeit(b.hold)
			continue
		}
		m.letBack(b.hold)
	}
	for _, b := range d.appeals {
		m.letBack(b.hold)
	}
	for _, s := range d.rise() {
		switch {
		case s.gone:
		case s.vote == "":
			m.slash(s.juror, d)
		default:
			m.letGo(s.juror)
		}
	}
	m.answered(d)
	m.thaw(d.prop)
	m.divide(d)
}

// answered lets jurors go who only waited for a dispute that can have no further
// jury of them.
func (m *slow) answered(d *slowDispute) {
	if d.state == "open" && d.byWeight() && int64(len(d.rounds)) < number(d.rule, "max_rounds") || !d.waits {
		return
	}
	d.waits = false
	for _, j := range m.jurors {
		m.letGo(j)
	}
}

func (m *slow) letGo(j *slowJuror) {
	if !j.leaves || j.gone || len(j.sits) > 0 {
		return
	}
	for _, d := range m.disputes {
		known := d.lockedMs - 1000*number(d.rule, "seniority_s")
		if d.waits && j.hold.state == "locked" && j.sinceMs < known && slices.Contains(j.fields, text(d.rule, "field")) && j.leaveMs >= d.lockedMs {
			return
		}
	}
	m.dismiss(j)
}

func (m *slow) dismiss(j *slowJuror) {
	j.gone = true
	m.letBack(j.hold)
}

func (m *slow) ruled(c op.Ruling) {
	d := m.dispute(c.Dispute)
	r := d.last()
	votes := map[string]int64{}
	for _, s := range r.seats {
		votes[s.vote] += s.seats
	}
	want := op.Ruling{Dispute: d.id, Round: int64(len(d.rounds) - 1), Uphold: votes["uphold"], Refuse: votes["refuse"], Absent: votes[""],
		Verdict: "refused", Final: int64(len(d.rounds)) >= number(d.rule, "max_rounds")}
	if want.Uphold > want.Refuse+want.Absent {
		want.Verdict = "upheld"
	}
	if c != want || m.at.TimeMs <= r.revealMs {
		m.fail("a ruling says %+v, recounted %+v", c, want)
	}
	r.verdict = c.Verdict
	if c.Final {
		m.endDispute(d, c.Verdict)
		return
	}
	r.appealMs = m.at.TimeMs + 1000*number(d.rule, "appeal_s")
}
