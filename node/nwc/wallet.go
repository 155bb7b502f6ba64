package nwc

import (
	"context"
	"errors"
	"fmt"
)

// Wallet is what a connection pays from. Methods may be called concurrently. An *Error is told to the
// client as it is; another error as INTERNAL, without its text.
type Wallet interface {
	Info(ctx context.Context) (Info, error)
	Balance(ctx context.Context) (msat int64, err error)

	// Budget is what may be spent; the zero Budget for no bound.
	Budget(ctx context.Context) (Budget, error)

	// PayInvoice and PayKeysend return when the payment is settled or has failed for good. The same Key
	// again is the same payment, whatever became of the first call. An error of ctx says nothing about the payment.
	PayInvoice(ctx context.Context, p PayInvoice) (Paid, error)
	PayKeysend(ctx context.Context, p PayKeysend) (Paid, error)

	// Payments are what was paid, the newest first, created from from until until, in Unix seconds.
	Payments(ctx context.Context, from, until int64) ([]Transaction, error)
}

// Receiver makes invoices.
type Receiver interface {
	MakeInvoice(ctx context.Context, i NewInvoice) (Transaction, error)

	// LookupInvoice finds an invoice by its payment hash, 64 hex digits. ErrNotFound.
	LookupInvoice(ctx context.Context, hash string) (Transaction, error)

	// Invoices are those that were made, the newest first, created from from until until.
	Invoices(ctx context.Context, from, until int64) ([]Transaction, error)

	// Received calls paid for each invoice that is paid from now on, until ctx ends.
	Received(ctx context.Context, paid func(Transaction)) error
}

// Holder makes invoices that are held until they are settled or cancelled.
type Holder interface {
	MakeHoldInvoice(ctx context.Context, i NewInvoice) (Transaction, error) // i.PaymentHash is set
	SettleHoldInvoice(ctx context.Context, preimage string) error
	CancelHoldInvoice(ctx context.Context, hash string) error
}

// Info says who pays.
type Info struct {
	Alias       string `json:"alias"`
	Color       string `json:"color"`
	PubKey      string `json:"pubkey"`
	Network     string `json:"network"` // mainnet, testnet, signet or regtest
	BlockHeight int64  `json:"block_height"`
	BlockHash   string `json:"block_hash"`
}

// Budget is what may be spent in a period.
type Budget struct {
	UsedMsat  int64  `json:"used_budget"`
	TotalMsat int64  `json:"total_budget"`
	RenewsAt  int64  `json:"renews_at,omitempty"`      // Unix seconds
	Period    string `json:"renewal_period,omitempty"` // daily, weekly, monthly, yearly or never
}

// PayInvoice is an invoice that is to be paid.
type PayInvoice struct {
	Key         string // 64 hex digits
	Invoice     string // BOLT11, decoded and not expired
	PaymentHash string
	Payee       [33]byte
	AmountMsat  int64 // of the invoice, or what the client says where it has none
	Description string
}

// PayKeysend is a payment to a node.
type PayKeysend struct {
	Key        string // 64 hex digits
	Node       [33]byte
	AmountMsat int64
}

// Paid is a payment that is settled.
type Paid struct {
	Preimage    string `json:"preimage"`
	FeesMsat    int64  `json:"fees_paid"`
	PaymentHash string `json:"-"`
	CreatedAt   int64  `json:"-"` // Unix seconds
	SettledAt   int64  `json:"-"`
}

// NewInvoice is what an invoice is to say.
type NewInvoice struct {
	AmountMsat      int64  `json:"amount"`
	Description     string `json:"description"`
	DescriptionHash string `json:"description_hash"`
	ExpiryS         int64  `json:"expiry"`
	PaymentHash     string `json:"payment_hash"`          // hold invoices alone
	MinCltvDelta    int64  `json:"min_cltv_expiry_delta"` // hold invoices alone
}

// Transaction is an invoice or a payment, as NIP-47 has it.
type Transaction struct {
	Type            string `json:"type"`  // incoming or outgoing
	State           string `json:"state"` // pending, settled, accepted, expired or failed
	Invoice         string `json:"invoice,omitempty"`
	Description     string `json:"description,omitempty"`
	DescriptionHash string `json:"description_hash,omitempty"`
	Preimage        string `json:"preimage,omitempty"`
	PaymentHash     string `json:"payment_hash"`
	AmountMsat      int64  `json:"amount"`
	FeesMsat        int64  `json:"fees_paid"`
	CreatedAt       int64  `json:"created_at"`
	ExpiresAt       int64  `json:"expires_at,omitempty"`
	SettledAt       int64  `json:"settled_at,omitempty"`
}

// The states and types of a Transaction.
const (
	Incoming = "incoming"
	Outgoing = "outgoing"

	Pending  = "pending"
	Accepted = "accepted" // held
	Settled  = "settled"
	Failed   = "failed"
)

// Code is an error code of NIP-47.
type Code string

// The error codes of NIP-47.
const (
	RateLimited           Code = "RATE_LIMITED"
	NotImplemented        Code = "NOT_IMPLEMENTED"
	InsufficientBalance   Code = "INSUFFICIENT_BALANCE"
	QuotaExceeded         Code = "QUOTA_EXCEEDED"
	Restricted            Code = "RESTRICTED"
	Unauthorized          Code = "UNAUTHORIZED"
	Internal              Code = "INTERNAL"
	UnsupportedEncryption Code = "UNSUPPORTED_ENCRYPTION"
	PaymentFailed         Code = "PAYMENT_FAILED"
	NotFound              Code = "NOT_FOUND"
	Other                 Code = "OTHER"
)

// Error is what a client is told.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

// Error implements error.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Errorf makes an Error.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{code, fmt.Sprintf(format, args...)}
}

// ErrNotFound says that there is no such invoice.
var ErrNotFound = errors.New("no such invoice")
