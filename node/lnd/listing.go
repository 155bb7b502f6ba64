package lnd

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/lightningnetwork/lnd/lnrpc"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/op"
)

// listPage is how many records are asked for at a time.
const listPage = 1000

// PayoutRecord is the custom record that says, to LND alone and to the payee, what
// a payment is for. It is odd, so that who does not know it ignores it.
const PayoutRecord = 5_399_041

// ListInvoices calls fn for every invoice that LND has, oldest first.
func (c *Client) ListInvoices(ctx context.Context,
	fn func(node.InvoiceRecord) error) error {

	if c.recvLightning == nil {
		return notConfigured(RoleRecv)
	}
	for offset := uint64(0); ; {
		page, err := c.invoicePage(ctx, offset)
		if err != nil {
			return wrap("list invoices", err)
		}
		for _, inv := range page.Invoices {
			if err := fn(node.InvoiceRecord{PaymentHash: op.Hash(inv.RHash),
				Memo: inv.Memo, Hold: holdOf(inv)}); err != nil {
				return err
			}
		}
		if len(page.Invoices) < listPage {
			return nil
		}
		offset = page.LastIndexOffset
	}
}

func (c *Client) invoicePage(ctx context.Context,
	offset uint64) (*lnrpc.ListInvoiceResponse, error) {

	ctx, cancel := c.call(ctx)
	defer cancel()
	return c.recvLightning.ListInvoices(ctx, &lnrpc.ListInvoiceRequest{
		IndexOffset: offset, NumMaxInvoices: listPage})
}

// ListPayments calls fn for every payment that has succeeded or is under way,
// oldest first. Without the right to pay nothing was paid.
func (c *Client) ListPayments(ctx context.Context,
	fn func(node.PaymentRecord) error) error {

	if c.payLightning == nil {
		return nil
	}
	for offset := uint64(0); ; {
		page, err := c.paymentPage(ctx, offset)
		if err != nil {
			return wrap("list payments", err)
		}
		for _, p := range page.Payments {
			listed, err := listedPayment(p)
			if err == nil && listed.Status != node.PaymentFailed {
				err = fn(listed)
			}
			if err != nil {
				return err
			}
		}
		if len(page.Payments) < listPage {
			return nil
		}
		offset = page.LastIndexOffset
	}
}

func (c *Client) paymentPage(ctx context.Context,
	offset uint64) (*lnrpc.ListPaymentsResponse, error) {

	ctx, cancel := c.call(ctx)
	defer cancel()
	return c.payLightning.ListPayments(ctx, &lnrpc.ListPaymentsRequest{
		IncludeIncomplete: true, IndexOffset: offset, MaxPayments: listPage})
}

func listedPayment(p *lnrpc.Payment) (node.PaymentRecord, error) {
	raw, err := hex.DecodeString(p.PaymentHash)
	if err != nil || len(raw) != 32 {
		return node.PaymentRecord{}, fmt.Errorf("lnd: payment hash %q of an "+
			"unexpected form", p.PaymentHash)
	}
	known, err := payment([32]byte(raw), p)
	out := node.PaymentRecord{PaymentHash: op.Hash(raw),
		Preimage: op.Hash(known.Preimage), Status: statuses[known.Outcome],
		AmountMsat: p.ValueMsat, FeeMsat: known.FeeMsat,
		Invoice: p.PaymentRequest, CreatedMs: p.CreationTimeNs / 1e6}
	for _, htlc := range p.Htlcs {
		if htlc.Route == nil || len(htlc.Route.Hops) == 0 {
			continue
		}
		last := htlc.Route.Hops[len(htlc.Route.Hops)-1]
		if label := last.CustomRecords[PayoutRecord]; label != nil {
			out.Label = string(label)
		}
	}
	return out, err
}
