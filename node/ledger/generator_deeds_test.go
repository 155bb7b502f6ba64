package ledger

import (
	"slices"

	"github.com/econd/econd/node/op"
)

// What the crowd does, one kind of thing at a time.

// vote has several of the crowd vote, most of them in favour.
func (g *player) vote(p string) {
	if x := g.m.prop(g.sc.labels[p]); x.gathers() {
		g.back(p)
		return
	} else if text(x.track, "counting") != "" {
		g.answerPoll(p, x)
		return
	}
	moods := [][]string{{"for"}, {"for", "for", "for", "for", "against"}, {"for", "for", "for", "against", "abstain"}, {"for", "against"}, {"against", "against", "for"}}
	mood := moods[[]int{0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 4}[int(p[len(p)-1]-'0'+p[1])%11]]
	for _, name := range people {
		if a := g.m.agent(secretOf(name).Public()); g.chance(2) && (g.m.prop(g.sc.labels[p]).ballot(a) == nil || g.chance(6)) {
			g.say("%s vote %s %s", name, p, g.pick(mood...))
		}
	}
}

// late has a ballot signed and handed in later, or twice, or overtaken, or void.
func (g *player) late(p string) {
	who, x := g.who(), g.label("w")
	g.say("withhold %s %s vote %s %s", x, who, p, g.pick("for", "against"))
	if g.chance(2) {
		g.say("%s vote %s %s", who, p, g.pick("for", "against"))
	}
	if g.chance(4) {
		g.say("%s void", who)
	}
	if g.chance(2) {
		g.say("%s", g.slowly(1))
	}
	for range 1 + g.draw(2) {
		g.say("deliver %s", x)
	}
}

func (g *player) entrust() {
	who, track := g.who(), g.pick("", " on treasury", " on price", " on grant", " on "+g.pick(polls[g.economy]...))
	switch g.draw(6) {
	case 0:
		g.say("%s undelegate%s", who, track)
	case 1, 2:
		g.say("%s delegate %s%s share %d", who, g.who(), track, []int{1, 250_000, 333_333, 500_000}[g.draw(4)])
	case 3:
		g.say("%s delegate %s%s for %s", who, g.who(), track, g.pick("3s", "20s", "40h"))
	default:
		g.say("%s delegate %s%s", who, g.who(), track)
	}
}

// leave has those leave who voted against.
func (g *player) leave(p string) {
	all := g.chance(2)
	for _, b := range g.m.prop(g.sc.labels[p]).ballots {
		if b.choice == "against" && (all || g.chance(2)) {
			g.say("%s exit %s", g.nameOf(b.by), p)
		}
	}
}

func (g *player) challenge(p string) {
	for range 1 + g.draw(2) {
		d := g.label("c")
		g.say("%s dispute %s %s %s", g.who(), d, p, g.pick(Grounds()[:3]...))
		if !g.chance(3) {
			g.say("locked %s 0 %d", d, []int{60, 144, 288}[g.draw(3)])
		}
	}
	if g.chance(2) {
		g.say("blocks 2")
	}
}

// stopIt vetoes, now or in the last instant.
func (g *player) stopIt(p string) {
	if g.chance(2) {
		if at := g.m.prop(g.sc.labels[p]).afterMs() - g.sc.at.TimeMs; at > 0 {
			g.say("wait %dms", at)
		}
	}
	switch g.draw(3) {
	case 0:
		g.say("operator veto %s", p)
	case 1:
		g.say("gil veto %s", p)
		g.say("una veto %s", p)
	case 2:
		g.say("bob cancel %s", p)
		g.say("%s cancel %s", g.pick("gil", "una"), p)
	}
}

// halt pauses tracks, or lifts that.
func (g *player) halt() {
	tracks, how := g.pick("treasury", "price,treasury", "grant", "parameter", "treasury,upgrade"), g.pick("5s", "30s", "60s", "lift")
	if list := g.live("disputed"); len(list) > 0 {
		tracks = g.m.prop(g.sc.labels[g.pick(list...)]).name
	}
	if g.chance(2) {
		g.say("operator pause %s %s", tracks, how)
		return
	}
	g.say("gil pause %s %s", tracks, how)
	if how != "lift" {
		how = "same"
	}
	g.say("%s pause %s %s", g.pick("una", "bob"), tracks, how)
}

// open1 lists the disputes that are open.
func (g *player) open1() (list []*slowDispute) {
	for _, d := range g.m.disputes {
		if d.state == "open" {
			list = append(list, d)
		}
	}
	return list
}

