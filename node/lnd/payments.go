package lnd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/routerrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/econd/econd/node"
)

// Outcome is what is known of a payment. The zero value is the careful one.
type Outcome int

// The outcomes. Money set aside for a payment may be freed only on PayFailed
// and PayNotSent; on PayNotFound only after repeated answers over a grace
// period, and is spent on PaySucceeded.
const (
	// PayUnknown: LND did not answer. It may be under way.
	PayUnknown Outcome = iota

	// PayNotSent: refused before anything was tried.
	PayNotSent

	// PayNotFound: LND knows no such payment. Directly after a crash of
	// either side the same request should be sent again.
	PayNotFound

	// PayInFlight: under way.
	PayInFlight

	// PaySucceeded: the payee has been paid, the preimage proves it.
	PaySucceeded

	// PayFailed: over, with nothing in flight.
	PayFailed
)

// String returns the outcome's name.
func (o Outcome) String() string {
	switch o {
	case PayNotSent:
		return "not sent"
	case PayNotFound:
		return "not found"
	case PayInFlight:
		return "in flight"
	case PaySucceeded:
		return "succeeded"
	case PayFailed:
		return "failed"
	}
	return "unknown"
}

// PayRequest is a payment with all its bounds.
type PayRequest struct {
	// Invoice is BOLT 11.
	Invoice string

	// AmountMsat must equal the invoice's amount, or give one where the
	// invoice has none.
	AmountMsat int64

	// FeeLimitMsat is the most that the route may cost.
	FeeLimitMsat int64

	// CltvLimit bounds how long the payment can be stuck, in blocks. 0
	// leaves it to LND.
	CltvLimit uint32

	// Timeout is how long LND looks for a route, in whole seconds.
	Timeout time.Duration

	// MaxParts is the most parts that it may be split into.
	MaxParts uint32

	// Label is written into the payment as PayoutRecord, where the invoice
	// takes records, and found again by ListPayments.
	Label string
}

func (r PayRequest) check() error {
	switch {
	case r.Invoice == "":
		return fmt.Errorf("%w: Invoice is empty", ErrInvalid)
	case r.AmountMsat <= 0:
		return fmt.Errorf("%w: AmountMsat %d is not positive", ErrInvalid,
			r.AmountMsat)
	case r.FeeLimitMsat < 0:
		return fmt.Errorf("%w: FeeLimitMsat %d is negative", ErrInvalid,
			r.FeeLimitMsat)
	case r.Timeout < time.Second || r.Timeout > time.Hour:
		return fmt.Errorf("%w: Timeout %v is not from a second to an hour",
			ErrInvalid, r.Timeout)
	case r.MaxParts == 0:
		return fmt.Errorf("%w: MaxParts is 0", ErrInvalid)
	case r.CltvLimit > 1<<16:
		return fmt.Errorf("%w: CltvLimit %d is above 65536", ErrInvalid,
			r.CltvLimit)
	}
	return nil
}

// Payment is what is known of a payment.
type Payment struct {
	Outcome Outcome

	// PaymentHash is set except for PayNotSent.
	PaymentHash [32]byte

	// Preimage and FeeMsat are set for PaySucceeded.
	Preimage Preimage
	FeeMsat  int64

	// Reason is LND's word for why it failed, for PayFailed.
	Reason string
}

// Preimage is a secret until its payment is settled; its String hides it.
type Preimage [32]byte

// String hides the secret.
func (Preimage) String() string { return "preimage" }

// GoString hides the secret.
func (Preimage) GoString() string { return "preimage" }

// Pay sends a payment and waits for its end. It may be called again with the
// same request after any outcome and any crash: LND pays an invoice once. One
// that failed is tried anew, so look at Track first where that is not wanted.
// The caller stores its intent first, and afterwards what Outcome allows. An
// error says why the outcome is not the wished-for one; PayFailed and
// PayInFlight come without.
func (c *Client) Pay(ctx context.Context, r PayRequest) (Payment, error) {
	if c.router == nil {
		return Payment{Outcome: PayNotSent}, notConfigured(RolePay)
	}
	if err := r.check(); err != nil {
		return Payment{Outcome: PayNotSent}, err
	}
	hash, terms, err := c.decode(ctx, r)
	if err != nil {
		return Payment{Outcome: PayNotSent}, err
	}
	req := &routerrpc.SendPaymentRequest{
		PaymentRequest:    r.Invoice,
		FeeLimitMsat:      r.FeeLimitMsat,
		CltvLimit:         int32(r.CltvLimit),
		TimeoutSeconds:    int32(r.Timeout / time.Second),
		MaxParts:          r.MaxParts,
		NoInflightUpdates: true,
	}
	if terms.amountless {
		req.AmtMsat = r.AmountMsat
	}
	if terms.records && r.Label != "" {
		req.DestCustomRecords = map[uint64][]byte{PayoutRecord: []byte(r.Label)}
	}
	return c.send(ctx, "pay", hash, req)
}

