package custody

import (
	"errors"
	"fmt"

	"github.com/econd/econd/node/signer"
)

// The kinds of failure, for errors.Is. A custodian that gives no answer is signer.ErrAway.
var (
	// ErrDenied: the custodian says no, or has no such key any more. Nothing is signed from then on.
	ErrDenied = fmt.Errorf("%w: its key is not lent", signer.ErrRefused)

	// ErrExists: there is a key at that place already, and it is not replaced.
	ErrExists = errors.New("there is a key already")

	// ErrMalformed: what the custodian keeps is no key.
	ErrMalformed = errors.New("malformed key in custody")

	// ErrNoSeed: the custodian keeps one key and no seed.
	ErrNoSeed = errors.New("the custodian keeps one key and no seed, so there are no accounts")
)
