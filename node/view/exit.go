package view

import "github.com/econd/econd/node/op"

// Exits says who leaves when a proposal is executed and who may, on tracks with
// rage_quit once the vote is closed.
type Exits struct {
	Count   int    `json:"count"`
	LeftSat uint64 `json:"left_sat"` // stakes of those who leave by it, as far as they count
	// Stakes of those who left by other proposals since the vote started, but not
	// of those who left because they made one fail.
	ElsewhereSat uint64 `json:"elsewhere_sat"`
	// High-water mark of all locked stake from the start of the vote to its close.
	MarkSat uint64 `json:"mark_sat"`
	// With more of MarkSat gone, LeftSat and ElsewhereSat together, the execution
	// fails; with more than that in LeftSat alone its leavers leave without a
	// share.
	MostSat uint64 `json:"most_sat"`
}

// ExitQuote is what leaving would bring an agent now. By stake its share of each
// pool is OwnSat over OfSat; by what was brought in it is what is left in each pool
// of what the agent brought there.
type ExitQuote struct {
	Proposal op.ID        `json:"proposal"`
	Agent    op.PublicKey `json:"agent"`
	Share    string       `json:"share" schema:"enum=stake|brought-in"` // what the share rests on
	// By stake, the least that was locked all the time that counts; else what the
	// agent brought into the pools that are shared.
	OwnSat uint64 `json:"own_sat"`
	// By stake, all that is locked; else all that came into these pools.
	OfSat   uint64      `json:"of_sat"`
	Payouts []ExitShare `json:"payouts"`
	// Why the agent cannot leave now, and by which rule; absent where it can.
	Refusal string `json:"refusal,omitempty"`
}

// ExitShare is what would be paid from one pool.
type ExitShare struct {
	Pool        string `json:"pool"`
	AmountSat   int64  `json:"amount_sat"`
	FeeLimitSat int64  `json:"fee_limit_sat"` // set aside for the route, out of the same share
}