// send hands a payment to LND and waits for its end.
func (c *Client) send(ctx context.Context, doing string, hash [32]byte,
	req *routerrpc.SendPaymentRequest) (Payment, error) {

	stream, err := c.router.SendPaymentV2(ctx, req)
	if err != nil {
		return c.unsure(ctx, hash, doing, err)
	}
	p, err := stream.Recv()
	if err != nil {
		return c.unsure(ctx, hash, doing, err)
	}
	return payment(hash, p)
}

// invoiceTerms is what of an invoice decides how it is paid.
type invoiceTerms struct {
	amountless bool
	records    bool // the payee takes custom records
}

// decode asks LND what the invoice says and holds it against the request.
func (c *Client) decode(ctx context.Context, r PayRequest) (hash [32]byte,
	terms invoiceTerms, err error) {

	ctx, cancel := c.call(ctx)
	defer cancel()
	inv, err := c.payLightning.DecodePayReq(ctx,
		&lnrpc.PayReqString{PayReq: r.Invoice})
	if err != nil {
		return hash, terms, wrap("decode invoice", err)
	}
	raw, err := hex.DecodeString(inv.PaymentHash)
	if err != nil || len(raw) != len(hash) {
		return hash, terms, errors.New("lnd: decode invoice: payment hash " +
			"of an unexpected form")
	}
	if inv.NumMsat != 0 && inv.NumMsat != r.AmountMsat {
		return hash, terms, fmt.Errorf("%w: the invoice asks for %d msat, "+
			"AmountMsat is %d", ErrInvalid, inv.NumMsat, r.AmountMsat)
	}
	terms.amountless = inv.NumMsat == 0
	// LND refuses records for a payee that does not say it takes them.
	_, must := inv.Features[uint32(lnrpc.FeatureBit_TLV_ONION_REQ)]
	_, may := inv.Features[uint32(lnrpc.FeatureBit_TLV_ONION_OPT)]
	terms.records = (must || may) && len(inv.BlindedPaths) == 0
	return [32]byte(raw), terms, nil
}

// unsure finds out what a failed send or its lost answer means.
func (c *Client) unsure(ctx context.Context, hash [32]byte, doing string,
	err error) (Payment, error) {

	p := Payment{PaymentHash: hash}
	wrapped := wrap(doing, err)
	if errors.Is(wrapped, node.ErrLightningAway) || ctx.Err() != nil {
		return p, wrapped
	}
	if errors.Is(wrapped, ErrPermission) {
		return Payment{Outcome: PayNotSent}, wrapped
	}
	// LND itself refused: because the payment is known (AlreadyExists and
	// its older forms), or before it was ever registered.
	known, trackErr := c.Track(ctx, hash)
	switch {
	case trackErr != nil:
		return p, errors.Join(wrapped, trackErr)
	case known.Outcome == PayNotFound:
		return Payment{Outcome: PayNotSent}, wrapped
	}
	return known, nil
}

// Track returns what LND knows of a payment, at once. PayNotFound comes
// without an error.
func (c *Client) Track(ctx context.Context,
	hash [32]byte) (Payment, error) {

	return c.track(ctx, hash, false)
}

// Await is Track that waits while the payment is in flight.
func (c *Client) Await(ctx context.Context,
	hash [32]byte) (Payment, error) {

	return c.track(ctx, hash, true)
}

func (c *Client) track(ctx context.Context, hash [32]byte,
	wait bool) (Payment, error) {

	if c.router == nil {
		return Payment{PaymentHash: hash}, notConfigured(RolePay)
	}
	bound := c.call
	if wait {
		bound = context.WithCancel
	}
	ctx, cancel := bound(ctx)
	defer cancel()
	stream, err := c.router.TrackPaymentV2(ctx,
		&routerrpc.TrackPaymentRequest{PaymentHash: hash[:],
			NoInflightUpdates: wait})
	var p *lnrpc.Payment
	if err == nil {
		p, err = stream.Recv()
	}
	switch {
	case status.Code(err) == codes.NotFound:
		return Payment{Outcome: PayNotFound, PaymentHash: hash}, nil
	case err != nil:
		return Payment{PaymentHash: hash}, wrap("track payment", err)
	}
	return payment(hash, p)
}

// payment translates LND's answer. A success counts once its preimage proves
// it.
func payment(hash [32]byte, p *lnrpc.Payment) (Payment, error) {
	out := Payment{PaymentHash: hash}
	switch p.Status {
	case lnrpc.Payment_FAILED:
		out.Outcome = PayFailed
		out.Reason = p.FailureReason.String()
	case lnrpc.Payment_SUCCEEDED:
		preimage, err := hex.DecodeString(p.PaymentPreimage)
		if err != nil || len(preimage) != len(hash) ||
			sha256.Sum256(preimage) != hash {

			return out, errors.New("lnd: payment: reported as succeeded " +
				"with a preimage that does not fit its hash")
		}
		out.Outcome = PaySucceeded
		out.Preimage = Preimage(preimage)
		out.FeeMsat = p.FeeMsat
	default:
		out.Outcome = PayInFlight
	}
	return out, nil
}
