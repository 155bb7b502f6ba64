package ledger

import (
	"slices"
	"strconv"
	"strings"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
)

// What a decision does, tried on copies by the slow reading before it believes what
// the log states.

// slowTry is what the actions so far came to.
type slowTry struct {
	rules map[string]any
	pools map[string]int64
	over  []*slowGrant
	watch []*slowRule // nil: as they are
	after []func()
}

// try tells whether the actions can be carried out now; known is false where the
// slow reading does not follow what decides that.
func (m *slow) try(p *slowProp) (t *slowTry, ok, known bool) {
	t = &slowTry{rules: m.rules, pools: map[string]int64{}}
	for name, sat := range m.pools {
		t.pools[name] = sat
	}
	for _, a := range p.leavers {
		for _, r := range a.exit.shares {
			t.pools[r.pool] += r.sat + r.fee
		}
	}
	known = true
	for i, x := range p.actions {
		fits, sure := m.tryAction(p, i, x, t)
		if known = known && sure; !fits && sure {
			return t, false, known
		}
	}
	if p.eval != nil {
		need := p.eval.RewardSat + route(t.rules, p.eval.RewardSat)
		if t.pools[p.rewardPool()] < need {
			return t, false, known
		}
		t.pools[p.rewardPool()] -= need
		t.after = append(t.after, func() { p.aside, p.evaluateMs = need, m.at.TimeMs+1000*p.eval.PeriodS })
	}
	return t, true, known
}

func (m *slow) tryAction(p *slowProp, i int, x any, t *slowTry) (fits, sure bool) {
	key := func(name string) *slowAgent { k, _ := op.ParsePublicKey(text(x, name)); return m.agent(k) }
	pool, to, sat := text(x, "pool"), key("to"), number(x, "sat")
	switch text(x, "type") {
	case constitution.ActionPay:
		fee := route(t.rules, sat)
		if t.pools[pool] < sat+fee {
			return false, true
		}
		t.pools[pool] -= sat + fee
		t.after = append(t.after, func() { m.owe(named("pay", p.id.String(), strconv.Itoa(i)), to, pool, sat, fee, "payment") })
	case constitution.ActionGrant:
		if number(x, "end_ms") <= m.at.TimeMs || t.pools[pool] < sat {
			return false, true
		}
		t.pools[pool] -= sat
		t.after = append(t.after, func() {
			m.grants = append(m.grants, &slowGrant{id: named("grant", p.id.String(), strconv.Itoa(i)), to: to, pool: pool, sat: sat,
				start: number(x, "start_ms"), cliff: number(x, "cliff_ms"), end: number(x, "end_ms")})
		})
	case constitution.ActionRevokeGrant:
		return m.tryRevoke(x, t), true
	case constitution.ActionSetPrice:
		price := look(t.rules, "prices", text(x, "resource"))
		if number(price, "sat") != number(x, "expect_sat") {
			return false, true
		}
		t.rules = changed(t.rules, []string{"prices", text(x, "resource"), "sat"}, look(x, "sat"))
	case constitution.ActionSetParameter, constitution.ActionAmend:
		path := strings.Split(text(x, "path"), "/")[1:]
		if write(look(t.rules, path...)) != write(look(x, "expect")) {
			return false, true
		}
		t.rules = changed(t.rules, path, look(x, "value"))
	case constitution.ActionSetGuardians:
		return m.trySetGuardians(x, t)
	case constitution.ActionPause:
		return m.tryPause(p, x, t), true
	case constitution.ActionAddRule, constitution.ActionRemoveRule:
		return m.tryRule(x, t), true
	case constitution.ActionWebhook:
	default:
		return true, false
	}
	return true, true
}

