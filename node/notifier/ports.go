package notifier

import (
	"context"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// Node is what notices come from; *node.Node is one.
type Node interface {
	// View calls fn with the durable state, which fn must neither keep nor
	// change, and the present time in unix milliseconds.
	View(fn func(s *ledger.State, nowMs int64))
	// Height is the best block known.
	Height() uint32
	// Entry returns one durable entry.
	Entry(seq uint64) (*op.Entry, []byte, error)
	// WaitSize blocks until the log has more entries than that.
	WaitSize(ctx context.Context, beyond uint64) (uint64, error)
}

// Store keeps webhooks, and when each agent signed the last request about its own.
// What it returned nil for is durable. An error other than ErrNone, ErrFull and
// ErrOlder ends the Notifier.
type Store interface {
	// All lists every webhook.
	All() ([]Webhook, error)
	// Get returns an agent's webhook; ErrNone.
	Get(agent op.PublicKey) (Webhook, error)
	// Put sets an agent's webhook; ErrOlder if the agent signed another Put or Delete
	// later, ErrFull if that would be one too many.
	Put(w Webhook, signed Signed) error
	// Change replaces an agent's webhook unless it was set anew since (another
	// SetMs) or removed, which is no error.
	Change(w Webhook) error
	// Delete removes an agent's webhook; ErrOlder as Put, ErrNone. With ErrNone, too, it
	// counts as the last request.
	Delete(agent op.PublicKey, signed Signed) error
	// Evict removes an agent's webhook without its doing; ErrNone.
	Evict(agent op.PublicKey) error
}

// Sender delivers webhooks.
type Sender interface {
	// Check refuses a URL to which nothing can ever be delivered.
	Check(url string) error
	// Secret is what the agent's receivers at the URL's origin check webhooks
	// with, and that origin.
	Secret(agent op.PublicKey, url string) (origin, secret string, err error)
	// Deliver makes one attempt, in bounded time.
	Deliver(ctx context.Context, agent op.PublicKey, id, url string, body []byte) node.Delivery
}
