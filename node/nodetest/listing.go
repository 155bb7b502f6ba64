package nodetest

import (
	"context"
	"os"
	"sync"

	"github.com/econd/econd/node"
)

// ListInvoices implements node.Listing.
func (l *Lightning) ListInvoices(_ context.Context, fn func(node.InvoiceRecord) error) error {
	var list []node.InvoiceRecord
	err := l.do("list", func() error {
		for hash, h := range l.holds {
			list = append(list, node.InvoiceRecord{PaymentHash: hash, Memo: l.memos[hash], Hold: *h})
		}
		return nil
	})
	for _, r := range list {
		if err == nil {
			err = fn(r)
		}
	}
	return err
}

// ListPayments implements node.Listing.
func (l *Lightning) ListPayments(_ context.Context, fn func(node.PaymentRecord) error) error {
	var list []node.PaymentRecord
	err := l.do("list", func() error {
		for hash, p := range l.payments {
			list = append(list, node.PaymentRecord{PaymentHash: hash, Preimage: p.Preimage, Status: p.Status,
				AmountMsat: p.request.AmountMsat, FeeMsat: p.FeeMsat, Invoice: p.request.Invoice, Label: p.request.Label})
		}
		return nil
	})
	for _, r := range list {
		if err == nil {
			err = fn(r)
		}
	}
	return err
}

// Heads keeps the highest head in memory.
type Heads struct {
	mu sync.Mutex
	h  node.Head
	ok bool

	refusal error
}

// Refuse has Raise fail, nil: no more.
func (h *Heads) Refuse(err error) { h.mu.Lock(); defer h.mu.Unlock(); h.refusal = err }

// Forget is a file that was lost, with the heads in it.
func (h *Heads) Forget() { h.mu.Lock(); defer h.mu.Unlock(); h.h, h.ok = node.Head{}, false }

// Highest implements node.Heads.
func (h *Heads) Highest() (node.Head, bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.h, h.ok, nil
}

// Raise implements node.Heads.
func (h *Heads) Raise(to node.Head) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refusal != nil {
		return h.refusal
	}
	h.h, h.ok = to, true
	return nil
}

// Save keeps the log of a halted world as a backup does, and returns how to go back
// to it.
func (w *World) Save() (restore func()) {
	w.T.Helper()
	raw, err := os.ReadFile(w.path)
	w.must(err)
	return func() { w.must(os.WriteFile(w.path, raw, 0o600)) }
}

// Inspect opens the halted world's log with a node that does not run.
func (w *World) Inspect() *node.Node {
	w.T.Helper()
	w.openStore()
	w.openNode(w.Store)
	return w.Node
}
