package ledger

import (
	"slices"

	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/voting"
)

// ballotsPerUnit is how many ballots, and agents that delegate, are counted for one
// unit of work.
const ballotsPerUnit = 1

// representation is what the ballots of a vote speak for.
type representation struct {
	weight     []uint64   // behind each ballot, parallel to p.ballots
	parts      [][]uint64 // the weights it is made of, where the method is not linear
	delegation op.CloseDelegation
	looked     int // agents whose delegations were looked at
}

// represent resolves the delegations of a vote as they stand at its deadline.
// A ballot of one's own cuts one's delegations; whoever has neither ballot nor
// delegation takes no part.
func (s *State) represent(p *proposal) representation {
	own := p.ownWeights()
	out := representation{weight: own}
	if heads, _ := s.registeredLeads(p); heads == 0 {
		return out
	}
	g := s.delegationGraph(p)
	out.looked = g.looked
	if g.heads == 0 {
		return out
	}
	if len(g.slots) > g.voters {
		out = g.speak(p.track.Method(), own, p.track.DelegationLimits(s.eligible(p)))
		out.looked = g.looked
	}
	d := &out.delegation
	for i, w := range out.weight {
		d.Delegated += op.Weight(w - own[i])
	}
	d.Delegators = g.heads
	d.Unrepresented = op.Weight(g.weight - min(g.weight, uint64(d.Delegated)))
	c := voting.Concentrate(out.weight)
	d.GiniPPM, d.Nakamoto = c.GiniPPM, uint64(c.Nakamoto)
	return out
}

// maxExplained bounds the ballots and delegations that a reader has resolved before
// the close.
const maxExplained = 1000

// wouldSpeak is what the ballots would speak for if the vote closed as things
// stand; false where they and the delegations to look at are too many to do that
// for everybody who asks. Unlike represent it writes to nothing that the state
// keeps between closes: others read it at the same time.
func (s *State) wouldSpeak(p *proposal) ([]uint64, bool) {
	if len(p.ballots) > maxExplained {
		return nil, false
	}
	g := &graph{number: make([]uint32, len(s.agents.list)), most: maxExplained - len(p.ballots)}
	if !s.followBack(p, g) {
		return nil, false
	}
	g.link()
	return g.speak(p.track.Method(), p.ownWeights(), p.track.DelegationLimits(s.eligible(p))).weight, true
}

// wouldCount counts an open vote as if it closed now, and tells how much of it is
// delegated, or that delegated weight is left out.
func (s *State) wouldCount(p *proposal) (c voting.Counts, delegated op.Weight, known bool) {
	if len(s.delegations.delegators) == 0 {
		return p.counts, 0, true
	}
	weight, known := s.wouldSpeak(p)
	if !known {
		return p.counts, 0, false
	}
	for i, w := range weight {
		delegated += op.Weight(w - p.ballots[i].weight)
	}
	return p.count(weight), delegated, true
}

// ownWeights are those of the ballots by themselves.
func (p *proposal) ownWeights() []uint64 {
	own := make([]uint64, len(p.ballots))
	for i := range p.ballots {
		own[i] = p.ballots[i].weight
	}
	return own
}

// graph is the part of the electorate of one vote that its ballots may speak
// for: first those who voted, in the order of the ballots, then those whose
// delegations lead to one of them, then their delegates that lead nowhere.
type graph struct {
	voting.SharedElectorate
	slots  []slot // of its members
	voters int
	heads  uint64 // agents that delegate and have no ballot, members or not
	weight uint64 // of these
	looked int    // agents looked at for it
	whole  bool   // nobody delegates a part

	number []uint32 // of members, by slot: 0 for others
	most   int      // agents to look at; 0 is no bound
}

// delegationGraph follows the delegations of a vote back from its voters, so
// that it costs what they carry and nothing for all others.
func (s *State) delegationGraph(p *proposal) *graph {
	g := &graph{number: s.delegations.numbers(len(s.agents.list))}
	s.followBack(p, g)
	g.heads, g.weight = s.delegating(p, g)
	g.link()
	for _, at := range g.slots {
		g.number[at] = 0
	}
	return g
}

