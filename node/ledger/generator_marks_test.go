package ledger

import (
	"math/big"
	"slices"

	"github.com/econd/econd/node/op"
)

// The slow reading of marks: what the stake was at most, who left since by whichever
// decision, how crowded a track is, what stands still.

// slowExit is an exit that was announced.
type slowExit struct {
	id      op.ID
	prop    *slowProp
	own     int64 // sat of stake that count as gone
	brought bool
	shares  []slowShare
}

type slowShare struct {
	pool          string
	sat, fee, own int64
}

// slowLeft is somebody who has left.
type slowLeft struct {
	who     *slowAgent
	ms, own int64
	prop    *slowProp
	blocked bool
}

// markExits fixes, at the close of a vote, the most that was locked since its start.
func (m *slow) markExits(p *slowProp) { p.markSat = slices.Max(m.locked.held(p.startMs())) }

// elsewhere sums the stake of those who left by other decisions since the start of
// a vote, as far as they had it then.
func (m *slow) elsewhere(p *slowProp, blockers bool) (sat int64) {
	for _, x := range m.left {
		if x.ms >= p.startMs() && x.prop != p && (blockers || !x.blocked) {
			sat += min(x.own, x.who.stake.before(p.startMs()))
		}
	}
	return sat
}

// retained tells whether enough stays for a decision to be executed.
func (m *slow) retained(p *slowProp, others bool) bool {
	if !truth(p.track, "rage_quit") {
		return true
	}
	gone := p.gone
	if others {
		if x := m.elsewhere(p, false); x > 0 {
			gone += x
			m.note("an exit counted by two decisions")
		}
	}
	stays := new(big.Int).Mul(big.NewInt(p.markSat-min(gone, p.markSat)), big.NewInt(1_000_000))
	return stays.Cmp(new(big.Int).Mul(big.NewInt(p.markSat), big.NewInt(number(m.rules, "exit", "retention_ppm")))) >= 0
}

// leavers are those who have announced to leave, by any decision.
func (m *slow) leavers() (list []*slowAgent) {
	for _, a := range m.agents {
		if a.exit != nil {
			list = append(list, a)
		}
	}
	return list
}

func (m *slow) announce(e *op.Entry, by *slowAgent) {
	p := m.prop(read[op.Exit](e.Event).Proposal)
	b, ph := p.ballot(by), p.phase(m.at.TimeMs)
	if b == nil || b.choice != "against" || by.exit != nil || p.end != "" || ph != "queued" && ph != "disputed" {
		m.fail("an exit by a ballot %+v from a proposal that is %s", b, ph)
	}
	x := &slowExit{id: e.Event.ID, prop: p, brought: text(m.rules, "exit", "share") == "brought-in"}
	x.own = slices.Min(by.stake.held(p.startMs() - 1000*number(m.rules, "exit", "seniority_s")))
	for _, name := range look(m.rules, "exit", "pools").([]any) {
		pool := name.(string)
		sat := m.exitShare(p, by, x, pool)
		if pay, fee := m.within(sat); pay > 0 {
			x.shares = append(x.shares, slowShare{pool, pay, fee, m.brought(by, pool)})
		}
	}
	for _, r := range x.shares {
		m.pools[r.pool] -= r.sat + r.fee
	}
	for _, in := range m.inflows {
		if in.by == by {
			in.away = x
		}
	}
	by.exit = x
	p.leavers = append(p.leavers, by)
	p.exits++
	p.gone += x.own
	m.note("an exit")
	if len(m.leavers()) > 1 {
		m.note("two have announced to leave")
	}
}

// exitShare is what leaving brings of one pool.
func (m *slow) exitShare(p *slowProp, by *slowAgent, x *slowExit, pool string) int64 {
	have := m.pools[pool]
	if have <= 0 {
		return 0
	}
	if x.brought {
		own, all := m.brought(by, pool), m.brought(nil, pool)
		if own <= 0 {
			return 0
		}
		return min(own, portion(own, have, all))
	}
	gone, stays := m.elsewhere(p, true), m.locked.now()
	for _, other := range m.leavers() {
		gone += min(other.exit.own, other.stake.before(p.startMs()))
		stays -= other.stake.now()
	}
	whole := max(m.locked.before(p.startMs())-gone, stays, x.own)
	if whole == 0 {
		return 0
	}
	return portion(x.own, have, whole)
}

// settleExits ends the announcements of a decision.
func (m *slow) settleExits(p *slowProp, executed bool) {
	if !truth(p.track, "rage_quit") || p.closedMs == 0 {
		return
	}
	p.elseSat = m.elsewhere(p, false)
	list := p.leavers
	p.leavers = nil
	if executed {
		m.cut(list)
	}
	for _, a := range list {
		x := a.exit
		if a.exit = nil; !executed {
			for _, r := range x.shares {
				m.pools[r.pool] += r.sat + r.fee
			}
			x.shares = nil
		}
		if executed || p.blocked {
			m.depart(a, x, p.blocked)
			continue
		}
		for _, in := range m.inflows {
			if in.away == x {
				in.away = nil
			}
		}
	}
	if !executed && !p.blocked {
		p.exits, p.gone = 0, 0
	}
}

// cut takes the shares of leavers out of pools that may not hold all of them.
func (m *slow) cut(list []*slowAgent) {
	asked, have := map[string]int64{}, map[string]int64{}
	for name, sat := range m.pools {
		have[name] = sat
	}
	for _, a := range list {
		for _, r := range a.exit.shares {
			asked[r.pool] += r.sat + r.fee
		}
	}
	for _, a := range list {
		for i := range a.exit.shares {
			r := &a.exit.shares[i]
			if have[r.pool] < asked[r.pool] {
				r.sat, r.fee = m.within(portion(r.sat+r.fee, have[r.pool], asked[r.pool]))
				m.note("shares of leavers are cut")
			}
			m.pools[r.pool] -= r.sat + r.fee
		}
	}
}

// depart pays a leaver and takes it out of the economy.
func (m *slow) depart(a *slowAgent, x *slowExit, blocked bool) {
	for _, r := range x.shares {
		if x.brought && r.own < r.sat+r.fee {
			pay, fee := m.within(r.own)
			m.pools[r.pool] += r.sat + r.fee - pay - fee
			r.sat, r.fee = pay, fee
		}
		if r.sat > 0 {
			m.owe(named("exit", x.id.String(), r.pool), a, r.pool, r.sat, r.fee, "exit")
		}
	}
	m.left = append(m.left, slowLeft{a, m.at.TimeMs, x.own, x.prop, blocked})
	for _, h := range m.holds {
		if h.who == a && h.why == "stake" {
			m.letBack(h)
		}
	}
	for _, p := range m.props {
		if ph := p.phase(m.at.TimeMs); (ph == "active" || ph == "pending") && !p.gathers() {
			if n := len(p.ballots); n > 0 {
				p.ballots = slices.DeleteFunc(p.ballots, func(b *slowBallot) bool { return b.by == a })
				if len(p.ballots) < n {
					m.note("a ballot withdrawn by leaving")
				}
			}
		}
	}
	a.leftMs, a.given = m.at.TimeMs, map[string][]slowEdge{}
	for _, in := range m.inflows {
		if in.by == a {
			in.sat, in.away = 0, nil
		}
	}
	for _, j := range m.jurors {
		if j.who != a || j.gone {
			continue
		}
		if j.leaves = true; len(j.sits) == 0 {
			m.dismiss(j)
		}
	}
	m.note("a departure")
}
