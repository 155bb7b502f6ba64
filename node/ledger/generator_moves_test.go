package ledger

import (
	"fmt"
	"slices"
)

// improvise makes up a story: it settles a crowd, opens decisions and then does what
// comes to mind, of what could be of interest as things stand.
func (g *player) improvise() {
	g.settle()
	for ; g.steps > 0; g.steps-- {
		if g.chance(6) {
			g.sc.at.TimeMs += int64(g.draw(3)) // entries within one instant, and not
		}
		g.step()
	}
}

func (g *player) chance(in int) bool { return g.draw(in) == 0 }

func (g *player) pick(list ...string) string { return list[g.draw(len(list))] }

// who is somebody, mostly one of those who have not left.
func (g *player) who() string {
	who := g.pick(people...)
	for try := 0; try < 4; try++ {
		if a := g.m.agent(secretOf(who).Public()); a == nil || a.leftMs == 0 && a.stake.now() > 0 {
			break
		}
		who = g.pick(people...)
	}
	return who
}

// label gives the next name of its kind.
func (g *player) label(kind string) string {
	g.said++
	return fmt.Sprint(kind, g.said)
}

// slowly lets time pass in the measure of the economy: part of a vote.
func (g *player) slowly(parts int) string {
	whole := 12_000
	if g.economy == 2 {
		whole = 172_800_000
	}
	return fmt.Sprintf("wait %dms", 1+g.draw(1+whole*parts/10))
}

// settle registers everybody and brings what they start with.
func (g *player) settle() {
	for _, name := range slices.Concat(people, judges) {
		g.say("agent %s", name)
	}
	for _, name := range people {
		g.say("%s bind", name)
		g.say("%s stake s-%s %d", name, name, 20_000+1000*g.draw(60))
		g.say("locked s-%s 0 %d", name, 144+g.draw(150))
		g.confirmSome("s-" + name)
	}
	for _, name := range judges {
		g.say("%s bind", name)
		g.say("ann rate %s 100 9 for-%s", name, name)
	}
	for i, pool := range []string{"reserve", "performance", "reserve"} {
		who := g.who()
		g.say("%s deposit d%d %s %d", who, i, pool, 40_000+1000*g.draw(99))
		g.say("lock d%d", i)
		g.say("settled d%d", i)
	}
	g.say("jump 1")
	g.say("jump 1")
	for _, name := range judges {
		g.say("%s juror b-%s general", name, name)
		g.say("locked b-%s 0 %d", name, 144+g.draw(150))
	}
	g.say("wait 1s")
}

// live lists the labels of proposals in one of these phases.
func (g *player) live(phases ...string) (list []string) {
	for _, p := range g.m.props {
		if slices.Contains(phases, p.phase(g.sc.at.TimeMs)) && g.sc.names[p.id] != "" {
			list = append(list, g.sc.names[p.id])
		}
	}
	return list
}

// held lists the labels of holds of a purpose in a state.
func (g *player) held(state string, why ...string) (list []string) {
	for _, h := range g.m.holds {
		if h.state == state && slices.Contains(why, h.why) {
			list = append(list, g.sc.names[h.id])
		}
	}
	return list
}

func (g *player) nameOf(a *slowAgent) string {
	if a == nil {
		return "operator"
	}
	return g.sc.nameOf(a.key)
}

