package ledger

import "fmt"

// Stories lead to what chance alone seldom comes to. Between their lines the crowd
// goes on with whatever else it does.

// until waits for an instant, with something else before it.
func (g *player) until(ms int64) {
	if g.chance(2) && g.steps > 0 {
		g.steps--
		g.step()
	}
	if left := ms - g.sc.at.TimeMs; left > 0 {
		g.say("wait %dms", left)
	}
}

// carry brings proposals to the close of their votes: all are in favour but those
// named.
func (g *player) carry(against []string, labels ...string) {
	for _, p := range labels {
		g.say("locked %s 0 288", p)
	}
	for _, p := range labels {
		if x := g.m.prop(g.sc.labels[p]); x != nil && x.lockedMs != 0 {
			g.until(x.startMs())
		}
	}
	for _, p := range labels {
		for _, name := range people {
			if !g.chance(5) {
				g.say("%s vote %s for", name, p)
			}
		}
		for _, name := range against {
			g.say("%s vote %s against", name, p)
		}
	}
	for _, p := range labels {
		if x := g.m.prop(g.sc.labels[p]); x != nil && x.lockedMs != 0 {
			g.until(x.deadlineMs + 1)
		}
	}
}

// after waits until a decision is due, or nearly.
func (g *player) after(p string) *slowProp {
	x := g.m.prop(g.sc.labels[p])
	if x != nil && x.phase(g.sc.at.TimeMs) == "queued" {
		g.until(x.afterMs() + int64(g.draw(3)))
	}
	return x
}

// together has two decisions on their way to be executed, and those leave who were
// against both: by the one, by the other or in turn.
func (g *player) together() {
	p, q := g.label("p"), g.label("p")
	g.say("%s pays %s reserve %s %d", g.who(), p, g.who(), 1+g.draw(9000))
	g.say("%s grants %s reserve %s %d %s", g.who(), q, g.who(), 1000+g.draw(9000), g.pick("1m", "90h"))
	a, b := g.who(), g.who()
	g.carry([]string{a, b}, p, q)
	g.say("%s exit %s", a, p)
	if g.chance(2) {
		g.say("%s exit %s", b, q)
	}
	g.after(p)
	g.say("%s exit %s", b, q)
	g.after(q)
	g.say("jump 1")
}

// regret has a decision executed, challenged and undone, or not.
func (g *player) regret() {
	p, d := g.label("p"), g.label("c")
	if g.chance(2) && g.economy != 2 {
		g.say("%s prices %s %d", g.who(), p, 5+g.draw(40))
	} else {
		g.say("%s sets %s /stake/max_per_agent %d", g.who(), p, 40+g.draw(9))
	}
	g.carry(nil, p)
	if x := g.after(p); x != nil {
		g.say("wait 2ms")
		g.say("%s dispute %s %s fraud", g.who(), d, p)
		g.say("locked %s 0 288", d)
		g.say("blocks 2")
		g.say("blocks 0")
		if x := g.m.dispute(g.sc.labels[d]); x != nil && x.state == "open" {
			if g.chance(2) {
				g.renewOne(d)
			}
			if x.last().drawn {
				g.try(x, g.pick("uphold", "uphold", "refuse"))
			}
		}
	}
}

// try has the jury of a dispute vote, and waits until that is over.
func (g *player) try(d *slowDispute, vote string) {
	name, reveal := g.sc.names[d.id], d.last().revealMs
	g.say("everybody on %s %s", name, vote)
	g.until(reveal - 1000*number(d.rule, "reveal_s") + 1)
	g.say("opened %s %s", name, vote)
	g.until(reveal + 1)
	if r := d.last(); r.appealMs > 0 && !g.chance(4) {
		g.until(r.appealMs + 1)
	}
}

// promiseOf proposes a bet.
func (g *player) promiseOf(who, p string) {
	g.say("%s promises %s %d %s jim joy jon", who, p, 25_000+g.draw(9000), g.pick("5s", "20s", "50m"))
}

// reform changes the rules of a track on which a vote runs.
func (g *player) reform() {
	p, q := g.label("p"), g.label("p")
	g.amendSome(g.who(), p)
	g.carry(nil, p)
	x := g.m.prop(g.sc.labels[p])
	if x == nil || x.phase(g.sc.at.TimeMs) != "queued" {
		return
	}
	for _, track := range []string{"treasury", "price", "grant"} {
		if text(x.actions[0], "path") != "/tracks/"+track+"/weight" {
			continue
		}
		switch track {
		case "treasury":
			g.say("%s pays %s reserve %s %d", g.who(), q, g.who(), 1+g.draw(9000))
		case "price":
			g.say("%s prices %s %d", g.who(), q, 5+g.draw(40))
		default:
			g.say("%s grants %s reserve %s 2000 2m", g.who(), q, g.who())
		}
	}
	if y := g.m.prop(g.sc.labels[q]); y != nil {
		if wait := x.afterMs() - g.sc.at.TimeMs - 1000*number(y.track, "voting_delay_s") - 1000; wait > 0 {
			g.say("wait %dms", wait)
		}
		g.say("locked %s 0 288", q)
		g.say("wait %dms", max(1, x.afterMs()+1-g.sc.at.TimeMs))
		g.vote(q)
	}
}

// promise has a promise carried out and measured.
func (g *player) promise() {
	p := g.label("p")
	g.promiseOf(g.who(), p)
	g.carry(nil, p)
	if x := g.after(p); x == nil || x.end != "executed" && x.phase(g.sc.at.TimeMs) != "queued" {
		return
	}
	g.say("blocks 0") // what is due comes about
	g.say("wait 2ms")
	value := 70 + 30*g.draw(2)
	for _, name := range judges[:1+g.draw(3)] {
		g.say("%s reports %s speed %s", name, p, fmt.Sprint(value+g.draw(4)))
	}
	if x := g.m.prop(g.sc.labels[p]); x.evaluating() {
		g.until(x.evaluateMs + 1)
	}
}
