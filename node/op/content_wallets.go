package op

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"github.com/econd/econd/node/budget"
)

// OpenWallet (3933) opens a wallet of the signer, or one that is a part of another wallet
// of the signer's. What may be spent from it, its budget, says a decision, or the operator
// within the constitution's bounds; of a part says its owner, and the budgets of all that it
// is a part of hold as well.
type OpenWallet struct {
	Name    string        `json:"name" schema:"min=1,max=40"`        // each once among the owner's: a-z, 0-9, '-' and '_'
	Parent  string        `json:"parent,omitempty"`                  // id of the wallet that it is a part of
	Terms   *budget.Terms `json:"terms,omitempty"`                   // the budget of a part; absent for others
	Spender PublicKey     `json:"spender,omitzero"`                  // another key that may spend from it, too
	Service string        `json:"service,omitempty" schema:"max=64"` // what it is for
}

// CloseWallet (3934) ends a wallet and its parts: nothing more is spent from them. What is
// under way goes on.
type CloseWallet struct {
	Wallet string `json:"wallet"`
}

// How a spend names whom it pays.
const (
	SpendInvoice = "bolt11"  // a BOLT11 invoice, by its payment hash
	SpendKeysend = "keysend" // a Lightning node
	SpendAddress = "lnurl"   // a lightning address (LUD-16), or the host of an LNURL (LUD-06)
	SpendURL     = "l402"    // what an HTTP origin asks for with status 402
)

// Spend (3935) spends from a wallet. Its id does not come from the event but from what it
// asks for, so that the same request again is the same spend: see SpendID.
type Spend struct {
	Wallet       string `json:"wallet"`
	Type         string `json:"type" schema:"enum=bolt11|keysend|lnurl|l402"`
	AmountMsat   int64  `json:"amount_msat" schema:"min=1"`    // what the payee gets; for l402 at most
	FeeLimitMsat int64  `json:"fee_limit_msat" schema:"min=0"` // what the route may cost
	Purpose      string `json:"purpose" schema:"min=1,max=40"` // a-z, 0-9, '-' and '_'

	PaymentHash Hash    `json:"payment_hash,omitzero"` // bolt11: of the invoice
	Node        NodeKey `json:"node,omitzero"`         // bolt11, keysend: who is paid
	Address     string  `json:"address,omitempty"`     // lnurl: name@host
	Origin      string  `json:"origin,omitempty"`      // l402: https://host[:port]

	// Commitment is over what is not said here and tells one request from another, and
	// MemoCommitment over what is said of it, each with a salt: see SpendTexts. The texts
	// stay with the operator and the owner.
	Commitment     Hash `json:"commitment,omitzero"`
	MemoCommitment Hash `json:"memo_commitment,omitzero"`

	// Key is the client's own name for this spend. Without it, what asks for the same is
	// the same spend; Count says how many times it is meant.
	Key   string `json:"key,omitempty" schema:"max=64"`
	Count int64  `json:"count,omitempty" schema:"min=0,max=1000000"`
}

// ApproveSpend (3936) lets a spend go on that its wallet's budget asks approvals for.
type ApproveSpend struct {
	Spend string `json:"spend"`
}

// ResetBreaker (3937) closes a breaker that opened for the sake of the sats. It takes
// effect when as many have signed as must agree.
type ResetBreaker struct {
	Trip   ID     `json:"trip"` // the fact that opened it
	Reason string `json:"reason" schema:"min=1,max=2000"`
}

// WalletBudget (3938): the operator sets a wallet's budget, within the bounds that the
// constitution sets, or takes back one that it had set.
type WalletBudget struct {
	Wallet string        `json:"wallet"`
	Terms  *budget.Terms `json:"terms,omitempty"` // absent: it is taken back
}

// SpendSubmitted (3978): the spend's payment is about to be sent. It is recorded before it
// leaves, so whatever happens afterwards the payment can be found by its hash.
type SpendSubmitted struct {
	Effect      string  `json:"effect"`
	Spend       string  `json:"spend"`
	PaymentHash Hash    `json:"payment_hash"`
	AmountMsat  int64   `json:"amount_msat" schema:"min=1"`
	Node        NodeKey `json:"node,omitzero"` // who is paid; absent where the invoice hides it
}

