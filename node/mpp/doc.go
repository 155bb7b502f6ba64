// Package mpp is the `Payment` HTTP authentication scheme (draft-httpauth-payment-00) with the
// method "lightning" and the intent "charge" (draft-lightning-charge-00): challenges, what they
// charge, credentials, receipts, and the bytes under all of them, canonical JSON (RFC 8785) and
// unpadded base64url.
//
// A seller answers 402 with a challenge; its id is an HMAC over the other parameters, so that
// nothing is kept for it. A buyer pays the invoice in it and sends the challenge back with the
// preimage. A charge that was paid buys one request.
//
// It guarantees that what it writes has one encoding, that what it reads is bounded, and that a text
// in which readers of other makes may see different values (a member twice, loose base64) is refused.
// It refuses to know HTTP, what an invoice says, the clock, and who pays. Its functions may be
// called concurrently.
package mpp

import (
	"errors"
	"fmt"
)

// ErrMalformed says that a text is not what the scheme says, or too large.
var ErrMalformed = errors.New("malformed Payment scheme")

// ErrNone says that there is no challenge of the scheme.
var ErrNone = errors.New("no Payment challenge")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrMalformed, fmt.Errorf(format, args...))
}