// step makes one move: those that are possible draw lots by their weight.
func (g *player) step() {
	type move struct {
		weight int
		do     func()
	}
	var list []move
	may := func(possible bool, weight int, do func()) {
		if possible {
			list = append(list, move{weight, do})
		}
	}
	active, queued := g.live("active"), g.live("queued", "disputed")
	open := len(g.live("draft", "pending", "active"))
	for _, p := range g.m.props {
		if p.gathering() {
			open-- // those last long
		}
	}
	may(open < 4, 14, g.open)
	may(true, 2, g.open)
	may(len(g.held("offered", "collateral")) > 0, 25, g.lockUp)
	may(len(g.held("offered", "stake", "bond", "juror-bond", "deposit")) > 0, 16, g.lockUp)
	quiet := slices.DeleteFunc(slices.Clone(active), func(p string) bool {
		return len(g.m.prop(g.sc.labels[p]).ballots) > 4 || g.m.prop(g.sc.labels[p]).gathers()
	})
	may(len(quiet) > 0, 45, func() { g.vote(g.pick(quiet...)) })
	may(len(active) > 0, 4, func() { g.vote(g.pick(active...)) })
	gathering := slices.DeleteFunc(slices.Clone(active), func(p string) bool { return !g.m.prop(g.sc.labels[p]).gathers() })
	may(len(gathering) > 0, 8, func() { g.back(g.pick(gathering...)) })
	may(len(active) > 0, 4, func() { g.late(g.pick(active...)) })
	may(true, 5, g.entrust)
	may(true, 7, func() { g.say("jump %d", g.draw(4)-1) })
	may(true, 6, func() { g.say("%s", g.slowly(1+g.draw(2))) })
	may(g.chance(3), 1, func() { g.say("%s", g.slowly(8+g.draw(30))) })
	may(len(queued) > 0, 10, func() { g.leave(g.pick(queued...)) })
	doubtful := slices.DeleteFunc(g.live("queued", "disputed", "executed", "evaluating"), func(p string) bool { return !g.m.challengeable(g.m.prop(g.sc.labels[p])) })
	may(len(doubtful) > 0, 5, func() { g.challenge(g.pick(doubtful...)) })
	may(len(queued) > 0, 2, func() { g.stopIt(g.pick(queued...)) })
	may(open > 0, 1, func() {
		g.say("%s cancel %s", g.pick("operator", "gil", g.who()), g.pick(g.live("draft", "pending", "active")...))
	})
	may(true, 3, g.halt)
	may(len(g.open1()) > 0, 22, func() { g.judge(g.open1()[g.draw(len(g.open1()))]) })
	may(true, 6, g.renewSome)
	may(true, 3, g.stakeSome)
	may(len(g.sc.s.PendingEffects()) > 0, 24, g.answer)
	may(len(g.m.payouts) > 0, 8, g.collect)
	may(len(g.m.grants) > 0, 6, func() {
		n := g.draw(len(g.m.grants))
		g.say("%s draw %d %d", g.nameOf(g.m.grants[n].to), n+1, 1000+g.draw(3000))
	})
	may(true, 5, func() { g.say("blocks %d", []int{1, 1, 1, 2, 2, 2, 3, 3, 5, 8, 30, 60}[g.draw(12)]) })
	may(len(g.live("evaluating")) > 0, 14, func() {
		p, value := g.pick(g.live("evaluating")...), 70+20*g.draw(2)
		for _, name := range judges[:1+g.draw(3)] {
			g.say("%s reports %s speed %d", name, p, value+g.draw(3))
		}
	})
	may(len(g.m.watch) > 0, 4, g.heat)
	may(true, 1, g.odd)
	for _, story := range []func(){g.together, g.regret, g.promise, g.promise, g.reform, g.reform, g.alarm, g.inquire, g.fund} {
		may(!g.telling, 3, func() {
			g.telling = true
			story()
			g.telling = false
		})
	}
	sum := 0
	for _, x := range list {
		sum += x.weight
	}
	n := g.draw(sum)
	for _, x := range list {
		if n -= x.weight; n < 0 {
			x.do()
			return
		}
	}
}

// open makes a proposal, often two at once.
func (g *player) open() {
	for range 1 + g.draw(2) {
		who, p := g.who(), g.label("p")
		switch g.draw(15) {
		case 0, 1, 2:
			g.say("%s pays %s %s %s %d %s %d", who, p, g.pick("reserve", "performance"), g.who(), 1+g.draw(30_000), g.who(), 1+g.draw(3000))
		case 3, 4:
			g.say("%s grants %s %s %s %d %s", who, p, g.pick("reserve", "performance"), g.who(), 1+g.draw(30_000), g.pick("25s", "2m", "90h", "2000h"))
		case 5:
			g.say("%s prices %s %d", who, p, 5+g.draw(40))
		case 6:
			g.say("%s sets %s %s", who, p, g.pick("/payouts {\"fee_ppm\":20000,\"claim_s\":40}", "/stake/max_per_agent 40", "/epoch_s 5", "/payouts {\"max_claims\":2}"))
		case 7, 8:
			g.amendSome(who, p)
		case 9, 10:
			if g.chance(4) {
				g.say("%s elect %s guardians %d gil una %s", who, p, 1+g.draw(2), g.who())
				break
			}
			g.promiseOf(who, p)
		case 14:
			g.askFor(who, p)
		case 11, 12, 13:
			g.askPoll(who, p)
		}
		if g.chance(2) {
			g.say("locked %s 0 %d", p, 144+g.draw(150))
		}
	}
}

func (g *player) amendSome(who, p string) {
	g.say("%s amends %s %s", who, p, g.pick(
		`/tracks/treasury/weight {"kind":"one","bond_sat":1000}`, `/tracks/treasury/weight {"kind":"stake"}`,
		`/tracks/price/weight {"kind":"stake","bond_sat":2000}`, `/tracks/grant/weight {"kind":"root-stake","cap_ppm":200000}`,
		`/tracks/emergency/weight {"kind":"stake","bond_sat":3000}`,
		`/tracks/treasury/collateral_sat 12000`, `/tracks/treasury/throttle {"target":2,"rise_ppm":500000,"decay_ppm":200000,"decay_s":1,"max_sat":90000}`,
		`/tracks/price/throttle null`, `/tracks/price/voting_delay_s 1`, `/tracks/treasury/timelock_s 25`, `/tracks/signal null`,
		`/pools/new {"name":"new","share_ppm":0}`))
}

// lockUp pays one of the holds that wait for it.
func (g *player) lockUp() {
	x := g.pick(g.held("offered", "collateral", "stake", "bond", "juror-bond", "deposit")...)
	more := 0
	if g.chance(4) {
		more = g.draw(2000)
	}
	g.say("locked %s %d %d", x, more, []int{30, 60, 144, 144, 144, 288, 288, 288}[g.draw(8)])
}