// followBack adds the voters and whoever's delegations lead to them, or returns
// false where that takes more looks than the graph may.
func (s *State) followBack(p *proposal, g *graph) bool {
	g.voters, g.whole = len(p.ballots), true
	for i := range p.ballots {
		g.add(p.ballots[i].voter, p.ballots[i].weight, 1, nil)
	}
	for n := 0; n < len(g.slots); n++ {
		if !s.addBackers(g, p, g.slots[n]) {
			return false
		}
	}
	return true
}

// link adds the delegates that lead nowhere, and numbers all edges by member.
func (g *graph) link() {
	for _, list := range g.Edges {
		for k := range list {
			if g.number[list[k].To] == 0 {
				g.add(list[k].To, 0, 0, nil)
			}
			g.whole = g.whole && list[k].PPM == voting.PPM
			list[k].To = g.number[list[k].To] - 1
		}
	}
}

// addBackers adds those who delegate to a member and are none yet, or returns false
// before it looks at more than the graph may.
func (s *State) addBackers(g *graph, p *proposal, to slot) bool {
	for i := range s.agents.list[to].backings {
		b := &s.agents.list[to].backings[i]
		if b.track != "" && b.track != p.track.Name {
			continue
		}
		g.looked += len(b.from)
		if g.most != 0 && g.looked > g.most {
			return false
		}
		for _, at := range b.from {
			if g.number[at] != 0 {
				continue
			}
			list := s.agents.edgesAt(at, p.track.Name, p.life.DeadlineMs)
			if slices.ContainsFunc(list, func(e voting.Edge) bool { return e.To == to }) {
				g.add(at, s.delegatedWeight(p, at), 0, list)
			}
		}
	}
	return true
}

func (g *graph) add(at slot, weight uint64, ballot uint8, edges []voting.Edge) {
	g.Weight = append(g.Weight, weight)
	g.Ballot = append(g.Ballot, ballot)
	g.Edges = append(g.Edges, edges)
	g.slots = append(g.slots, at)
	g.number[at] = uint32(len(g.Weight))
}

// delegatedWeight is what an agent gives its delegates: its weight in the
// snapshot at vote start, or what is left of it at the deadline if that is
// less. A stake behind a ballot cannot be withdrawn before the close; one that
// others vote with can, and then it no longer counts.
func (s *State) delegatedWeight(p *proposal, at slot) uint64 {
	start := p.life.VoteStart(p.track)
	if s.agents.list[at].registeredMs >= start {
		return 0
	}
	rule := p.track.Weight
	then := rule.Weight(s.basisBefore(&s.agents.list[at], start))
	left := rule.Weight(s.basisBefore(&s.agents.list[at], p.life.DeadlineMs+1))
	return rule.Capped(min(then, left), s.eligible(p))
}

// speak resolves the graph under the track's limits, as the counting method
// allows: bought voices cannot be delegated, and where roots are summed, each
// principal is kept apart and parts of a weight have no root of their own.
func (g *graph) speak(m voting.Method, own []uint64, l voting.Limits) representation {
	hops := voting.Limits{MaxDepth: l.MaxDepth}
	switch {
	case m == voting.QuadraticCredits:
		return representation{weight: own}
	case m == voting.Quadratic:
		return g.speakApart(own, l)
	case g.whole:
		e := g.wholeEdges()
		voters, err := e.Voters(hops)
		return representation{weight: capAll(e.Carried(must(voters, err))[:g.voters], own, l.Cap)}
	}
	carried, err := g.Carried(hops)
	return representation{weight: capAll(must(carried, err)[:g.voters], own, l.Cap)}
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
func (g *graph) speakApart(own []uint64, l voting.Limits) representation {
	e := g.wholeEdges()
	voters, err := e.Voters(voting.Limits{MaxDepth: l.MaxDepth})
	carried := e.Carried(must(voters, err))
	out := representation{weight: append([]uint64{}, own...), parts: make([][]uint64, g.voters)}
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
			w = muldiv.Floor(w, kept-own[v], carried[v]-own[v])
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
