package ledger

import (
	"slices"

	"github.com/econd/econd/voting"
)

// Agents, and those who ever delegated, that are looked at for one unit of work
// where a class or sums are new.
const (
	agentsPerUnit     = 16
	delegatorsPerUnit = 4
)

// reweigh keeps the totals of the weight classes: the agent's basis changed
// from before to what it is now.
func (s *State) reweigh(at slot, before, after voting.Basis) {
	s.reweighLead(at, before, after)
	for _, i := range s.weights.weighed {
		c := &s.weights.classes[i]
		c.change(s.clock.TimeMs, c.rule.Weight(before), c.rule.Weight(after))
	}
}

// classOf finds the weight class of a rule among those that are kept up.
func (s *weights) classOf(rule voting.WeightRule) (int, bool) {
	for _, i := range s.weighed {
		if s.classes[i].rule.Same(rule) {
			return i, true
		}
	}
	return 0, false
}

// weighBy finds or starts the class of a track's rule, and the sums over those who
// delegate there. What is new costs one walk over the agents, or over those who
// ever delegated; it happens when a constitution brings it.
func (s *State) weighBy(t *voting.Track) {
	class, ok := s.weights.classOf(t.Weight)
	if !ok {
		class = s.startClass(t.Weight)
	}
	s.startSums(class, "")
	s.startSums(class, t.Name)
}

func (s *State) startClass(rule voting.WeightRule) int {
	s.entry.count(units(len(s.agents.list), agentsPerUnit))
	now := s.clock.TimeMs
	var before, total uint64
	for i := range s.agents.list {
		a := &s.agents.list[i]
		if a.leftSeq == 0 {
			total += rule.Weight(s.basisNow(a))
		}
		if a.registeredMs < now && !a.leftBefore(now) {
			before += rule.Weight(s.basisBefore(a, now))
		}
	}
	return s.weights.start(rule, now, before, total)
}

// openBallot counts a proposal whose vote is to come, and returns its class, which
// is that of a track of the constitution.
func (s *weights) openBallot(t *voting.Track) int {
	class, ok := s.classOf(t.Weight)
	if !ok {
		panic("ledger: track " + t.Name + " has no weight class")
	}
	s.ballots[trackClass{t.Name, class}]++
	return class
}

// closeBallot counts it out.
func (s *State) closeBallot(p *proposal) {
	x := trackClass{p.track.Name, p.class}
	if s.weights.closeBallot(x) && !s.weighs(x) {
		s.dropClasses()
	}
}

// weighs tells whether a track of the constitution weighs by a class.
func (s *State) weighs(x trackClass) bool {
	t := s.constitution.Track(x.track)
	return t != nil && t.Weight.Same(s.weights.classes[x.class].rule)
}

// dropClasses keeps up no longer what no track of the constitution weighs by, nor
// any vote that is not over: else every change of a stake would cost more with every
// rule that there ever was. Past totals stay, for what is explained of old votes.
func (s *State) dropClasses() {
	needed := func(x trackClass) bool { return s.weighs(x) || s.weights.ballots[x] > 0 }
	s.delegations.dropSums(func(l leadSums) bool { return l.track != "" && !needed(trackClass{l.track, l.class}) })
	s.weights.dropClasses(func(class int) bool {
		return !slices.ContainsFunc(s.delegations.leadSums, func(l leadSums) bool { return l.track != "" && l.class == class })
	})
	s.delegations.dropSums(func(l leadSums) bool { return !slices.Contains(s.weights.weighed, l.class) })
}
