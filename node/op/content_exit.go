package op

// Exit (3926) leaves the economy before a decision that the signer voted against
// is executed, with its share of the refundable pools. The key can do nothing
// afterwards but claim what it is owed.
type Exit struct {
	Proposal ID `json:"proposal"`
}
