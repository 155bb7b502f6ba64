package ledger

import (
	"math"
	"slices"
	"sort"

	"github.com/econd/econd/voting"
)

// A close counts those who delegate to somebody who voted, so delegations are
// kept from both ends: by who gave them, and by delegate and scope. It states
// beside them how many delegated on the track in all and with what weight,
// which is kept in sums and never walked.

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

// edgeTo finds the scope's edge to an agent that is not known to have ended, or
// nil.
func (c *scope) edgeTo(to slot) *edge {
	for i := range c.edges {
		if d := &c.edges[i]; d.to == to && !d.ended {
			return d
		}
	}
	return nil
}

// leading tells whether the scope has any edge that is not known to have ended.
func (c *scope) leading() bool {
	return c != nil && slices.ContainsFunc(c.edges, func(d edge) bool { return !d.ended })
}

// setEdges replaces what an agent delegates in one of its scopes.
func (s *State) setEdges(at slot, track string, next []edge) {
	s.sumLeads(at, false)
	s.agents.setEdges(at, track, next, s.next)
	for i := range next {
		if d := &next[i]; d.seq == s.next && d.expiresMs != 0 {
			s.delegations.expire(d.expiresMs, at)
		}
	}
	s.sumLeads(at, true)
}

// setEdges replaces what an agent delegates in one of its scopes by entry seq.
func (s *agents) setEdges(at slot, track string, next []edge, seq uint64) {
	c := s.list[at].scopeOf(track)
	was := *c
	c.edges = next
	for i := range was.edges {
		if d := &was.edges[i]; !d.ended && c.edgeTo(d.to) == nil {
			s.dropBacker(d, track)
		}
	}
	for i := range next {
		d := &next[i]
		if before := was.edgeTo(d.to); before != nil {
			d.place = before.place
		} else if !d.ended {
			b := s.list[d.to].backingFor(track)
			d.place = len(b.from)
			b.from = append(b.from, at)
		}
		if d.seq == seq {
			s.list[d.to].trustedBy = append(s.list[d.to].trustedBy, trusted{d.seq, at})
		}
	}
	c.past = append(c.past, pastEdges{seq, next})
}

// dropBacker takes an edge that is over out of the backing of its delegate: the
// last one there takes its place.
func (s *agents) dropBacker(d *edge, track string) {
	b := s.list[d.to].backingFor(track)
	last := b.from[len(b.from)-1]
	b.from = b.from[:len(b.from)-1]
	if d.place < len(b.from) {
		b.from[d.place] = last
		s.list[last].scopeOf(track).edgeTo(d.to).place = d.place
	}
}

// endsPerEntry is how many expired delegations are noted with an entry. No entry
// brings more than one, so that a backlog grows shorter.
const endsPerEntry = 16

// endDelegations notes some of the delegations that ended before the present and
// before every deadline that a close is still due for. No figure rests on it:
// whoever looks asks each edge, too, and sums know what is ahead of them.
func (s *State) endDelegations() {
	before := s.clock.TimeMs
	if due, _ := s.agenda.first(s.stillDue); due.Kind != 0 {
		before = min(before, due.At)
	}
	for range endsPerEntry {
		if len(s.delegations.expiring) == 0 || s.delegations.expiring[0].At >= before {
			return
		}
		at := s.delegations.expired()
		s.entry.count(workEnd)
		s.endEdges(at, before)
	}
}

// endEdges notes which delegations of an agent ended before an instant.
func (s *State) endEdges(at slot, beforeMs int64) {
	s.sumLeads(at, false)
	s.agents.endEdges(at, beforeMs)
	s.sumLeads(at, true)
}

