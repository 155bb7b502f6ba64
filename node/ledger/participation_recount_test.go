package ledger

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/voting"
)

// recount counts participation anew and slowly, from a log: from what agents,
// ballots and delegations looked like after each entry, and from nothing that
// the state keeps for the purpose but the weight that ballots carried, whose sum
// the close entries state.
type recount struct {
	t     *testing.T
	s     *State
	clock []int64          // of each entry
	basis [][]voting.Basis // of each agent, after each entry
	want  map[recountKey]*recounted
	votes map[string]int
	trust map[op.PublicKey]bool // in the vote being closed
}

type recountKey struct {
	agent int
	track string
}

type recounted struct {
	possible, cast, agreed, differed, delegated            uint64
	uses                                                   map[op.PublicKey]uint64
	entrusted, spoke, passedOn, overrides, contrary, carry uint64
}

// checkParticipation holds what the views show against a recount of the log.
func checkParticipation(t *testing.T, log []*op.Entry, s *State) {
	r := &recount{t: t, s: New(), want: map[recountKey]*recounted{}, votes: map[string]int{}}
	for _, e := range log {
		var c op.Close
		var before []uint64
		closes := e.Event.Kind == op.KindClose
		if closes {
			require.NoError(t, op.Unmarshal([]byte(e.Event.Content), "content", &c))
			closes = r.proposal(c).track.Conviction == nil
		}
		if closes {
			before = r.carriedSums(c)
			r.countBallots(c)
		}
		_, err := Apply(r.s, e)
		require.NoError(t, err)
		if closes {
			r.countCarried(c, before)
		}
		r.clock = append(r.clock, e.Stamp.TimeMs)
		now := make([]voting.Basis, r.s.Agents())
		for i := range now {
			v := r.s.AgentAt(i)
			now[i] = voting.Basis{StakeSat: v.StakeSat, Reputation: uint64(v.Score)}
		}
		r.basis = append(r.basis, now)
	}
	r.compare(s)
}

func (r *recount) of(agent int, track string) *recounted {
	k := recountKey{agent, track}
	if r.want[k] == nil {
		r.want[k] = &recounted{uses: map[op.PublicKey]uint64{}}
	}
	return r.want[k]
}

func (r *recount) proposal(c op.Close) *proposal {
	return &r.s.proposals.list[r.s.proposals.at[c.Proposal]]
}

// snapshot is every agent's weight after the last entry before the vote.
func (r *recount) snapshot(p *proposal) []uint64 {
	rule, start := p.track.Weight, p.life.VoteStart(p.track)
	weights := make([]uint64, r.s.Agents())
	last := -1
	for last+1 < len(r.clock) && r.clock[last+1] < start {
		last++
	}
	var total uint64
	for i, b := range r.basis[last] {
		if left := r.s.AgentAt(i).LeftMs; left != 0 && left < start {
			continue
		}
		weights[i] = rule.Weight(b)
		total += weights[i]
	}
	for i := range weights {
		weights[i] = rule.Capped(weights[i], total)
	}
	return weights
}

// delegates lists an agent's live delegations that the track's method follows.
func (r *recount) delegates(agent int, p *proposal) []view.Delegation {
	lists := map[string][]view.Delegation{}
	for _, d := range r.s.Delegations(r.s.agents.list[agent].key) {
		if d.ExpiresMs == 0 || d.ExpiresMs >= p.life.DeadlineMs {
			lists[d.Track] = append(lists[d.Track], d)
		}
	}
	list := lists[p.track.Name]
	if len(list) == 0 {
		list = lists[""]
	}
	switch m := p.track.Method(); {
	case m == voting.QuadraticCredits:
		return nil
	case m == voting.Quadratic && len(list) > 0 && list[0].SharePPM != voting.PPM:
		return nil
	}
	return list
}

// countBallots counts all but the weight carried, just before the close.
func (r *recount) countBallots(c op.Close) {
	p := r.proposal(c)
	track := p.track.Name
	r.votes[track]++
	ballots, _ := r.s.Ballots(c.Proposal)
	byVoter := map[op.PublicKey]view.Ballot{}
	for _, b := range ballots {
		byVoter[b.Voter] = b
	}
	entrusted := map[op.PublicKey]bool{}
	for i, w := range r.snapshot(p) {
		if w > 0 {
			r.of(i, track).possible++
		}
		b, voted := byVoter[r.s.agents.list[i].key]
		switch {
		case voted:
			r.countBallot(i, p, c, b, byVoter)
			continue
		case w == 0:
			continue
		}
		w = min(w, p.track.Weight.Capped(p.track.Weight.Weight(r.basis[len(r.basis)-1][i]), uint64(c.Eligible)))
		list := r.delegates(i, p)
		if len(list) == 0 || w == 0 {
			continue
		}
		r.of(i, track).delegated++
		for _, d := range list {
			if w*uint64(d.SharePPM)/voting.PPM > 0 { // weights of a scenario are small
				r.of(i, track).uses[d.To]++
				entrusted[d.To] = true
			}
		}
	}
	r.trust = entrusted
	for i := range r.s.agents.list {
		if key := r.s.agents.list[i].key; entrusted[key] {
			r.countEntrusted(i, p, byVoter)
		}
	}
}