func (m *slow) tryRevoke(x any, t *slowTry) bool {
	for _, g := range m.grants {
		if g.id != text(x, "grant") {
			continue
		}
		left := g.sat - g.vested(m.at.TimeMs)
		if g.over != 0 || left == 0 || slices.Contains(t.over, g) {
			return false
		}
		t.over = append(t.over, g)
		t.pools[g.pool] += left
		t.after = append(t.after, func() { g.over = m.at.TimeMs })
		return true
	}
	return false
}

func (m *slow) tryPause(p *slowProp, x any, t *slowTry) bool {
	most := or(number(m.rules, "guardians", "max_pause_s"), 86400)
	until := m.at.TimeMs + 1000*number(x, "for_s")
	for _, name := range look(x, "tracks").([]any) {
		if last := m.lastPause(name.(string)); last != nil && m.at.TimeMs <= last.untilMs+1000*most {
			return false
		}
		t.after = append(t.after, func() { m.setPause(name.(string), until) })
	}
	return number(x, "for_s") <= most
}

// trySetGuardians replaces the set; whom a removal leaves is worked out anew.
func (m *slow) trySetGuardians(x any, t *slowTry) (fits, sure bool) {
	now, _ := look(t.rules, "guardians", "keys").([]any)
	keys, expect := look(x, "keys").([]any), look(x, "expect_keys").([]any)
	have, need := max(1, number(t.rules, "guardians", "threshold")), number(x, "threshold")
	if (&slowProp{actions: []any{x}}).removes() {
		if slices.ContainsFunc(now, func(k any) bool { return !slices.Contains(expect, k) }) || have < number(x, "expect_threshold") {
			return false, true
		}
		left := []any{}
		for _, k := range now {
			if slices.Contains(keys, k) {
				left = append(left, k)
			}
		}
		if need = max(need, have); need > int64(len(left)) {
			left, need = []any{}, 1
		}
		if len(left) == len(now) && need == have {
			return false, true
		}
		keys = left
	} else if !slices.Equal(now, expect) || have != number(x, "expect_threshold") {
		return false, true
	}
	t.rules = changed(t.rules, []string{"guardians", "keys"}, keys)
	t.rules = changed(t.rules, []string{"guardians", "threshold"}, parse(strconv.FormatInt(need, 10)))
	return true, true
}

// removes tells whether all that the proposal does is to take power from guardians.
func (p *slowProp) removes() bool {
	if !p.shielded() {
		return false
	}
	x := p.actions[0]
	keys, expect := look(x, "keys").([]any), look(x, "expect_keys").([]any)
	if slices.ContainsFunc(keys, func(k any) bool { return !slices.Contains(expect, k) }) {
		return false
	}
	return len(keys) == 0 || number(x, "threshold") >= number(x, "expect_threshold")
}

// shielded tells whether all that it does is to change who guards.
func (p *slowProp) shielded() bool {
	if len(p.actions) != 1 || p.eval != nil || text(p.actions[0], "type") != constitution.ActionSetGuardians {
		return false
	}
	x := p.actions[0]
	keys, expect := look(x, "keys").([]any), look(x, "expect_keys").([]any)
	return number(x, "threshold") != number(x, "expect_threshold") || len(keys) != len(expect) ||
		slices.ContainsFunc(keys, func(k any) bool { return !slices.Contains(expect, k) })
}

// unstoppable tells whether guardians cannot stop it now. The generator makes no
// proposals that disarm them otherwise.
func (p *slowProp) unstoppable() bool { return p.shielded() }

// late tells whether its grace is over; what nobody can stop has no end of it.
func (p *slowProp) late(ms int64) bool {
	return ms > p.afterMs()+1000*number(p.track, "grace_s") && !p.unstoppable()
}

