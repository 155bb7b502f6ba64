package ledger

import (
	"sort"

	"github.com/econd/econd/stake"
)

// leave takes an agent out of the economy. Weights of the past stay as they
// were; ballots of its own in votes that are still open are taken out, for its
// stake no longer stands behind them.
func (s *State) leave(at slot) {
	a := &s.agents.list[at]
	for _, k := range a.holds {
		h := &s.holds.list[k]
		if h.purpose == forStake && (h.state == stake.Locked || h.state == stake.Offered) {
			s.mustHold(s.releaseHold(k, reasonLeft))
		}
	}
	s.withdrawBallots(at)
	basis := s.basisNow(a)
	for _, i := range s.weights.weighed {
		c := &s.weights.classes[i]
		c.change(s.clock.TimeMs, c.rule.Weight(basis), 0)
	}
	s.takeOut(at)
	a.gone(s.next, s.clock.TimeMs)
	for i := range a.scopes {
		s.setEdges(at, a.scopes[i].track, nil)
		a.scopes[i].remove()
	}
	s.dismissLeaver(at)
}

// reasonLeft is why holds of an agent that left are released.
const reasonLeft = "its agent left"

// offeredTooLate releases a hold whose invoice was still being made when its
// agent left.
func (s *State) offeredTooLate(i int) error {
	h := &s.holds.list[i]
	if s.agents.list[h.agent].leftSeq == 0 || !h.rule().ofAgent {
		return nil
	}
	return s.releaseHold(i, reasonLeft)
}

// leftBefore tells whether the agent left strictly before an instant.
func (a *agent) leftBefore(atMs int64) bool { return a.leftMs != 0 && a.leftMs < atMs }

// leaversBefore is the number of agents that left strictly before an instant.
func (s *leavers) leaversBefore(atMs int64) int {
	return sort.Search(len(s.list), func(i int) bool { return s.list[i].atMs >= atMs })
}

// dismissLeaver takes the agent off the roll of jurors, or once the dispute that
// it sits on has ended.
func (s *State) dismissLeaver(at slot) {
	i, ok := s.jurors.at[at]
	if !ok || s.jurors.list[i].gone {
		return
	}
	if len(s.jurors.list[i].sits) > 0 {
		s.jurors.asksOut(i)
		return
	}
	s.dismiss(i, reasonLeft)
}

// withdrawBallots takes an agent's ballots out of the votes that are open. Votes
// on conviction tracks keep theirs, with the stake that is left behind them: none.
func (s *State) withdrawBallots(at slot) {
	a := &s.agents.list[at]
	s.entry.count(units(len(a.votes.Members), boundPerUnit))
	a.dropVotes(func(i int) bool {
		p := &s.proposals.list[i]
		if !p.binds() {
			return true
		}
		if p.life.Early || p.life.DeadlineMs < s.clock.TimeMs {
			return false // what was cast decides, its close is due
		}
		p.withdraw(p.ballotAt[at], s.agents.keys)
		return true
	})
}

// withdraw takes the n-th ballot out of the count; the last takes its place.
func (p *proposal) withdraw(n int, keys [][32]byte) {
	gone := p.answers(n, p.ballots[n].weight)
	p.counts.For -= gone.For
	p.counts.Against -= gone.Against
	p.counts.Abstain -= gone.Abstain
	p.order = nil
	p.voters.Remove(keys, p.ballots[n].voter)
	delete(p.ballotAt, p.ballots[n].voter)
	last := len(p.ballots) - 1
	if n != last {
		p.ballots[n] = p.ballots[last]
		p.ballotAt[p.ballots[n].voter] = n
	}
	p.ballots = p.ballots[:last]
	if p.filled != nil {
		p.filled[n] = p.filled[last]
		p.filled = p.filled[:last]
	}
}
