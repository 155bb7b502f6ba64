package ledger

import (
	"math/bits"
	"slices"
	"sort"

	"github.com/econd/econd/voting"
)

// Participation is counted when a vote closes, over its ballots and those who
// delegated, and nowhere else: what delegations gave at the deadline cannot be
// told later. In how many votes an agent could have voted is not counted but
// looked up, since that would take a walk over all agents.

// maxKeptDelegates bounds the delegates that one agent's record on a track
// tells apart; the one not delegated to for the longest time makes room.
const maxKeptDelegates = 64

// trackRecord is what the closed votes of one track come to.
type trackRecord struct {
	name     string
	votes    []closedVote // in order of their closes; only ever appended to
	passed   uint64
	turnouts uint64 // sum over the votes, ppm
	heads    uint64 // the same of heads
}

// closedVote is the turnout of one vote. Both shares are rounded down.
type closedVote struct {
	proposal   int
	registered int    // agents in the snapshot, with weight or without
	turnoutPPM uint32 // weight counted, of the eligible
	headsPPM   uint32 // ballots and delegators, of those registered
}

// part is one agent's part in the closed votes of one track.
type part struct {
	track     int // index of the record
	ballots   uint64
	agreed    uint64 // of the ballots, those that wanted what was decided
	differed  uint64 // and those that wanted the opposite
	delegated uint64 // votes in which others could speak with its weight
	to        []delegateUse
	as        *delegateRecord // nil: nobody's weight was ever entrusted to it
}

// delegateUse counts the votes in which a delegate was given weight; in a list,
// the last used is the last.
type delegateUse struct {
	to    slot
	votes uint64
}

// delegateRecord is what became of the weight that others gave an agent.
type delegateRecord struct {
	entrusted uint64 // votes in which somebody's weight was with it
	spoke     uint64 // of them, those with its own ballot
	passedOn  uint64 // and those that it left to a delegate of its own
	overrides uint64 // ballots of agents that had delegated to it
	contrary  uint64 // of them, those against a ballot of its own that was for, or the reverse

	carried        uint64 // votes in which its ballot spoke for others
	last, most     uint64 // weight of others, in the last of these and at most
	sumHigh, sumLo uint64 // of it, over these votes
	counted        uint64 // close entry of the last vote in entrusted
}

// recordOf finds or starts the record of a track.
func (s *State) recordOf(track string) int {
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
func (s *State) takes(at slot, track int) *part {
	a := &s.agents[at]
	if p := a.partOf(track); p != nil {
		return p
	}
	a.parts = append(a.parts, part{track: track})
	return &a.parts[len(a.parts)-1]
}

func (s *State) asDelegate(at slot, track int) *delegateRecord {
	p := s.takes(at, track)
	if p.as == nil {
		p.as = &delegateRecord{}
	}
	return p.as
}

// noteParticipation counts a vote that has just been closed. Conviction is not
// counted: there stake may be behind any proposal or none, and nobody is called
// to vote.
func (s *State) noteParticipation(i int, said spoken) {
	p := &s.proposals[i]
	if p.gather != nil {
		return
	}
	track := s.recordOf(p.track.Name)
	s.noteTurnout(i, track)
	for b := range p.ballots {
		t := s.takes(p.ballots[b].voter, track)
		t.ballots++
		switch p.stance(b) {
		case agrees:
			t.agreed++
		case differs:
			t.differed++
		}
		s.noteOverrides(p, b, track)
	}
	s.notePrincipals(p, said.graph, track)
	for b := range p.ballots {
		s.noteCarried(p, b, said.weight[b]-p.ballots[b].weight, track)
	}
}

func (s *State) noteTurnout(i, track int) {
	p, r := &s.proposals[i], &s.records[track]
	v := closedVote{proposal: i, registered: s.registeredBefore(p.life.VoteStart(p.track))}
	if p.close.Eligible > 0 {
		counted := uint64(p.close.For + p.close.Against + p.close.Abstain)
		v.turnoutPPM = uint32(mulDivU(voting.PPM, counted, uint64(p.close.Eligible)))
	}
	if v.registered > 0 {
		v.headsPPM = uint32(mulDivU(voting.PPM, p.close.Ballots+p.close.Delegation.Delegators, uint64(v.registered)))
	}
	r.votes = append(r.votes, v)
	r.turnouts += uint64(v.turnoutPPM)
	r.heads += uint64(v.headsPPM)
	if p.close.Passed {
		r.passed++
	}
}

// registeredBefore is the number of agents registered before an instant, less
// those that left before it.
func (s *State) registeredBefore(atMs int64) int {
	return sort.Search(len(s.agents), func(i int) bool { return s.agents[i].registeredMs >= atMs }) - s.leaversBefore(atMs)
}

// noteOverrides counts a ballot against each delegate that its voter had.
func (s *State) noteOverrides(p *proposal, b, track int) {
	voter := p.ballots[b].voter
	if len(s.agents[voter].scopes) == 0 {
		return
	}
	for _, e := range p.followed(s.delegations(voter, p.track.Name, p.life.DeadlineMs)) {
		d := s.asDelegate(e.To, track)
		d.overrides++
		if own, voted := p.ballotAt[e.To]; voted && p.lean(own)*p.lean(b) < 0 {
			d.contrary++
		}
	}
}

// notePrincipals counts those whose weight others could speak with. A part of a
// weight that is rounded down to nothing is given to nobody.
func (s *State) notePrincipals(p *proposal, g *graph, track int) {
	if g == nil {
		return
	}
	for n := g.voters; n < len(g.slots); n++ {
		edges := p.followed(g.Edges[n])
		if g.Weight[n] == 0 || len(edges) == 0 {
			continue
		}
		t := s.takes(g.slots[n], track)
		t.delegated++
		for _, e := range edges {
			if mulDivU(g.Weight[n], uint64(e.PPM), voting.PPM) > 0 {
				t.use(g.slots[e.To])
				s.noteEntrusted(p, g.slots[e.To], track)
			}
		}
	}
}

// noteEntrusted counts the vote for a delegate, once however many gave it
// weight.
func (s *State) noteEntrusted(p *proposal, to slot, track int) *delegateRecord {
	d := s.asDelegate(to, track)
	if d.counted == p.closeSeq {
		return d
	}
	d.counted = p.closeSeq
	d.entrusted++
	if _, voted := p.ballotAt[to]; voted {
		d.spoke++
	} else if len(p.followed(s.delegations(to, p.track.Name, p.life.DeadlineMs))) > 0 {
		d.passedOn++
	}
	return d
}

// noteCarried counts the weight of others that a ballot spoke with, however
// many delegates it came through.
func (s *State) noteCarried(p *proposal, b int, others uint64, track int) {
	if others == 0 {
		return
	}
	d := s.noteEntrusted(p, p.ballots[b].voter, track)
	d.carried++
	d.last, d.most = others, max(d.most, others)
	var carry uint64
	d.sumLo, carry = bits.Add64(d.sumLo, others, 0)
	d.sumHigh += carry
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

// use counts a vote for one of the delegates and moves it to the end.
func (t *part) use(to slot) {
	i := slices.IndexFunc(t.to, func(d delegateUse) bool { return d.to == to })
	d := delegateUse{to: to}
	switch {
	case i >= 0:
		d = t.to[i]
		t.to = slices.Delete(t.to, i, i+1)
	case len(t.to) == maxKeptDelegates:
		t.to = slices.Delete(t.to, 0, 1)
	}
	d.votes++
	t.to = append(t.to, d)
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
