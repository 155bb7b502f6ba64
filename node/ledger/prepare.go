package ledger

import (
	"crypto/sha256"

	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/signmessage"
)

// prepared is what an event says by itself, worked out once.
type prepared struct {
	text    string // of the invoice; "" for none
	invoice payment

	actions []action // of a proposal; nobody changes them
}

// Prepare does everything about an event that needs no state: the bound of its
// content, the strict decode, and the costly evidence in it: invoices are read and the
// keys that signed them recovered, node signatures and preimages checked. An event
// that it refuses is refused in every state. What it finds is kept on the event, so
// Apply does not do it again; Apply prepares what nobody did before, so what an entry
// means does not depend on it. It may run in parallel for different events, and writes
// to the event: it comes before the event is shared. Time and memory are linear in the
// content. Errors: *op.FieldError, *refusal.Refusal.
func Prepare(ev *op.Event) error {
	if ev.Kept() != nil {
		return nil
	}
	if err := knownKind(ev); err != nil {
		return err
	}
	content, err := ev.Decoded()
	if err != nil {
		return err
	}
	p := &prepared{}
	if evidence := ruleFor(ev.Kind).evidence; evidence != nil {
		if p, err = evidence(ev, content); err != nil {
			return err
		}
	}
	return ev.Keep(p)
}

func knownKind(ev *op.Event) error {
	if !ev.Kind.Known() {
		return refusal.New(refusal.ErrUnknownKind, "kind", "known-kind", "%d is no operation of this version", ev.Kind)
	}
	return nil
}

// paidInvoice reads the invoice of a receipt and holds the preimage against it.
func paidInvoice(_ *op.Event, c *op.Receipt) (*prepared, error) {
	p, err := prepareInvoice(c.Invoice)
	if err != nil {
		return nil, err
	}
	return p, opens(c.Preimage, p.invoice.hash)
}

// actionsOf reads what a proposal would carry out.
func actionsOf(_ *op.Event, c *op.Propose) (*prepared, error) {
	list, err := decodeActions(c.Actions)
	return &prepared{actions: list}, err
}

// checkNode holds a node's agreement to be bound against its key.
func checkNode(ev *op.Event, c *op.BindNode) (*prepared, error) {
	text := op.BindStatement(ev.Economy(), ev.PubKey)
	if err := signmessage.Verify(c.Node, text, c.Signature); err != nil {
		return nil, refusal.New(refusal.ErrForbidden, "content.signature", "node-statement",
			"%v; sign the exact text %+q with the node's SignMessage", err, text)
	}
	return &prepared{}, nil
}

// opens holds a preimage against the payment hash of an invoice: then the payee has
// let it out (BOLT 11, BOLT 2).
func opens(preimage, hash op.Hash) error {
	if got := op.Hash(sha256.Sum256(preimage[:])); got != hash {
		return refusal.New(refusal.ErrPayment, "content.preimage", "preimage", "hashes to %s, the invoice's payment hash is %s", got, hash)
	}
	return nil
}

// prepareInvoice reads the invoice of a content.
func prepareInvoice(text string) (*prepared, error) {
	p, err := readInvoice("content.invoice", text)
	return &prepared{text: text, invoice: p}, err
}

// maxCltvBlocks bounds what an invoice may ask for, so that heights do not overflow:
// LND makes none that asks for more.
const maxCltvBlocks = 1<<16 - 1

// readInvoice reads a BOLT11 invoice of any network, with an amount, and finds the node
// that signed it.
func readInvoice(field, text string) (payment, error) {
	inv, err := bolt11.Decode(text)
	if err != nil {
		return payment{}, refusal.New(refusal.ErrPayment, field, "bolt11", "no valid BOLT11 invoice: %v", err)
	}
	if inv.AmountMsat == 0 {
		return payment{}, refusal.New(refusal.ErrPayment, field, "bolt11", "must name an amount")
	}
	customer, _ := op.CustomerOf(inv.Description)
	return payment{
		prefix:      inv.Prefix,
		hash:        inv.PaymentHash,
		customer:    customer,
		payee:       inv.Payee,
		amountMsat:  inv.AmountMsat,
		amountSat:   inv.AmountMsat / 1000,
		issuedUnix:  inv.TimestampS,
		expiresUnix: inv.ExpiresS(),
		cltvBlocks:  uint32(min(inv.MinFinalCltv, maxCltvBlocks)),
	}, nil
}
