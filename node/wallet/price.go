package wallet

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/bolt11"
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
	return Price{Sat: ceilSat(inv.AmountMsat), AmountMsat: inv.AmountMsat, PaymentHash: inv.PaymentHash, Payee: hex.EncodeToString(inv.Payee[:]),
		Description: inv.Description, Issued: time.Unix(inv.TimestampS, 0), Expires: time.Unix(min(inv.ExpiresS(), lastS), 0)}, nil
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

// choose takes the cheapest challenge that may be paid, the preferred one of equals.
// Without one the error is about the preferred one.
func choose(req *http.Request, s scope, challenges []string, now time.Time) (best l402.Demand, price Price, err error) {
	demands, err := l402.ParseDemands(challenges)
	if err != nil {
		return best, price, fmt.Errorf("%w: %w", ErrDemand, err)
	}
	var first error
	found := false
	for _, d := range demands {
		p, err := priceOf(s, d, now)
		if err == nil {
			err = checkCustomer(req, d)
		}
		switch {
		case err != nil && first == nil:
			first = err
		case err == nil && (!found || p.AmountMsat < price.AmountMsat):
			best, price, found = d, p, true
		}
	}
	if !found {
		return best, price, first
	}
	return best, price, nil
}

// checkCustomer refuses an invoice that names another customer than the request.
func checkCustomer(req *http.Request, d l402.Demand) error {
	want := req.Header.Get(l402.CustomerHeader)
	if want == "" {
		return nil
	}
	p, err := ReadInvoice(d.Invoice)
	if err != nil {
		return err
	}
	if named, ok := op.CustomerOf(p.Description); ok && named.String() != want {
		return fmt.Errorf("%w: the invoice names %s as its customer, not %s; who pays it could not complain about the service", ErrDemand, named, want)
	}
	return nil
}

// priceOf checks a challenge and returns what it asks for. A token that names a
// payment hash must name the invoice's; one that names none is taken as it is.
func priceOf(s scope, d l402.Demand, now time.Time) (Price, error) {
	p, err := ReadInvoice(d.Invoice)
	if err != nil {
		return p, err
	}
	p.Origin, p.Method, p.Path = s.origin, s.method, s.path
	p.FeeLimitSat = ceilSat(FeeLimitMsat(p.AmountMsat))
	hash, named := d.PaymentHash()
	switch {
	case named && hash != p.PaymentHash:
		return p, fmt.Errorf("%w: the invoice's payment hash %s is not the macaroon's %s", ErrDemand, p.PaymentHash, hash)
	case p.Issued.Before(now.Add(-maxMisdated)), p.Issued.After(now.Add(maxMisdated)):
		return p, fmt.Errorf("%w: the invoice is dated %s, it is %s; more than %v apart is not paid: who pays it might not be able to complain about the service (or a clock is wrong)",
			ErrDemand, p.Issued.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339), maxMisdated)
	case !now.Before(p.Expires):
		return p, fmt.Errorf("%w: the invoice expired at %s", ErrDemand, p.Expires.UTC().Format(time.RFC3339))
	}
	return p, nil
}
