package ledger

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
)

// The slow reading of conviction, and the crowd's use of it: every step of a vote is
// looked at by itself, with exact fractions.
//
//	NAME asks P POOL TO SAT      on track fund, by conviction
//	NAME yields P POOL TO SAT    on track slow, likewise: a grant, vesting at once
func init() {
	verbs["asks"] = func(sc *scenario, who string, f []string) error {
		return sc.request(who, f[0], op.KindPropose, op.Propose{Track: "fund", Title: f[0], Actions: []op.Raw{op.Raw(op.EncodeContent(
			Pay{Type: constitution.ActionPay, Pool: f[1], To: secretOf(f[2]).Public(), Sat: sc.number(f[3])}))}})
	}
	verbs["yields"] = func(sc *scenario, who string, f []string) error {
		now := sc.at.TimeMs
		return sc.request(who, f[0], op.KindPropose, op.Propose{Track: "slow", Title: f[0], Actions: []op.Raw{op.Raw(op.EncodeContent(
			Grant{Type: constitution.ActionGrant, Pool: f[1], To: secretOf(f[2]).Public(), Sat: sc.number(f[3]), StartMs: now, CliffMs: now, EndMs: now + 1000}))}})
	}
}

// convictionTracks are the lines that make the tracks fund and slow: the one with a
// window and short steps, the other without one and with a floor of a third.
func convictionTracks(economy int) []string {
	step, period, window := 3, 61, 14
	if economy == 2 {
		step, period, window = 21_600, 350_000, 100_000
	}
	var lines []string
	for _, name := range []string{"fund", "slow"} {
		lines = append(lines, "track "+name+" signal", "set tracks."+name+".weight {kind: conviction}", "set tracks."+name+".quorum {kind: none}",
			"set tracks."+name+".max_open_per_agent 0", fmt.Sprintf("set tracks.%s.voting_period_s %d", name, period))
	}
	if economy == 1 {
		lines = append(lines, "set tracks.fund.weight {kind: conviction, unconfirmed_ppm: 500000}")
	}
	return append(lines, "set tracks.fund.actions [pay]", "set tracks.slow.actions [grant]", "set tracks.fund.collateral_sat 5000", "set tracks.fund.honest_for_ppm 400000",
		fmt.Sprintf("set tracks.fund.conviction {decay: 8000000, rho_ppm: 20000, beta_ppm: 250000, step_s: %d, high_water_window_s: %d}", step, window),
		fmt.Sprintf("set tracks.slow.conviction {decay: 5000000, rho_ppm: 60000, beta_ppm: 400000, least_stake_ppm: 333333, step_s: %d}", 2*step))
}

// slowSupport is what stood behind a proposal from a step on.
type slowSupport struct{ step, sat int64 }

// slowConviction is the course of a proposal on a conviction track.
type slowConviction struct {
	sets   []slowSupport
	behind []int64 // by ballot
	passes bool    // as things stood last
	step   int64   // the first at which it passes, or the last
	y      *big.Int
	stake  int64 // the threshold is of
	funds  int64
	known  []*big.Int // conviction by step, for so many sets
	set    int
}

func (p *slowProp) gathers() bool { return p.track["conviction"] != nil }

func (p *slowProp) gathering() bool { return p.gathers() && p.closedMs == 0 && p.end == "" }

func (p *slowProp) stepMs() int64 { return 1000 * number(p.track, "conviction", "step_s") }

// asked is what its actions ask for together, and of which pool.
func (p *slowProp) asked() (pool string, sat int64) {
	for _, a := range p.actions {
		pool, sat = text(a, "pool"), sat+number(a, "sat")
	}
	return pool, sat
}

func (p *slowProp) supported() (sat int64) {
	for _, x := range p.course.behind {
		sat += x
	}
	return sat
}

// put changes what one ballot has behind a proposal.
func (m *slow) put(p *slowProp, ballot int, sat int64) {
	c := &p.course
	c.behind[ballot] = sat
	c.sets = append(c.sets, slowSupport{max(0, m.at.TimeMs-p.startMs()) / p.stepMs(), p.supported()})
}

