// Package lndinvoices receives for a wallet of Nostr Wallet Connect by the agent's own LND:
// invoices, and invoices that are held until they are settled or cancelled. It pays nothing: the macaroon
// that it needs allows no payment, see BakeCommand.
//
// It guarantees that an invoice is one of this LND's, looked up by its payment hash, and that a held
// one is settled by the preimage of that hash alone. Which program asked for an invoice it does not know: all
// connections see the invoices of the node.
package lndinvoices

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/invoicesrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/econd/econd/node/lndconn"
	"github.com/econd/econd/node/nwc"
)

const (
	callTimeout = 20 * time.Second
	maxInvoices = 1000 // that a list looks through, the newest ones
)

// URIs are the calls that a Node makes.
func URIs() []string {
	return []string{"/lnrpc.Lightning/AddInvoice", "/lnrpc.Lightning/LookupInvoice", "/lnrpc.Lightning/ListInvoices", "/lnrpc.Lightning/SubscribeInvoices",
		"/invoicesrpc.Invoices/AddHoldInvoice", "/invoicesrpc.Invoices/SettleInvoice", "/invoicesrpc.Invoices/CancelInvoice"}
}

// BakeCommand returns the shell command that makes the macaroon that LND needs, and nothing more, and
// saves it to a file that its owner alone can read at any instant. No file is receive.mac in the
// working directory.
func BakeCommand(file string) string {
	return lndconn.BakeCommand(27, lndconn.OwnFile(file, "receive.mac"), URIs())
}

// Node receives by an LND. Its methods may be called concurrently.
type Node struct {
	conn      *grpc.ClientConn
	lightning lnrpc.LightningClient
	invoices  invoicesrpc.InvoicesClient
}

var (
	_ nwc.Receiver = (*Node)(nil)
	_ nwc.Holder   = (*Node)(nil)
)

// Dial checks the configuration. It does not wait for the node.
func Dial(cfg lndconn.Config) (*Node, error) {
	conn, err := lndconn.Dial(cfg)
	if errors.Is(err, lndconn.ErrMacaroon) {
		return nil, fmt.Errorf("%w; make one with: %s", err, BakeCommand(cfg.MacaroonPath))
	}
	if err != nil {
		return nil, err
	}
	return &Node{conn: conn, lightning: lnrpc.NewLightningClient(conn), invoices: invoicesrpc.NewInvoicesClient(conn)}, nil
}

// Close ends the connection. Invoices stay with LND.
func (n *Node) Close() error { return n.conn.Close() }

// MakeInvoice implements nwc.Receiver.
func (n *Node) MakeInvoice(ctx context.Context, i nwc.NewInvoice) (nwc.Transaction, error) {
	calling, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	hash, err := optionalHash(i.DescriptionHash)
	if err != nil {
		return nwc.Transaction{}, err
	}
	made, err := n.lightning.AddInvoice(calling, &lnrpc.Invoice{ValueMsat: i.AmountMsat, Memo: i.Description, DescriptionHash: hash, Expiry: i.ExpiryS})
	if err != nil {
		return nwc.Transaction{}, wrap("add invoice", err)
	}
	return n.LookupInvoice(ctx, hex.EncodeToString(made.RHash))
}

func optionalHash(text string) ([]byte, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != 0 && len(raw) != 32 {
		return nil, nwc.Errorf(nwc.Other, "a hash must be 64 hex digits")
	}
	return raw, nil
}

// LookupInvoice implements nwc.Receiver.
func (n *Node) LookupInvoice(ctx context.Context, hash string) (nwc.Transaction, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	raw, err := optionalHash(hash)
	if err != nil {
		return nwc.Transaction{}, err
	}
	found, err := n.lightning.LookupInvoice(ctx, &lnrpc.PaymentHash{RHash: raw})
	if err != nil {
		return nwc.Transaction{}, wrap("lookup invoice", err)
	}
	return transaction(found), nil
}

// Invoices implements nwc.Receiver, of the newest thousand.
func (n *Node) Invoices(ctx context.Context, from, until int64) ([]nwc.Transaction, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	r := &lnrpc.ListInvoiceRequest{NumMaxInvoices: maxInvoices, Reversed: true, CreationDateStart: uint64(max(0, from))}
	if until > 0 {
		r.CreationDateEnd = uint64(until)
	}
	list, err := n.lightning.ListInvoices(ctx, r)
	if err != nil {
		return nil, wrap("list invoices", err)
	}
	out := make([]nwc.Transaction, 0, len(list.Invoices))
	for _, i := range slices.Backward(list.Invoices) {
		out = append(out, transaction(i))
	}
	return out, nil
}

