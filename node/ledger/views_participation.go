package ledger

import (
	"cmp"
	"slices"

	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

// turnoutVotes is how many of a track's latest closed votes are looked at to say
// in how many of them an agent could vote.
const turnoutVotes = 1000

// VoterView is how an agent votes on one track. All shares are rounded down, and
// 0 of nothing is 0.
type VoterView struct {
	Track string `json:"track"`
	// Votes is how many of the track's closed votes are looked at, the latest and
	// at most 1000; Possible is in how many of them the agent had weight, Cast in
	// how many of those it has a ballot, and TurnoutPPM the share of Cast in
	// Possible.
	Votes      int    `json:"votes"`
	Possible   int    `json:"possible"`
	Cast       int    `json:"cast"`
	TurnoutPPM uint32 `json:"turnout_ppm"`
	// Ballots are those in all closed votes since the genesis. Agreed of them
	// wanted what was decided and Differed the opposite; AgreementPPM is the share
	// of Agreed in both.
	Ballots      uint64 `json:"ballots"`
	Agreed       uint64 `json:"agreed"`
	Differed     uint64 `json:"differed"`
	AgreementPPM uint32 `json:"agreement_ppm"`
}

// ParticipationView is an agent's part in the closed votes of one track.
type ParticipationView struct {
	VoterView
	// Delegated is in how many of Votes the agent had weight, no ballot, and
	// delegations at the deadline. Delegates are those it gave some of it, the 64
	// of last, those given it most often first.
	Delegated uint64            `json:"delegated"`
	Delegates []DelegateUseView `json:"delegates"`
}

// DelegateUseView is one of an agent's delegates and the number of votes in
// which it was given weight.
type DelegateUseView struct {
	Agent op.PublicKey `json:"agent"`
	Votes uint64       `json:"votes"`
}

// DelegateView is what a delegate did with the weight of others on one track.
type DelegateView struct {
	VoterView
	// Entrusted is in how many of Votes others' weight was with the agent; in
	// Spoke of them it has a ballot, in PassedOn it had none and a delegation of
	// its own. In the rest it was silent. At most 2,000 delegations are looked at
	// to find weight that no ballot spoke with.
	Entrusted uint64 `json:"entrusted"`
	Spoke     uint64 `json:"spoke"`
	PassedOn  uint64 `json:"passed_on"`
	// Carried is the number of votes in which its ballot spoke with weight of
	// others, after the track's cap; the weight is that of the last of these, the
	// most, and the average, rounded down.
	Carried       uint64    `json:"carried"`
	LastWeight    op.Weight `json:"last_weight"`
	MostWeight    op.Weight `json:"most_weight"`
	AverageWeight op.Weight `json:"average_weight"`
	// Overrides are ballots of agents that had a delegation to this one at the
	// deadline. Contrary of them were for where its own ballot was against, or
	// the reverse.
	Overrides uint64 `json:"overrides"`
	Contrary  uint64 `json:"contrary"`
}

// TrackParticipationView is the turnout of a track's closed votes.
type TrackParticipationView struct {
	Track  string `json:"track"`
	Votes  int    `json:"votes"`
	Passed uint64 `json:"passed"`
	// TurnoutPPM and HeadsPPM are the means of those of the votes, rounded down.
	TurnoutPPM uint32 `json:"turnout_ppm"`
	HeadsPPM   uint32 `json:"heads_ppm"`
	// MovingPPM is the moving average that quorum rules of the kind
	// turnout-average look at.
	MovingPPM uint32 `json:"moving_ppm"`
}

// ClosedVoteView is the turnout of one vote.
type ClosedVoteView struct {
	Proposal op.ID  `json:"proposal"`
	Seq      uint64 `json:"seq"`     // close entry
	TimeMs   int64  `json:"time_ms"` // of that entry
	Passed   bool   `json:"passed"`
	// TurnoutPPM is the share of Counted, delegated weight included, in Eligible.
	Eligible   op.Weight `json:"eligible"`
	Counted    op.Weight `json:"counted"`
	Delegated  op.Weight `json:"delegated"`
	TurnoutPPM uint32    `json:"turnout_ppm"`
	// HeadsPPM is the share of Ballots and Delegators in Registered, which are
	// all agents registered before the vote started that had not left, with
	// weight or without.
	Registered int    `json:"registered"`
	Ballots    uint64 `json:"ballots"`
	Delegators uint64 `json:"delegators"`
	HeadsPPM   uint32 `json:"heads_ppm"`
	// GiniPPM and Nakamoto say how concentrated the weight behind the ballots
	// was, 0 where nobody delegated.
	GiniPPM  uint32 `json:"gini_ppm"`
	Nakamoto uint64 `json:"nakamoto"`
}

// Participation shows an agent's part in the closed votes of one track, or of
// every track that has any, in order of their first close, if track is "".
// Refusals: refusal.ErrNotFound for the agent and the track.
func (s *State) Participation(key op.PublicKey, track string) ([]ParticipationView, error) {
	at, ok := s.agentAt[key]
	if !ok {
		return nil, refusal.New(refusal.ErrNotFound, "pubkey", "agent", "no agent with this key is registered")
	}
	if track != "" {
		i, err := s.trackRecorded(track)
		if err != nil {
			return nil, err
		}
		if i < 0 {
			return []ParticipationView{{VoterView: VoterView{Track: track}, Delegates: []DelegateUseView{}}}, nil
		}
		return []ParticipationView{s.participationView(at, i)}, nil
	}
	list := make([]ParticipationView, len(s.records))
	for i := range s.records {
		list[i] = s.participationView(at, i)
	}
	return list, nil
}

// DelegateReport shows what an agent did with the weight of others, for every
// track on which some was entrusted to it or taken back from it by a ballot, in
// order of the first close there.
// Refusals: refusal.ErrNotFound.
func (s *State) DelegateReport(key op.PublicKey) ([]DelegateView, error) {
	at, ok := s.agentAt[key]
	if !ok {
		return nil, refusal.New(refusal.ErrNotFound, "pubkey", "agent", "no agent with this key is registered")
	}
	list, looks := []DelegateView{}, maxTrustLooks
	for i := range s.records {
		t, d := s.trustIn(at, i, &looks), &delegateRecord{}
		if p := s.agents[at].partOf(i); p != nil && p.as != nil {
			d = p.as
		} else if t.entrusted == 0 {
			continue
		}
		list = append(list, DelegateView{VoterView: s.voterView(at, i), Entrusted: t.entrusted, Spoke: t.spoke, PassedOn: t.passedOn,
			Carried: d.carried, LastWeight: op.Weight(d.last), MostWeight: op.Weight(d.most), AverageWeight: op.Weight(d.average()),
			Overrides: d.overrides, Contrary: d.contrary})
	}
	return list, nil
}

// TrackParticipation shows the turnout of a track and at most limit of its
// closed votes, in order of their closes, from number from on; more tells
// whether the list goes on. Refusals: refusal.ErrNotFound for a track that is not in the
// constitution and never had a vote.
func (s *State) TrackParticipation(track string, from, limit int) (v TrackParticipationView, list []ClosedVoteView, more bool, err error) {
	i, err := s.trackRecorded(track)
	if err != nil {
		return v, nil, false, err
	}
	v, list = TrackParticipationView{Track: track, MovingPPM: s.turnout[track]}, []ClosedVoteView{}
	if i < 0 {
		return v, list, false, nil
	}
	r := &s.records[i]
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
	if i, ok := s.recordAt[track]; ok {
		return i, nil
	}
	if s.constitution.Track(track) == nil {
		return 0, refusal.New(refusal.ErrNotFound, "track", "track", "no track %+q in the constitution, and none of its votes was closed", track)
	}
	return -1, nil
}

func (s *State) closedVoteView(v *closedVote) ClosedVoteView {
	p := &s.proposals[v.proposal]
	c := p.close
	return ClosedVoteView{Proposal: p.id, Seq: p.closeSeq, TimeMs: p.life.ClosedMs, Passed: c.Passed,
		Eligible: c.Eligible, Counted: c.For + c.Against + c.Abstain, Delegated: c.Delegation.Delegated, TurnoutPPM: v.turnoutPPM,
		Registered: v.registered, Ballots: c.Ballots, Delegators: c.Delegation.Delegators, HeadsPPM: v.headsPPM,
		GiniPPM: c.Delegation.GiniPPM, Nakamoto: c.Delegation.Nakamoto}
}

func (s *State) participationView(at slot, track int) ParticipationView {
	v := ParticipationView{VoterView: s.voterView(at, track), Delegates: []DelegateUseView{}}
	delegated, uses := s.delegatesOf(at, track)
	v.Delegated = delegated
	for i := len(uses) - 1; i >= 0; i-- {
		v.Delegates = append(v.Delegates, DelegateUseView{Agent: s.agents[uses[i].to].key, Votes: uses[i].votes})
	}
	slices.SortStableFunc(v.Delegates, func(a, b DelegateUseView) int { return cmp.Compare(b.Votes, a.Votes) })
	return v
}

func (s *State) voterView(at slot, track int) VoterView {
	r := &s.records[track]
	votes, _ := r.latestVotes()
	v := VoterView{Track: r.name, Votes: len(votes)}
	for i := range votes {
		p := &s.proposals[votes[i].proposal]
		if s.snapshotWeight(p, at) == 0 {
			continue
		}
		v.Possible++
		if _, voted := p.ballotAt[at]; voted {
			v.Cast++
		}
	}
	v.TurnoutPPM = shareOf(uint64(v.Cast), uint64(v.Possible))
	if p := s.agents[at].partOf(track); p != nil {
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
