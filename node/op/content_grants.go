package op

// DrawGrant (3916) asks for sats of a grant that the signer receives, out of
// what has vested and was not drawn before. It makes a payout, which the signer
// claims with an invoice, or gets by keysend at one of its bound nodes.
type DrawGrant struct {
	Grant string  `json:"grant"`
	Sat   int64   `json:"sat" schema:"min=1"`
	Node  NodeKey `json:"node,omitzero"`
}
