package ledger

import (
	"slices"
	"sort"

	"github.com/econd/econd/voting"
)

// A close counts those who delegate to somebody who voted, so delegations are
// kept from both ends: by who gave them, and by delegate and scope. It states
// beside them how many delegated on the track in all and with what weight,
// which is kept in sums and never walked.

// backing is who delegates to one agent for one track, or for all.
type backing struct {
	track string // "" is all
	from  []slot // those who do, and at most about as many who no longer do
	gone  int    // entries of from that were taken back since the last sweep
}

// trusted is that somebody delegated to an agent.
type trusted struct {
	seq  uint64
	from slot
}

// leadSums are sums over the agents that delegate in one scope, by a weight
// class. Who delegates for all tracks is in the sums of "" alone; who delegates
// for a track only, in those of the track.
type leadSums struct {
	class  int
	track  string
	weight fenwick // present weight
	heads  fenwick // 1 each if that is above 0
}

// backingFor finds or starts the agent's backing for a track.
func (a *agent) backingFor(track string) *backing {
	for i := range a.backings {
		if a.backings[i].track == track {
			return &a.backings[i]
		}
	}
	a.backings = append(a.backings, backing{track: track})
	return &a.backings[len(a.backings)-1]
}

// counts tells whether the scope has an edge to the agent that is not known to
// have ended.
func (c *scope) counts(to slot) bool {
	return slices.ContainsFunc(c.edges, func(d edge) bool { return d.to == to && !d.ended })
}

// leading tells whether the scope has any edge that is not known to have ended.
func (c *scope) leading() bool {
	return c != nil && slices.ContainsFunc(c.edges, func(d edge) bool { return !d.ended })
}

// setEdges replaces what an agent delegates in one of its scopes.
func (s *State) setEdges(at slot, track string, next []edge) {
	s.sumLeads(at, false)
	c := s.agents[at].scopeOf(track)
	was := *c
	c.edges = next
	for i := range was.edges {
		if d := &was.edges[i]; !d.ended && !c.counts(d.to) {
			s.dropBacker(d.to, track)
		}
	}
	for i := range next {
		d := &next[i]
		if !was.counts(d.to) {
			b := s.agents[d.to].backingFor(track)
			b.from = append(b.from, at)
		}
		if d.seq == s.next {
			s.agents[d.to].trustedBy = append(s.agents[d.to].trustedBy, trusted{d.seq, at})
		}
		if d.expiresMs != 0 {
			s.expiring.push(deadline{at: d.expiresMs, index: int(at)})
		}
	}
	c.past = append(c.past, pastEdges{s.next, next})
	s.sumLeads(at, true)
}

// dropBacker counts an entry of a backing that is over, and sweeps the backing
// once half of it is.
func (s *State) dropBacker(to slot, track string) {
	b := s.agents[to].backingFor(track)
	b.gone++
	if 2*b.gone <= len(b.from) {
		return
	}
	slices.Sort(b.from)
	b.from = slices.DeleteFunc(slices.Compact(b.from), func(from slot) bool { return !s.agents[from].scopeOf(track).counts(to) })
	b.gone = 0
}

// endDelegations notes the delegations that ended before an instant. Nothing
// rests on when it is called: whoever looks asks each edge, too.
func (s *State) endDelegations(atMs int64) {
	for len(s.expiring) > 0 && s.expiring[0].at < atMs {
		at := slot(s.expiring[0].index)
		s.expiring.pop()
		s.sumLeads(at, false)
		for i := range s.agents[at].scopes {
			c := &s.agents[at].scopes[i]
			for k := range c.edges {
				if d := &c.edges[k]; !d.ended && !d.live(atMs) {
					d.ended = true
					s.dropBacker(d.to, c.track)
				}
			}
		}
		s.sumLeads(at, true)
	}
}

// before calls f with each deadline before an instant, in no order that matters.
func (h deadlines) before(atMs int64, f func(deadline)) {
	open := []int{0}
	for len(open) > 0 {
		i := open[len(open)-1]
		open = open[:len(open)-1]
		if i < len(h) && h[i].at < atMs {
			f(h[i])
			open = append(open, 2*i+1, 2*i+2)
		}
	}
}

// leads tells whether the agent is in the sums of a scope.
func (a *agent) leads(track string) bool {
	if a.scopeOf("").leading() {
		return track == ""
	}
	return track != "" && a.scopeOf(track).leading()
}

