package node

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// comparer holds the Lightning node's records against one state of the log.
type comparer struct {
	n        *Node
	s        *ledger.State
	restored bool // whether the log may have lost its end
	c        Comparison
	seen     map[op.ID]bool // holds whose invoices LND has
}

// Compare lists what the Lightning node knows otherwise than the log, and the
// anchors that Bitcoin has and the publisher (UseAnchors) does not know. restored
// says that the log may have lost its end: then payments that may have been those
// of payouts count as differences too.
func (n *Node) Compare(ctx context.Context, listing Listing, restored bool) (Comparison, error) {
	k := comparer{n: n, restored: restored, seen: map[op.ID]bool{}}
	var invoices []InvoiceRecord
	var payments []PaymentRecord
	if err := listing.ListInvoices(ctx, func(r InvoiceRecord) error {
		if k.c.Invoices++; k.c.Invoices%100_000 == 0 {
			n.cfg.Log.Info("comparing with LND", "invoices", k.c.Invoices)
		}
		if _, ok := n.ownInvoice(r); ok {
			invoices = append(invoices, r)
		} else if r.Hold.Status == HoldSettled {
			k.operators(r)
		}
		return nil
	}); err != nil {
		return Comparison{}, fmt.Errorf("list invoices: %w", err)
	}
	if err := listing.ListPayments(ctx, func(r PaymentRecord) error {
		k.c.Payments++
		if r.Status == PaymentSucceeded || r.Status == PaymentInFlight {
			payments = append(payments, r)
		}
		return nil
	}); err != nil {
		return Comparison{}, fmt.Errorf("list payments: %w", err)
	}
	covers, err := k.lostAnchors(ctx)
	if err != nil {
		return Comparison{}, err
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	k.s = n.state
	k.invoices(invoices)
	k.payments(payments)
	k.anchors(covers)
	return k.c, nil
}

// ownInvoice tells which hold of this economy an invoice is of: its memo says so,
// and the hold secret proves it.
func (n *Node) ownInvoice(r InvoiceRecord) (hold op.ID, ok bool) {
	_, hold, ok = op.HoldOf(r.Memo)
	if !ok {
		return hold, false
	}
	preimage := PreimageOf(n.cfg.HoldSecret, n.economy, hold)
	return hold, sha256.Sum256(preimage[:]) == r.PaymentHash
}

// operators counts an invoice that is no hold's: tokens are sold under the memo
// "L402", by aperture and by econd itself, which names service and customer after
// it. Everything else is not econd's.
func (k *comparer) operators(r InvoiceRecord) {
	if r.Memo == "L402" || strings.HasPrefix(r.Memo, "L402 ") {
		k.c.Income += r.Hold.msat()
		return
	}
	k.c.OwnIn += r.Hold.msat()
}

func (k *comparer) add(d Difference) { k.c.Differences = append(k.c.Differences, d) }

var statusNames = map[HoldStatus]string{HoldUnknown: "no invoice", HoldOpen: "open", HoldAccepted: "accepted", HoldSettled: "settled", HoldCancelled: "cancelled"}

func (h Hold) msat() int64 { return 1000*h.AmountSat + h.RestMsat }

func (k *comparer) invoices(list []InvoiceRecord) {
	for _, r := range list {
		id, _ := k.n.ownInvoice(r)
		k.seen[id] = true
		decided := k.s.Decided(r.PaymentHash)
		switch {
		case r.Hold.Status == HoldSettled && decided != op.DecidedNoted:
			k.c.In += r.Hold.msat()
		case r.Hold.Status == HoldAccepted:
			k.c.Held += r.Hold.msat()
		}
		switch decided {
		case "":
			k.coming(id, r.Hold)
		case op.DecidedNoted:
			k.noted(id)
		}
		if decided == "" || decided == op.DecidedCancelled && r.Hold.Status != HoldCancelled {
			k.invoice(id, r)
		}
	}
	for _, h := range k.s.Holds() {
		if paid := k.s.PaidMsat(h.ID); !k.seen[h.ID] && locked(h) && paid > 0 {
			k.c.Coming.Held -= paid
			k.add(Difference{Subject: "hold " + h.ID.String(), PaymentHash: *h.PaymentHash, LND: "no invoice", Log: h.State, Msat: paid,
				Rule: "it is cancelled when its time is up; its sats are back with its agent already, or were never there"})
		}
	}
	for _, h := range k.s.SettledHolds() {
		if !k.seen[h.ID] && k.s.Decided(*h.PaymentHash) == op.DecidedNoted {
			k.noted(h.ID)
		}
		if !k.seen[h.ID] && k.s.Decided(*h.PaymentHash) == "" {
			k.add(Difference{Subject: "hold " + h.ID.String(), PaymentHash: *h.PaymentHash, LND: "no invoice", Log: h.State, Msat: k.s.PaidMsat(h.ID),
				Decisions: []string{"noted: LND's database has lost it, or it was settled at another LND"}})
		}
	}
}

// locked tells whether the books count a hold as locked.
func locked(h view.Hold) bool {
	return slices.Contains([]string{"locked", "releasing", "forfeiting"}, h.State)
}

// coming adds up what a rule enters of a hold's state at LND: of one that the log
// has as locked and LND as over, of one that LND has as locked or settled and the
// log still waits for.
func (k *comparer) coming(id op.ID, at Hold) {
	h, known := k.s.Hold(id)
	waits := known && slices.Contains([]string{"requested", "offered"}, h.State)
	switch {
	case at.Status == HoldSettled && (waits || locked(h)):
		k.c.Coming.In += at.msat()
		if locked(h) {
			k.c.Coming.Held -= k.s.PaidMsat(id)
		}
	case at.Status == HoldAccepted && waits:
		k.c.Coming.Held += at.msat()
	case at.Status == HoldCancelled && locked(h):
		k.c.Coming.Held -= k.s.PaidMsat(id)
	}
}

// noted leaves out what the log booked of a hold on which it contradicts LND for
// good.
func (k *comparer) noted(id op.ID) {
	if h, ok := k.s.Hold(id); ok && (h.State == "forfeited" || h.State == "taken") {
		k.c.Coming.In -= k.s.PaidMsat(id)
	}
}

// invoice compares one invoice with its hold.
func (k *comparer) invoice(id op.ID, r InvoiceRecord) {
	d := Difference{Subject: "hold " + id.String(), PaymentHash: r.PaymentHash, LND: statusNames[r.Hold.Status], Msat: r.Hold.msat()}
	h, known := k.s.Hold(id)
	if d.Log = h.State; !known {
		d.Log = "not in the log"
	}
	gone := !known || slices.Contains([]string{"released", "expired", "lapsed"}, h.State)
	kept := h.State == "forfeited" || h.State == "taken"
	switch st := r.Hold.Status; {
	case st == HoldSettled && kept:
		if booked := k.s.PaidMsat(id); booked != r.Hold.msat() {
			d.Log, d.Msat, d.Decisions = fmt.Sprintf("%s, %d msat booked", h.State, booked), r.Hold.msat()-booked, []string{"noted: why the log says another amount than LND"}
			k.add(d)
		}
	case st == HoldSettled && gone:
		d.Decisions = []string{"found: book the sats into a pool", "noted: they were returned by hand"}
		k.add(d)
	case st == HoldSettled:
		if d.Rule = "it is entered as settled; what no rule forfeited is owed back to its agent"; h.State == "locked" && h.Purpose == "collateral" {
			d.Rule += ". Repeat a veto or cancellation that the log has lost first"
		}
		k.add(d)
	case (st == HoldAccepted || st == HoldOpen) && (gone || kept):
		d.Decisions = []string{"cancel: LND gives it back"}
		if st == HoldOpen && known {
			d.Rule = "nothing: it can be paid, and is cancelled then or runs out"
		}
		k.add(d)
	case st == HoldAccepted && (h.State == "offered" || h.State == "requested"):
		d.Rule = "it is entered as locked"
		k.add(d)
	case st == HoldCancelled && kept:
		d.Decisions = []string{"noted: why the log says that LND settled it; the sats are the operator's to make good"}
		k.add(d)
	case st == HoldCancelled && (h.State == "locked" || h.State == "offered" || h.State == "requested"):
		d.Rule = "it is entered as cancelled"
		k.add(d)
	}
}
