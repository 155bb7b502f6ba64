package view

import "github.com/econd/econd/node/op"

// Voter is how an agent votes on one track. All shares are rounded down, and
// 0 of nothing is 0.
type Voter struct {
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

// Participation is an agent's part in the closed votes of one track.
type Participation struct {
	Voter
	// Delegated is in how many of Votes the agent had weight, no ballot, and
	// delegations at the deadline. Delegates are those it gave some of it, the 64
	// of last, those given it most often first.
	Delegated uint64        `json:"delegated"`
	Delegates []DelegateUse `json:"delegates"`
}

// DelegateUse is one of an agent's delegates and the number of votes in
// which it was given weight.
type DelegateUse struct {
	Agent op.PublicKey `json:"agent"`
	Votes uint64       `json:"votes"`
}

// Delegate is what a delegate did with the weight of others on one track.
type Delegate struct {
	Voter
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

// TrackParticipation is the turnout of a track's closed votes.
type TrackParticipation struct {
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

// ClosedVote is the turnout of one vote.
type ClosedVote struct {
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
