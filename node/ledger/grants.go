package ledger

import (
	"slices"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// Grant promises an agent sats of a pool over time. All of them leave the pool
// at the execution; from the cliff on the agent may draw what has vested, a
// straight line from start to end, rounded down.
type Grant struct {
	Type    string       `json:"type"`
	Pool    string       `json:"pool"`                                    // that pays
	To      op.PublicKey `json:"to"`                                      // whom
	Sat     int64        `json:"sat" schema:"min=1,max=2100000000000000"` // in all
	StartMs int64        `json:"start_ms"`                                // from when on it vests
	CliffMs int64        `json:"cliff_ms"`                                // first instant at which something can be drawn
	EndMs   int64        `json:"end_ms"`                                  // from then on all of it
}

// RevokeGrant returns what has not vested by the execution to the pool; what has
// stays the agent's.
type RevokeGrant struct {
	Type           string `json:"type"`
	Grant          string `json:"grant" schema:"is=GrantID"`
	ExpectDrawnSat *int64 `json:"expect_drawn_sat,omitempty" schema:"min=0,max=9007199254740991"` // what was drawn of it; absent, whatever was
}

func (a *Grant) kind() string       { return constitution.ActionGrant }
func (a *RevokeGrant) kind() string { return constitution.ActionRevokeGrant }

// Bounds of grants.
const (
	longestGrantMs = 20 * 366 * dayS * 1000
	// minDrawSat is the least that is drawn at once, so that drawing is no way
	// to make work; the rest of a grant may be less.
	minDrawSat = 1000
)

func (a *Grant) do(d *plan) error {
	to, err := d.payee(a.To, op.NodeKey{})
	if err != nil {
		return err
	}
	if a.Sat < 1 || a.Sat > maxPayoutSat {
		return refusal.New(refusal.ErrInvalid, "sat", "range", "is %d, must be between 1 and %d", a.Sat, int64(maxPayoutSat))
	}
	if a.StartMs < 0 || a.StartMs > a.CliffMs || a.CliffMs > a.EndMs || a.StartMs == a.EndMs {
		return refusal.New(refusal.ErrInvalid, "cliff_ms", "grant-course", "start %s, cliff %s and end %s must come in this order", atText(a.StartMs), atText(a.CliffMs), atText(a.EndMs))
	}
	if now := d.s.clock.TimeMs; a.EndMs <= now || a.EndMs-a.StartMs > longestGrantMs || a.EndMs-now > longestGrantMs {
		return refusal.New(refusal.ErrInvalid, "end_ms", "grant-course", "is %s, must be after %s and at most %d days after it and the start", atText(a.EndMs), atText(now), int64(longestGrantMs)/(dayS*1000))
	}
	pool, err := d.take(a.Pool, a.Sat)
	if err != nil {
		return err
	}
	d.later(func(s *State, from actionRef) {
		id := s.proposals.actionID("grant", from)
		s.treasury.grant(grant{id: id, agent: to, pool: pool, totalSat: a.Sat, startMs: a.StartMs, cliffMs: a.CliffMs,
			endMs: a.EndMs, proposal: from.proposal, seq: s.next})
		s.proposals.actionDone(from, id)
	})
	return nil
}

// vestedSat is what the agent may have drawn by an instant. Nothing vests after
// the grant was revoked.
func (g *grant) vestedSat(atMs int64) int64 {
	if g.revokedMs != 0 {
		atMs = min(atMs, g.revokedMs)
	}
	switch {
	case atMs < g.cliffMs || atMs < g.startMs:
		return 0
	case atMs >= g.endMs:
		return g.totalSat
	}
	return muldiv.Floor(g.totalSat, atMs-g.startMs, g.endMs-g.startMs)
}

// ceilingSat is what the agent can ever draw.
func (g *grant) ceilingSat() int64 {
	if g.revokedMs != 0 {
		return g.vestedSat(g.revokedMs)
	}
	return g.totalSat
}

func (a *RevokeGrant) do(d *plan) error {
	i, err := d.s.treasury.grantByID("grant", a.Grant)
	if err != nil {
		return err
	}
	g := &d.s.treasury.grants[i]
	left := g.totalSat - g.vestedSat(d.s.clock.TimeMs)
	switch {
	case g.revokedMs != 0 || slices.Contains(d.revoked, i):
		return refusal.New(refusal.ErrRule, "grant", "grant-revoked", "%s is revoked already", g.id)
	case left == 0:
		return refusal.New(refusal.ErrRule, "grant", "grant-vested", "all %d sat of %s have vested", g.totalSat, g.id)
	case a.ExpectDrawnSat != nil && *a.ExpectDrawnSat != g.drawnSat:
		return refusal.New(refusal.ErrRule, "expect_drawn_sat", "precondition", "%d sat of %s were drawn, the action expects %d", g.drawnSat, g.id, *a.ExpectDrawnSat)
	}
	d.revoked = append(d.revoked, i)
	d.give(g.pool, left)
	d.later(func(s *State, _ actionRef) { s.treasury.grants[i].revoke(s.clock.TimeMs) })
	return nil
}

// give returns sats to a pool.
func (d *plan) give(pool int, sat int64) {
	if d.poolSats == nil {
		d.poolSats = slices.Clone(d.s.treasury.poolSats)
	}
	d.poolSats[pool] += sat
}

func (s *treasury) grantByID(field, id string) (int, error) {
	i, ok := s.grantAt[id]
	if !ok {
		return 0, refusal.New(refusal.ErrNotFound, field, "grant", "no grant %+q", id)
	}
	return i, nil
}

// drawGrant makes a payout of what has vested. What its route may cost comes
// from the pool as with every payment, as far as the pool holds it, and the rest
// out of what is drawn: an empty pool must not keep anybody from what is theirs,
// and a payment that may cost nothing finds no route.
func (s *State) drawGrant(e *op.Entry, c *op.DrawGrant) error {
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	i, err := s.treasury.grantByID("content.grant", c.Grant)
	if err != nil {
		return err
	}
	g := &s.treasury.grants[i]
	if g.agent != at {
		return refusal.New(refusal.ErrForbidden, "content.grant", "own-grant", "it goes to %s", s.agents.list[g.agent].key)
	}
	if err := s.agents.boundNode("content.node", c.Node, at); err != nil {
		return err
	}
	free, rest := g.vestedSat(s.clock.TimeMs)-g.drawnSat, g.ceilingSat()-g.drawnSat
	if c.Sat > free || c.Sat < 1 {
		return refusal.New(refusal.ErrRule, "content.sat", "grant-vested", "is %d, %d sat have vested and are not drawn", c.Sat, free)
	}
	if least := min(minDrawSat, rest); c.Sat < least {
		return refusal.New(refusal.ErrRule, "content.sat", "draw-least", "is %d, at least %d must be drawn at once", c.Sat, least)
	}
	pay, own, pooled := s.constitution.Payouts.Split(c.Sat, s.treasury.poolSats[g.pool])
	if pay == 0 {
		return refusal.New(refusal.ErrRule, "content.sat", "draw-route", "is %d, what the route of a payment may cost takes all of it and pool %s holds %d; draw more, or when the pool holds more",
			c.Sat, s.constitution.Pools[g.pool].Name, s.treasury.poolSats[g.pool])
	}
	s.treasury.draw(g.pool, pooled)
	g.draw(c.Sat)
	s.owe(stableID("draw", e.Event.ID.String()), at, g.pool, pay, own+pooled, "grant", actionRef{proposal: -1}, c.Node)
	p := &s.treasury.payouts[len(s.treasury.payouts)-1]
	p.drawnFrom(i, own)
	return nil
}

// undrawn puts the sats of a draw that did not reach the agent back into the
// grant, to be drawn again.
func (s *treasury) undrawn(p *payout) {
	s.grants[p.grant-1].drawnSat -= p.amountSat + p.ownFeeSat
	s.poolSats[p.pool] += p.feeSat - p.ownFeeSat
}
