package ledger

import (
	"slices"
	"strconv"
	"strings"

	"github.com/econd/econd/node/op"
)

// slowProp is a proposal's course as the slow reading has it.
type slowProp struct {
	id      op.ID
	by      *slowAgent // nil: a rule opened it
	name    string     // of its track
	track   map[string]any
	actions []any
	options []string
	eval    *op.Evaluation
	hold    *slowHold

	lockedMs, deadlineMs, closedMs, extraMs, pausedMs, frozenMs, executedMs, evaluateMs int64

	ballots  []*slowBallot
	quorate  bool
	outcome  op.Close
	end      string
	verdict  string
	aside    int64 // kept for its reward
	vetoes   []op.PublicKey
	cancels  []op.PublicKey
	disputes []*slowDispute

	leavers                []*slowAgent
	markSat, gone, elseSat int64 // sat of stake
	exits                  int
	blocked                bool

	course slowConviction
}

type slowBallot struct {
	by     *slowAgent
	choice string
	said   any // where choice is "ballot"
	signed slowSigned

	of    *slowProp // on a conviction track
	first uint64    // the entry that first put stake behind it
}

// slowSigned is when something was signed, by its signer's word.
type slowSigned struct {
	atS, order int64
	id         op.ID
}

func signedOf(e *op.Event) slowSigned {
	x := slowSigned{atS: e.CreatedAt, id: e.ID}
	for _, tag := range e.Tags {
		if tag[0] == op.OrderTag {
			x.order, _ = strconv.ParseInt(tag[1], 10, 64)
		}
	}
	return x
}

func (x slowSigned) after(y slowSigned) bool {
	if x.atS != y.atS {
		return x.atS > y.atS
	}
	if x.order != y.order {
		return x.order > y.order
	}
	return slices.Compare(x.id[:], y.id[:]) > 0
}

func (p *slowProp) startMs() int64 { return p.lockedMs + 1000*number(p.track, "voting_delay_s") }

func (p *slowProp) afterMs() int64 {
	return max(p.closedMs+1000*number(p.track, "timelock_s")+p.extraMs, p.pausedMs)
}

func (p *slowProp) acts() bool { return len(p.actions) > 0 || p.eval != nil }

func (p *slowProp) evaluating() bool {
	return p.end == "executed" && p.evaluateMs != 0 && p.verdict == ""
}

func (p *slowProp) rewardPool() string { return text(p.track, "evaluation", "pool") }

// open counts its open disputes.
func (p *slowProp) open() (n int) {
	for _, d := range p.disputes {
		if d.state == "open" {
			n++
		}
	}
	return n
}

func (p *slowProp) ballot(a *slowAgent) *slowBallot {
	for _, b := range p.ballots {
		if b.by == a {
			return b
		}
	}
	return nil
}

// phase is its state at an instant.
func (p *slowProp) phase(ms int64) string {
	switch {
	case p.end == "executed" && p.open() > 0:
		return "disputed"
	case p.end == "executed" && p.verdict == "met":
		return "rewarded"
	case p.end == "executed" && p.verdict == "missed":
		return "penalised"
	case p.evaluating():
		return "evaluating"
	case p.end != "":
		return p.end
	case p.lockedMs == 0:
		return "draft"
	case p.closedMs != 0 && !p.outcome.Passed:
		return "defeated"
	case p.closedMs != 0 && !p.acts():
		return "succeeded"
	case p.closedMs != 0 && p.open() > 0:
		return "disputed"
	case p.closedMs != 0:
		return "queued"
	case ms < p.startMs():
		return "pending"
	case ms <= p.deadlineMs:
		return "active"
	}
	return "ended"
}

func (p *slowProp) final(ms int64) bool {
	switch p.phase(ms) {
	case "draft", "pending", "active", "ended", "queued", "disputed", "evaluating":
		return false
	}
	return true
}

