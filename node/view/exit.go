package view

import "github.com/econd/econd/node/op"

// Exits says how many agents left for a proposal, and how many may. Stakes
// are in sats.
type Exits struct {
	Count   int    `json:"count"`
	LeftSat uint64 `json:"left_sat"` // stakes of those who leave by it, as far as they count
	// ElsewhereSat are the stakes of those who left by other proposals since the
	// vote started; both together must not exceed MostSat. Those who left because
	// they made one fail are not among them.
	ElsewhereSat uint64 `json:"elsewhere_sat"`
	// MarkSat is the high-water mark of all locked stake from the start of the
	// vote to its close. With more than MostSat of it gone the execution fails.
	MarkSat uint64 `json:"mark_sat"`
	MostSat uint64 `json:"most_sat"`
}

// ExitQuote is what leaving would bring an agent now: by stake, OwnSat over OfSat
// of each pool; by what was brought in, what is left in each pool of what the
// agent brought there.
type ExitQuote struct {
	Proposal op.ID        `json:"proposal"`
	Agent    op.PublicKey `json:"agent"`
	Share    string       `json:"share"`   // stake or brought-in
	OwnSat   uint64       `json:"own_sat"` // least that was locked all the time that counts, or brought into the pools
	OfSat    uint64       `json:"of_sat"`  // all that is locked, or that came in
	Payouts  []ExitShare  `json:"payouts"`
	// Refusal says why the agent cannot leave now, and by which rule; absent
	// where it can.
	Refusal string `json:"refusal,omitempty"`
}

// ExitShare is what would be paid from one pool. What the route may cost is set
// aside beside it, out of the same share.
type ExitShare struct {
	Pool        string `json:"pool"`
	AmountSat   int64  `json:"amount_sat"`
	FeeLimitSat int64  `json:"fee_limit_sat"`
}
