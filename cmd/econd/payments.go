package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/lnd"
	"github.com/econd/econd/node/op"
)

// Bounds of every payment from the pools, besides its fee limit.
const (
	payCltvLimit = 1008 // blocks: a payment hangs for a week at most
	payTimeout   = time.Minute
	payParts     = 16
)

// paymentsPort makes the LND adapter the node's Payments.
type paymentsPort struct{ *lightningPort }

// payments is nil without a macaroon to pay with.
func (d *daemon) payments() node.Payments {
	if d.cfg.LND.PayMacaroon == "" {
		d.log.Info("payments are off: lnd.pay_macaroon is empty; what proposals pay stays pending")
		return nil
	}
	return paymentsPort{d.lightning}
}

func (p paymentsPort) TrackPayment(ctx context.Context, hash op.Hash) (node.Payment, error) {
	known, err := p.client.Track(ctx, hash)
	if err := p.noted(err); err != nil {
		return node.Payment{}, err
	}
	return paymentFrom(known), nil
}

func (p paymentsPort) SendPayment(ctx context.Context, r node.PaymentRequest) (node.Payment, error) {
	sent, err := p.send(ctx, r)
	switch {
	case err != nil && ctx.Err() != nil: // LND goes on with it
		return node.Payment{}, fmt.Errorf("the payment has not ended yet: %w", ctx.Err())
	case err != nil && (sent.Outcome != lnd.PayNotSent || !aboutPayment(err)):
		return node.Payment{}, p.noted(err)
	case err != nil:
		_ = p.noted(nil) // LND is there: it refused
		return node.Payment{Status: node.PaymentUnknown, Reason: err.Error()}, nil
	case sent.PaymentHash != r.PaymentHash:
		return node.Payment{}, fmt.Errorf("LND paid payment hash %x, %s was asked for", sent.PaymentHash, r.PaymentHash)
	}
	return paymentFrom(sent), p.noted(nil)
}

// aboutPayment tells whether a refusal says something of the payment itself,
// and not of the way to LND.
func aboutPayment(err error) bool {
	return !errors.Is(err, lnd.ErrUnavailable) && !errors.Is(err, lnd.ErrPermission) && !errors.Is(err, lnd.ErrNotConfigured)
}

func (p paymentsPort) send(ctx context.Context, r node.PaymentRequest) (lnd.Payment, error) {
	if r.Invoice == "" {
		return p.client.Keysend(ctx, lnd.KeysendRequest{Dest: r.Node, Preimage: lnd.Preimage(r.Preimage), AmountMsat: r.AmountMsat,
			FeeLimitMsat: r.FeeLimitMsat, CltvLimit: payCltvLimit, Timeout: payTimeout, Label: r.Label})
	}
	return p.client.Pay(ctx, lnd.PayRequest{Invoice: r.Invoice, AmountMsat: r.AmountMsat, FeeLimitMsat: r.FeeLimitMsat,
		CltvLimit: payCltvLimit, Timeout: payTimeout, MaxParts: payParts, Label: r.Label})
}

func paymentFrom(p lnd.Payment) node.Payment {
	out := node.Payment{Preimage: op.Hash(p.Preimage), FeeMsat: p.FeeMsat, Reason: p.Reason}
	switch p.Outcome {
	case lnd.PayInFlight:
		out.Status = node.PaymentInFlight
	case lnd.PaySucceeded:
		out.Status = node.PaymentSucceeded
	case lnd.PayFailed:
		out.Status = node.PaymentFailed
	}
	return out
}
