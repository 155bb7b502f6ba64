package node

import (
	"context"
	"time"

	"github.com/econd/econd/node/op"
)

// PaymentStatus is what the Lightning node says about a payment of its own.
type PaymentStatus uint8

// Statuses of a payment.
const (
	PaymentUnknown   PaymentStatus = iota // it has no such payment: nothing was sent
	PaymentInFlight                       // under way
	PaymentSucceeded                      // the payee has been paid
	PaymentFailed                         // over, with nothing under way
)

// Payment is the state of one payment.
type Payment struct {
	Status   PaymentStatus
	Preimage op.Hash // of a succeeded one
	FeeMsat  int64   // what its route cost
	Reason   string  // why it failed, or why it was not sent
}

// PaymentRequest is a payment with all its bounds: of an invoice, or to a node
// that asked for nothing.
type PaymentRequest struct {
	PaymentHash  op.Hash
	Invoice      string     // BOLT11; empty: keysend
	Node         op.NodeKey // of a keysend
	Preimage     op.Hash    // of a keysend; hashes to PaymentHash
	AmountMsat   int64
	FeeLimitMsat int64
	Label        string // travels with the payment where the invoice allows it
}

// Payments is what the node needs to pay. An error of either method means that
// nobody knows what became of the payment.
type Payments interface {
	// TrackPayment tells at once what is known of a payment.
	TrackPayment(ctx context.Context, hash op.Hash) (Payment, error)
	// SendPayment pays and waits for the end, or for the end of ctx, which
	// does not end the payment. The same request again is the same payment as
	// long as it is under way or has succeeded; after a failure it is a new
	// one. PaymentUnknown means that it was refused before anything was sent.
	SendPayment(ctx context.Context, r PaymentRequest) (Payment, error)
}

// DeliveryOutcome is what came of one attempt to deliver a webhook.
type DeliveryOutcome uint8

// Outcomes of an attempt.
const (
	DeliveryUnsure  DeliveryOutcome = iota // not taken, or nobody knows: try again
	DeliveryDone                           // taken
	DeliveryRefused                        // never to be tried again
)

// Delivery is one attempt to deliver a webhook.
type Delivery struct {
	Outcome    DeliveryOutcome
	Status     int           // of the HTTP answer; 0 if there was none
	Reason     string        // why it was not taken
	RetryAfter time.Duration // for which the receiver wants to be left alone
}

// Webhooks delivers JSON documents. The id is the same for every attempt at one
// document, so that a receiver takes it once.
type Webhooks interface {
	Deliver(ctx context.Context, id, url string, body []byte) Delivery
}
