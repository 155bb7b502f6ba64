package lnd

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/invoicesrpc"
)

// Bounds of a hold's terms. LND's senders refuse more than about 2,016 blocks
// in all, the route included, and LDK's more than 1,008; LND itself wants at
// least 18.
const (
	MinHoldCltv      = 18
	MaxHoldCltv      = 2000
	MaxInvoiceExpiry = 365 * 24 * time.Hour
)

// HoldRequest are the terms of a hold.
type HoldRequest struct {
	// PaymentHash is the SHA-256 of a preimage that the caller has stored.
	PaymentHash [32]byte

	// AmountSat is what is to be locked, in sats.
	AmountSat int64

	// CltvExpiry is how many blocks the last HTLC must have left when it
	// arrives: the longest time the hold can last, less what LND keeps as
	// a margin.
	CltvExpiry uint32

	// InvoiceExpiry is how long the invoice can be paid, in whole seconds,
	// at most a year.
	InvoiceExpiry time.Duration

	// Memo is shown to the payer.
	Memo string
}

func (r HoldRequest) check() error {
	switch {
	case r.AmountSat <= 0:
		return fmt.Errorf("%w: AmountSat %d is not positive", ErrInvalid,
			r.AmountSat)
	case r.CltvExpiry < MinHoldCltv || r.CltvExpiry > MaxHoldCltv:
		return fmt.Errorf("%w: CltvExpiry %d is not from %d to %d",
			ErrInvalid, r.CltvExpiry, MinHoldCltv, MaxHoldCltv)
	case r.InvoiceExpiry < time.Second || r.InvoiceExpiry > MaxInvoiceExpiry:
		return fmt.Errorf("%w: InvoiceExpiry %v is not from a second to a "+
			"year", ErrInvalid, r.InvoiceExpiry)
	}
	return nil
}

// HoldStatus is where a hold stands.
type HoldStatus int

// The states of a hold. Settled and Cancelled are terminal.
const (
	// HoldUnknown: LND has no invoice with that hash.
	HoldUnknown HoldStatus = iota

	// HoldOpen: waiting to be paid.
	HoldOpen

	// HoldAccepted: paid and locked.
	HoldAccepted

	// HoldSettled: the operator has taken the sats.
	HoldSettled

	// HoldCancelled: given back, or never paid before its expiry.
	HoldCancelled
)

// String returns the state's name.
func (s HoldStatus) String() string {
	switch s {
	case HoldOpen:
		return "open"
	case HoldAccepted:
		return "accepted"
	case HoldSettled:
		return "settled"
	case HoldCancelled:
		return "cancelled"
	}
	return "unknown"
}

// Terminal tells whether nothing can follow.
func (s HoldStatus) Terminal() bool {
	return s == HoldSettled || s == HoldCancelled
}

// HoldState is a hold as LND sees it.
type HoldState struct {
	PaymentHash [32]byte
	State       HoldStatus

	// AmountMsat is what was asked for, AmountPaidMsat what is locked or
	// was taken.
	AmountMsat     int64
	AmountPaidMsat int64

	// LowestExpiryHeight is the height at which the first of its HTLCs
	// times out, 0 while there are none. LND cancels the hold itself some
	// 12 blocks earlier; settle or cancel at least 24 blocks before it.
	LowestExpiryHeight uint32

	// AcceptHeight is the height at which the last of its HTLCs arrived,
	// 0 while there are none.
	AcceptHeight uint32
}

// OpenHold makes a hold invoice and returns it as BOLT 11. Called again with
// the same terms it returns the same invoice; with the same hash and other
// terms it fails with ErrHoldConflict.
func (c *Client) OpenHold(ctx context.Context,
	r HoldRequest) (bolt11 string, err error) {

	if c.invoices == nil {
		return "", notConfigured(RoleRecv)
	}
	if err := r.check(); err != nil {
		return "", err
	}
	ctx, cancel := c.call(ctx)
	defer cancel()
	resp, err := c.invoices.AddHoldInvoice(ctx,
		&invoicesrpc.AddHoldInvoiceRequest{
			Memo:       r.Memo,
			Hash:       r.PaymentHash[:],
			Value:      r.AmountSat,
			CltvExpiry: uint64(r.CltvExpiry),
			Expiry:     int64(r.InvoiceExpiry / time.Second),
			Private:    c.cfg.PrivateChannels,
		})
	if err == nil {
		return resp.PaymentRequest, nil
	}
	if !strings.Contains(err.Error(), "payment hash already exists") {
		return "", wrap("open hold", err)
	}
	inv, err := c.lookup(ctx, r.PaymentHash)
	if err != nil {
		return "", wrap("open hold: look up the one there is", err)
	}
	if inv.Value != r.AmountSat || inv.ValueMsat != r.AmountSat*1000 ||
		inv.CltvExpiry != uint64(r.CltvExpiry) || inv.Memo != r.Memo {

		return "", fmt.Errorf("lnd: open hold: %w: %d sat, %d blocks",
			ErrHoldConflict, inv.Value, inv.CltvExpiry)
	}
	return inv.PaymentRequest, nil
}

