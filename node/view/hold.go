package view

import "github.com/econd/econd/node/op"

// Hold is what an agent has locked, or was asked to lock, for one purpose.
type Hold struct {
	ID           op.ID        `json:"id"`
	Agent        op.PublicKey `json:"agent"`
	Purpose      string       `json:"purpose" schema:"is=HoldPurpose"`
	AmountSat    int64        `json:"amount_sat"`         // what is asked for
	PaidSat      int64        `json:"paid_sat,omitempty"` // what was locked, once it was: all of it counts and is booked, also what was paid beyond AmountSat
	State        string       `json:"state" schema:"is=HoldState"`
	Invoice      string       `json:"invoice,omitempty"` // the hold invoice to pay (BOLT 11), until the hold has ended
	PaymentHash  *op.Hash     `json:"payment_hash,omitempty"`
	ExpiryHeight uint32       `json:"expiry_height,omitempty"` // lowest height at which an HTLC of the hold ends
	LatestExpiry uint32       `json:"latest_expiry,omitempty"` // height up to which an HTLC of it is counted, at its lock or by now; one that ends later is stated as ending there
	RequestedMs  int64        `json:"requested_ms"`
	LockedMs     int64        `json:"locked_ms,omitempty"`
	Reason       string       `json:"reason,omitempty"`    // of its end
	Renews       op.ID        `json:"renews,omitzero"`     // the hold that it is to take the place of
	RenewedBy    op.ID        `json:"renewed_by,omitzero"` // the last one that was to take its place
	Renewal      Renewal      `json:"renewal,omitzero"`    // while it is locked and can be renewed

	// Confirmed says, while it is locked, whose word that is: agent (its own node holds it),
	// renewal (it confirmed the hold before) or operator (nobody else's).
	Confirmed   string   `json:"confirmed,omitempty" schema:"is=HoldConfirmed"`
	AgentSays   LockSaid `json:"agent_says,omitzero"`
	Contradicts string   `json:"contradicts,omitempty" schema:"is=HoldContradiction"` // in what agent_says contradicts the operator: lock, amount, expiry or end
}

// LockSaid is what a hold's agent said last of the HTLCs that its own Lightning node holds.
type LockSaid struct {
	Seq          uint64 `json:"seq"` // the entry
	TimeMs       int64  `json:"time_ms"`
	AmountSat    int64  `json:"amount_sat"`
	ExpiryHeight uint32 `json:"expiry_height"`
}

// HoldProof proves that the log offers a hold, and whose node the log says is the
// operator's. Both proofs lead to one checkpoint. Package offer checks it.
type HoldProof struct {
	Genesis ProvenEntry `json:"genesis"` // entry 0
	Offered ProvenEntry `json:"offered"` // the fact hold-offered, with the invoice
}

// ProvenEntry is an entry and the C2SP tlog-proof of its place in the log.
type ProvenEntry struct {
	Entry     op.Raw `json:"entry" schema:"is=Entry"` // the canonical entry, byte for byte
	TlogProof string `json:"tlog_proof"`
}

// Renewal says when a locked hold has to be renewed.
type Renewal struct {
	DueHeight  uint32 `json:"due_height"`  // height from which it should be renewed
	EndHeight  uint32 `json:"end_height"`  // height at which it ends if no renewal was locked before
	BlocksLeft uint32 `json:"blocks_left"` // until DueHeight, 0 once it is reached
	// When DueHeight may be reached, at ten minutes a block from now on: an
	// estimate.
	EstimateMs int64 `json:"estimate_ms"`
	// As things stand the sats are forfeited at EndHeight, instead of returned.
	AtRisk bool `json:"at_risk"`
}
