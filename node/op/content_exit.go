package op

// Exit (3926) announces that the signer leaves the economy when a decision that it
// voted against is executed, with its share of the refundable pools. The key can
// do nothing afterwards but claim what it is owed. If the decision comes to
// nothing, so does the announcement; but if it fails because too many leave by it,
// they leave without a share.
type Exit struct {
	Proposal ID `json:"proposal"`
	// LeastSat is the least that the payouts must come to when this is entered; 0
	// leaves for whatever there is.
	LeastSat int64 `json:"least_sat,omitempty" schema:"min=0"`
}
