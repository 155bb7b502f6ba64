package ledger

import (
	"math/bits"
	"slices"
	"sort"

	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/voting"
)

// Participation by ballots is counted when a vote closes, over its ballots. In how
// many votes an agent could have voted, or delegated, or was given weight, is not
// counted but looked up, since that would take a walk over all agents.

// recordOf finds or starts the record of a track.
func (s *participation) recordOf(track string) int {
	i, ok := s.recordAt[track]
	if !ok {
		i = len(s.records)
		s.records = append(s.records, trackRecord{name: track})
		s.recordAt[track] = i
	}
	return i
}

// partOf finds an agent's part in a track, or nil.
func (a *agent) partOf(track int) *part {
	for i := range a.parts {
		if a.parts[i].track == track {
			return &a.parts[i]
		}
	}
	return nil
}

// takes finds or starts an agent's part in a track. The next call may move it.
func (s *agents) takes(at slot, track int) *part {
	a := &s.list[at]
	if p := a.partOf(track); p != nil {
		return p
	}
	a.parts = append(a.parts, part{track: track})
	return &a.parts[len(a.parts)-1]
}

func (s *agents) asDelegate(at slot, track int) *delegateRecord {
	p := s.takes(at, track)
	if p.as == nil {
		p.as = &delegateRecord{}
	}
	return p.as
}

// noteParticipation counts a vote that has just been closed. Conviction is not
// counted: there stake may be behind any proposal or none, and nobody is called
// to vote.
func (s *State) noteParticipation(i int, said representation) {
	p := &s.proposals.list[i]
	if p.conviction != nil {
		return
	}
	track := s.participation.recordOf(p.track.Name)
	s.noteTurnout(i, track)
	vote := len(s.participation.records[track].votes) - 1
	for b := range p.ballots {
		s.agents.takes(p.ballots[b].voter, track).count(p.stance(b))
		s.agents.noteOverrides(p, b, track)
	}
	for b := range p.ballots {
		s.agents.noteCarried(p.ballots[b].voter, said.weight[b]-p.ballots[b].weight, track, vote)
	}
}

func (s *State) noteTurnout(i, track int) {
	p := &s.proposals.list[i]
	v := closedVote{proposal: i, registered: s.registeredBefore(p.life.VoteStart(p.track))}
	if p.close.Eligible > 0 {
		counted := uint64(p.close.For + p.close.Against + p.close.Abstain)
		v.turnoutPPM = uint32(muldiv.Floor(voting.PPM, counted, uint64(p.close.Eligible)))
	}
	if v.registered > 0 {
		v.headsPPM = uint32(muldiv.Floor(voting.PPM, p.close.Ballots+p.close.Delegation.Delegators, uint64(v.registered)))
	}
	s.participation.records[track].add(v, p.close.Passed)
}

// registeredBefore is the number of agents registered before an instant, less
// those that left before it.
func (s *State) registeredBefore(atMs int64) int {
	return s.agents.registeredUntil(atMs) - s.leavers.leaversBefore(atMs)
}

// registeredUntil is the number of agents registered before an instant, which are
// the first so many.
func (s *agents) registeredUntil(atMs int64) int {
	return sort.Search(len(s.list), func(i int) bool { return s.list[i].registeredMs >= atMs })
}

// noteOverrides counts a ballot against each delegate that its voter had.
func (s *agents) noteOverrides(p *proposal, b, track int) {
	voter := p.ballots[b].voter
	if len(s.list[voter].scopes) == 0 {
		return
	}
	for _, e := range p.followed(s.edgesAt(voter, p.track.Name, p.life.DeadlineMs)) {
		d := s.asDelegate(e.To, track)
		d.overrides++
		if own, voted := p.ballotAt[e.To]; voted && p.lean(own)*p.lean(b) < 0 {
			d.contrary++
		}
	}
}

// noteCarried counts the weight of others that a ballot spoke with, however
// many delegates it came through.
func (s *agents) noteCarried(voter slot, others uint64, track, vote int) {
	if others == 0 {
		return
	}
	d := s.asDelegate(voter, track)
	d.carried++
	d.last, d.most = others, max(d.most, others)
	var carry uint64
	d.sumLo, carry = bits.Add64(d.sumLo, others, 0)
	d.sumHigh += carry
	if d.votes = append(d.votes, vote); len(d.votes) == 2*turnoutVotes {
		d.votes = append(make([]int, 0, 2*turnoutVotes), d.votes[turnoutVotes:]...)
	}
}

// average is the weight of others per vote in which there was some, rounded
// down.
func (d *delegateRecord) average() uint64 {
	if d.carried == 0 {
		return 0
	}
	q, _ := bits.Div64(d.sumHigh, d.sumLo, d.carried) // no summand exceeds 64 bits, so sumHigh < carried
	return q
}

// followed are those of a voter's delegations that its track's counting method
// follows: none of bought voices, and no parts where roots are summed.
func (p *proposal) followed(edges []voting.Edge) []voting.Edge {
	m := p.track.Method()
	whole := len(edges) == 1 && edges[0].PPM == voting.PPM
	if m == voting.QuadraticCredits || m == voting.Quadratic && !whole {
		return nil
	}
	return edges
}

// stance is how a ballot stands to what was decided.
type stance uint8

const (
	undecided stance = iota // it abstained, or wanted neither more than the other
	agrees
	differs
)

// stance compares ballot b with the outcome. Against agrees with every defeat,
// for want of a quorum too. Where a vote between options has no winner there is
// nothing to agree with.
func (p *proposal) stance(b int) stance {
	if !p.track.Method().HasOptions() {
		switch lean := p.lean(b); {
		case lean == 0:
			return undecided
		case lean > 0 == p.close.Passed:
			return agrees
		}
		return differs
	}
	if p.ballots[b].choice != Filled || !p.close.Passed {
		return undecided
	}
	return favours(p.track.Method(), p.filled[b].choice, int(p.close.Winner))
}

// lean is 1 for a ballot that is more for than against, -1 for one that is more
// against, and 0 for others, those between options included.
func (p *proposal) lean(b int) int {
	if p.track.Method().HasOptions() {
		return 0
	}
	c := p.answers(b, p.ballots[b].weight)
	switch {
	case c.For > c.Against:
		return 1
	case c.For < c.Against:
		return -1
	}
	return 0
}

// favours tells whether a filled-in ballot puts no option above the winner: the
// first of a ranking, one of those approved, a share that none exceeds. An empty
// list favours none.
func favours(m voting.Method, c voting.Choice, winner int) stance {
	switch {
	case len(c.Options) > 0:
		if c.Options[0] == winner || m == voting.Approval && slices.Contains(c.Options, winner) {
			return agrees
		}
		return differs
	case len(c.Portions) == 0:
		return undecided
	}
	best := slices.MaxFunc(c.Portions, func(a, b voting.Portion) int { return a.Amount.Cmp(b.Amount) })
	for _, x := range c.Portions {
		if x.Option == winner && x.Amount.Cmp(best.Amount) == 0 {
			return agrees
		}
	}
	return differs
}
