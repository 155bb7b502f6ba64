package view

import "github.com/econd/econd/node/op"

// Brief is what a notice says of a proposal.
type Brief struct {
	ID       op.ID
	Track    string
	Proposer op.PublicKey
	Title    string
	Seq      uint64

	VoteStartMs  int64 // 0 without a vote so far
	FirstEndMs   int64 // deadline without any extension
	DeadlineMs   int64 // last instant at which a ballot counts
	ExecuteAfter int64 // end of the timelock, 0 if not queued
}

// ProposalOutline is one proposal in a list.
type ProposalOutline struct {
	ID         op.ID
	Track      string
	Title      string
	State      string
	DeadlineMs int64 // of its vote, 0 without one so far
	ByRule     string
	Options    bool // the vote chooses between options
	Conviction bool // For is the stake behind it

	For, Against, Abstain, Eligible op.Weight // of ballots, or of the close
	Ballots                         int
}

// DisputeOutline is one dispute in a list.
type DisputeOutline struct {
	ID         op.ID
	Proposal   op.ID
	Title      string // of the proposal
	Ground     string
	State      string
	Challenger op.PublicKey
	Rounds     int
	LockedMs   int64
	EndedMs    int64
}
