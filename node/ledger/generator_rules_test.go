package ledger

import (
	"crypto/sha256"
	"fmt"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
)

// The slow reading of rules that open proposals, and the crowd's use of them.
//
//	NAME watches P RULE LIMIT CLEAR COOLDOWN   on track rules: above LIMIT degrees the rule
//	                             asks for 300 sat of reserve for ann; it may do so again
//	                             once they were below CLEAR, or with 0 not above LIMIT
//	NAME unwatches P RULE        takes the rule away
func init() {
	verbs["watches"] = func(sc *scenario, who string, f []string) error {
		lower := ""
		if f[3] != "0" {
			lower = fmt.Sprintf(`value("heat")<%s`, f[3])
		}
		a := AddRule{Type: constitution.ActionAddRule, Name: f[1], When: fmt.Sprintf(`value("heat")>%s`, f[2]), Clear: lower,
			CooldownS: sc.number(f[4]), Track: "treasury", Title: f[1], Actions: []op.Raw{op.Raw(op.EncodeContent(
				Pay{Type: constitution.ActionPay, Pool: "reserve", To: secretOf("ann").Public(), Sat: 300}))}}
		return sc.request(who, f[0], op.KindPropose, op.Propose{Track: "rules", Title: f[0], Actions: []op.Raw{op.Raw(op.EncodeContent(a))}})
	}
	verbs["unwatches"] = func(sc *scenario, who string, f []string) error {
		seq := int64(-1)
		if v, ok := sc.s.Rule(f[1]); ok {
			seq = int64(v.Seq)
		}
		a := RemoveRule{Type: constitution.ActionRemoveRule, Name: f[1], ExpectSeq: seq}
		return sc.request(who, f[0], op.KindPropose, op.Propose{Track: "rules", Title: f[0], Actions: []op.Raw{op.Raw(op.EncodeContent(a))}})
	}
}

// ruleTrackLines are what an economy needs for it.
var ruleTrackLines = []string{"metric heat degree 1 jim", "track rules signal", "set tracks.rules.actions [add-rule, remove-rule]",
	"set tracks.rules.timelock_s 1", "set tracks.rules.grace_s 5000", "set tracks.rules.max_open_per_agent 0"}

// slowRule is a rule in force.
type slowRule struct {
	name                   string
	seq                    uint64
	above, clear, cooldown int64
	track                  string
	actions                []any
	armed                  bool
	firedMs                []int64
}

// tryRule follows the rules that a decision would leave.
func (m *slow) tryRule(x any, t *slowTry) bool {
	if t.watch == nil {
		t.watch = append([]*slowRule{}, m.watch...)
		t.after = append(t.after, func() { m.watch = t.watch })
	}
	at := -1
	for i, r := range t.watch {
		if r.name == text(x, "name") {
			at = i
		}
	}
	if text(x, "type") == constitution.ActionRemoveRule {
		if at < 0 || int64(t.watch[at].seq) != number(x, "expect_seq") {
			return false
		}
		t.watch = append(append([]*slowRule{}, t.watch[:at]...), t.watch[at+1:]...)
		return true
	}
	if at >= 0 {
		return false
	}
	r := &slowRule{name: text(x, "name"), seq: m.seq, cooldown: number(x, "cooldown_s"), track: text(x, "track"), actions: look(x, "actions").([]any), armed: true}
	fmt.Sscanf(text(x, "when"), `value("heat")>%d`, &r.above)
	fmt.Sscanf(text(x, "clear"), `value("heat")<%d`, &r.clear)
	t.watch = append(t.watch, r)
	return true
}

