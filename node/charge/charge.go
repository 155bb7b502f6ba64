// Package charge reads what a server asks for with 402: L402 challenges (LSAT too) and charges of the
// `Payment` scheme over Lightning, each held against its own invoice.
//
// It guarantees that a charge names one amount and one payment hash: an invoice without an amount, of
// another hash than the token names, or other than its challenge says, is no charge. It refuses to
// know HTTP, the clock, prices that are too dear, and who pays.
package charge

import (
	"errors"
	"fmt"
	"time"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/mpp"
)

// Payment is the name of the scheme beside those of package l402, "L402" and "LSAT". What is bought by
// it serves one request.
const Payment = "Payment"

// ErrUnusable is a challenge that must not be paid.
var ErrUnusable = errors.New("unusable payment challenge")

// Charge is one challenge that can be paid. Its texts are foreign.
type Charge struct {
	Scheme  string // "L402", "LSAT" or Payment
	Token   string // what Authorization needs beside the preimage; half of a credential
	Text    string // the invoice, BOLT11 in lower case
	Invoice bolt11.Invoice
	Expires time.Time // the earlier of the invoice's end and the challenge's
}

// String names the charge without its token.
func (c Charge) String() string {
	return fmt.Sprintf("%s charge of %d msat, payment hash %x", c.Scheme, c.Invoice.AmountMsat, c.Invoice.PaymentHash)
}

// GoString hides the token.
func (c Charge) GoString() string { return c.String() }

// lastS is the last second of the year 9999, beyond which no time can be written.
const lastS = 253_402_300_799

// Read finds the charges among the values of a 402 answer's WWW-Authenticate fields: L402, then LSAT,
// then Payment, at most eight of each sort. Without one the error is about the first challenge that
// could have been: ErrUnusable, or the one of l402.ParseDemands or mpp.ParseChallenges. What is good in a
// list that holds others too is returned, and why the others are not is not said.
func Read(values []string) ([]Charge, error) {
	var found []Charge
	var first error
	note := func(c Charge, err error) {
		if err == nil {
			found = append(found, c)
		} else if first == nil {
			first = err
		}
	}
	demands, noL402 := l402.ParseDemands(values)
	for _, d := range demands {
		note(ofDemand(d))
	}
	challenges, noPayment := mpp.ParseChallenges(values)
	for _, c := range challenges {
		note(ofChallenge(c))
	}
	switch {
	case len(found) > 0:
		return found, nil
	case first != nil:
		return nil, first
	case errors.Is(noL402, l402.ErrNoCredentials) && !errors.Is(noPayment, mpp.ErrNone):
		return nil, noPayment
	}
	return nil, noL402
}

// ofDemand holds an L402 challenge against its invoice. A token that names no payment hash is taken
// as it is.
func ofDemand(d l402.Demand) (Charge, error) {
	c := Charge{Scheme: d.Scheme, Token: d.Token(), Text: d.Invoice}
	if err := c.decode(); err != nil {
		return Charge{}, err
	}
	if hash, named := d.PaymentHash(); named && hash != c.Invoice.PaymentHash {
		return Charge{}, fmt.Errorf("%w: the invoice's payment hash %x is not the macaroon's %s", ErrUnusable, c.Invoice.PaymentHash, hash)
	}
	return c, nil
}

// networks are the words of the Payment scheme for what an invoice starts with.
var networks = map[string]string{"lnbc": "mainnet", "lntb": "testnet", "lntbs": "signet", "lnbcrt": "regtest"}

// ofChallenge holds a charge of the Payment scheme against its invoice.
func ofChallenge(ch mpp.Challenge) (Charge, error) {
	said, err := ch.Charge()
	if err != nil {
		return Charge{}, err
	}
	c := Charge{Scheme: Payment, Text: said.Invoice}
	if err := c.decode(); err != nil {
		return Charge{}, err
	}
	switch {
	case said.AmountMsat != c.Invoice.AmountMsat:
		return Charge{}, fmt.Errorf("%w: the invoice is over %d msat, the challenge asks for %d msat", ErrUnusable, c.Invoice.AmountMsat, said.AmountMsat)
	case said.PaymentHash != c.Invoice.PaymentHash:
		return Charge{}, fmt.Errorf("%w: the invoice's payment hash %x is not the challenge's %x", ErrUnusable, c.Invoice.PaymentHash, said.PaymentHash)
	case said.Network != "" && said.Network != networks[c.Invoice.Prefix]:
		return Charge{}, fmt.Errorf("%w: the invoice is one of %q, the challenge says %.20q", ErrUnusable, networks[c.Invoice.Prefix], said.Network)
	}
	if !said.Expires.IsZero() && said.Expires.Before(c.Expires) {
		c.Expires = said.Expires
	}
	c.Token, err = ch.Token()
	return c, err
}

func (c *Charge) decode() error {
	var err error
	if c.Invoice, err = bolt11.Decode(c.Text); err != nil {
		return fmt.Errorf("%w: invoice: %w", ErrUnusable, err)
	}
	if c.Invoice.AmountMsat == 0 {
		return fmt.Errorf("%w: invoice: must name an amount", ErrUnusable)
	}
	c.Expires = time.Unix(min(c.Invoice.ExpiresS(), lastS), 0)
	return nil
}

// Authorization is the value of the Authorization field that a charge's payment buys, of the scheme and
// token that a Charge had. It is a secret.
func Authorization(scheme, token string, preimage l402.Preimage) (string, error) {
	if scheme == Payment {
		ch, err := mpp.ParseToken(token)
		if err != nil {
			return "", err
		}
		return ch.Paid(preimage).Authorization()
	}
	cred, err := l402.NewCredential(token, preimage)
	if err != nil {
		return "", err
	}
	if scheme == "LSAT" {
		return "LSAT" + cred.Authorization()[len("L402"):], nil
	}
	return cred.Authorization(), nil
}
