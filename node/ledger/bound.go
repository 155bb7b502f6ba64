package ledger

// A ballot in an open vote binds the stake behind it. A vote ends without a look at
// its ballots: an agent keeps a list of its votes, of which some are over.

// boundPerUnit is how many votes of an agent are looked at for one unit of work.
const boundPerUnit = 64

// binds tells whether ballots of the proposal still bind stake: until the vote was
// closed or the proposal ended otherwise.
func (p *proposal) binds() bool { return p.close == nil && p.life.End == 0 }

// bind notes that the agent has a ballot in a vote.
func (s *State) bind(at slot, proposal int) {
	s.agents.list[at].bind(proposal, func(i int) bool { return !s.proposals.list[i].binds() })
}

// boundVotes is the number of ballots in open votes that hold the agent's stake.
func (s *State) boundVotes(at slot) int {
	s.entry.count(units(len(s.agents.list[at].votes.Members), boundPerUnit))
	return s.proposals.binding(s.agents.list[at].votes.Members)
}

// openVotes is the number of the agent's ballots in open votes of all tracks.
func (s *proposals) openVotes(a *agent) int {
	return s.binding(a.votes.Members) + s.binding(a.supports)
}

// binding counts the votes of a list that are open.
func (s *proposals) binding(votes []int) (n int) {
	for _, i := range votes {
		if s.list[i].binds() {
			n++
		}
	}
	return n
}

// voteOver lets go of what an open vote holds: the stake behind it on a conviction
// track, its class of weights.
func (s *State) voteOver(i int) {
	p := &s.proposals.list[i]
	if p.conviction != nil {
		s.stakes.moveBehind(s.clock.TimeMs, p.track.Name, p.counts.For, 0)
	}
	s.closeBallot(p)
}