func (r *recount) countEntrusted(agent int, p *proposal, byVoter map[op.PublicKey]view.Ballot) {
	w := r.of(agent, p.track.Name)
	w.entrusted++
	if _, voted := byVoter[r.s.agents.list[agent].key]; voted {
		w.spoke++
	} else if len(r.delegates(agent, p)) > 0 {
		w.passedOn++
	}
}

func (r *recount) countBallot(agent int, p *proposal, c op.Close, b view.Ballot, byVoter map[op.PublicKey]view.Ballot) {
	w := r.of(agent, p.track.Name)
	w.cast++
	switch wanted(p, c, b) {
	case 1:
		w.agreed++
	case -1:
		w.differed++
	}
	for _, d := range r.delegates(agent, p) {
		to := r.of(int(r.s.agents.at[d.To]), p.track.Name)
		to.overrides++
		if other, voted := byVoter[d.To]; voted && !p.track.Method().HasOptions() &&
			wanted(p, c, other)*wanted(p, c, b) == -1 {
			to.contrary++
		}
	}
}

// wanted is 1 if a ballot wanted what was decided, -1 if it wanted the opposite,
// read from the ballot as it was sent.
func wanted(p *proposal, c op.Close, b view.Ballot) int {
	sign := map[bool]int{true: 1, false: -1}
	switch {
	case b.Choice == "for" || b.Choice == "against":
		return sign[(b.Choice == "for") == c.Passed]
	case b.Choice == "abstain":
		return 0
	}
	var list []int64
	if json.Unmarshal(b.Ballot, &list) == nil {
		if len(list) == 0 || !c.Passed {
			return 0
		}
		return sign[list[0] == c.Winner || p.track.Counting == voting.Approval && slices.Contains(list, c.Winner)]
	}
	var shares map[int64]int64
	if err := json.Unmarshal(b.Ballot, &shares); err != nil {
		panic(err)
	}
	if p.track.Counting == voting.Fractional {
		whole := uint64(shares[1] + shares[2] + shares[3])
		yes, no := uint64(b.Weight)*uint64(shares[1])/whole, uint64(b.Weight)*uint64(shares[2])/whole
		if yes == no {
			return 0
		}
		return sign[(yes > no) == c.Passed]
	}
	var most int64
	for _, n := range shares {
		most = max(most, n)
	}
	if !c.Passed {
		return 0
	}
	return sign[shares[c.Winner] == most]
}

func (r *recount) carriedSums(c op.Close) []uint64 {
	sums := make([]uint64, r.s.Agents())
	track, ok := r.s.participation.recordAt[r.proposal(c).track.Name]
	for i := range sums {
		if p := r.s.agents.list[i].partOf(track); ok && p != nil && p.as != nil {
			sums[i] = p.as.sumLo
		}
	}
	return sums
}

// countCarried takes the weight carried from the state: over all delegates it
// is what the close entry says was delegated.
func (r *recount) countCarried(c op.Close, before []uint64) {
	p := r.proposal(c)
	ballots, _ := r.s.Ballots(c.Proposal)
	byVoter := map[op.PublicKey]view.Ballot{}
	for _, b := range ballots {
		byVoter[b.Voter] = b
	}
	var sum uint64
	for i, now := range r.carriedSums(c) {
		if now == before[i] {
			continue
		}
		sum += now - before[i]
		_, voted := byVoter[r.s.agents.list[i].key]
		require.True(r.t, voted, "weight carried without a ballot")
		w := r.of(i, p.track.Name)
		w.carry++
		if !r.trust[r.s.agents.list[i].key] {
			w.entrusted++ // by delegates of delegates alone
			w.spoke++
		}
	}
	require.Equal(r.t, uint64(c.Delegation.Delegated), sum)
}

// compare holds the views of the state that made the log against the recount.
func (r *recount) compare(s *State) {
	for i := range s.Agents() {
		key := s.AgentAt(i).PubKey
		list, err := s.Participation(key, "")
		require.NoError(r.t, err)
		require.Len(r.t, list, len(r.votes))
		for _, v := range list {
			w := r.of(i, v.Track)
			require.Equal(r.t, []uint64{uint64(r.votes[v.Track]), w.possible, w.cast, w.cast, w.agreed, w.differed, w.delegated},
				[]uint64{uint64(v.Votes), uint64(v.Possible), uint64(v.Cast), v.Ballots, v.Agreed, v.Differed, v.Delegated}, "agent %d on %s", i, v.Track)
			uses := map[op.PublicKey]uint64{}
			for _, d := range v.Delegates {
				uses[d.Agent] = d.Votes
			}
			require.Equal(r.t, w.uses, uses)
		}
		report, err := s.DelegateReport(key)
		require.NoError(r.t, err)
		seen := map[string]view.Delegate{}
		for _, v := range report {
			seen[v.Track] = v
		}
		for track := range r.votes {
			w, v := r.of(i, track), seen[track]
			require.Equal(r.t, []uint64{w.entrusted, w.spoke, w.passedOn, w.overrides, w.contrary, w.carry},
				[]uint64{v.Entrusted, v.Spoke, v.PassedOn, v.Overrides, v.Contrary, v.Carried}, "delegate %d on %s", i, track)
		}
	}
}