// SpendSettled (3979) answers a spend effect: the payee has the sats.
type SpendSettled struct {
	Effect   string `json:"effect"`
	Spend    string `json:"spend"`
	Preimage Hash   `json:"preimage"`
	FeeMsat  int64  `json:"fee_msat" schema:"min=0"` // what the route cost
}

// SpendFailed (3980) answers a spend effect: nothing was paid and nothing is under way.
type SpendFailed struct {
	Effect string `json:"effect"`
	Spend  string `json:"spend"`
	Reason string `json:"reason" schema:"min=1,max=500"` // 1 to 500 bytes
}

// BreakerTripped (3981): a breaker opened for the sake of the sats. Nothing new is spent in
// its scope until it is closed again.
type BreakerTripped struct {
	Scope   string `json:"scope" schema:"enum=node|agent|wallet"`
	Subject string `json:"subject,omitempty"` // an agent's key or a wallet's id; absent for the node
	Cause   string `json:"cause" schema:"min=1,max=40"`
	Figures string `json:"figures" schema:"min=1,max=500"` // what was measured, for people
}

// SpendTexts is what the log does not say of a spend: it travels beside the event.
type SpendTexts struct {
	Invoice string `json:"invoice,omitempty"`                 // bolt11
	URL     string `json:"url,omitempty"`                     // l402: the whole of it; lnurl: where the address is an LNURL's host, the LNURL
	Method  string `json:"method,omitempty"`                  // l402; absent: GET
	Body    Base64 `json:"body,omitempty" schema:"is=Base64"` // l402; in base64

	Header map[string]string `json:"header,omitempty" schema:"is=TextMap"` // l402: further headers of the request; not committed to
	Memo   string            `json:"memo,omitempty"`                       // for the owner
}

// Commitment is zero where there is nothing to commit to, and else
// SHA-256("econd/spend-request" || salt || invoice || url || method || body), each part
// as its length, 8 bytes, big-endian, and its bytes. The salt is the same for all spends of a
// wallet, so the same request has the same commitment, and known to operator and owner
// alone, so nobody else can try texts.
func (t SpendTexts) Commitment(salt Hash) Hash {
	return committed("econd/spend-request", salt, []byte(t.Invoice), []byte(t.URL), []byte(t.Method), t.Body)
}

// MemoCommitment is the same with "econd/spend-memo" and the memo.
func (t SpendTexts) MemoCommitment(salt Hash) Hash {
	return committed("econd/spend-memo", salt, []byte(t.Memo))
}

func committed(what string, salt Hash, parts ...[]byte) Hash {
	h, empty := sha256.New(), true
	h.Write([]byte(what))
	h.Write(salt[:])
	for _, part := range parts {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write(part)
		empty = empty && len(part) == 0
	}
	if empty {
		return Hash{}
	}
	return Hash(h.Sum(nil))
}

// Payee is whom a spend pays, as far as it says: a payment hash, a node, an address or an
// origin.
func (c *Spend) Payee() string {
	switch c.Type {
	case SpendInvoice:
		return c.PaymentHash.String()
	case SpendKeysend:
		return c.Node.String()
	case SpendAddress:
		return c.Address
	}
	return c.Origin
}

// SameAs tells whether both ask for the same, whatever they say of it.
func (c *Spend) SameAs(d *Spend) bool {
	a, b := *c, *d
	a.MemoCommitment, b.MemoCommitment = Hash{}, Hash{}
	return a == b
}

// Base64 is bytes that JSON has in standard base64.
type Base64 []byte

// MarshalText spells the bytes in standard base64.
func (b Base64) MarshalText() ([]byte, error) {
	return base64.StdEncoding.AppendEncode(nil, b), nil
}

// UnmarshalText reads standard base64, strictly.
func (b *Base64) UnmarshalText(text []byte) (err error) {
	*b, err = base64.StdEncoding.Strict().DecodeString(string(text))
	return err
}