// finish follows an execution, a failure of one, or that it came too late.
func (m *slow) finish(e *op.Entry) {
	if e.Event.Kind == op.KindExpire {
		p := m.prop(read[op.Expire](e.Event).Proposal)
		if !p.late(m.at.TimeMs) {
			m.fail("a decision expires at %d", m.at.TimeMs)
		}
		m.end(p, "expired")
		m.letBack(p.hold)
		m.note("an expiry")
		return
	}
	c := read[op.Execute](e.Event)
	p := m.prop(c.Proposal)
	if p.phase(m.at.TimeMs) != "queued" || m.at.TimeMs <= p.afterMs() || p.late(m.at.TimeMs) {
		m.fail("a decision that is %s is executed at %d, after %d", p.phase(m.at.TimeMs), m.at.TimeMs, p.afterMs())
	}
	t, ok, known := m.try(p)
	stay := m.retained(p, true)
	if known && (c.Failure == "") != (ok && stay) {
		m.fail("an execution on %s states %q; its actions fit: %t, enough stay: %t", p.name, c.Failure, ok, stay)
	}
	if c.Failure != "" {
		if ok && !stay {
			m.note("a retention failure")
			p.blocked = !m.retained(p, false)
		} else {
			m.note("an action fails")
		}
		m.end(p, "failed")
		m.letBack(p.hold)
		return
	}
	if m.executed[m.at.TimeMs]++; m.executed[m.at.TimeMs] == 2 {
		m.note("two decisions executed in one sweep")
	}
	m.note("an execution")
	if p.by == nil {
		m.note("what a rule asked for was executed")
	}
	p.executedMs = m.at.TimeMs
	m.carryOut(p, t)
}

func (m *slow) carryOut(p *slowProp, t *slowTry) {
	p.end = "executed"
	if p.eval == nil {
		for _, d := range p.disputes {
			m.voidIfOpen(d)
		}
		m.offCourse(p)
	}
	if write(m.rules) != write(t.rules) {
		m.amend(t.rules)
	}
	for name, sat := range t.pools {
		m.pools[name] = sat
	}
	for _, do := range t.after {
		do()
	}
	m.settleExits(p, true)
	if p.eval != nil {
		m.note("an evaluation")
		return
	}
	m.letBack(p.hold)
}

// amend puts other rules into force. A track that went away and comes back starts
// anew, a pool that is new is empty.
func (m *slow) amend(rules map[string]any) {
	m.noteAmended(rules)
	for _, t := range look(m.rules, "tracks").([]any) {
		if name := text(t, "name"); look(rules, "tracks", name) == nil {
			delete(m.turnouts, name)
			delete(m.crowds, name)
			m.note("a track taken away")
		}
	}
	m.rules = rules
	for _, p := range look(m.rules, "pools").([]any) {
		m.pools[text(p, "name")] += 0
	}
}

// noteAmended looks what a change of the rules met.
func (m *slow) noteAmended(rules map[string]any) {
	m.note("an amendment")
	for _, p := range m.props {
		now := look(rules, "tracks", p.name)
		if p.phase(m.at.TimeMs) == "active" && write(now) != write(p.track) {
			m.note("an amendment while a vote runs")
			if write(look(now, "weight")) != write(p.track["weight"]) {
				m.note("another weight rule while a vote runs")
			}
		}
	}
}

// evaluate follows a verdict on what was promised.
func (m *slow) evaluate(c op.Evaluate) {
	p := m.prop(c.Proposal)
	if !p.evaluating() || m.at.TimeMs <= p.evaluateMs || p.open() > 0 {
		m.fail("an evaluation of a proposal that is %s ends at %d", p.phase(m.at.TimeMs), m.at.TimeMs)
	}
	m.note("verdict " + c.Verdict)
	m.conclude(p, c.Verdict)
}

func (m *slow) conclude(p *slowProp, verdict string) {
	m.offCourse(p)
	p.verdict = verdict
	if verdict != "met" {
		m.pools[p.rewardPool()] += p.aside
		p.aside = 0
	}
	switch {
	case verdict == "undetermined":
		m.letBack(p.hold)
	case p.hold != nil:
		m.forfeit(p.hold)
	case verdict == "met":
		m.reward(p, 0)
	}
}
