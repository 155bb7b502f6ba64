package ledger

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
)

// slowGraph is the electorate of a vote the obvious way: everybody who ever
// delegated is looked at, whether it leads to a ballot or not.
func slowGraph(s *State, p *proposal) *graph {
	g := &graph{voters: len(p.ballots), whole: true, number: make([]uint32, len(s.agents.list))}
	for i := range p.ballots {
		g.add(p.ballots[i].voter, p.ballots[i].weight, 1, nil)
	}
	for i := range s.agents.list {
		at := slot(i)
		list := s.agents.edgesAt(at, p.track.Name, p.life.DeadlineMs)
		if _, voted := p.ballotAt[at]; voted || len(list) == 0 {
			continue
		}
		g.add(at, s.delegatedWeight(p, at), 0, list)
	}
	g.link()
	g.countSlowly(s, p)
	return g
}

// countSlowly sums up those who delegate: who leads to a ballot gives what it
// gives, the others what they would.
func (g *graph) countSlowly(s *State, p *proposal) {
	leads := make([]bool, len(g.slots))
	for i := range g.voters {
		leads[i] = true
	}
	for range g.slots { // no path is longer
		for i, list := range g.Edges {
			for _, e := range list {
				leads[i] = leads[i] || leads[e.To]
			}
		}
	}
	start := p.life.VoteStart(p.track)
	for i := g.voters; i < len(g.slots); i++ {
		w, a := g.Weight[i], &s.agents.list[g.slots[i]]
		if !leads[i] && len(g.Edges[i]) > 0 && a.registeredMs < start {
			now, then := s.basisNow(a), s.basisBefore(a, start)
			then.Reputation = now.Reputation
			w = min(p.track.Weight.Weight(now), p.track.Weight.Weight(then))
		}
		g.heads, g.weight = g.heads+weighs(w), g.weight+w
	}
}

// checkRepresented holds what the ballots of a vote speak for against a count
// over all who ever delegated.
func checkRepresented(t testing.TB, s *State, p *proposal) {
	got := s.represent(p)
	own := make([]uint64, len(p.ballots))
	for i := range own {
		own[i] = p.ballots[i].weight
	}
	g := slowGraph(s, p)
	want := g.speak(p.track.Method(), own, p.track.DelegationLimits(s.eligible(p)))
	require.Equal(t, want.weight, got.weight)
	if got.parts == nil { // nobody's delegation leads to a ballot
		want.parts = nil
	}
	require.Equal(t, p.count(want.weight), p.count(got.weight))
	for i := range want.parts {
		require.ElementsMatch(t, want.parts[i], got.parts[i])
	}
	var delegated uint64
	for i := range own {
		delegated += want.weight[i] - own[i]
	}
	require.Equal(t, delegated, uint64(got.delegation.Delegated))
	require.Equal(t, g.heads, got.delegation.Delegators)
	require.Equal(t, g.weight-min(g.weight, delegated), uint64(got.delegation.Unrepresented))
	for i := range s.delegations.number {
		require.Zero(t, s.delegations.number[i])
	}
}

// checkDueClose holds a close that is due against the slow count.
func checkDueClose(t testing.TB, s *State, f *Fact) {
	c, ok := f.Content.(op.Close)
	if !ok {
		return
	}
	if p := &s.proposals.list[s.proposals.at[c.Proposal]]; p.conviction == nil {
		checkRepresented(t, s, p)
	}
}
