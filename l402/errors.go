package l402

import (
	"errors"
	"fmt"
	"time"
)

// Kind is a class of refusal, for errors.Is.
type Kind string

// Error returns the kind as a sentence fragment.
func (k Kind) Error() string { return string(k) }

// The kinds of refusal.
const (
	// ErrNoCredentials: the request carries no L402 credential at all.
	ErrNoCredentials = Kind("no L402 credential")

	// ErrMalformed: a header, macaroon, identifier or known caveat cannot be
	// read, or exceeds a size limit.
	ErrMalformed = Kind("malformed L402 credential")

	// ErrUnknownToken: the store has no root key for the token: never minted
	// here, revoked, or pruned. RootKeys.Get returns it.
	ErrUnknownToken = Kind("unknown or revoked token")

	// ErrSignature: the HMAC chain does not end in the macaroon's signature.
	ErrSignature = Kind("macaroon signature mismatch")

	// ErrPreimage: the preimage does not hash to the token's payment hash.
	ErrPreimage = Kind("preimage does not match payment hash")

	// ErrExpired: the token's time for this service is over.
	ErrExpired = Kind("token expired")

	// ErrNotAuthorized: the token is valid, but not for this service, tier or
	// capability.
	ErrNotAuthorized = Kind("token does not authorise this request")

	// ErrWidened: a caveat grants more than an earlier one of its condition.
	ErrWidened = Kind("caveat widens an earlier one")

	// ErrUsedUp: the token is genuine, and was used as often as was paid for.
	ErrUsedUp = Kind("token used up")

	// ErrAgent: the token is bound to another agent, or to one that the request
	// does not prove, or to none where the request demands a binding.
	ErrAgent = Kind("token is bound to another agent")

	// ErrRateLimited: too many challenges; see RateLimitError.
	ErrRateLimited = Kind("too many challenges")

	// ErrUnavailable: the store or the invoicer failed. The request may be
	// repeated; nothing is known about the token.
	ErrUnavailable = Kind("L402 back end unavailable")

	// ErrConfig: a configuration field or argument of the caller is invalid.
	ErrConfig = Kind("invalid L402 configuration")
)

// Error is a refusal: its kind, and a sentence that names field and rule. The
// sentence holds no secret.
type Error struct {
	Kind     Kind
	Sentence string
	cause    error
}

// Error returns the kind and the sentence.
func (e *Error) Error() string { return string(e.Kind) + ": " + e.Sentence }

// Unwrap gives errors.Is the kind and, for ErrUnavailable, the cause.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.cause}
}

// refuse builds an Error.
func refuse(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Sentence: fmt.Sprintf(format, args...)}
}

// unavailable wraps a failure of a back end.
func unavailable(what string, cause error) error {
	return &Error{Kind: ErrUnavailable, Sentence: what + ": " + cause.Error(), cause: cause}
}

// RateLimitError refuses a challenge. errors.Is(err, ErrRateLimited) holds.
type RateLimitError struct {
	// RetryAfter is the least time after which the same caller may ask again.
	// It is positive.
	RetryAfter time.Duration

	// Whose is the limit that was met.
	Whose Share
}

// Error says how long to wait, in whole seconds rounded up.
func (e *RateLimitError) Error() string {
	return fmt.Sprintf("%s: ask again in %d s", ErrRateLimited, e.Seconds())
}

// Seconds returns RetryAfter in whole seconds, rounded up, as the Retry-After
// header wants it.
func (e *RateLimitError) Seconds() int64 {
	return int64((e.RetryAfter + time.Second - 1) / time.Second)
}

// Unwrap gives errors.Is the kind.
func (e *RateLimitError) Unwrap() error { return ErrRateLimited }

// NeedsPayment tells whether a refusal by Gate.Check is answered with a new
// challenge (402): the caller has no token, or one that is no longer or was
// never good for this request. A malformed, forged or foreign credential, and a
// back end that is away, are not cured by paying.
func NeedsPayment(err error) bool {
	for _, kind := range []Kind{ErrNoCredentials, ErrUnknownToken, ErrExpired, ErrNotAuthorized, ErrUsedUp} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
