package op

// Claim (3914) names the BOLT11 invoice that a payout to the signer is paid by.
// It must be over exactly the payout's amount. A failed payment can be claimed
// again with another invoice.
type Claim struct {
	Payout  string `json:"payout"`
	Invoice string `json:"invoice"`
}

// Deposit (3915) pays sats into a pool: econd answers with a hold invoice, which
// it settles as soon as it is paid. Its id is the event's id.
type Deposit struct {
	Pool      string `json:"pool"`
	AmountSat int64  `json:"amount_sat" schema:"min=1"`
}

// PaymentSent (3964) answers a pay or keysend effect: the payee has the sats.
type PaymentSent struct {
	Effect   string `json:"effect"`
	Payout   string `json:"payout"`
	Preimage Hash   `json:"preimage"`
	FeeMsat  int64  `json:"fee_msat" schema:"min=0"` // what the route cost
}

// PaymentFailed (3965) answers a pay or keysend effect: the payment failed for
// good and nothing is under way.
type PaymentFailed struct {
	Effect string `json:"effect"`
	Payout string `json:"payout"`
	Reason string `json:"reason" schema:"min=1,max=500"` // 1 to 500 bytes
}

// ClaimLapse (3966): nobody claimed a payout in time; the sats stay in the
// pool.
type ClaimLapse struct {
	Payout string `json:"payout"`
}

// WebhookDelivered (3967) answers a webhook effect: the receiver took it.
type WebhookDelivered struct {
	Effect string `json:"effect"`
	Status int64  `json:"status" schema:"min=200,max=299"` // of HTTP, 200 to 299
}

// WebhookFailed (3968) answers a webhook effect: the receiver refused it, or
// did not take it in all the tries.
type WebhookFailed struct {
	Effect string `json:"effect"`
	Reason string `json:"reason" schema:"min=1,max=500"` // 1 to 500 bytes
}