func (s *agents) endEdges(at slot, beforeMs int64) {
	for i := range s.list[at].scopes {
		c := &s.list[at].scopes[i]
		for k := range c.edges {
			if d := &c.edges[k]; !d.ended && !d.live(beforeMs) {
				s.dropBacker(d, c.track)
				d.ended = true
			}
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
	a := &s.agents.list[at]
	if len(a.scopes) == 0 {
		return
	}
	basis := s.basisNow(a)
	for i := range s.delegations.leadSums {
		l := &s.delegations.leadSums[i]
		l.put(at, a, s.weights.classes[l.class].rule.Weight(basis), in)
	}
}

// put adds an agent's weight to the sums as often as it leads in their scope now
// or ahead, or takes it out.
func (l *leadSums) put(at slot, a *agent, w uint64, in bool) {
	if a.leads(l.track) {
		if in {
			l.move(at, 0, w)
		} else {
			l.move(at, w, 0)
		}
	}
	from, until := a.leadsWithin(l.track)
	if until <= from {
		return
	}
	for _, c := range []struct {
		atMs int64
		add  bool
	}{{from, true}, {until, false}} {
		if c.atMs != 0 && c.atMs != never {
			l.ahead.Put(c.atMs, at, w, c.add == in, in)
		}
	}
}

// reweighLead follows a change of the basis of an agent that delegates.
func (s *State) reweighLead(at slot, before, after voting.Basis) {
	a := &s.agents.list[at]
	if len(a.scopes) == 0 {
		return
	}
	for i := range s.delegations.leadSums {
		l := &s.delegations.leadSums[i]
		rule := s.weights.classes[l.class].rule
		if was, now := rule.Weight(before), rule.Weight(after); was != now {
			l.put(at, a, was, false)
			l.put(at, a, now, true)
		}
	}
}

// move changes an agent's weight in the sums.
func (l *leadSums) move(at slot, was, now uint64) {
	if was != now {
		l.weight.Add(at, now-was)
	}
	if (was > 0) != (now > 0) {
		l.heads.Add(at, weighs(now)-weighs(was))
	}
}

// weighs is 1 for a weight above 0.
func weighs(w uint64) uint64 { return min(w, 1) }

// sumsFor finds the sums of a scope by a weight class, or nil.
func (s *delegations) sumsFor(class int, track string) *leadSums {
	for i := range s.leadSums {
		if l := &s.leadSums[i]; l.class == class && l.track == track {
			return l
		}
	}
	return nil
}

// startSums begins to keep such sums, unless they are kept.
func (s *State) startSums(class int, track string) {
	if s.delegations.sumsFor(class, track) != nil {
		return
	}
	s.entry.count(units(len(s.delegations.delegators), delegatorsPerUnit))
	s.delegations.addSums(leadSums{class: class, track: track})
	l := &s.delegations.leadSums[len(s.delegations.leadSums)-1]
	for _, at := range s.delegations.delegators {
		a := &s.agents.list[at]
		l.put(at, a, s.weights.classes[class].rule.Weight(s.basisNow(a)), true)
	}
}

// registeredLeads is how many of the agents registered before the vote started
// delegate on its track at its deadline, and their present weight.
func (s *State) registeredLeads(p *proposal) (heads, weight uint64) {
	start := s.agents.registeredUntil(p.life.VoteStart(p.track))
	for _, track := range []string{"", p.track.Name} {
		l := s.delegations.sumsFor(p.class, track)
		heads, weight = heads+l.heads.Sum(start), weight+l.weight.Sum(start)
		if len(s.delegations.expiring) > 0 && s.delegations.expiring[0].At < p.life.DeadlineMs {
			moreWeight, moreHeads := l.ahead.Sum(start, p.life.DeadlineMs)
			heads, weight = heads+moreHeads, weight+moreWeight
		}
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
	rule := s.weights.classes[p.class].rule
	change := func(at slot, to uint64) {
		if a := &s.agents.list[at]; a.registeredMs < start && a.delegatesAt(p.track.Name, p.life.DeadlineMs) {
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
	for _, at := range s.stakes.raisedSince(start) {
		if s.delegations.number[at] == 0 {
			now, then := s.basisNow(&s.agents.list[at]), s.basisBefore(&s.agents.list[at], start)
			then.Reputation = now.Reputation
			change(at, min(rule.Weight(now), rule.Weight(then)))
		}
	}
	return heads, weight
}

// raisedSince lists, each once, the agents whose stake grew from an instant on.
func (s *stakes) raisedSince(atMs int64) []slot {
	from := sort.Search(len(s.raises), func(i int) bool { return s.raises[i].atMs >= atMs })
	list := make([]slot, 0, len(s.raises)-from)
	for _, r := range s.raises[from:] {
		list = append(list, r.at)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// never is an instant that does not come.
const never = math.MaxInt64

// leadsUntil is the last instant at which the scope leads as far as it is not
// known to have ended: 0 where it does not, never where it has no end.
func (c *scope) leadsUntil() (last int64) {
	if c == nil {
		return 0
	}
	for i := range c.edges {
		switch d := &c.edges[i]; {
		case d.ended:
		case d.expiresMs == 0:
			return never
		default:
			last = max(last, d.expiresMs)
		}
	}
	return last
}

// leadsWithin are the instants after which, and up to which, an agent is in the
// sums of a scope: after 0 where it is now.
func (a *agent) leadsWithin(track string) (after, until int64) {
	all := a.scopeOf("").leadsUntil()
	if track == "" {
		return 0, all
	}
	return all, a.scopeOf(track).leadsUntil()
}
