package ledger

import (
	"crypto/sha256"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/econd/econd/node/op"
)

// The slow reading of money: every pool, payout, grant and inflow, one by one.

type slowInflow struct {
	pool string
	by   *slowAgent // nil: nobody's
	ms   int64
	sat  int64
	away *slowExit // out of the count while its agent has announced to leave
}

type slowPayout struct {
	id      string
	to      *slowAgent
	pool    string
	sat     int64
	fee     int64
	purpose string
	state   string
	claims  int64
	untilMs int64
	grant   *slowGrant
	own     int64 // of the fee, out of what was drawn
	back    []slowBack
}

// slowBack is what a payout took off what its agent had brought in.
type slowBack struct {
	from *slowInflow
	sat  int64
}

type slowGrant struct {
	id                      string
	to                      *slowAgent
	pool                    string
	sat, drawn              int64
	start, cliff, end, over int64 // over: revoked
}

// portion is floor(a*b/c).
func portion(a, b, c int64) int64 {
	x := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
	return x.Quo(x, big.NewInt(c)).Int64()
}

// named is the id of what a decision made.
func named(kind string, parts ...string) string {
	sum := sha256.Sum256([]byte("econd/" + kind + "\x00" + strings.Join(parts, "\x00")))
	return fmt.Sprintf("%s-%x", kind, sum[:20])
}

// route is the most that sending so many sats may cost.
func route(rules map[string]any, sat int64) int64 {
	return portion(sat, or(number(rules, "payouts", "fee_ppm"), 10_000), 1_000_000) + or(number(rules, "payouts", "fee_base_sat"), 10)
}

// within is the most that can be paid of so many sats with the route's cost.
func (m *slow) within(sat int64) (pay, fee int64) {
	low, high := int64(0), max(0, sat)
	for low < high {
		if mid := (low + high + 1) / 2; mid+route(m.rules, mid) <= sat {
			low = mid
		} else {
			high = mid - 1
		}
	}
	if low == 0 {
		return 0, 0
	}
	return low, route(m.rules, low)
}

func (m *slow) firstPool() string { return text(look(m.rules, "pools").([]any)[0], "name") }

// bring puts sats into a pool that somebody, or nobody, brought in.
func (m *slow) bring(pool string, by *slowAgent, sat int64) {
	if sat == 0 {
		return
	}
	if by != nil && by.leftMs != 0 {
		by = nil
	}
	m.pools[pool] += sat
	m.inflows = append(m.inflows, &slowInflow{pool: pool, by: by, ms: m.at.TimeMs, sat: sat})
}

// share divides forfeited sats among the pools.
func (m *slow) share(by *slowAgent, sat int64) {
	left := sat
	for _, p := range look(m.rules, "pools").([]any) {
		n := portion(sat, number(p, "share_ppm"), 1_000_000)
		m.bring(text(p, "name"), by, n)
		left -= n
	}
	m.bring(m.firstPool(), by, left)
}

// sweep gathers rests of sats.
func (m *slow) sweep(msat int64) {
	m.dust += msat
	m.bring(m.firstPool(), nil, m.dust/1000)
	m.dust %= 1000
}

func (m *slow) giveBack(h *slowHold) {
	m.sweep(h.rest)
	pay, fee := m.within(h.paid)
	m.bring(m.firstPool(), nil, h.paid-pay-fee)
	if pay > 0 {
		m.owe(named("returned", h.id.String()), h.who, m.firstPool(), pay, fee, "returned")
	}
}

func (m *slow) oldestMs() int64 {
	return m.at.TimeMs - 1000*or(number(m.rules, "exit", "within_s"), 365*86400)
}

// brought is what counts of what an agent, or anybody, brought into a pool.
func (m *slow) brought(by *slowAgent, pool string) (sat int64) {
	for _, x := range m.inflows {
		if x.pool == pool && x.ms >= m.oldestMs() && x.away == nil && (by == nil || x.by == by) {
			sat += x.sat
		}
	}
	return sat
}

func (m *slow) owe(id string, to *slowAgent, pool string, sat, fee int64, purpose string) *slowPayout {
	claim := or(number(m.rules, "payouts", "claim_s"), 7*86400)
	if purpose == "returned" {
		claim = 20 * 366 * 86400
	}
	p := &slowPayout{id: id, to: to, pool: pool, sat: sat, fee: fee, purpose: purpose, state: "claimable", untilMs: m.at.TimeMs + 1000*claim}
	m.payouts = append(m.payouts, p)
	if !p.ofPool() {
		return p
	}
	rest := sat + fee
	for _, x := range m.inflows {
		if x.by == to && x.pool == pool && x.ms >= m.oldestMs() {
			n := min(rest, x.sat)
			p.back = append(p.back, slowBack{x, n})
			m.recount(x, -n)
			rest -= n
		}
	}
	return p
}