// supports lists where an agent's stake is behind what still gathers, in the order
// in which it was first put there.
func (m *slow) supports(a *slowAgent) (list []*slowBallot) {
	for _, p := range m.props {
		if b := p.ballot(a); b != nil && p.gathering() {
			list = append(list, b)
		}
	}
	slices.SortFunc(list, func(x, y *slowBallot) int { return int(x.first) - int(y.first) })
	return list
}

func (b *slowBallot) index() int { return slices.Index(b.of.ballots, b) }

func (b *slowBallot) sat() int64 { return b.of.course.behind[b.index()] }

// support follows a ballot on a conviction track.
func (m *slow) support(p *slowProp, by *slowAgent, c op.Vote, when slowSigned) {
	b := p.ballot(by)
	if b == nil {
		b = &slowBallot{by: by, choice: "for", of: p, first: m.seq}
		p.ballots, p.course.behind = append(p.ballots, b), append(p.course.behind, 0)
	} else if !when.after(b.signed) {
		m.fail("a support signed at %+v takes the place of one signed at %+v", when, b.signed)
	}
	b.signed = when
	free := counted(p.track["weight"], by.stake.now(), by.sure.now())
	for _, x := range m.supports(by) {
		if x != b {
			free -= x.sat()
		}
	}
	free = max(0, free)
	sat := free
	if c.Choice == "ballot" {
		if sat = number(parse(string(c.Ballot)), "1"); sat < b.sat() {
			m.note("support withdrawn")
		}
	}
	if sat > free || c.Choice != "for" && c.Choice != "ballot" {
		m.fail("%s puts %d sat behind a proposal, %d are free", c.Choice, sat, free)
	}
	m.put(p, b.index(), sat)
}

// yield takes away what an agent has no longer: where it was put last first.
func (m *slow) yield(a *slowAgent) {
	list, behind := m.supports(a), int64(0)
	for _, b := range list {
		behind += b.sat()
	}
	for i := len(list) - 1; i >= 0; i-- {
		over := behind - counted(list[i].of.track["weight"], a.stake.now(), a.sure.now())
		if over <= 0 {
			continue
		}
		less := min(list[i].sat(), over)
		behind -= less
		m.put(list[i].of, list[i].index(), list[i].sat()-less)
		m.note("stake that went took support away")
	}
}

// noteBehind keeps how much was behind the proposals of each track when.
func (m *slow) noteBehind() {
	for _, name := range []string{"fund", "slow"} {
		sum := int64(0)
		for _, p := range m.props {
			if p.name == name && p.gathering() {
				sum += p.supported()
			}
		}
		if m.behind[name] == nil {
			m.behind[name] = &slowPast{}
		}
		if now := m.behind[name].now(); now != sum {
			m.behind[name].add(m.at.TimeMs, sum-now)
		}
	}
}

// most is the highest value that held for some time after an instant, or holds.
func (p slowPast) most(afterMs int64) (v int64) {
	for i, x := range p {
		if i+1 == len(p) || p[i+1].ms > max(x.ms, afterMs) {
			v = max(v, x.value)
		}
	}
	return v
}

// thresholdOf is the stake that a threshold is taken of at an instant, if no stake
// moves any more.
func (m *slow) thresholdOf(p *slowProp, ms int64) int64 {
	rule := p.track["conviction"]
	from := ms - 1000*number(rule, "high_water_window_s")
	least := or(number(rule, "least_stake_ppm"), 100_000)
	return max(m.behind[p.name].most(from), (m.locked.most(from)*least+999_999)/1_000_000)
}

// bar is the threshold for one sat of stake, or nil where none can be reached.
func (p *slowProp) bar(funds int64) *big.Rat {
	rule := p.track["conviction"]
	_, sat := p.asked()
	if funds == 0 {
		return nil
	}
	gap := big.NewRat(number(rule, "beta_ppm"), 1_000_000)
	if gap.Sub(gap, big.NewRat(sat, funds)).Sign() <= 0 {
		return nil
	}
	bar := big.NewRat(number(rule, "rho_ppm"), 1_000_000)
	bar.Mul(bar, big.NewRat(10_000_000, 10_000_000-number(rule, "decay")))
	return bar.Quo(bar, gap.Mul(gap, gap))
}

