package main

import (
	"context"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ballotstore"
	"github.com/econd/econd/node/lnd"
	"github.com/econd/econd/node/op"
)

// listing is LND's records, for the comparison with the log.
type listing struct {
	*lightningPort
	payments bool // whether econd may list them
}

func (d *daemon) listing() node.Listing { return listing{d.lightning, d.cfg.LND.PayMacaroon != ""} }

// ListInvoices implements node.Listing.
func (l listing) ListInvoices(ctx context.Context, fn func(node.InvoiceRecord) error) error {
	return l.noted(l.client.ListInvoices(ctx, func(i lnd.ListedInvoice) error {
		return fn(node.InvoiceRecord{PaymentHash: op.Hash(i.PaymentHash), Memo: i.Memo, Hold: holdFrom(i.HoldState)})
	}))
}

// ListPayments implements node.Listing. Without the right to pay nothing was paid.
func (l listing) ListPayments(ctx context.Context, fn func(node.PaymentRecord) error) error {
	if !l.payments {
		return nil
	}
	return l.noted(l.client.ListPayments(ctx, func(p lnd.ListedPayment) error {
		known := paymentFrom(p.Payment)
		return fn(node.PaymentRecord{PaymentHash: op.Hash(p.PaymentHash), Preimage: known.Preimage, Status: known.Status,
			AmountMsat: p.AmountMsat, FeeMsat: known.FeeMsat, Invoice: p.Invoice, Label: p.Label, CreatedMs: p.CreatedMs})
	}))
}

// heads makes the head file the node's Heads.
type heads struct{ file *ballotstore.HeadFile }

func (h heads) Highest() (node.Head, bool, error) {
	size, root, ok, err := h.file.Highest()
	return node.Head{Size: size, Root: root}, ok, err
}

func (h heads) Raise(to node.Head) error { return h.file.Raise(to.Size, to.Root) }

func (c config) heads() heads {
	return heads{&ballotstore.HeadFile{Path: ballotstore.HeadPath(c.ballots())}}
}
