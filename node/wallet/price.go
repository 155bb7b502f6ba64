package wallet

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/charge"
	"github.com/econd/econd/node/op"
)

// Price is what a server asks for one request, before it is paid.
type Price struct {
	Origin      string // scheme://host[:port] of the server
	Method      string
	Path        string
	Sat         int64  // rounded up
	AmountMsat  int64  // exactly
	FeeLimitSat int64  // what routing may cost on top, rounded up
	SpentSat    int64  // what the Wallet spent in the last 24 hours, with fees, rounded up
	Payee       string // node that the invoice pays, 66 hex digits
	Description string // what the invoice says it is for; foreign text
	PaymentHash l402.Hash
	Issued      time.Time // by the payee's clock
	Expires     time.Time
}

// MaxSat is all bitcoin there will be, in sats.
const MaxSat = 21_000_000 * 100_000_000

// maxMisdated is how far an invoice's date may be from the present: it was made
// for this request. An older one could keep a complaint about the service out.
const maxMisdated = 5 * time.Minute

// lastS is the last second of the year 9999, beyond which no time can be written.
const lastS = 253_402_300_799

// ReadInvoice decodes a BOLT11 invoice of any Bitcoin network and returns its
// price, without origin and fee limit. ErrDemand if it is malformed or leaves
// the amount open.
func ReadInvoice(invoice string) (Price, error) {
	inv, err := bolt11.Decode(invoice)
	if err != nil {
		return Price{}, fmt.Errorf("%w: invoice: %w", ErrDemand, err)
	}
	if inv.AmountMsat == 0 {
		return Price{}, fmt.Errorf("%w: invoice: must name an amount", ErrDemand)
	}
	return priceIn(inv), nil
}

// priceIn is what an invoice with an amount says of a price.
func priceIn(inv bolt11.Invoice) Price {
	return Price{Sat: ceilSat(inv.AmountMsat), AmountMsat: inv.AmountMsat, PaymentHash: inv.PaymentHash, Payee: hex.EncodeToString(inv.Payee[:]),
		Description: inv.Description, Issued: time.Unix(inv.TimestampS, 0), Expires: time.Unix(min(inv.ExpiresS(), lastS), 0)}
}

// Is tells whether the price is exactly a number of sats. Comparing millisatoshis
// would wrap for a number from a server.
func (p Price) Is(sat int64) bool { return p.AmountMsat%1000 == 0 && p.AmountMsat/1000 == sat }

// ceilSat turns millisatoshis into satoshis, rounded up: a limit holds for what
// is really spent.
func ceilSat(msat int64) int64 {
	sat := msat / 1000
	if msat%1000 != 0 {
		sat++
	}
	return sat
}

// FeeLimitMsat is the most that routing an amount may cost unless somebody says
// otherwise, in msat: a share of the amount, rounded down, and at least a base
// that lets small amounts find a route.
func FeeLimitMsat(amountMsat int64) int64 {
	const (
		base     = 10_000 // msat
		perMille = 50
	)
	return max(base, amountMsat/1000*perMille)
}

// FeeLimitSat is the most that routing an amount up to MaxSat may cost, in sats,
// rounded up.
func FeeLimitSat(amountSat int64) int64 { return ceilSat(FeeLimitMsat(1000 * amountSat)) }

// choose takes the cheapest charge that may be paid, the preferred one of equals: one of L402 where there
// is one, for its token serves more than one request. Without one the error is about the preferred one.
func choose(req *http.Request, s scope, challenges []string, now time.Time) (best charge.Charge, price Price, err error) {
	charges, err := charge.Read(challenges)
	if err != nil {
		return best, price, fmt.Errorf("%w: %w", ErrDemand, err)
	}
	var first error
	found := false
	for _, c := range charges {
		if found && c.Scheme == charge.Payment {
			break
		}
		p, err := priceOf(s, c, now)
		if err == nil {
			err = checkCustomer(req, p)
		}
		switch {
		case err != nil && first == nil:
			first = err
		case err == nil && (!found || p.AmountMsat < price.AmountMsat):
			best, price, found = c, p, true
		}
	}
	if !found {
		return best, price, first
	}
	return best, price, nil
}

// checkCustomer refuses an invoice that names another customer than the request.
func checkCustomer(req *http.Request, p Price) error {
	want := req.Header.Get(l402.CustomerHeader)
	if want == "" {
		return nil
	}
	if named, ok := op.CustomerOf(p.Description); ok && named.String() != want {
		return fmt.Errorf("%w: the invoice names %s as its customer, not %s; who pays it could not complain about the service", ErrDemand, named, want)
	}
	return nil
}

// priceOf checks a charge and returns what it asks for.
func priceOf(s scope, c charge.Charge, now time.Time) (Price, error) {
	p := priceIn(c.Invoice)
	p.Origin, p.Method, p.Path, p.Expires = s.origin, s.method, s.path, c.Expires
	p.FeeLimitSat = ceilSat(FeeLimitMsat(p.AmountMsat))
	switch {
	case p.Issued.Before(now.Add(-maxMisdated)), p.Issued.After(now.Add(maxMisdated)):
		return p, fmt.Errorf("%w: the invoice is dated %s, it is %s; more than %v apart is not paid: who pays it might not be able to complain about the service (or a clock is wrong)",
			ErrDemand, p.Issued.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339), maxMisdated)
	case !now.Before(p.Expires):
		return p, fmt.Errorf("%w: the invoice expired at %s", ErrDemand, p.Expires.UTC().Format(time.RFC3339))
	}
	return p, nil
}
