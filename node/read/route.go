package read

import (
	"context"
	"reflect"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/statement"
	"github.com/econd/econd/node/view"
)

// Source is where reads are answered from; *node.Node is one.
type Source interface {
	// View calls fn with the durable state, which fn must neither keep nor
	// change, and the present time in unix milliseconds.
	View(fn func(s *ledger.State, nowMs int64))
	// ViewAt calls fn with the state as it was right after entry seq, and that
	// entry's time; see node.Node for the errors.
	ViewAt(ctx context.Context, seq uint64, fn func(s *ledger.State, nowMs int64)) error
	// Height is the best block known. It must not be asked for within View.
	Height() uint32
	// Recall fills a view with texts that the log alone has. It must not be called
	// within View or ViewAt.
	Recall(v view.Recalled) error
	// Entry returns an entry of the log, and its canonical bytes.
	Entry(seq uint64) (*op.Entry, []byte, error)
	// Size is the number of durable entries.
	Size() uint64
	Checkpoint(ctx context.Context) (size uint64, note []byte, err error)
	// EntryProofs are the inclusion proofs of entries under one checkpoint, the newest.
	EntryProofs(ctx context.Context, seqs ...uint64) ([][]byte, error)
	Bundle(ctx context.Context, proposal op.ID, voter op.PublicKey) ([]byte, error)
	ConsistencyProof(old, size uint64) ([][32]byte, error)
	// AnchorProofs are the proofs of final anchors in the order of their line, from a
	// place on, and where the next page starts, 0 for none.
	AnchorProofs(from, limit int) (list []view.ProvenAnchor, next int, err error)
	// Attest signs an agent's standing with the operator's key.
	Attest(ctx context.Context, agent op.PublicKey, form statement.Form) ([]byte, error)
	// Outside says what waits for payments and webhooks.
	Outside() view.Outside
}

// Route is one row of the table: all that is known of one read; or of a route that is
// none, which has no Answer.
type Route struct {
	Name     string // operationId of the OpenAPI document; unique
	Method   string // of HTTP; GET where it is ""
	Path     string // "/v1/proposals/{id}"; "" where HTTP has none
	RPC      string // "Econd/GetProposal", of package econd.v1; "" where gRPC has none
	Resource string // whose price applies; "" is free
	Room     Room
	Keyed    bool   // asks for a key instead of sats, always: it has no price and no past
	Body     bool   // takes a body
	Tag      string // subject in the OpenAPI document; "state" where it is ""
	Summary  string
	More     string  // what Summary leaves unsaid, in Markdown
	Gives    string  // what the answer is, where its type does not say it all
	Params   []Param // of its own, in the path, then in the query
	Past     bool    // takes At
	// Kept is how long an answer may be kept without asking whether it changed, in seconds;
	// 0: nothing is said of that.
	Kept int
	Reading
}

// Reading is how a read is answered. The zero value answers nothing: another handler
// does.
type Reading struct {
	Answer reflect.Type // of view; a view.Page where the read is a list, or a struct that embeds one
	Paging Paging
	run    func(ctx context.Context, src Source, q *Query) (any, error)
}

// Paging is what says where a page starts: the number of bytes of a place in the list,
// see cursor.List.
type Paging int

// Kinds of paging.
const (
	NotPaged Paging = 0
	ByNumber Paging = 8  // index or entry
	ByEpoch  Paging = 12 // an epoch, and an index in it
	ByKey    Paging = 32 // behind a key
)

// Room is which limit on what is in work at once a route falls under.
type Room int

// Rooms.
const (
	Common  Room = iota // whatever is none of the others
	Heavy               // what rebuilds something: proofs, explanations; and whatever asks for the past
	Exports             // readers of the log
	Streams             // of entries and notices
	NoRoom              // none, or one that its handler enters
)

// Verb is the HTTP method.
func (r *Route) Verb() string {
	if r.Method == "" {
		return "GET"
	}
	return r.Method
}

// IsRead tells whether Read answers it.
func (r *Route) IsRead() bool { return r.run != nil }

// Item is the type of the items of a list, or nil where the answer has none.
func (r *Route) Item() reflect.Type {
	if r.Answer == nil || r.Answer.Kind() != reflect.Struct {
		return nil
	}
	if f, ok := r.Answer.FieldByName("Items"); ok && f.Type.Kind() == reflect.Slice {
		return f.Type.Elem()
	}
	return nil
}

// Read answers a query: the answer is of type r.Answer. The error is a *NotFound,
// *RangeError, *EpochError or ErrCursor of this package, a refusal of the ledger, or one of the source's.
func (r *Route) Read(ctx context.Context, src Source, q *Query) (any, error) {
	if q.Cursor != nil {
		place, ok := q.List.Place(*q.Cursor, int(r.Paging))
		if !ok {
			return nil, ErrCursor
		}
		q.place = place
	}
	q.routes = table
	return r.run(ctx, src, q)
}