// onCourse tells whether it counts as open.
func (p *slowProp) onCourse(ms int64) bool {
	return p.end == "" && (p.closedMs == 0 || p.outcome.Passed && p.acts()) || p.evaluating()
}

func (p *slowProp) mayForfeit(ms int64) bool {
	veto := number(p.track, "veto_forfeit_ppm") > 0 && (truth(p.track, "vetoable") || p.track["dispute"] != nil)
	switch ph := p.phase(ms); {
	case p.evaluating():
		return true
	case p.end != "" || p.final(ms) || ph == "draft" || ph == "pending":
		return false
	case p.closedMs == 0:
		return veto || number(p.track, "honest_for_ppm") > 0 || p.eval != nil
	}
	stops := truth(p.track, "vetoable") && !p.unstoppable() || p.track["dispute"] != nil && !p.removes()
	return number(p.track, "veto_forfeit_ppm") > 0 && stops || p.eval != nil
}

// needsNone tells whether it goes on where its collateral is gone.
func (p *slowProp) needsNone(ms int64) bool {
	switch ph := p.phase(ms); {
	case ph == "draft", ph == "pending":
		return false
	case p.closedMs == 0:
		return p.shielded()
	}
	return !p.mayForfeit(ms)
}

func (m *slow) propose(e *op.Entry, by *slowAgent) {
	c := read[op.Propose](e.Event)
	p := &slowProp{id: e.Event.ID, by: by, name: c.Track, track: m.track(c.Track), eval: c.Evaluation, options: c.Options}
	for _, a := range c.Actions {
		p.actions = append(p.actions, parse(string(a)))
	}
	asked := m.asks(p.name, by)
	m.props = append(m.props, p)
	if asked == 0 {
		m.start(p)
		return
	}
	p.hold = m.ask(e, by, "collateral", asked)
	p.hold.prop = p
}

func (m *slow) start(p *slowProp) {
	p.lockedMs = m.at.TimeMs
	p.deadlineMs = p.startMs() + 1000*number(p.track, "voting_period_s")
	m.started(p)
}

func (m *slow) vote(e *op.Entry, by *slowAgent) {
	c := read[op.Vote](e.Event)
	p, when := m.prop(c.Proposal), signedOf(e.Event)
	if ph := p.phase(m.at.TimeMs); ph != "active" || m.weight(p, by) == 0 && !p.gathers() {
		m.fail("a ballot of weight %d counts while the proposal is %s", m.weight(p, by), ph)
	}
	if p.gathers() {
		m.support(p, by, c, when)
		return
	}
	var said any
	if c.Choice == "ballot" {
		said = parse(string(c.Ballot))
	}
	if b := p.ballot(by); b != nil {
		if !when.after(b.signed) {
			m.fail("a ballot signed at %+v takes the place of one signed at %+v", when, b.signed)
		}
		b.choice, b.said, b.signed = c.Choice, said, when
		m.note("a ballot replaced")
	} else {
		p.ballots = append(p.ballots, &slowBallot{by: by, choice: c.Choice, said: said, signed: when})
	}
	if p.quorate || !m.quorate(p, m.direct(p)) {
		return
	}
	p.quorate = true
	if late := 1000 * number(p.track, "late_quorum_s"); late > 0 && m.at.TimeMs+late > p.deadlineMs {
		p.deadlineMs = m.at.TimeMs + late
		m.note("a late quorum")
	}
}

// direct counts the ballots alone.
func (m *slow) direct(p *slowProp) op.Close {
	if p.gathers() {
		return op.Close{For: op.Weight(p.supported()), Eligible: op.Weight(m.eligible(p))}
	}
	c := op.Close{Eligible: op.Weight(m.eligible(p))}
	for _, b := range p.ballots {
		p.adds(&c, b, m.weight(p, b.by))
	}
	return c
}

