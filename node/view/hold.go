package view

import "github.com/econd/econd/node/op"

// Hold is one stake or collateral.
type Hold struct {
	ID           op.ID        `json:"id"`
	Agent        op.PublicKey `json:"agent"`
	Purpose      string       `json:"purpose"`            // stake, collateral, deposit, bond or juror-bond
	AmountSat    int64        `json:"amount_sat"`         // asked for
	PaidSat      int64        `json:"paid_sat,omitempty"` // locked: what is booked, even if it is more
	State        string       `json:"state"`
	Invoice      string       `json:"invoice,omitempty"`
	PaymentHash  *op.Hash     `json:"payment_hash,omitempty"`
	ExpiryHeight uint32       `json:"expiry_height,omitempty"`
	RequestedMs  int64        `json:"requested_ms"`
	LockedMs     int64        `json:"locked_ms,omitempty"`
	Reason       string       `json:"reason,omitempty"`
	Renews       op.ID        `json:"renews,omitzero"`     // the hold that it is to take the place of
	RenewedBy    op.ID        `json:"renewed_by,omitzero"` // the last that was to take its place
	Renewal      Renewal      `json:"renewal,omitzero"`    // while it is locked and can be renewed
}

// Renewal says when a locked hold has to be renewed.
type Renewal struct {
	// DueHeight is the block height from which it should be renewed.
	DueHeight uint32 `json:"due_height"`
	// EndHeight is that at which it ends if it was not: the renewal must be
	// locked before.
	EndHeight  uint32 `json:"end_height"`
	BlocksLeft uint32 `json:"blocks_left"` // until DueHeight, 0 once it is reached
	// EstimateMs is when DueHeight may be reached, at ten minutes a block from
	// now on. No more than an estimate: blocks come as they come.
	EstimateMs int64 `json:"estimate_ms"`
	// AtRisk says that the sats are forfeited if it is not renewed, as things
	// stand, instead of returned.
	AtRisk bool `json:"at_risk"`
}
