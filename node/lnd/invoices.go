package lnd

import (
	"context"
	"errors"

	"github.com/lightningnetwork/lnd/lnrpc"
)

// Invoice is what LND says about one of its invoices. The zero value stands for
// one that it does not have.
type Invoice struct {
	Known       bool
	Settled     bool
	Memo        string
	PaidMsat    int64 // once settled
	CreatedUnix int64 // second
	SettledUnix int64 // second; 0 until settled
}

// LookupInvoice returns the invoice with a payment hash. One that LND does not
// have is no error.
func (c *Client) LookupInvoice(ctx context.Context,
	hash [32]byte) (Invoice, error) {

	if c.invoices == nil {
		return Invoice{}, notConfigured(RoleRecv)
	}
	ctx, cancel := c.call(ctx)
	defer cancel()
	inv, err := c.lookup(ctx, hash)
	if err != nil {
		if err = wrap("look up invoice", err); errors.Is(err, ErrUnknownHold) {
			return Invoice{}, nil
		}
		return Invoice{}, err
	}
	out := Invoice{Known: true, Memo: inv.Memo, CreatedUnix: inv.CreationDate}
	if inv.State == lnrpc.Invoice_SETTLED {
		out.Settled, out.PaidMsat = true, inv.AmtPaidMsat
		out.SettledUnix = inv.SettleDate
	}
	return out, nil
}
