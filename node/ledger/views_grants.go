package ledger

import "github.com/econd/econd/node/view"

// Grants is the number of grants ever made.
func (s *State) Grants() int { return len(s.treasury.grants) }

// GrantAt returns the i-th grant in order of entry as it is at nowMs, 0 <= i <
// Grants().
func (s *State) GrantAt(i int, nowMs int64) view.Grant {
	g := &s.treasury.grants[i]
	vested := g.vestedSat(nowMs)
	return view.Grant{ID: g.id, Agent: s.agents.list[g.agent].key, Pool: s.constitution.Pools[g.pool].Name, Sat: g.totalSat,
		StartMs: g.startMs, CliffMs: g.cliffMs, EndMs: g.endMs, VestedSat: vested, DrawnSat: g.drawnSat,
		FreeSat: max(0, vested-g.drawnSat), HeldSat: g.ceilingSat() - g.drawnSat, MinDrawSat: min(minDrawSat, g.ceilingSat()-g.drawnSat),
		RevokedMs: g.revokedMs, Proposal: s.proposals.list[g.proposal].id, Seq: g.seq}
}

// Grant returns one grant as it is at nowMs, or false.
func (s *State) Grant(id string, nowMs int64) (view.Grant, bool) {
	i, ok := s.treasury.grantAt[id]
	if !ok {
		return view.Grant{}, false
	}
	return s.GrantAt(i, nowMs), true
}
