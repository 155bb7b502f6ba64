package httpapi

import (
	"context"
	"io"
	"time"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/notifier"
	"github.com/econd/econd/node/notify"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/read"
	"github.com/econd/econd/node/view"
)

// Node is what the API asks of the node; *node.Node is one.
type Node interface {
	read.Source
	Recorder
	Log

	// PastUse tells how many past states are kept now, and how many entries
	// were replayed for them since the start.
	PastUse() (states int, replayed uint64)
	// Recovery lists why the node serves reads only; none in normal work.
	Recovery() []string
	// Health is nil while the writer works.
	Health() error
	// Ready lists what keeps the node from doing all of its work.
	Ready() (problems []string)
	// Known tells whether a key registered, or has a say without that. It does not
	// wait for the writer.
	Known(key op.PublicKey) bool
	// Broken counts what broke off since the start.
	Broken() node.Broken
}

// Recorder takes operations; see node.Node for the errors.
type Recorder interface {
	Submit(ctx context.Context, e *op.Event) (view.Receipt, error)
	// SubmitMany answers per event, in order; nil events are passed over.
	SubmitMany(ctx context.Context, es []*op.Event) []node.Result
	// Recorded tells which of them the log has, to the byte.
	Recorded(es ...*op.Event) []bool
	// PriceSat and Operator do not wait for the writer.
	PriceSat(resource string) int64
	Operator() op.PublicKey
}

// Log follows durable entries.
type Log interface {
	// Entries calls fn with the canonical bytes of the entries from..to-1.
	Entries(from, to uint64, fn func(seq uint64, line []byte) error) error
	// WaitSize blocks until Size is beyond the given number.
	WaitSize(ctx context.Context, beyond uint64) (uint64, error)
}

// Gate sells and checks L402 tokens, and counts their uses; *l402.Gate and, behind
// aperture, *l402.Forwarded are ones.
type Gate interface {
	Check(ctx context.Context, now time.Time, authorization []string, need l402.Need) (l402.Grant, error)
	// Take counts up to n uses, durably; GiveBack returns what was not served.
	Take(now time.Time, grant *l402.Grant, n int64) (taken int64, err error)
	GiveBack(grant *l402.Grant, n int64)
	Challenge(ctx context.Context, now time.Time, a l402.Ask) (l402.Challenge, error)
	// Unasked notes a whole request that came without a token.
	Unasked(now time.Time)
}

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

// Feed is where notices come from; *notifier.Feed is one.
type Feed interface {
	// Begin checks whom a reader asks about and where it begins, nil for now.
	Begin(who notify.Interest, from *notify.Cursor) (notify.Cursor, error)
	// Next waits for the notices that follow a place.
	Next(ctx context.Context, who notify.Interest, from notify.Cursor) ([]notify.Told, notify.Cursor, error)
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
