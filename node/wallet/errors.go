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

	// ErrTooDear: the price is above the limit and was not confirmed. The
	// error is a *PriceError.
	ErrTooDear = errors.New("price above the limit")

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

// PriceError says what was asked for. Its kind is ErrTooDear.
type PriceError struct {
	Price   Price
	MaxSats int64
}

// Error names the price and the limit.
func (e *PriceError) Error() string {
	return fmt.Sprintf("%v: %s asks %d sat, the limit is %d sat", ErrTooDear, e.Price.Origin, e.Price.Sat, e.MaxSats)
}

// Unwrap gives errors.Is the kind.
func (e *PriceError) Unwrap() error { return ErrTooDear }
