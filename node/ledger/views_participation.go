package ledger

import (
	"cmp"
	"slices"

	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/voting"
)

// turnoutVotes is how many of a track's latest closed votes are looked at to say
// in how many of them an agent could vote.
const turnoutVotes = 1000

// Participation shows an agent's part in the closed votes of one track, or of
// every track that has any, in order of their first close, if track is "".
// Refusals: refusal.ErrNotFound for the agent and the track.
func (s *State) Participation(key op.PublicKey, track string) ([]view.Participation, error) {
	at, ok := s.agents.at[key]
	if !ok {
		return nil, refusal.New(refusal.ErrNotFound, "pubkey", "agent", "no agent with this key is registered")
	}
	if track != "" {
		i, err := s.trackRecorded(track)
		if err != nil {
			return nil, err
		}
		if i < 0 {
			return []view.Participation{{Voter: view.Voter{Track: track}, Delegates: []view.DelegateUse{}}}, nil
		}
		return []view.Participation{s.participationView(at, i)}, nil
	}
	list := make([]view.Participation, len(s.participation.records))
	for i := range s.participation.records {
		list[i] = s.participationView(at, i)
	}
	return list, nil
}

// DelegateReport shows what an agent did with the weight of others, for every
// track on which some was entrusted to it or taken back from it by a ballot, in
// order of the first close there.
// Refusals: refusal.ErrNotFound.
func (s *State) DelegateReport(key op.PublicKey) ([]view.Delegate, error) {
	at, ok := s.agents.at[key]
	if !ok {
		return nil, refusal.New(refusal.ErrNotFound, "pubkey", "agent", "no agent with this key is registered")
	}
	list, looks := []view.Delegate{}, maxTrustLooks
	for i := range s.participation.records {
		t, d := s.trustIn(at, i, &looks), &delegateRecord{}
		if p := s.agents.list[at].partOf(i); p != nil && p.as != nil {
			d = p.as
		} else if t.entrusted == 0 {
			continue
		}
		list = append(list, view.Delegate{Voter: s.voterView(at, i), Entrusted: t.entrusted, Spoke: t.spoke, PassedOn: t.passedOn,
			Carried: d.carried, LastWeight: op.Weight(d.last), MostWeight: op.Weight(d.most), AverageWeight: op.Weight(d.average()),
			Overrides: d.overrides, Contrary: d.contrary})
	}
	return list, nil
}

// TrackParticipation shows the turnout of a track and at most limit of its
// closed votes, in order of their closes, from number from on; more tells
// whether the list goes on. Refusals: refusal.ErrNotFound for a track that is not in the
// constitution and never had a vote.
func (s *State) TrackParticipation(track string, from, limit int) (v view.TrackParticipation, list []view.ClosedVote, more bool, err error) {
	i, err := s.trackRecorded(track)
	if err != nil {
		return v, nil, false, err
	}
	v, list = view.TrackParticipation{Track: track, MovingPPM: s.participation.turnout[track]}, []view.ClosedVote{}
	if i < 0 {
		return v, list, false, nil
	}
	r := &s.participation.records[i]
	v.Votes, v.Passed = len(r.votes), r.passed
	v.TurnoutPPM = uint32(r.turnouts / uint64(len(r.votes)))
	v.HeadsPPM = uint32(r.heads / uint64(len(r.votes)))
	from = min(max(from, 0), len(r.votes))
	end := from + min(limit, len(r.votes)-from)
	for n := from; n < end; n++ {
		list = append(list, s.closedVoteView(&r.votes[n]))
	}
	return v, list, end < len(r.votes), nil
}

// trackRecorded finds the record of a track, -1 for one without a closed vote.
func (s *State) trackRecorded(track string) (int, error) {
	if i, ok := s.participation.recordAt[track]; ok {
		return i, nil
	}
	if s.constitution.Track(track) == nil {
		return 0, refusal.New(refusal.ErrNotFound, "track", "track", "no track %+q in the constitution, and none of its votes was closed", track)
	}
	return -1, nil
}

func (s *State) closedVoteView(v *closedVote) view.ClosedVote {
	p := &s.proposals.list[v.proposal]
	c := p.close
	return view.ClosedVote{Proposal: p.id, Seq: p.closeSeq, TimeMs: p.life.ClosedMs, Passed: c.Passed,
		Eligible: c.Eligible, Counted: c.For + c.Against + c.Abstain, Delegated: c.Delegation.Delegated, TurnoutPPM: v.turnoutPPM,
		Registered: v.registered, Ballots: c.Ballots, Delegators: c.Delegation.Delegators, HeadsPPM: v.headsPPM,
		GiniPPM: c.Delegation.GiniPPM, Nakamoto: c.Delegation.Nakamoto}
}

func (s *State) participationView(at slot, track int) view.Participation {
	v := view.Participation{Voter: s.voterView(at, track), Delegates: []view.DelegateUse{}}
	delegated, uses := s.delegatesOf(at, track)
	v.Delegated = delegated
	for i := len(uses) - 1; i >= 0; i-- {
		v.Delegates = append(v.Delegates, view.DelegateUse{Agent: s.agents.list[uses[i].to].key, Votes: uses[i].votes})
	}
	slices.SortStableFunc(v.Delegates, func(a, b view.DelegateUse) int { return cmp.Compare(b.Votes, a.Votes) })
	return v
}

func (s *State) voterView(at slot, track int) view.Voter {
	r := &s.participation.records[track]
	votes, _ := r.latestVotes()
	v := view.Voter{Track: r.name, Votes: len(votes)}
	for i := range votes {
		p := &s.proposals.list[votes[i].proposal]
		if s.snapshotWeight(p, at) == 0 {
			continue
		}
		v.Possible++
		if _, voted := p.ballotAt[at]; voted {
			v.Cast++
		}
	}
	v.TurnoutPPM = shareOf(uint64(v.Cast), uint64(v.Possible))
	if p := s.agents.list[at].partOf(track); p != nil {
		v.Ballots, v.Agreed, v.Differed = p.ballots, p.agreed, p.differed
		v.AgreementPPM = shareOf(p.agreed, p.agreed+p.differed)
	}
	return v
}

// shareOf is part of whole in ppm, rounded down, and 0 of 0.
func shareOf(part, whole uint64) uint32 {
	if whole == 0 {
		return 0
	}
	return uint32(muldiv.Floor(voting.PPM, part, whole))
}
