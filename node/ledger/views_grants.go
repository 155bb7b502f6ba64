package ledger

import "github.com/econd/econd/node/op"

// GrantView is one grant as it is at a given instant.
type GrantView struct {
	ID         string       `json:"id"`
	Agent      op.PublicKey `json:"agent"`
	Pool       string       `json:"pool"`
	Sat        int64        `json:"sat"` // in all
	StartMs    int64        `json:"start_ms"`
	CliffMs    int64        `json:"cliff_ms"`
	EndMs      int64        `json:"end_ms"`
	VestedSat  int64        `json:"vested_sat"`
	DrawnSat   int64        `json:"drawn_sat"`    // payouts under way included
	FreeSat    int64        `json:"free_sat"`     // vested and not drawn
	HeldSat    int64        `json:"held_sat"`     // neither drawn nor returned to the pool
	MinDrawSat int64        `json:"min_draw_sat"` // least at once
	RevokedMs  int64        `json:"revoked_ms,omitempty"`
	Proposal   op.ID        `json:"proposal"`
	Seq        uint64       `json:"seq"`
}

// Grants is the number of grants ever made.
func (s *State) Grants() int { return len(s.grants) }

// GrantAt returns the i-th grant in order of entry as it is at nowMs, 0 <= i <
// Grants().
func (s *State) GrantAt(i int, nowMs int64) GrantView {
	g := &s.grants[i]
	vested := g.vestedSat(nowMs)
	return GrantView{ID: g.id, Agent: s.agents[g.agent].key, Pool: s.constitution.Pools[g.pool].Name, Sat: g.totalSat,
		StartMs: g.startMs, CliffMs: g.cliffMs, EndMs: g.endMs, VestedSat: vested, DrawnSat: g.drawnSat,
		FreeSat: max(0, vested-g.drawnSat), HeldSat: g.ceilingSat() - g.drawnSat, MinDrawSat: min(minDrawSat, g.ceilingSat()-g.drawnSat),
		RevokedMs: g.revokedMs, Proposal: s.proposals[g.proposal].id, Seq: g.seq}
}

// Grant returns one grant as it is at nowMs, or false.
func (s *State) Grant(id string, nowMs int64) (GrantView, bool) {
	i, ok := s.grantAt[id]
	if !ok {
		return GrantView{}, false
	}
	return s.GrantAt(i, nowMs), true
}
