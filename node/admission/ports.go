package admission

import (
	"context"
	"time"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/read"
	"github.com/econd/econd/node/view"
)

// Node is what every API asks of the node; *node.Node is one, and says which errors
// there are.
type Node interface {
	read.Source
	Prices

	Submit(ctx context.Context, e *op.Event) (view.Receipt, error)
	// SubmitMany answers per event, in order; nil events are passed over.
	SubmitMany(ctx context.Context, es []*op.Event) []node.Result
	// Operator is the operator's key. It does not wait for the writer.
	Operator() op.PublicKey
	// Entries calls fn with the canonical bytes of the entries from..to-1, which fn
	// must not keep.
	Entries(from, to uint64, fn func(seq uint64, line []byte) error) error
	// WaitSize blocks until Size is beyond the given number.
	WaitSize(ctx context.Context, beyond uint64) (uint64, error)
	// Health is nil while the writer works.
	Health() error
	// Ready lists what keeps the node from doing all of its work.
	Ready() (problems []string)

	// PastUse tells how many past states are kept now, and how many entries
	// were replayed for them since the start.
	PastUse() (states int, replayed uint64)
	// Known tells whether a key registered, or has a say without that. It does not
	// wait for the writer.
	Known(key op.PublicKey) bool
	// Broken counts what broke off since the start.
	Broken() node.Broken
}

// Prices is what a Desk asks of the node. None of it waits for the writer.
type Prices interface {
	// PriceSat is what a resource costs now.
	PriceSat(resource string) int64
	// Recovery lists why the node serves reads only; none in normal work.
	Recovery() []string
	// Recorded tells which events the log has, to the byte.
	Recorded(es ...*op.Event) []bool
}

// Gate sells and checks L402 tokens; *l402.Gate and, behind aperture, *l402.Forwarded
// are ones.
type Gate interface {
	Counter
	Check(ctx context.Context, now time.Time, authorization []string, need l402.Need) (l402.Grant, error)
	CheckMacaroon(ctx context.Context, now time.Time, value string, need l402.Need) (l402.Grant, error)
	Challenge(ctx context.Context, now time.Time, a l402.Ask) (l402.Challenge, error)
	// Unasked notes a whole request that came without a token.
	Unasked(now time.Time)
}

// Counter counts the uses of tokens.
type Counter interface {
	// Take counts up to n uses, durably; GiveBack returns what was not served.
	Take(now time.Time, grant *l402.Grant, n int64) (taken int64, err error)
	GiveBack(grant *l402.Grant, n int64)
}