// Received implements nwc.Receiver.
func (n *Node) Received(ctx context.Context, paid func(nwc.Transaction)) error {
	stream, err := n.lightning.SubscribeInvoices(ctx, &lnrpc.InvoiceSubscription{})
	if err != nil {
		return wrap("subscribe invoices", err)
	}
	for {
		i, err := stream.Recv()
		if err != nil {
			return wrap("subscribe invoices", err)
		}
		if i.State == lnrpc.Invoice_SETTLED {
			paid(transaction(i))
		}
	}
}

// MakeHoldInvoice implements nwc.Holder.
func (n *Node) MakeHoldInvoice(ctx context.Context, i nwc.NewInvoice) (nwc.Transaction, error) {
	calling, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	hash, err := optionalHash(i.PaymentHash)
	if err != nil {
		return nwc.Transaction{}, err
	}
	described, err := optionalHash(i.DescriptionHash)
	if err != nil {
		return nwc.Transaction{}, err
	}
	if i.MinCltvDelta < 0 || i.MinCltvDelta > 2000 {
		return nwc.Transaction{}, nwc.Errorf(nwc.Other, "min_cltv_expiry_delta: must be from 0 to 2000 blocks")
	}
	if _, err := n.invoices.AddHoldInvoice(calling, &invoicesrpc.AddHoldInvoiceRequest{Hash: hash, ValueMsat: i.AmountMsat, Memo: i.Description,
		DescriptionHash: described, Expiry: i.ExpiryS, CltvExpiry: uint64(i.MinCltvDelta)}); err != nil {
		return nwc.Transaction{}, wrap("add hold invoice", err)
	}
	return n.LookupInvoice(ctx, i.PaymentHash)
}

// SettleHoldInvoice implements nwc.Holder. Of an invoice that is settled already it says so.
func (n *Node) SettleHoldInvoice(ctx context.Context, preimage string) error {
	raw, err := optionalHash(preimage)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(raw)
	return n.end(ctx, hash[:], "settle invoice", nwc.Settled, func(ctx context.Context) error {
		_, err := n.invoices.SettleInvoice(ctx, &invoicesrpc.SettleInvoiceMsg{Preimage: raw})
		return err
	})
}

// CancelHoldInvoice implements nwc.Holder. Of an invoice that is cancelled already it says so.
func (n *Node) CancelHoldInvoice(ctx context.Context, hash string) error {
	raw, err := optionalHash(hash)
	if err != nil {
		return err
	}
	return n.end(ctx, raw, "cancel invoice", nwc.Failed, func(ctx context.Context) error {
		_, err := n.invoices.CancelInvoice(ctx, &invoicesrpc.CancelInvoiceMsg{PaymentHash: raw})
		return err
	})
}

// end settles or cancels. A call that failed is done all the same where the invoice is in that
// state now: it was done before, or the answer was lost.
func (n *Node) end(ctx context.Context, hash []byte, doing, state string, call func(context.Context) error) error {
	if _, err := n.LookupInvoice(ctx, hex.EncodeToString(hash)); err != nil {
		return err
	}
	calling, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	failed := call(calling)
	if failed == nil {
		return nil
	}
	if now, err := n.LookupInvoice(ctx, hex.EncodeToString(hash)); err == nil && now.State == state {
		return nil
	}
	return wrap(doing, failed)
}

// transaction is an invoice as NIP-47 has it.
func transaction(i *lnrpc.Invoice) nwc.Transaction {
	t := nwc.Transaction{Type: nwc.Incoming, State: nwc.Pending, Invoice: i.PaymentRequest, Description: i.Memo, DescriptionHash: hex.EncodeToString(i.DescriptionHash),
		PaymentHash: hex.EncodeToString(i.RHash), AmountMsat: i.ValueMsat, CreatedAt: i.CreationDate, ExpiresAt: i.CreationDate + i.Expiry}
	switch i.State {
	case lnrpc.Invoice_SETTLED:
		t.State, t.SettledAt, t.Preimage, t.AmountMsat = nwc.Settled, i.SettleDate, hex.EncodeToString(i.RPreimage), i.AmtPaidMsat
	case lnrpc.Invoice_ACCEPTED:
		t.State = nwc.Accepted
	case lnrpc.Invoice_CANCELED:
		t.State = nwc.Failed
	}
	return t
}

// wrap says what failed, in LND's words; nwc.ErrNotFound where there is no such invoice.
func wrap(doing string, err error) error {
	s, _ := status.FromError(err)
	if s.Code() == codes.NotFound || strings.Contains(s.Message(), "unable to locate invoice") {
		return fmt.Errorf("lnd: %s: %w", doing, nwc.ErrNotFound)
	}
	if lndconn.FaultOf(err) == lndconn.Forbidden {
		return fmt.Errorf("lnd: %s: %w; the macaroon does not allow it, make one with: %s", doing, err, BakeCommand(""))
	}
	return fmt.Errorf("lnd: %s: %w", doing, err)
}