// recount changes what an inflow counts for, and what rests on it of a share that
// is set aside.
func (m *slow) recount(x *slowInflow, by int64) {
	x.sat += by
	if x.away == nil {
		return
	}
	for i := range x.away.shares {
		if r := &x.away.shares[i]; r.pool == x.pool {
			r.own += by
		}
	}
}

// ofPool tells whether the sats of a payout were the pool's own.
func (p *slowPayout) ofPool() bool {
	return !slices.Contains([]string{"exit", "returned", "won a dispute", "sat on a jury"}, p.purpose)
}

func (m *slow) refill(p *slowPayout, sat int64) {
	if p.ofPool() {
		m.pools[p.pool] += sat
		return
	}
	m.bring(p.pool, nil, sat)
}

func (m *slow) payout(id string) *slowPayout {
	for _, p := range m.payouts {
		if p.id == id {
			return p
		}
	}
	m.fail("no payout %s", id)
	return &slowPayout{}
}

// failed ends a payout for good.
func (m *slow) failed(p *slowPayout) {
	p.state = "failed"
	if p.to.leftMs == 0 {
		for _, b := range p.back {
			m.recount(b.from, b.sat)
		}
	}
	p.back = nil
	if g := p.grant; g != nil {
		g.drawn -= p.sat + p.own
		m.pools[p.pool] += p.fee - p.own
		return
	}
	m.refill(p, p.sat+p.fee)
}

// enterMoney follows claims, draws and facts about payments.
func (m *slow) enterMoney(e *op.Entry, by *slowAgent) bool {
	switch e.Event.Kind {
	case op.KindClaim:
		p := m.payout(read[op.Claim](e.Event).Payout)
		p.state, p.claims = "sending", p.claims+1
	case op.KindPaymentSent:
		c := read[op.PaymentSent](e.Event)
		p := m.payout(c.Payout)
		p.state = "paid"
		within := min(c.FeeMsat, 1000*p.fee)
		cost := (within + 999) / 1000
		m.sweep(1000*cost - within)
		m.refill(p, p.fee-cost)
	case op.KindPaymentFailed:
		p := m.payout(read[op.PaymentFailed](e.Event).Payout)
		most := or(number(m.rules, "payouts", "max_claims"), 3)
		if (p.claims < most || p.purpose == "returned") && m.at.TimeMs <= p.untilMs {
			p.state = "claimable"
		} else {
			m.failed(p)
		}
		m.note("a payment failed")
	case op.KindClaimLapse:
		m.failed(m.payout(read[op.ClaimLapse](e.Event).Payout))
		m.note("a claim lapsed")
	case op.KindDrawGrant:
		m.draw(e, by, read[op.DrawGrant](e.Event))
	default:
		return false
	}
	return true
}

func (m *slow) draw(e *op.Entry, by *slowAgent, c op.DrawGrant) {
	var g *slowGrant
	for _, x := range m.grants {
		if x.id == c.Grant {
			g = x
		}
	}
	if g.to != by || c.Sat > g.vested(m.at.TimeMs)-g.drawn {
		m.fail("%d sat are drawn of %+v", c.Sat, *g)
	}
	pay, own, pooled := c.Sat, int64(0), route(m.rules, c.Sat)
	if have := m.pools[g.pool]; pooled > have {
		pay, _ = m.within(c.Sat + have)
		own, pooled = c.Sat-pay, have
	}
	m.pools[g.pool] -= pooled
	g.drawn += c.Sat
	p := m.owe(named("draw", e.Event.ID.String()), by, g.pool, pay, own+pooled, "grant")
	p.grant, p.own = g, own
	m.note("a draw")
}

func (g *slowGrant) vested(ms int64) int64 {
	if g.over != 0 && ms > g.over {
		ms = g.over
	}
	switch {
	case ms < g.cliff:
		return 0
	case ms >= g.end:
		return g.sat
	}
	return portion(g.sat, ms-g.start, g.end-g.start)
}

// most is what can ever be drawn.
func (g *slowGrant) most() int64 {
	if g.over != 0 {
		return g.vested(g.over)
	}
	return g.sat
}

// reward owes what a bet was for, less a collateral that was lost.
func (m *slow) reward(p *slowProp, lost int64) {
	pool, aside := p.rewardPool(), p.aside
	p.aside = 0
	if lost >= p.eval.RewardSat {
		m.pools[pool] += aside
		return
	}
	m.pools[pool] += lost
	m.owe(named("reward", p.id.String()), p.by, pool, p.eval.RewardSat-lost, aside-p.eval.RewardSat, "reward")
}
