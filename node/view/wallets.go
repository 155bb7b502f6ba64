package view

import (
	"github.com/econd/econd/node/budget"
	"github.com/econd/econd/node/op"
)

// Wallet is one wallet as it is at a given instant.
type Wallet struct {
	ID      string        `json:"id" schema:"is=WalletID"`
	Name    string        `json:"name"`
	Owner   op.PublicKey  `json:"owner"`
	Parent  string        `json:"parent,omitempty" schema:"is=WalletID"` // that it is a part of
	Spender op.PublicKey  `json:"spender,omitzero"`                      // another key that may spend from it, too
	Service string        `json:"service,omitempty"`                     // what it is for
	Budget  *WalletBudget `json:"budget,omitempty"`                      // absent: nothing is spent from it
	Open    bool          `json:"open"`                                  // not closed
	Breaker bool          `json:"breaker"`                               // one is open that stops new spends from it
	Seq     uint64        `json:"seq"`
}

// WalletBudget is what may be spent from a wallet, who said so, and what of it was.
type WalletBudget struct {
	Terms    budget.Terms   `json:"terms"`
	Version  int64          `json:"version"`                                          // counts the budgets of the wallet
	By       string         `json:"by" schema:"enum=decision|operator|owner|genesis"` // who set it
	Proposal op.ID          `json:"proposal,omitzero"`                                // by decision
	Seq      uint64         `json:"seq"`                                              // the entry that set it
	Figures  budget.Figures `json:"figures"`
}

// Payment is one payment from a wallet.
type Payment struct {
	ID           string        `json:"id" schema:"is=SpendID"`
	Wallet       string        `json:"wallet" schema:"is=WalletID"`
	Type         string        `json:"type" schema:"enum=bolt11|keysend|lnurl|l402"`
	State        string        `json:"state" schema:"is=SpendState"`
	By           op.PublicKey  `json:"by"` // who asked for it
	Purpose      string        `json:"purpose"`
	AmountMsat   int64         `json:"amount_msat"`              // asked for, at most
	FeeLimitMsat int64         `json:"fee_limit_msat"`           // what the route may cost
	Node         op.NodeKey    `json:"node,omitzero"`            // who is paid, where that is known
	Address      string        `json:"address,omitempty"`        // lightning address
	Origin       string        `json:"origin,omitempty"`         // that asks for the payment by HTTP
	Commitment   op.Hash       `json:"commitment,omitzero"`      // over the texts that the log does not say
	MemoCommit   op.Hash       `json:"memo_commitment,omitzero"` // over the memo
	Key          string        `json:"key,omitempty"`            // the client's
	Count        int64         `json:"count,omitempty"`
	PaymentHash  op.Hash       `json:"payment_hash,omitzero"`
	PaidMsat     int64         `json:"paid_msat,omitempty"` // of a submitted one, to the payee
	FeeMsat      int64         `json:"fee_msat,omitempty"`  // of a settled one
	Preimage     op.Hash       `json:"preimage,omitzero"`   // of a settled one
	Reason       string        `json:"reason,omitempty"`    // of a failed one
	Tries        int64         `json:"tries"`               // how many times it was asked for; more than once where it had failed
	Approved     []Assent      `json:"approved,omitempty"`
	Seq          uint64        `json:"seq"` // the operation that asked for it, the last
	Steps        []PaymentStep `json:"steps"`
}

// PaymentStep is one transition of a spend. It follows from its entry and those before.
type PaymentStep struct {
	Seq        uint64        `json:"seq"`
	TimeMs     int64         `json:"time_ms"`
	State      string        `json:"state" schema:"is=SpendState"`
	Budget     int64         `json:"budget_version"`
	BeforeMsat int64         `json:"before_msat"`     // what the wallet's own budget had available
	AfterMsat  int64         `json:"after_msat"`      // and has then
	Trace      *budget.Trace `json:"trace,omitempty"` // the rules and their numbers, where the budget was asked
}

// Trip is a breaker that opened for the sake of the sats.
type Trip struct {
	ID      op.ID    `json:"id"` // of the fact that opened it
	Scope   string   `json:"scope" schema:"enum=node|agent|wallet"`
	Subject string   `json:"subject,omitempty"`
	Cause   string   `json:"cause"`
	Figures string   `json:"figures"`
	Seq     uint64   `json:"seq"`
	TimeMs  int64    `json:"time_ms"`
	Resets  []Assent `json:"resets,omitempty"` // who signed that it be closed
	Closed  uint64   `json:"closed,omitempty"` // the entry that closed it
}
