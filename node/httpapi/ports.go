package httpapi

import (
	"context"
	"io"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/notifier"
	"github.com/econd/econd/node/op"
)

// Answers keeps what signed requests were answered, each until an instant in Unix
// seconds; *answers.Store is one.
type Answers interface {
	// All calls fn with each request that is kept.
	All(fn func(key, id [32]byte, until int64) error) error
	// Get returns what a request was answered.
	Get(id [32]byte) (answer []byte, found bool, err error)
	// Put keeps an answer, durably, and may forget what ended before now. Where it
	// returns an error, Get knows the answer until a restart.
	Put(key, id [32]byte, now, until int64, answer []byte) error
	// Drop forgets an answer.
	Drop(id [32]byte, now, until int64) error
}

// Webhooks keeps the webhooks of agents; *notifier.Notifier is one, and says
// which errors there are.
type Webhooks interface {
	Set(agent op.PublicKey, signed notifier.Signed, t notifier.Target) (notifier.Webhook, error)
	Get(agent op.PublicKey) (notifier.Webhook, error)
	Remove(agent op.PublicKey, signed notifier.Signed) error
	Secret(agent op.PublicKey) (origin, secret string, err error)
}

// Admin is what the operator can ask for.
type Admin interface {
	// AnchorNow commits the present checkpoint to Bitcoin without waiting for
	// the schedule.
	AnchorNow(ctx context.Context) error
	// Backup writes an online backup and returns its length.
	Backup(w io.Writer) (int64, error)
	// RevokeToken makes an L402 token worthless, durably, once however often it is
	// asked; l402.ErrUnknownToken for one that is unknown or was pruned.
	RevokeToken(id l402.TokenID) error
	// WebhookSecret is what the receivers at a URL's origin check webhooks
	// with, as they configure it, and that origin. False: the URL is none that
	// a webhook can have.
	WebhookSecret(url string) (origin, secret string, ok bool)
}
