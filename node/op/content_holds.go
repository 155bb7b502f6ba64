package op

// HoldConfirmed (3927) says that the signer's own Lightning node holds the HTLCs of one of its
// holds, in flight: what that node shows of the payment, not what the log says of it. Known from
// version 2 of the rules on.
type HoldConfirmed struct {
	Hold         ID     `json:"hold"`
	PaymentHash  Hash   `json:"payment_hash"`
	AmountSat    int64  `json:"amount_sat" schema:"min=1"` // that arrive, without the fees of the route; whole sats
	ExpiryHeight uint32 `json:"expiry_height"`             // lowest at which an HTLC ends at the node that is paid
}
