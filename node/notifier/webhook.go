package notifier

import (
	"errors"
	"fmt"

	"github.com/econd/econd/node/notify"
	"github.com/econd/econd/node/op"
)

// MaxURL bounds a webhook's URL, in bytes.
const MaxURL = 2048

// Errors about webhooks, to be tested with errors.Is.
var (
	// ErrNone: the agent has no webhook.
	ErrNone = errors.New("the agent has no webhook")
	// ErrOlder: a request that the agent signed later was taken. The error is an *OlderError.
	ErrOlder = errors.New("a request that was signed later counts")
	// ErrFull: as many webhooks are set as this node keeps, none of them by an agent
	// with less stake.
	ErrFull = errors.New("this node keeps no more webhooks, and nobody with less stake has one; read the stream of notifications instead")
	// ErrStake: the agent has no sats at risk.
	ErrStake = errors.New("a webhook is for agents with stake; lock some, or read the stream of notifications instead")
	// ErrOff: the operator has turned webhooks of agents off.
	ErrOff = errors.New("this node sends no webhooks to agents; read the stream of notifications instead")
	// ErrURL: nothing can be delivered to the URL.
	ErrURL = errors.New("nothing can be delivered there")
)

// Signed is when a request was signed: what was signed last counts, whatever arrives
// last. Of equal ones the last to arrive counts.
type Signed struct {
	At    int64 // Unix seconds
	Order int64 // within the second, from 0
}

// Before tells whether s was signed before o.
func (s Signed) Before(o Signed) bool { return s.At < o.At || s.At == o.At && s.Order < o.Order }

// OlderError is what a request was refused for. Its kind is ErrOlder.
type OlderError struct{ Asked, Counts Signed }

// Error names both instants.
func (e *OlderError) Error() string {
	return fmt.Sprintf("was signed at %d (order %d), and one of %d (order %d) counts; sign a new one", e.Asked.At, e.Asked.Order, e.Counts.At, e.Counts.Order)
}

// Unwrap gives errors.Is the kind.
func (e *OlderError) Unwrap() error { return ErrOlder }

// Target is where an agent wants its notices, and which.
type Target struct {
	URL    string
	Kinds  []notify.Kind // none: all
	Tracks []string      // beside the agent's own
}

// Webhook is an agent's webhook as the store keeps it.
type Webhook struct {
	Agent op.PublicKey
	Target
	SetMs  int64 // when it was set; tells one setting from the next
	Cursor notify.Cursor

	Disabled    bool   // nothing is sent until it is set anew
	Delivered   uint64 // notices taken since it was set
	DeliveredMs int64  // the last of them
	Tries       int    // at the notice in work
	FailingMs   int64  // since when it is not taken; 0: it is not failing
	Status      int    // of the last answer that was no success
	Reason      string // of the last failure, without URL
}

func (w *Webhook) interest() notify.Interest {
	return notify.Interest{Agent: w.Agent, Kinds: w.Kinds, Tracks: w.Tracks}
}
