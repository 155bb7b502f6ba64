package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/voting"
)

// represent resolves the delegations of a vote as they stand at its deadline.
// It returns the weight that each ballot speaks with, parallel to p.ballots,
// and what delegated weight did. A ballot of one's own cuts one's delegations;
// whoever has neither ballot nor delegation takes no part.
func (s *State) represent(p *proposal) ([]uint64, op.CloseDelegation) {
	g := s.delegationGraph(p)
	if g == nil {
		own := make([]uint64, len(p.ballots))
		for i := range p.ballots {
			own[i] = p.ballots[i].weight
		}
		return own, op.CloseDelegation{}
	}
	limits := p.track.DelegationLimits(s.eligible(p))
	carried := g.carried(limits)
	var d op.CloseDelegation
	for i := range p.ballots {
		if own := p.ballots[i].weight; limits.Cap != 0 {
			carried[i] = voting.Capped(carried[i], own, limits.Cap)
		}
		d.Delegated += op.Weight(carried[i] - p.ballots[i].weight)
	}
	d.Delegators = uint64(g.delegators)
	for _, w := range g.Weight[len(p.ballots):] {
		d.Unrepresented += op.Weight(w)
	}
	d.Unrepresented -= d.Delegated
	c := voting.Concentrate(carried)
	d.GiniPPM, d.Nakamoto = c.GiniPPM, uint64(c.Nakamoto)
	return carried, d
}

// graph is the electorate of one vote: first those who voted, in the order of
// the ballots, then those who delegated and did not vote, then delegates who
// did neither.
type graph struct {
	voting.SharedElectorate
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

// carried returns the weight that reaches each member, before any cap.
func (g *graph) carried(l voting.Limits) []uint64 {
	l.Cap = 0
	if !g.whole {
		carried, err := g.Carried(l)
		return must(carried, err)[:g.voters]
	}
	e := g.wholeEdges()
	voters, err := e.Voters(l)
	return e.Carried(must(voters, err))[:g.voters]
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

// must is for errors that the rules on writing delegations rule out.
func must[T any](v T, err error) T {
	if err != nil {
		panic("ledger: recorded delegations: " + err.Error())
	}
	return v
}

// count adds up ballots that speak with the given weights.
func (p *proposal) count(spoken []uint64) voting.Counts {
	var c voting.Counts
	for i, w := range spoken {
		switch p.ballots[i].choice {
		case For:
			c.For += w
		case Against:
			c.Against += w
		default:
			c.Abstain += w
		}
	}
	return c
}
