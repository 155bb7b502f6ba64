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

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/op"
)

// Bounds of a hold's terms. LND's senders refuse more than about 2,016 blocks
// in all, the route included, and LDK's more than 1,008; LND itself wants at
// least 18.
const (
	MinHoldCltv      = 18
	MaxHoldCltv      = 2000
	MaxInvoiceExpiry = 365 * 24 * time.Hour

	maxInvoiceExpiryS = int64(MaxInvoiceExpiry / time.Second)
)

// checkHold holds the terms of a hold against what LND takes.
func checkHold(r node.HoldRequest) error {
	switch {
	case r.AmountSat <= 0:
		return fmt.Errorf("%w: AmountSat %d is not positive", ErrInvalid,
			r.AmountSat)
	case r.CltvBlocks < MinHoldCltv || r.CltvBlocks > MaxHoldCltv:
		return fmt.Errorf("%w: CltvBlocks %d is not from %d to %d",
			ErrInvalid, r.CltvBlocks, MinHoldCltv, MaxHoldCltv)
	case r.ExpirySec < 1 || r.ExpirySec > maxInvoiceExpiryS:
		return fmt.Errorf("%w: ExpirySec %d is not from 1 to a year's",
			ErrInvalid, r.ExpirySec)
	}
	return nil
}

// OpenHold makes a hold invoice and returns it as BOLT 11. Called again with
// the same terms it returns the same invoice; with the same hash and other
// terms it fails with ErrHoldConflict.
func (c *Client) OpenHold(ctx context.Context,
	r node.HoldRequest) (bolt11 string, err error) {

	if c.invoices == nil {
		return "", notConfigured(RoleRecv)
	}
	if err := checkHold(r); err != nil {
		return "", err
	}
	ctx, cancel := c.call(ctx)
	defer cancel()
	resp, err := c.invoices.AddHoldInvoice(ctx,
		&invoicesrpc.AddHoldInvoiceRequest{
			Memo:       r.Memo,
			Hash:       r.PaymentHash[:],
			Value:      r.AmountSat,
			CltvExpiry: uint64(r.CltvBlocks),
			Expiry:     r.ExpirySec,
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
		inv.CltvExpiry != uint64(r.CltvBlocks) || inv.Memo != r.Memo {

		return "", fmt.Errorf("lnd: open hold: %w: %d sat, %d blocks",
			ErrHoldConflict, inv.Value, inv.CltvExpiry)
	}
	return inv.PaymentRequest, nil
}

// SettleHold takes the locked sats by revealing the preimage. Settling what
// is settled succeeds. ErrHoldOpen and node.ErrHoldGone say why there was
// nothing to take. It is the caller's duty to settle at least 24 blocks before
// the hold's ExpiryHeight: LND checks no height.
func (c *Client) SettleHold(ctx context.Context, preimage op.Hash) error {
	if c.invoices == nil {
		return notConfigured(RoleRecv)
	}
	ctx, cancel := c.call(ctx)
	defer cancel()
	_, err := c.invoices.SettleInvoice(ctx,
		&invoicesrpc.SettleInvoiceMsg{Preimage: preimage[:]})
	if err == nil || kindOf(err) == node.ErrHoldSettled {
		return nil
	}
	return wrap(fmt.Sprintf("settle hold %x", sha256.Sum256(preimage[:])), err)
}

// CancelHold gives the locked sats back, or withdraws an unpaid invoice.
// Cancelling what is cancelled succeeds. node.ErrHoldSettled says that it was
// too late, node.ErrHoldGone that LND has no such hold.
func (c *Client) CancelHold(ctx context.Context, hash op.Hash) error {
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
// error: its status is HoldUnknown. LND cancels a hold itself some 12 blocks
// before its ExpiryHeight; settle or cancel at least 24 blocks before it.
func (c *Client) LookupHold(ctx context.Context,
	hash op.Hash) (node.Hold, error) {

	if c.invoices == nil {
		return node.Hold{}, notConfigured(RoleRecv)
	}
	ctx, cancel := c.call(ctx)
	defer cancel()
	inv, err := c.lookup(ctx, hash)
	if err == nil {
		return holdOf(inv), nil
	}
	if err = wrap("look up hold", err); errors.Is(err, ErrUnknownHold) {
		return node.Hold{}, nil
	}
	return node.Hold{}, err
}

func (c *Client) lookup(ctx context.Context,
	hash [32]byte) (*lnrpc.Invoice, error) {

	return c.invoices.LookupInvoiceV2(ctx, &invoicesrpc.LookupInvoiceMsg{
		InvoiceRef: &invoicesrpc.LookupInvoiceMsg_PaymentHash{
			PaymentHash: hash[:]}})
}

// holdOf reads LND's invoice.
func holdOf(inv *lnrpc.Invoice) node.Hold {
	h := node.Hold{Status: holdStatuses[inv.State]}
	paidMsat, lockedMsat := inv.AmtPaidMsat, int64(0)
	for _, htlc := range inv.Htlcs {
		if htlc.State == lnrpc.InvoiceHTLCState_CANCELED {
			continue
		}
		lockedMsat += int64(htlc.AmtMsat)
		expiry := uint32(htlc.ExpiryHeight)
		if h.ExpiryHeight == 0 || expiry < h.ExpiryHeight {
			h.ExpiryHeight = expiry
		}
	}
	// LND fills in the amount paid once the whole set is there; while it
	// is not, nothing counts as locked.
	if h.Status == node.HoldAccepted && paidMsat == 0 {
		paidMsat = lockedMsat
	}
	if h.Status == node.HoldCancelled {
		paidMsat = 0
	}
	h.AmountSat, h.RestMsat = paidMsat/1000, paidMsat%1000
	return h
}

var holdStatuses = map[lnrpc.Invoice_InvoiceState]node.HoldStatus{
	lnrpc.Invoice_OPEN:     node.HoldOpen,
	lnrpc.Invoice_ACCEPTED: node.HoldAccepted,
	lnrpc.Invoice_SETTLED:  node.HoldSettled,
	lnrpc.Invoice_CANCELED: node.HoldCancelled,
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
