package node

import (
	"context"
	"errors"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Bill is what a spend pays: what its payee asks for, in the end a Lightning payment.
type Bill struct {
	Invoice     string     `json:"invoice,omitempty"` // BOLT11; empty: keysend
	PaymentHash op.Hash    `json:"payment_hash"`
	AmountMsat  int64      `json:"amount_msat"`
	Node        op.NodeKey `json:"node,omitzero"`   // who is paid; zero where the invoice hides it
	Charge      op.Raw     `json:"charge,omitzero"` // what whoever asks for it by HTTP wants to see again; of Payees
}

// FinalError is a failure that another try does not mend: nothing was paid, and the spend
// has failed.
type FinalError struct {
	Reason   string
	Unneeded bool // whoever was asked answered without a payment
}

// Error says why.
func (e *FinalError) Error() string { return e.Reason }

// ErrNoTexts says that what the log does not say of a spend is not at hand.
var ErrNoTexts = errors.New("the texts of the spend are not kept here")

// SpendBook keeps, beside the log, what it does not say of spends. What is kept is on disk
// when a method returns. Safe for concurrent use.
type SpendBook interface {
	// Texts returns what was handed in with a spend, that it commits to, or ErrNoTexts.
	Texts(spend string, commitment op.Hash) (op.SpendTexts, error)
	// KeepBill keeps what a try of a spend pays, before that is submitted. Once kept it
	// does not change.
	KeepBill(spend string, try int64, b Bill) error
	// Bill returns it; false if none is kept.
	Bill(spend string, try int64) (Bill, bool, error)
}

// Answer is what an HTTP server answered to who paid.
type Answer struct {
	Status int                 `json:"status"`
	Header map[string][]string `json:"header,omitempty"`
	Body   []byte              `json:"body,omitempty"`
	Cut    bool                `json:"cut,omitempty"` // the body went on
}

// Payees asks whom a spend pays. It looks at what they ask for as strictly as at an attack.
type Payees interface {
	// Bill asks for a spend by lnurl or l402 what it has to pay: at most its amount, on the
	// economy's network. A FinalError says that asking again is no use.
	Bill(ctx context.Context, s view.Payment, t op.SpendTexts) (Bill, error)
	// Deliver shows whoever asked by l402 that it was paid, and returns what it answers. It
	// may be called again, as long as what was paid for lasts.
	Deliver(ctx context.Context, s view.Payment, t op.SpendTexts, b Bill) (Answer, error)
}