// kept is (decay/10^7)^steps in units of 2^-128, as the Gardens contract raises it:
// by squaring, each product to the nearest.
func kept(decay, steps int64) *big.Int {
	one := new(big.Int).Lsh(big.NewInt(1), 128)
	base := new(big.Int).Mul(one, big.NewInt(decay))
	base.Quo(base, big.NewInt(10_000_000))
	for have := one; ; {
		if steps == 0 {
			return have
		}
		if steps%2 == 1 {
			if steps--; have == one {
				have = base
			} else {
				have = nearest(new(big.Int).Mul(have, base))
			}
			continue
		}
		base, steps = nearest(new(big.Int).Mul(base, base)), steps/2
	}
}

// nearest is x / 2^128, halves up.
func nearest(x *big.Int) *big.Int {
	x.Add(x, new(big.Int).Lsh(big.NewInt(1), 127))
	return x.Rsh(x, 128)
}

// convictions is the conviction of a proposal at each step up to its last: rounded at
// the steps in which what is behind it changed, as it is then kept.
func (p *slowProp) convictions() []*big.Int {
	c, rule := &p.course, p.track["conviction"]
	decay, last := number(rule, "decay"), number(p.track, "voting_period_s")/number(rule, "step_s")
	if c.known != nil && c.set == len(c.sets) {
		return c.known
	}
	y, since, stake := new(big.Int), int64(0), int64(0)
	at := func(step int64) *big.Int {
		if step <= since {
			return y
		}
		a := kept(decay, step-since)
		grown := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 128), a)
		grown.Mul(grown, big.NewInt(stake)).Mul(grown, big.NewInt(10_000_000)).Quo(grown, big.NewInt(10_000_000-decay))
		return nearest(grown.Add(grown, new(big.Int).Mul(a, y)))
	}
	var list []*big.Int
	rest := c.sets
	for step := int64(0); step <= last; step++ {
		for len(rest) > 0 && rest[0].step == step {
			y, since, stake, rest = at(step), step, rest[0].sat, rest[1:]
		}
		list = append(list, at(step))
	}
	c.known, c.set = list, len(c.sets)
	return list
}

// exactly is the conviction at a step by its definition: what is kept of it from
// step to step, and what stood behind the proposal.
func (p *slowProp) exactly(step int64) *big.Rat {
	y, stake, rest := new(big.Rat), int64(0), p.course.sets
	for n := int64(0); ; n++ {
		for len(rest) > 0 && rest[0].step == n {
			stake, rest = rest[0].sat, rest[1:]
		}
		if n == step {
			return y
		}
		y.Mul(y, big.NewRat(number(p.track, "conviction", "decay"), 10_000_000)).Add(y, new(big.Rat).SetInt64(stake))
	}
}

// foresee looks for the first step at which each proposal that gathers is above its
// threshold. What an instant brought that is past stands.
func (m *slow) foresee() {
	for _, p := range m.props {
		if !p.gathering() || p.lockedMs == 0 || p.deadlineMs < m.at.TimeMs {
			continue
		}
		c := &p.course
		pool, _ := p.asked()
		ys, bar, before := p.convictions(), p.bar(m.pools[pool]), c.stake
		c.passes, c.step, c.funds = false, int64(len(ys)-1), m.pools[pool]
		for step := max(0, m.at.TimeMs-p.startMs()+p.stepMs()-1) / p.stepMs(); bar != nil && step < int64(len(ys)); step++ {
			ms := p.startMs() + step*p.stepMs()
			if new(big.Rat).Mul(bar, new(big.Rat).SetInt64(m.thresholdOf(p, ms))).Cmp(new(big.Rat).SetInt(ys[step])) < 0 {
				c.passes, c.step = true, step
				break
			}
		}
		p.deadlineMs = p.startMs() + c.step*p.stepMs()
		if c.y, c.stake = ys[c.step], m.thresholdOf(p, p.deadlineMs); c.stake < before {
			m.note("a threshold falls")
		}
	}
}

