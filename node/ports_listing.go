package node

import (
	"context"

	"github.com/econd/econd/node/op"
)

// InvoiceRecord is one invoice as the Lightning node has it.
type InvoiceRecord struct {
	PaymentHash op.Hash
	Memo        string
	Hold        Hold
}

// PaymentRecord is one outgoing payment as the Lightning node has it.
type PaymentRecord struct {
	PaymentHash op.Hash
	Preimage    op.Hash // of a succeeded one
	Status      PaymentStatus
	AmountMsat  int64
	FeeMsat     int64
	Invoice     string // empty: a keysend
	Label       string // that econd wrote into it, or ""
	CreatedMs   int64
}

// Listing is everything that the Lightning node knows, for a comparison with the
// log. fn is called for each record, oldest first; its error ends the listing.
type Listing interface {
	ListInvoices(ctx context.Context, fn func(InvoiceRecord) error) error
	ListPayments(ctx context.Context, fn func(PaymentRecord) error) error
}