// sumLeads adds an agent to the sums of the scopes that it delegates in, or
// takes it out.
func (s *State) sumLeads(at slot, in bool) {
	a := &s.agents[at]
	for i := range s.leadSums {
		if l := &s.leadSums[i]; a.leads(l.track) {
			w := s.classes[l.class].rule.Weight(s.basisNow(a))
			if in {
				l.move(at, 0, w)
			} else {
				l.move(at, w, 0)
			}
		}
	}
}

// reweighLead follows a change of the basis of an agent that delegates.
func (s *State) reweighLead(at slot, before, after voting.Basis) {
	a := &s.agents[at]
	if len(a.scopes) == 0 {
		return
	}
	for i := range s.leadSums {
		if l := &s.leadSums[i]; a.leads(l.track) {
			rule := &s.classes[l.class].rule
			l.move(at, rule.Weight(before), rule.Weight(after))
		}
	}
}

// move changes an agent's weight in the sums.
func (l *leadSums) move(at slot, was, now uint64) {
	if was != now {
		l.weight.add(at, now-was)
	}
	if (was > 0) != (now > 0) {
		l.heads.add(at, weighs(now)-weighs(was))
	}
}

// weighs is 1 for a weight above 0.
func weighs(w uint64) uint64 { return min(w, 1) }

// sumsFor finds the sums of a scope by a weight class. The first close that asks
// for them walks over those who delegate; from then on they are kept.
func (s *State) sumsFor(class int, track string) *leadSums {
	for i := range s.leadSums {
		if l := &s.leadSums[i]; l.class == class && l.track == track {
			return l
		}
	}
	s.leadSums = append(s.leadSums, leadSums{class: class, track: track})
	l := &s.leadSums[len(s.leadSums)-1]
	for _, at := range s.delegators {
		if a := &s.agents[at]; a.leads(track) {
			l.move(at, 0, s.classes[class].rule.Weight(s.basisNow(a)))
		}
	}
	return l
}

// registeredLeads is how many of the agents registered before the vote started
// delegate on its track, and their present weight.
func (s *State) registeredLeads(p *proposal) (heads, weight uint64) {
	start := s.registeredUntil(p.life.VoteStart(p.track))
	for _, track := range []string{"", p.track.Name} {
		l := s.sumsFor(p.class, track)
		heads, weight = heads+l.heads.sum(start), weight+l.weight.sum(start)
	}
	return heads, weight
}

// delegating is how many agents without a ballot delegate on the vote's track at
// its deadline, and their weight: of those whose delegations lead to a ballot what
// they give, of the others what they would by their score at the deadline, and
// their stake then or before the start, whichever is less. It costs the graph,
// and the stakes raised since the start.
func (s *State) delegating(p *proposal, g *graph) (heads, weight uint64) {
	heads, weight = s.registeredLeads(p)
	start := p.life.VoteStart(p.track)
	rule := &s.classes[p.class].rule
	change := func(at slot, to uint64) {
		if a := &s.agents[at]; a.registeredMs < start && (a.leads("") || a.leads(p.track.Name)) {
			w := rule.Weight(s.basisNow(a))
			heads, weight = heads-weighs(w)+weighs(to), weight-w+to
		}
	}
	for n, at := range g.slots {
		if n < g.voters {
			change(at, 0)
		} else {
			change(at, g.Weight[n])
		}
	}
	for _, at := range s.endedUnnoted(p) {
		change(at, 0)
	}
	for _, at := range s.raisedSince(start) {
		if s.number[at] == 0 && len(s.delegations(at, p.track.Name, p.life.DeadlineMs)) > 0 {
			basis := s.basisNow(&s.agents[at])
			basis.StakeSat = min(basis.StakeSat, s.agents[at].stakeSat.before(start))
			change(at, rule.Weight(basis))
		}
	}
	return heads, weight
}

// raise is that an agent's stake grew.
type raise struct {
	atMs int64
	at   slot
}

// raisedSince lists, each once, the agents whose stake grew from an instant on.
func (s *State) raisedSince(atMs int64) []slot {
	from := sort.Search(len(s.raises), func(i int) bool { return s.raises[i].atMs >= atMs })
	list := make([]slot, 0, len(s.raises)-from)
	for _, r := range s.raises[from:] {
		list = append(list, r.at)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// endedUnnoted lists, each once, the agents without a ballot whose delegations on
// the track ended before the deadline, which the sums do not know yet.
func (s *State) endedUnnoted(p *proposal) []slot {
	var list []slot
	s.expiring.before(p.life.DeadlineMs, func(d deadline) {
		at := slot(d.index)
		if _, voted := p.ballotAt[at]; !voted && len(s.delegations(at, p.track.Name, p.life.DeadlineMs)) == 0 {
			list = append(list, at)
		}
	})
	slices.Sort(list)
	return slices.Compact(list)
}
