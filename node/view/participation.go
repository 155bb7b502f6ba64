package view

import "github.com/econd/econd/node/op"

// Voter is how an agent votes on one track. All shares are rounded down, and
// 0 of nothing is 0.
type Voter struct {
	Track      string `json:"track"`
	Votes      int    `json:"votes" schema:"max=1000"` // closed votes looked at: the track's latest
	Possible   int    `json:"possible"`                // of Votes, those in whose snapshot the agent had weight
	Cast       int    `json:"cast"`                    // of Possible, those in which it has a ballot
	TurnoutPPM uint32 `json:"turnout_ppm"`             // share of Cast in Possible, rounded down; 0 if none was possible

	Ballots      uint64 `json:"ballots"`       // in all closed votes since the genesis
	Agreed       uint64 `json:"agreed"`        // of the ballots, those that wanted what was decided
	Differed     uint64 `json:"differed"`      // of the ballots, those that wanted the opposite
	AgreementPPM uint32 `json:"agreement_ppm"` // share of Agreed in Agreed and Differed, rounded down; 0 if both are 0
}

// Participation is an agent's part in the closed votes of one track.
type Participation struct {
	Voter
	// Of Votes, those in which the agent had weight, no ballot, and delegations at
	// the deadline.
	Delegated uint64 `json:"delegated"`
	// Those it gave some of its weight, the 64 of last, those given it most often
	// first.
	Delegates []DelegateUse `json:"delegates" schema:"max=64"`
}

// DelegateUse is one of an agent's delegates.
type DelegateUse struct {
	Agent op.PublicKey `json:"agent"`
	Votes uint64       `json:"votes" schema:"min=1"` // in which it was given weight
}

// Delegate is what a delegate did with the weight of others on one track. At most
// 2,000 delegations are looked at to find weight that no ballot spoke with.
type Delegate struct {
	Voter
	Entrusted uint64 `json:"entrusted"` // of Votes, those in which weight of others was with the agent
	Spoke     uint64 `json:"spoke"`     // of Entrusted, those in which it has a ballot
	PassedOn  uint64 `json:"passed_on"` // of Entrusted, those that it left to a delegate of its own; in the rest it was silent

	Carried       uint64    `json:"carried"`        // votes in which its ballot spoke with weight of others, after the track's cap
	LastWeight    op.Weight `json:"last_weight"`    // that weight, in the last of these votes
	MostWeight    op.Weight `json:"most_weight"`    // the most of it in one of them
	AverageWeight op.Weight `json:"average_weight"` // rounded down

	Overrides uint64 `json:"overrides"` // ballots of agents that had a delegation to this one at the deadline
	Contrary  uint64 `json:"contrary"`  // of Overrides, those for where its own ballot was against, or the reverse
}

// TrackParticipation is the turnout of a track's closed votes.
type TrackParticipation struct {
	Track      string `json:"track"`
	Votes      int    `json:"votes"`       // closed votes of the track
	Passed     uint64 `json:"passed"`      // of Votes
	TurnoutPPM uint32 `json:"turnout_ppm"` // mean over all of them, rounded down
	HeadsPPM   uint32 `json:"heads_ppm"`   // mean over all of them, rounded down
	MovingPPM  uint32 `json:"moving_ppm"`  // moving average that quorum rules of the kind turnout look at
}

// ClosedVote is the turnout of one vote.
type ClosedVote struct {
	Proposal op.ID  `json:"proposal"`
	Seq      uint64 `json:"seq"`     // close entry
	TimeMs   int64  `json:"time_ms"` // of that entry
	Passed   bool   `json:"passed"`

	Eligible   op.Weight `json:"eligible"`
	Counted    op.Weight `json:"counted"` // delegated weight included
	Delegated  op.Weight `json:"delegated"`
	TurnoutPPM uint32    `json:"turnout_ppm"` // share of Counted in Eligible, rounded down

	Registered int    `json:"registered"` // agents registered before the vote started that had not left, with weight or without
	Ballots    uint64 `json:"ballots"`
	Delegators uint64 `json:"delegators"`
	HeadsPPM   uint32 `json:"heads_ppm"` // share of Ballots and Delegators in Registered, rounded down

	GiniPPM  uint32 `json:"gini_ppm"` // of the weight behind the ballots; 0 where nobody delegated
	Nakamoto uint64 `json:"nakamoto"` // least number of ballots with more than half of the weight; 0 where nobody delegated
}