// report lets the rules look at a figure: one report is one.
func (m *slow) report(e *op.Entry) {
	c := read[op.Report](e.Event)
	if c.Proposal != (op.ID{}) || len(c.Values) != 1 || c.Values[0].Metric != "heat" {
		return
	}
	heat := c.Values[0].Value
	for _, r := range m.watch {
		switch {
		case !r.armed:
			if r.armed = heat <= r.above; r.clear > 0 {
				r.armed = heat < r.clear
			}
			if r.armed {
				m.note("a rule armed again")
			}
		case heat <= r.above:
		case len(r.firedMs) > 0 && m.at.TimeMs < r.firedMs[len(r.firedMs)-1]+1000*r.cooldown:
			m.note("a rule waited for its cool-down")
		default:
			m.fire(r, e)
		}
	}
}

// fire opens what a rule proposes, unless its actions would be refused now.
func (m *slow) fire(r *slowRule, e *op.Entry) {
	p := &slowProp{id: sha256.Sum256(append([]byte("econd/rule/"+scenarioEconomy+"\x00"+r.name+"\x00"), e.Event.ID[:]...)),
		name: r.track, track: m.track(r.track), actions: r.actions}
	if _, ok, _ := m.try(p); !ok || m.pausedUntil(r.track) != 0 {
		m.note("a rule that could not")
		return
	}
	r.armed, r.firedMs = false, append(r.firedMs, m.at.TimeMs)
	m.props = append(m.props, p)
	m.start(p)
	m.note("a rule opened a proposal")
}

// rulesAre compares the rules in force.
func (m *slow) rulesAre(s *State) string {
	if d := differ("rules", len(s.figures.rules), len(m.watch)); d != "" {
		return d
	}
	for i, r := range m.watch {
		v := &s.figures.rules[i]
		if d := differ("rule "+r.name, fmt.Sprint(v.Name, v.seq, v.armed, len(v.fired)), fmt.Sprint(r.name, r.seq, r.armed, len(r.firedMs))); d != "" {
			return d
		}
	}
	return ""
}

// callFired names what rules opened, so that the crowd can speak of it.
func (g *player) callFired() {
	n := 0
	for _, p := range g.m.props {
		if p.by == nil {
			n++
			label := fmt.Sprint("f", n)
			g.sc.labels[label], g.sc.names[p.id] = p.id, label
		}
	}
}

func (g *player) watchOf(who, p, rule string) {
	g.say("%s watches %s %s %d %d %d", who, p, rule, 100+g.draw(40), g.draw(2)*(60+g.draw(30)), g.draw(3)*20)
}

// heat reports some figures.
func (g *player) heat() {
	for range 1 + g.draw(3) {
		g.say("jim figures heat %d", 50+g.draw(120))
	}
}

// alarm has a rule made, fire, and what it asks for decided.
func (g *player) alarm() {
	p, rule := g.label("p"), g.label("h")
	g.watchOf(g.who(), p, rule)
	g.carry(nil, p)
	if x := g.after(p); x == nil {
		return
	}
	g.say("jump 1")
	g.say("jim figures heat 170")
	fired := g.live("pending", "active")
	for _, label := range fired {
		if x := g.m.prop(g.sc.labels[label]); x.by == nil {
			g.carry(nil, label)
			g.after(label)
			g.say("jump 1")
			break
		}
	}
	g.heat()
	if g.chance(4) {
		q := g.label("p")
		g.say("%s unwatches %s %s", g.who(), q, rule)
		g.carry(nil, q)
	}
}

// inquire has two questions answered at once, by some through others.
func (g *player) inquire() {
	p, q := g.label("p"), g.label("p")
	for _, label := range []string{p, q} {
		g.askPoll(g.who(), label)
	}
	for range 3 {
		g.say("%s delegate %s on %s", g.who(), g.who(), g.pick(polls[g.economy]...))
	}
	for _, label := range []string{p, q} {
		if x := g.m.prop(g.sc.labels[label]); x != nil {
			g.until(x.startMs())
			g.answerPoll(label, x)
		}
	}
	for _, label := range []string{p, q} {
		if x := g.m.prop(g.sc.labels[label]); x != nil {
			g.until(x.deadlineMs + 1)
		}
	}
	g.say("blocks 0")
}
