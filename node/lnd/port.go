package lnd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/op"
)

// The client is what the node asks of its Lightning node.
var (
	_ node.Lightning = (*Client)(nil)
	_ node.Chain     = (*Client)(nil)
	_ node.Payments  = (*Client)(nil)
	_ node.Listing   = (*Client)(nil)
)

// Bounds of every payment that the node asks for, beside its fee limit.
const (
	payCltvLimit = 1008 // blocks: a payment hangs for a week at most
	payTimeout   = time.Minute
	payParts     = 16
)

// statuses says what of an outcome the node has to know. What was not sent and what
// LND does not know are one to it; of PayUnknown there is no status, but an error.
var statuses = map[Outcome]node.PaymentStatus{
	PayInFlight:  node.PaymentInFlight,
	PaySucceeded: node.PaymentSucceeded,
	PayFailed:    node.PaymentFailed,
}

// TrackPayment implements node.Payments.
func (c *Client) TrackPayment(ctx context.Context, hash op.Hash) (node.Payment, error) {
	known, err := c.Track(ctx, hash)
	if err != nil {
		return node.Payment{}, err
	}
	return known.forNode(), nil
}

// SendPayment implements node.Payments.
func (c *Client) SendPayment(ctx context.Context, r node.PaymentRequest) (node.Payment, error) {
	sent, err := c.sendFor(ctx, r)
	switch {
	case err != nil && ctx.Err() != nil: // LND goes on with it
		return node.Payment{}, fmt.Errorf("the payment has not ended yet: %w", ctx.Err())
	case err != nil && (sent.Outcome != PayNotSent || !aboutPayment(err)):
		return node.Payment{}, err
	case err != nil:
		return node.Payment{Status: node.PaymentUnknown, Reason: err.Error()}, nil
	case sent.PaymentHash != r.PaymentHash:
		return node.Payment{}, fmt.Errorf("LND paid payment hash %x, %s was asked for", sent.PaymentHash, r.PaymentHash)
	}
	return sent.forNode(), nil
}

func (c *Client) sendFor(ctx context.Context, r node.PaymentRequest) (Payment, error) {
	if r.Invoice == "" {
		return c.Keysend(ctx, KeysendRequest{Dest: r.Node, Preimage: Preimage(r.Preimage), AmountMsat: r.AmountMsat,
			FeeLimitMsat: r.FeeLimitMsat, CltvLimit: payCltvLimit, Timeout: payTimeout, Label: r.Label})
	}
	return c.Pay(ctx, PayRequest{Invoice: r.Invoice, AmountMsat: r.AmountMsat, FeeLimitMsat: r.FeeLimitMsat,
		CltvLimit: payCltvLimit, Timeout: payTimeout, MaxParts: payParts, Label: r.Label})
}

// aboutPayment tells whether a refusal says something of the payment itself,
// and not of the way to LND.
func aboutPayment(err error) bool {
	return !errors.Is(err, node.ErrLightningAway) && !errors.Is(err, ErrPermission) && !errors.Is(err, ErrNotConfigured)
}

func (p Payment) forNode() node.Payment {
	return node.Payment{Status: statuses[p.Outcome], Preimage: op.Hash(p.Preimage), FeeMsat: p.FeeMsat, Reason: p.Reason}
}