// gathered is the outcome of a vote by conviction.
func (m *slow) gathered(p *slowProp) op.Close {
	c := &p.course
	_, sat := p.asked()
	o := op.Close{Proposal: p.id, Passed: c.passes, Reason: "conviction", For: op.Weight(p.supported()), Eligible: op.Weight(m.locked.now()), Ballots: uint64(len(p.ballots)),
		Conviction: op.CloseConviction{Step: uint64(c.step), Conviction: c.y.String(), StakeSat: op.Weight(c.stake), RequestedSat: sat, FundsSat: c.funds}}
	if c.passes {
		o.Reason = "passed"
		m.note("passed by conviction")
	} else {
		m.note("conviction ran out")
	}
	if bar := p.bar(c.funds); bar != nil {
		bar.Mul(bar, new(big.Rat).SetInt64(c.stake))
		o.Conviction.Threshold = new(big.Int).Quo(bar.Num(), bar.Denom()).String()
	}
	off := p.exactly(c.step)
	if off.Sub(off, new(big.Rat).SetInt(c.y)); off.Abs(off).Cmp(new(big.Rat).SetInt64(int64(len(c.sets)+1))) > 0 {
		m.fail("conviction %v at step %d is %v off", c.y, c.step, off.FloatString(3))
	}
	return o
}

// courses compares what is behind proposals and what that comes to.
func (m *slow) courses(s *State) string {
	for _, p := range m.props {
		if !p.gathering() || p.lockedMs == 0 {
			continue
		}
		v, _ := s.Proposal(p.id, m.at.TimeMs)
		passes, step := int64(0), max(0, min(m.at.TimeMs, p.deadlineMs)-p.startMs())/p.stepMs()
		if p.course.passes {
			passes = p.deadlineMs
		}
		const form = "%d at step %d: %v, passes at %d"
		have := fmt.Sprintf(form, v.Conviction.SupportedSat, v.Conviction.Step, v.Conviction.Conviction, v.Conviction.PassesMs)
		if d := differ("conviction on "+p.name, have, fmt.Sprintf(form, p.supported(), step, p.convictions()[step], passes)); d != "" {
			return d
		}
	}
	return ""
}

// back has some of the crowd put stake behind a proposal, or take it away.
func (g *player) back(label string) {
	for _, name := range people {
		if !g.chance(3) {
			continue
		}
		switch a := g.m.agent(secretOf(name).Public()); g.draw(5) {
		case 0:
			g.say(`%s vote %s {"1":0}`, name, label)
		case 1, 2:
			g.say(`%s vote %s {"1":%d}`, name, label, g.draw(1+int(a.stake.now())))
		default:
			g.say("%s vote %s for", name, label)
		}
	}
}

// askFor makes a proposal on one of the conviction tracks.
func (g *player) askFor(who, label string) {
	pool := g.pick("reserve", "performance")
	most := g.m.pools[pool] / 4
	if g.chance(2) {
		most /= 4
	}
	g.say("%s %s %s %s %s %d", who, g.pick("asks", "yields"), label, pool, g.who(), 1+g.draw(int(most)+1))
}

// fund has two proposals gather conviction at once, while stake behind them comes
// and goes, until both are over.
func (g *player) fund() {
	p, q, who, more := g.label("p"), g.label("p"), g.who(), g.label("s")
	g.say("%s stake %s %d", who, more, 5000+g.draw(30_000))
	g.say("locked %s 0 288", more)
	for _, label := range []string{p, q} {
		g.askFor(g.who(), label)
		g.say("locked %s 0 288", label)
	}
	for n := range 4 {
		for _, label := range []string{p, q} {
			x := g.m.prop(g.sc.labels[label])
			if x == nil || !x.gathering() || x.lockedMs == 0 {
				continue
			}
			g.until(x.startMs() + int64(n)*x.stepMs() + int64(g.draw(int(x.stepMs())*(1+g.draw(3)))))
			if n == 0 || g.chance(2) {
				g.back(label)
				g.say(`%s vote %s {"1":%d}`, who, label, 5000+g.draw(30_000))
			}
		}
		if n == 1 {
			g.say("%s release %s", who, more)
		} else if list := g.held("locked", "stake"); g.chance(2) && len(list) > 0 {
			h := g.pick(list...)
			g.say("%s release %s", g.nameOf(g.m.hold(g.sc.labels[h]).who), h)
		}
	}
	if x := g.m.prop(g.sc.labels[p]); x != nil && x.gathering() && x.lockedMs != 0 {
		g.until(x.deadlineMs + 1)
	}
	g.say("blocks 0")
}