// judge goes on with a dispute.
func (g *player) judge(d *slowDispute) {
	name, r := g.sc.names[d.id], d.last()
	switch {
	case !r.drawn:
		g.say("blocks 2")
	case r.verdict != "":
		if x := g.label("x"); g.chance(2) {
			g.say("%s appeal %s %s", g.who(), x, name)
			g.say("locked %s 0 144", x)
		} else {
			g.say("%s", g.slowly(3))
		}
	case g.chance(3):
		g.renewSome()
	default:
		vote := g.pick("uphold", "refuse")
		g.say("everybody on %s %s but %s", name, vote, g.pick("nobody", "jim"))
		g.say("wait %dms", 1+max(0, r.revealMs-1000*number(d.rule, "reveal_s")-g.sc.at.TimeMs))
		g.say("opened %s %s but %s", name, vote, g.pick("nobody", "nobody", "joy"))
		if !g.chance(3) {
			g.say("wait %dms", 1+max(0, r.revealMs-g.sc.at.TimeMs))
		}
	}
}

// renewSome asks for the next hold of one that is locked, and may pay it.
func (g *player) renewSome() {
	list := g.held("locked", "stake", "collateral", "bond", "juror-bond")
	if len(list) == 0 {
		return
	}
	g.renewOne(g.pick(list...))
}

func (g *player) renewOne(x string) {
	next, h := g.label("r"), g.m.hold(g.sc.labels[x])
	g.say("%s renews %s %s", g.nameOf(h.who), x, next)
	g.confirmSome(next)
	if !g.chance(3) {
		g.say("locked %s %d %d", next, g.draw(2)*g.draw(900), 60+g.draw(240))
	}
	g.confirmSome(next)
}

// confirmSome has an agent confirm a hold, perhaps, as it is or otherwise.
func (g *player) confirmSome(x string) {
	h := g.m.hold(g.sc.labels[x])
	if h == nil {
		return // it was refused
	}
	switch g.draw(6) {
	case 0, 1, 2:
		g.say("%s confirms %s", g.nameOf(h.who), x)
	case 3:
		g.say("%s confirms %s %d", g.nameOf(h.who), x, h.asked+1)
	}
}

func (g *player) stakeSome() {
	who, x := g.who(), g.label("s")
	switch g.draw(4) {
	case 0:
		if list := g.held("locked", "stake"); len(list) > 0 {
			x = g.pick(list...)
			g.say("%s release %s", g.nameOf(g.m.hold(g.sc.labels[x]).who), x)
		}
	case 1:
		g.say("%s deposit %s %s %d", who, x, g.pick("reserve", "performance"), 1000+g.draw(20_000))
		g.say("lock %s", x)
	default:
		g.say("%s stake %s %d", who, x, 1000+g.draw(40_000))
		g.say("locked %s 0 %d", x, 60+g.draw(200))
	}
}

// answer states what came of something that was asked for outside.
func (g *player) answer() {
	list := g.sc.s.PendingEffects()
	for range 3 {
		e := list[g.draw(len(list))]
		name := g.sc.names[e.Hold]
		switch e.Kind {
		case EffectSettleHold:
			g.say("%s %s", g.pick("settled", "settled", "settled", "cancelled"), name)
		case EffectCancelHold:
			if g.chance(30) {
				g.say("settled %s", name)
			} else {
				g.say("cancelled %s", name)
			}
		case EffectPay:
			n := slices.IndexFunc(g.m.payouts, func(p *slowPayout) bool { return p.id == e.Payout }) + 1
			if g.chance(3) {
				g.say("unsent %d no-route", n)
			} else {
				g.say("sent %d y%d %d", n, n, g.draw(30_000))
			}
		}
	}
}

// collect claims what can be claimed.
func (g *player) collect() {
	for i, p := range g.m.payouts {
		if p.state == "claimable" && g.chance(2) {
			g.say("%s claim %d %d y%d", g.nameOf(p.to), i+1, p.sat, i+1)
			return
		}
	}
}

// odd does what is seldom.
func (g *player) odd() {
	who := g.who()
	switch g.draw(5) {
	case 0:
		g.say("%s leave", g.pick(judges...))
	case 1:
		g.say("%s juror %s general", g.pick(judges...), g.label("b"))
	case 2:
		if list := g.held("locked", "stake", "collateral", "bond"); len(list) > 0 {
			g.say("%s %s", g.pick("settled", "cancelled"), g.pick(list...))
		}
	case 3:
		g.say("%s void", who)
	case 4:
		before := g.digestNow()
		at := g.sc.at
		g.sc.s.Due(op.Stamp{TimeMs: at.TimeMs + int64(g.draw(100_000)), Height: at.Height + uint32(g.draw(300)), BlockHash: at.BlockHash})
		if after := digest(g.sc.s); after != before {
			panic(broken("what is due later changes the state: " + firstDifference(before, after)))
		}
	}
}
