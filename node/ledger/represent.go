package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/voting"
)

// spoken is what the ballots of a vote speak for.
type spoken struct {
	weight     []uint64   // behind each ballot, parallel to p.ballots
	parts      [][]uint64 // the weights it is made of, where the method is not linear
	delegation op.CloseDelegation
	graph      *graph // nil where nobody delegated
}

// represent resolves the delegations of a vote as they stand at its deadline.
// A ballot of one's own cuts one's delegations; whoever has neither ballot nor
// delegation takes no part.
func (s *State) represent(p *proposal) spoken {
	own := make([]uint64, len(p.ballots))
	for i := range p.ballots {
		own[i] = p.ballots[i].weight
	}
	g := s.delegationGraph(p)
	if g == nil {
		return spoken{weight: own}
	}
	limits := p.track.DelegationLimits(s.eligible(p))
	out := g.speak(p.track.Method(), own, limits)
	out.graph = g
	d := &out.delegation
	for i, w := range out.weight {
		d.Delegated += op.Weight(w - own[i])
	}
	d.Delegators = uint64(g.delegators)
	for _, w := range g.Weight[len(own):] {
		d.Unrepresented += op.Weight(w)
	}
	d.Unrepresented -= d.Delegated
	c := voting.Concentrate(out.weight)
	d.GiniPPM, d.Nakamoto = c.GiniPPM, uint64(c.Nakamoto)
	return out
}

// graph is the electorate of one vote: first those who voted, in the order of
// the ballots, then those who delegated and did not vote, then delegates who
// did neither.
type graph struct {
	voting.SharedElectorate
	slots      []slot // of its members
	voters     int
	delegators int  // of them with weight
	whole      bool // nobody delegates a part
}

// delegationGraph builds the graph of a vote, or nil if nobody without a ballot
// has weight to delegate.
func (s *State) delegationGraph(p *proposal) *graph {
	g := &graph{voters: len(p.ballots), whole: true}
	var members []slot
	var weights []uint64
	var edges [][]voting.Edge
	for _, at := range s.delegators {
		if _, voted := p.ballotAt[at]; voted {
			continue
		}
		if list := s.delegations(at, p.track.Name, p.life.DeadlineMs); len(list) > 0 {
			w := s.delegatedWeight(p, at)
			members, weights, edges = append(members, at), append(weights, w), append(edges, list)
			if w > 0 {
				g.delegators++
			}
		}
	}
	if g.delegators == 0 {
		return nil
	}
	number := make([]uint32, len(s.agents)) // by slot, from 1; 0 is none yet
	for i := range p.ballots {
		g.add(number, p.ballots[i].voter, p.ballots[i].weight, 1, nil)
	}
	for i, at := range members {
		g.add(number, at, weights[i], 0, edges[i])
	}
	for _, list := range edges {
		for k := range list {
			if number[list[k].To] == 0 {
				g.add(number, list[k].To, 0, 0, nil)
			}
			g.whole = g.whole && list[k].PPM == voting.PPM
			list[k].To = number[list[k].To] - 1
		}
	}
	return g
}

func (g *graph) add(number []uint32, at slot, weight uint64, ballot uint8, edges []voting.Edge) {
	g.Weight = append(g.Weight, weight)
	g.Ballot = append(g.Ballot, ballot)
	g.Edges = append(g.Edges, edges)
	g.slots = append(g.slots, at)
	number[at] = uint32(len(g.Weight))
}

// delegatedWeight is what an agent gives its delegates: its weight in the
// snapshot at vote start, or what is left of it at the deadline if that is
// less. A stake behind a ballot cannot be withdrawn before the close; one that
// others vote with can, and then it no longer counts.
func (s *State) delegatedWeight(p *proposal, at slot) uint64 {
	start := p.life.VoteStart(p.track)
	if s.agents[at].registeredMs >= start {
		return 0
	}
	rule := p.track.Weight
	then := rule.Weight(s.basisBefore(&s.agents[at], start))
	left := rule.Weight(s.basisBefore(&s.agents[at], p.life.DeadlineMs+1))
	return rule.Capped(min(then, left), s.eligible(p))
}

// speak resolves the graph under the track's limits, as the counting method
// allows: bought voices cannot be delegated, and where roots are summed, each
// principal is kept apart and parts of a weight have no root of their own.
func (g *graph) speak(m voting.Method, own []uint64, l voting.Limits) spoken {
	hops := voting.Limits{MaxDepth: l.MaxDepth}
	switch {
	case m == voting.QuadraticCredits:
		return spoken{weight: own}
	case m == voting.Quadratic:
		return g.speakApart(own, l)
	case g.whole:
		e := g.wholeEdges()
		voters, err := e.Voters(hops)
		return spoken{weight: capAll(e.Carried(must(voters, err))[:g.voters], own, l.Cap)}
	}
	carried, err := g.Carried(hops)
	return spoken{weight: capAll(must(carried, err)[:g.voters], own, l.Cap)}
}

func capAll(carried, own []uint64, limit uint64) []uint64 {
	if limit != 0 {
		for i := range carried {
			carried[i] = voting.Capped(carried[i], own[i], limit)
		}
	}
	return carried
}

// speakApart keeps every principal's weight apart. A cap scales what a voter
// was given, each weight rounded down, so that no order of principals matters.
func (g *graph) speakApart(own []uint64, l voting.Limits) spoken {
	e := g.wholeEdges()
	voters, err := e.Voters(voting.Limits{MaxDepth: l.MaxDepth})
	carried := e.Carried(must(voters, err))
	out := spoken{weight: append([]uint64{}, own...), parts: make([][]uint64, g.voters)}
	for i := range out.parts {
		out.parts[i] = []uint64{own[i]}
	}
	for i := g.voters; i < len(voters); i++ {
		v, w := voters[i], e.Weight[i]
		if v == voting.Nobody || w == 0 {
			continue
		}
		if l.Cap != 0 {
			kept := voting.Capped(carried[v], own[v], l.Cap)
			w = mulDivU(w, kept-own[v], carried[v]-own[v])
		}
		out.parts[v] = append(out.parts[v], w)
		out.weight[v] += w
	}
	return out
}

// wholeEdges is the electorate with those edges alone that give everything.
func (g *graph) wholeEdges() voting.Electorate {
	next := make([]uint32, len(g.Edges))
	for i, list := range g.Edges {
		next[i] = voting.Nobody
		if len(list) == 1 && list[0].PPM == voting.PPM {
			next[i] = list[0].To
		}
	}
	return voting.Electorate{Weight: g.Weight, Ballot: g.Ballot, Next: next}
}

// must is for errors that the rules on what may be recorded rule out.
func must[T any](v T, err error) T {
	if err != nil {
		panic("ledger: recorded vote: " + err.Error())
	}
	return v
}

// count adds up ballots that speak with the given weights.
func (p *proposal) count(weight []uint64) voting.Counts {
	var c voting.Counts
	for i, w := range weight {
		c = plus(c, p.answers(i, w))
	}
	return c
}
