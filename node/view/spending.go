package view

import (
	"github.com/econd/econd/node/budget"
	"github.com/econd/econd/node/op"
)

// SpendRequest is what somebody wants to spend, for a check. What is absent is filled in
// from the texts where they say it: hash, amount and node of an invoice, the origin of a URL
// and, by asking it, its price.
type SpendRequest struct {
	Type         string        `json:"type" schema:"enum=bolt11|keysend|lnurl|l402"`
	AmountMsat   int64         `json:"amount_msat,omitempty"`    // 0: what the invoice or the URL asks for
	FeeLimitMsat *int64        `json:"fee_limit_msat,omitempty"` // absent: as for payouts of the treasury
	Purpose      string        `json:"purpose"`
	Node         op.NodeKey    `json:"node,omitzero"`     // keysend
	Address      string        `json:"address,omitempty"` // lnurl: name@host
	Texts        op.SpendTexts `json:"texts"`
	Key          string        `json:"key,omitempty"`
	Count        int64         `json:"count,omitempty"`
}

// SpendCheck says what would become of a spend, and what is to be signed for it.
type SpendCheck struct {
	ID        string        `json:"id" schema:"is=SpendID"` // that the spend has, or would have
	Content   op.Spend      `json:"content"`                // of the operation spend, to be signed
	Allowed   bool          `json:"allowed"`                // the rules would take it now
	Refused   *RuleRefusal  `json:"refused,omitempty"`      // why not
	Approvals bool          `json:"approvals,omitempty"`    // it would wait for approvals
	Trace     *budget.Trace `json:"trace,omitempty"`        // the rules of the wallet's own budget and their numbers
	Payment   *Payment      `json:"payment,omitempty"`      // it stands already
	Salt      op.Hash       `json:"salt"`                   // of the wallet's commitments, for its owner and spender
}

// RuleRefusal is which rule refuses something, and why.
type RuleRefusal struct {
	Field string `json:"field,omitempty"`
	Rule  string `json:"rule"`
	Text  string `json:"text"`
}

// SpendOrder is a signed spend with the texts that the log does not say.
type SpendOrder struct {
	Event op.Raw        `json:"event" schema:"is=Event"` // operation spend
	Texts op.SpendTexts `json:"texts"`
	WaitS int64         `json:"wait_s,omitempty" schema:"min=0,max=25"` // for the end, at most; 0: not at all
}

// SpendResult is a payment, and what whoever was paid by HTTP answered.
type SpendResult struct {
	Payment  Payment      `json:"payment"`
	Receipt  *Receipt     `json:"receipt,omitempty"`  // of the operation, where it was recorded now
	Replay   bool         `json:"replay,omitempty"`   // it stood already
	Response *SpendAnswer `json:"response,omitempty"` // l402: of a settled one, or of an origin that wanted no payment
	Failure  string       `json:"failure,omitempty"`  // l402: why there is no response to what was paid; ask again
}

// SpendAnswer is what an HTTP server answered to who paid.
type SpendAnswer struct {
	Status int               `json:"status"`
	Header map[string]string `json:"header,omitempty" schema:"is=TextMap"`
	Body   op.Base64         `json:"body,omitempty" schema:"is=Base64"` // base64
	Cut    bool              `json:"cut,omitempty"`                     // the body went on
}
