package grpcapi

import (
	"context"
	"time"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/statement"
	"github.com/econd/econd/node/view"
)

// Node is what the API asks of the node; *node.Node is one.
type Node interface {
	Viewer
	Historian
	Recorder
	Log
	Prover
	Attester

	// Health is nil while the writer works.
	Health() error
	// Ready lists what keeps the node from doing all of its work.
	Ready() (problems []string)
	// Outside says what waits for payments and webhooks, and whether the node
	// can make them.
	Outside() view.Outside
	// Recovery lists why the node serves reads only; none in normal work.
	Recovery() []string
}

// Viewer gives a look at the state.
type Viewer interface {
	// View calls fn with the durable state, which fn must neither keep nor
	// change, and the present time in unix milliseconds.
	View(fn func(s *ledger.State, nowMs int64))
	// Recall fills a view with texts that the log alone has. It must not be called
	// within View or ViewAt.
	Recall(v view.Recalled) error
	// Height is the best block known. It must not be asked for within View.
	Height() uint32
}

// Priced is what a Pricer asks of the node.
type Priced interface {
	// PriceSat is what a resource costs now. It does not wait for the writer.
	PriceSat(resource string) int64
	// Recovery lists why the node serves reads only; none in normal work.
	Recovery() []string
}

// Historian gives a look at past states.
type Historian interface {
	// ViewAt calls fn with the state as it was right after entry seq, and that
	// entry's time; see node.Node for the errors.
	ViewAt(ctx context.Context, seq uint64, fn func(s *ledger.State, nowMs int64)) error
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

// Log reads durable entries.
type Log interface {
	Entry(seq uint64) (*op.Entry, []byte, error)
	// Entries calls fn with the canonical bytes of the entries from..to-1,
	// which fn must not keep.
	Entries(from, to uint64, fn func(seq uint64, line []byte) error) error
	Size() uint64
	// WaitSize blocks until Size is beyond the given number.
	WaitSize(ctx context.Context, beyond uint64) (uint64, error)
}

// Prover makes checkpoints and proofs.
type Prover interface {
	Checkpoint(ctx context.Context) (size uint64, note []byte, err error)
	EntryProof(ctx context.Context, seq uint64) ([]byte, error)
	Bundle(ctx context.Context, proposal op.ID, voter op.PublicKey) ([]byte, error)
	ConsistencyProof(old, size uint64) ([][32]byte, error)
}

// Attester signs an agent's standing with the operator's key, and nothing else
// that a caller chooses; see node.Node for the errors.
type Attester interface {
	Attest(agent op.PublicKey, form statement.Form) ([]byte, error)
}

// Gate sells and checks L402 tokens, and counts their uses; *l402.Gate and, behind
// aperture, *l402.Forwarded are ones.
type Gate interface {
	Check(ctx context.Context, now time.Time, authorization []string, need l402.Need) (l402.Grant, error)
	CheckMacaroon(ctx context.Context, now time.Time, value string, need l402.Need) (l402.Grant, error)
	// Take counts up to n uses, durably; GiveBack returns what was not served.
	Take(now time.Time, grant *l402.Grant, n int64) (taken int64, err error)
	GiveBack(grant *l402.Grant, n int64)
	Challenge(ctx context.Context, now time.Time, a l402.Ask) (l402.Challenge, error)
}