func (m *slow) close(c op.Close) {
	p := m.prop(c.Proposal)
	if m.at.TimeMs <= p.deadlineMs || p.closedMs != 0 {
		m.fail("a vote closes at %d, its deadline is %d", m.at.TimeMs, p.deadlineMs)
	}
	want := m.tally(p)
	have := c
	have.BallotRoot, have.Delegation.GiniPPM, have.Delegation.Nakamoto = op.Hash{}, 0, 0
	if have != want {
		m.fail("a vote on %s closes with\n%+v, recounted\n%+v", p.name, have, want)
	}
	if method := text(p.track, "counting"); method != "" && len(p.ballots) > 1 {
		m.note("counted " + method)
		if c.Delegation.Delegated > 0 {
			m.note("delegated weight in ballots filled in")
		}
		if strings.Contains(c.Reason, "level") {
			m.note("options level")
		}
	}
	if c.Delegation.Delegated > 0 {
		m.note("delegated weight counted")
	}
	p.closedMs, p.outcome = m.at.TimeMs, c
	if all := int64(c.Eligible); all > 0 {
		came := portion(int64(min(c.For+c.Against+c.Abstain, c.Eligible)), 1_000_000, all)
		m.turnouts[p.name] = (8*m.turnouts[p.name] + 2*came + 5) / 10
	}
	m.markExits(p)
	switch {
	case c.Passed && p.acts():
		if !p.unstoppable() {
			p.pausedMs = m.pausedUntil(p.name)
		}
	case c.Passed || m.lostHonestly(p):
		m.offCourse(p)
		m.letBack(p.hold)
	default:
		m.offCourse(p)
		m.forfeit(p.hold)
		m.note("a defeat forfeits")
	}
}

// end takes a proposal from its course.
func (m *slow) end(p *slowProp, how string) {
	p.end = how
	for _, d := range p.disputes {
		m.voidIfOpen(d)
	}
	if how != "executed" {
		m.settleExits(p, false)
	}
	m.offCourse(p)
}

// guards tells whether a key is a guardian's or the operator's.
func (m *slow) guards(key op.PublicKey) bool {
	keys, _ := look(m.rules, "guardians", "keys").([]any)
	return key == m.operator || slices.Contains(keys, any(key.String()))
}

// agreed adds a guardian to those who want something stopped.
func (m *slow) agreed(list *[]op.PublicKey, key op.PublicKey) bool {
	*list = append(*list, key)
	n := int64(0)
	for _, k := range *list {
		if k == key || m.guards(k) {
			n++
		}
	}
	return key == m.operator || n >= max(1, number(m.rules, "guardians", "threshold"))
}

// stop follows a cancel or a veto.
func (m *slow) stop(e *op.Entry, by *slowAgent) {
	veto := e.Event.Kind == op.KindVeto
	var id op.ID
	if veto {
		id = read[op.Veto](e.Event).Proposal
	} else {
		id = read[op.Cancel](e.Event).Proposal
	}
	p := m.prop(id)
	ph := p.phase(m.at.TimeMs)
	own := !veto && by != nil && by == p.by && (ph == "draft" || ph == "pending")
	switch {
	case own:
	case !m.guards(e.Event.PubKey):
		m.fail("somebody who guards nothing stops a proposal that is %s", ph)
	case p.unstoppable():
		m.fail("a proposal that nobody may stop is stopped")
	case veto && ph != "queued" && ph != "disputed" || veto && ph == "queued" && m.at.TimeMs > p.afterMs():
		m.fail("a veto against a proposal that is %s", ph)
	case veto && m.at.TimeMs == p.afterMs():
		m.note("a veto in the last instant")
	}
	list := &p.cancels
	if veto {
		list = &p.vetoes
	}
	if !own && !m.agreed(list, e.Event.PubKey) {
		return
	}
	if !veto {
		m.end(p, "cancelled")
		m.letBack(p.hold)
		m.note("a cancel")
		return
	}
	m.end(p, "vetoed")
	m.note("a veto")
	if number(p.track, "veto_forfeit_ppm") > 0 {
		m.forfeit(p.hold)
	} else {
		m.letBack(p.hold)
	}
}