// SettleHold takes the locked sats by revealing the preimage. Settling what
// is settled succeeds. ErrHoldOpen, ErrHoldCancelled and ErrUnknownHold say
// why there was nothing to take. It is the caller's duty to settle at least
// 24 blocks before LowestExpiryHeight: LND checks no height.
func (c *Client) SettleHold(ctx context.Context, preimage [32]byte) error {
	if c.invoices == nil {
		return notConfigured(RoleRecv)
	}
	ctx, cancel := c.call(ctx)
	defer cancel()
	_, err := c.invoices.SettleInvoice(ctx,
		&invoicesrpc.SettleInvoiceMsg{Preimage: preimage[:]})
	if err == nil || kindOf(err) == ErrHoldSettled {
		return nil
	}
	return wrap(fmt.Sprintf("settle hold %x", sha256.Sum256(preimage[:])), err)
}

// CancelHold gives the locked sats back, or withdraws an unpaid invoice.
// Cancelling what is cancelled succeeds. ErrHoldSettled says that it was too
// late, ErrUnknownHold that there never was such a hold.
func (c *Client) CancelHold(ctx context.Context, hash [32]byte) error {
	if c.invoices == nil {
		return notConfigured(RoleRecv)
	}
	ctx, cancel := c.call(ctx)
	defer cancel()
	_, err := c.invoices.CancelInvoice(ctx,
		&invoicesrpc.CancelInvoiceMsg{PaymentHash: hash[:]})
	if err == nil || kindOf(err) == ErrHoldCancelled {
		return nil
	}
	return wrap(fmt.Sprintf("cancel hold %x", hash), err)
}

// LookupHold returns the state of a hold. One that LND does not have is no
// error: its state is HoldUnknown.
func (c *Client) LookupHold(ctx context.Context,
	hash [32]byte) (HoldState, error) {

	if c.invoices == nil {
		return HoldState{}, notConfigured(RoleRecv)
	}
	ctx, cancel := c.call(ctx)
	defer cancel()
	inv, err := c.lookup(ctx, hash)
	if err == nil {
		return holdState(inv), nil
	}
	if err = wrap("look up hold", err); errors.Is(err, ErrUnknownHold) {
		return HoldState{PaymentHash: hash}, nil
	}
	return HoldState{}, err
}

func (c *Client) lookup(ctx context.Context,
	hash [32]byte) (*lnrpc.Invoice, error) {

	return c.invoices.LookupInvoiceV2(ctx, &invoicesrpc.LookupInvoiceMsg{
		InvoiceRef: &invoicesrpc.LookupInvoiceMsg_PaymentHash{
			PaymentHash: hash[:]}})
}

// holdState translates LND's invoice.
func holdState(inv *lnrpc.Invoice) HoldState {
	s := HoldState{
		AmountMsat:     inv.ValueMsat,
		AmountPaidMsat: inv.AmtPaidMsat,
	}
	copy(s.PaymentHash[:], inv.RHash)
	switch inv.State {
	case lnrpc.Invoice_OPEN:
		s.State = HoldOpen
	case lnrpc.Invoice_ACCEPTED:
		s.State = HoldAccepted
	case lnrpc.Invoice_SETTLED:
		s.State = HoldSettled
	case lnrpc.Invoice_CANCELED:
		s.State = HoldCancelled
	}
	var lockedMsat int64
	for _, htlc := range inv.Htlcs {
		if htlc.State == lnrpc.InvoiceHTLCState_CANCELED {
			continue
		}
		lockedMsat += int64(htlc.AmtMsat)
		expiry := uint32(htlc.ExpiryHeight)
		if s.LowestExpiryHeight == 0 || expiry < s.LowestExpiryHeight {
			s.LowestExpiryHeight = expiry
		}
		s.AcceptHeight = max(s.AcceptHeight, uint32(htlc.AcceptHeight))
	}
	// LND fills in the amount paid once the whole set is there; while it
	// is not, nothing counts as locked.
	if s.State == HoldAccepted && s.AmountPaidMsat == 0 {
		s.AmountPaidMsat = lockedMsat
	}
	if s.State == HoldCancelled {
		s.AmountPaidMsat = 0
	}
	return s
}

// AddInvoice makes an ordinary invoice, as for an L402 challenge. LND draws
// the preimage. Each call makes a new one.
func (c *Client) AddInvoice(ctx context.Context, amountMsat int64,
	memo string, expiry time.Duration) (bolt11 string, paymentHash [32]byte,
	err error) {

	if c.recvLightning == nil {
		return "", paymentHash, notConfigured(RoleRecv)
	}
	if amountMsat <= 0 || expiry < time.Second || expiry > MaxInvoiceExpiry {
		return "", paymentHash, fmt.Errorf("%w: %d msat for %v", ErrInvalid,
			amountMsat, expiry)
	}
	ctx, cancel := c.call(ctx)
	defer cancel()
	resp, err := c.recvLightning.AddInvoice(ctx, &lnrpc.Invoice{
		Memo:      memo,
		ValueMsat: amountMsat,
		Expiry:    int64(expiry / time.Second),
		Private:   c.cfg.PrivateChannels,
	})
	if err != nil {
		return "", paymentHash, wrap("add invoice", err)
	}
	if len(resp.RHash) != len(paymentHash) || bytes.Equal(resp.RHash,
		paymentHash[:]) {

		return "", paymentHash, fmt.Errorf("lnd: add invoice: payment hash " +
			"of an unexpected form")
	}
	copy(paymentHash[:], resp.RHash)
	return resp.PaymentRequest, paymentHash, nil
}
