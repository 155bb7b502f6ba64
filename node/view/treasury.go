package view

import "github.com/econd/econd/node/op"

// BudgetTerms say how much may be spent.
type BudgetTerms struct {
	Sat     int64 `json:"sat"`                     // in each period
	PeriodS int64 `json:"period_s" schema:"min=1"` // length of a period
	UntilMs int64 `json:"until_ms"`                // last instant
}

// Budget is what one agent may have spent from one pool.
type Budget struct {
	Agent op.PublicKey `json:"agent"`
	Pool  string       `json:"pool"`
	BudgetTerms
	SinceMs  int64  `json:"since_ms"` // start of the first period
	InForce  bool   `json:"in_force"`
	Proposal op.ID  `json:"proposal"`
	Seq      uint64 `json:"seq"`
}

// Pool is one pool and what it holds.
type Pool struct {
	Name     string `json:"name"`
	SharePpm int64  `json:"share_ppm"` // of forfeited sats
	Sat      int64  `json:"sat"`
}

// Grant is one grant as it is at a given instant.
type Grant struct {
	ID         string       `json:"id" schema:"is=GrantID"`
	Agent      op.PublicKey `json:"agent"`
	Pool       string       `json:"pool"`
	Sat        int64        `json:"sat"`                  // in all
	StartMs    int64        `json:"start_ms"`             // from when on it vests
	CliffMs    int64        `json:"cliff_ms"`             // first instant at which something can be drawn
	EndMs      int64        `json:"end_ms"`               // from then on all of it
	VestedSat  int64        `json:"vested_sat"`           // now, rounded down
	DrawnSat   int64        `json:"drawn_sat"`            // payouts under way included
	FreeSat    int64        `json:"free_sat"`             // vested and not drawn
	HeldSat    int64        `json:"held_sat"`             // neither drawn nor returned to the pool
	MinDrawSat int64        `json:"min_draw_sat"`         // least at once
	RevokedMs  int64        `json:"revoked_ms,omitempty"` // nothing vests after
	Proposal   op.ID        `json:"proposal"`
	Seq        uint64       `json:"seq"`
}

// Payout is one payout from a pool to an agent.
type Payout struct {
	ID        string       `json:"id" schema:"is=StableID"`
	Agent     op.PublicKey `json:"agent"`
	Pool      string       `json:"pool"`
	AmountSat int64        `json:"amount_sat"`
	FeeSat    int64        `json:"fee_limit_sat"` // set aside for the route
	Purpose   string       `json:"purpose"`
	Proposal  op.ID        `json:"proposal,omitzero"`
	Node      op.NodeKey   `json:"node,omitzero"` // where it is sent by keysend
	State     string       `json:"state" schema:"is=PayoutState"`
	UntilMs   int64        `json:"until_ms"` // last instant to claim
	Claims    int64        `json:"claims"`   // invoices named so far
	Preimage  op.Hash      `json:"preimage,omitzero"`
	FeeMsat   int64        `json:"fee_msat,omitempty" schema:"min=0"` // what the route cost
	Reason    string       `json:"reason,omitempty"`                  // of the last failure
	Seq       uint64       `json:"seq"`
	Grant     string       `json:"grant,omitempty" schema:"is=GrantID"` // that it was drawn from
}
