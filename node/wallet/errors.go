package wallet

import (
	"errors"
	"fmt"
)

// The kinds of failure, for errors.Is.
var (
	// ErrConfig: the configuration cannot work.
	ErrConfig = errors.New("wallet configuration")

	// ErrDemand: the server asks for payment in a way that must not be paid.
	ErrDemand = errors.New("unusable payment demand")

	// ErrTooDear: the price, or with it the sum of what was spent, is above the
	// limit and was not confirmed. The error is a *PriceError.
	ErrTooDear = errors.New("price above the limit")

	// ErrNotBought: payment is asked for by a request that is to buy nothing, see
	// WithoutBuying.
	ErrNotBought = errors.New("nothing is bought for this request")

	// ErrNoPayer: payment is asked for and no Lightning node is configured.
	ErrNoPayer = errors.New("no Lightning node to pay with")

	// ErrPayment: the payment failed; nothing was spent.
	ErrPayment = errors.New("payment failed")

	// ErrUnresolved: whether the payment went through is not known yet. The
	// same request will look it up and not pay again.
	ErrUnresolved = errors.New("payment is not resolved yet")

	// ErrTokenRefused: the server took the payment and refuses its token.
	ErrTokenRefused = errors.New("paid token refused")

	// ErrStore: a token cannot be read or stored.
	ErrStore = errors.New("token store")

	// ErrUnavailable: the Lightning node does not answer.
	ErrUnavailable = errors.New("lnd is unavailable")

	// ErrPermission: the macaroon does not allow the call.
	ErrPermission = errors.New("lnd refuses the macaroon")
)

// DemandError is a demand that cannot be used, with what the server says to people. Its
// kind is ErrDemand.
type DemandError struct {
	Err  error
	Said []byte // start of the answer's body: foreign text
}

// Error says what is wrong with the demand.
func (e *DemandError) Error() string { return e.Err.Error() }

// Unwrap gives errors.Is the kind.
func (e *DemandError) Unwrap() error { return e.Err }

// PriceError says what was asked for. Its kind is ErrTooDear.
type PriceError struct {
	Price        Price
	MaxSats      int64
	MaxTotalSats int64 // 0: none
}

// Error names the price and the limit that it is above.
func (e *PriceError) Error() string {
	if e.Price.Sat <= e.MaxSats {
		return fmt.Sprintf("%v: %s asks %d sat (plus at most %d sat of routing fee) and %d sat are spent already, the limit of the sum is %d sat",
			ErrTooDear, e.Price.Origin, e.Price.Sat, e.Price.FeeLimitSat, e.Price.SpentSat, e.MaxTotalSats)
	}
	return fmt.Sprintf("%v: %s asks %d sat, the limit is %d sat", ErrTooDear, e.Price.Origin, e.Price.Sat, e.MaxSats)
}

// OverTotal tells whether the sum would be above its limit.
func (e *PriceError) OverTotal() bool { return e.MaxTotalSats > 0 && e.NeedsTotal() > e.MaxTotalSats }

// NeedsTotal is the limit of the sum, in sats, that would allow the payment: what
// is spent, the price, and the most that its route may cost.
func (e *PriceError) NeedsTotal() int64 { return e.Price.SpentSat + e.Price.Sat + e.Price.FeeLimitSat }

// Unwrap gives errors.Is the kind.
func (e *PriceError) Unwrap() error { return ErrTooDear }
