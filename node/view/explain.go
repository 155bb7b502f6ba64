package view

import "github.com/econd/econd/node/op"

// Explanation says why a proposal is in its state and what would change it: in
// figures for programs, in sentences for people. Sentences may hold texts by
// agents, such as the reason of a veto. Weights are in the unit of the track's
// weight rule.
type Explanation struct {
	Proposal op.ID  `json:"proposal"`
	State    string `json:"state" schema:"is=ProposalState"`
	AtMs     int64  `json:"at_ms"`             // the instant explained
	NextMs   int64  `json:"next_ms,omitempty"` // last instant of the state, as things stand; absent where none is foreseen

	Collateral *CollateralExplained `json:"collateral,omitempty"`
	Vote       *VoteExplained       `json:"vote,omitempty"`       // from the start of the vote on
	Queue      *QueueExplained      `json:"queue,omitempty"`      // while queued
	Conviction *Conviction          `json:"conviction,omitempty"` // in place of Vote, on a conviction track

	Sentences []string `json:"sentences" schema:"min=1"`

	ReasonSeq uint64 `json:"-"` // entry of the reason, if that is to be recalled
	ReasonAt  int    `json:"-"` // the sentence that it ends
}

// CollateralExplained is what was asked of the proposer.
type CollateralExplained struct {
	AmountSat int64  `json:"amount_sat"`
	State     string `json:"state" schema:"is=HoldState"`
	// Until when the invoice can be paid at least: it runs from when it was made,
	// which comes after it was asked for.
	PayByMs int64 `json:"pay_by_ms,omitempty"`
}

// VoteExplained holds the count against the rules. While the vote runs it is as
// if it closed now, delegated weight included, which can still be recalled.
type VoteExplained struct {
	DeadlineMs int64     `json:"deadline_ms"` // a ballot at this instant counts
	For        op.Weight `json:"for"`
	Against    op.Weight `json:"against"`
	Abstain    op.Weight `json:"abstain"`
	Delegated  op.Weight `json:"delegated"` // included in the three: For, Against and Abstain
	// Delegated weight is not in the three: the vote runs and has more than 1,000
	// ballots and delegations to look at.
	DelegatedLeftOut bool `json:"delegated_left_out,omitempty"`

	Eligible op.Weight `json:"eligible"`

	QuorumHave op.Weight `json:"quorum_have"`
	// The least QuorumHave; absent where it followed the turnout and the vote is
	// closed, for the average has moved since.
	QuorumNeed    *op.Weight `json:"quorum_need,omitempty"`
	QuorumMissing op.Weight  `json:"quorum_missing"`

	// Least weight in favour, with as much against as there is now; absent where
	// none would do and in a vote between options.
	PassNeed    *op.Weight `json:"pass_need,omitempty"`
	PassMissing op.Weight  `json:"pass_missing"`

	Winner int64 `json:"winner,omitempty" schema:"min=1,max=64"` // number of the option that won a closed vote
}

// QueueExplained is what happens to a proposal that passed.
type QueueExplained struct {
	ExecuteAfterMs int64 `json:"execute_after_ms"`
	GraceEndMs     int64 `json:"grace_end_ms"`                 // last instant of execution
	OppositionMs   int64 `json:"opposition_ms" schema:"min=0"` // what opposition added to the timelock
	PausedUntilMs  int64 `json:"paused_until_ms,omitempty"`    // while the track is paused
	VetoUntilMs    int64 `json:"veto_until_ms,omitempty"`      // absent where nobody can veto it
	VetoesSigned   int   `json:"vetoes_signed"`                // by those who are guardians now
	VetoesNeeded   int   `json:"vetoes_needed" schema:"min=1"`
	// Why its actions would be refused as things stand.
	Refusal string `json:"refusal,omitempty"`
}
