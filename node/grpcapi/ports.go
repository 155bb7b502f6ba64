package grpcapi

import (
	"context"
	"time"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/read"
	"github.com/econd/econd/node/view"
)

// Node is what the API asks of the node; *node.Node is one.
type Node interface {
	read.Source
	Recorder
	Log

	// Health is nil while the writer works.
	Health() error
	// Ready lists what keeps the node from doing all of its work.
	Ready() (problems []string)
	// Recovery lists why the node serves reads only; none in normal work.
	Recovery() []string
}

// Priced is what a Pricer asks of the node.
type Priced interface {
	// PriceSat is what a resource costs now. It does not wait for the writer.
	PriceSat(resource string) int64
	// Recovery lists why the node serves reads only; none in normal work.
	Recovery() []string
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
	// Entries calls fn with the canonical bytes of the entries from..to-1,
	// which fn must not keep.
	Entries(from, to uint64, fn func(seq uint64, line []byte) error) error
	// WaitSize blocks until the log's size is beyond the given number.
	WaitSize(ctx context.Context, beyond uint64) (uint64, error)
}

// Gate sells and checks L402 tokens, and counts their uses; *l402.Gate and, behind
// aperture, *l402.Forwarded are ones.
type Gate interface {
	admission.Counter
	Check(ctx context.Context, now time.Time, authorization []string, need l402.Need) (l402.Grant, error)
	CheckMacaroon(ctx context.Context, now time.Time, value string, need l402.Need) (l402.Grant, error)
	Challenge(ctx context.Context, now time.Time, a l402.Ask) (l402.Challenge, error)
}
