package view

import "github.com/econd/econd/node/op"

// Explanation says why a proposal is in its state and what would change it: in
// figures for programs, in sentences for people. Sentences may hold texts by
// agents, such as the reason of a veto. Times are unix milliseconds, weights in
// the unit of the track's weight rule.
type Explanation struct {
	Proposal op.ID  `json:"proposal"`
	State    string `json:"state"`
	AtMs     int64  `json:"at_ms"`             // the instant explained
	NextMs   int64  `json:"next_ms,omitempty"` // last instant of the state, as things stand; 0 is open

	Collateral *CollateralExplained `json:"collateral,omitempty"`
	Vote       *VoteExplained       `json:"vote,omitempty"`       // from the start of the vote on
	Queue      *QueueExplained      `json:"queue,omitempty"`      // while queued
	Conviction *Conviction          `json:"conviction,omitempty"` // instead of Vote, on a conviction track

	Sentences []string `json:"sentences"`

	ReasonSeq uint64 `json:"-"` // entry of the reason, if that is to be recalled
	ReasonAt  int    `json:"-"` // the sentence that it ends
}

// CollateralExplained is what was asked of the proposer.
type CollateralExplained struct {
	AmountSat int64  `json:"amount_sat"`
	State     string `json:"state"`
	// PayByMs is until when the invoice can be paid at least: it runs from when
	// it was made, which comes after it was asked for.
	PayByMs int64 `json:"pay_by_ms,omitempty"`
}

// VoteExplained holds the count against the rules. While the vote runs it is as
// if it closed now, delegated weight included, which can still be recalled.
type VoteExplained struct {
	DeadlineMs int64     `json:"deadline_ms"` // a ballot at this instant counts
	For        op.Weight `json:"for"`
	Against    op.Weight `json:"against"`
	Abstain    op.Weight `json:"abstain"`
	Delegated  op.Weight `json:"delegated"` // included in the three
	// DelegatedLeftOut tells that delegated weight is not in the three, because the
	// vote runs and has more than 1,000 ballots and delegations to look at.
	DelegatedLeftOut bool `json:"delegated_left_out,omitempty"`

	Eligible op.Weight `json:"eligible"`

	// QuorumNeed is the least QuorumHave; absent where it followed the turnout
	// and the vote is closed, for the average has moved since.
	QuorumHave    op.Weight  `json:"quorum_have"`
	QuorumNeed    *op.Weight `json:"quorum_need,omitempty"`
	QuorumMissing op.Weight  `json:"quorum_missing"`

	// PassNeed is the least weight in favour, with as much against as there is
	// now; absent where none would do and in a vote between options.
	PassNeed    *op.Weight `json:"pass_need,omitempty"`
	PassMissing op.Weight  `json:"pass_missing"`

	Winner int64 `json:"winner,omitempty"` // of a closed vote between options
}

// QueueExplained is what happens to a proposal that passed.
type QueueExplained struct {
	ExecuteAfterMs int64 `json:"execute_after_ms"`
	GraceEndMs     int64 `json:"grace_end_ms"`              // last instant of execution
	OppositionMs   int64 `json:"opposition_ms"`             // what opposition added to the timelock
	PausedUntilMs  int64 `json:"paused_until_ms,omitempty"` // while the track is paused
	VetoUntilMs    int64 `json:"veto_until_ms,omitempty"`   // 0: nobody can veto it
	VetoesSigned   int   `json:"vetoes_signed"`             // by those who are guardians now
	VetoesNeeded   int   `json:"vetoes_needed"`
	// Refusal says why its actions would be refused as things stand.
	Refusal string `json:"refusal,omitempty"`
}
