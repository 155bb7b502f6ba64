package read

import (
	"context"
	"fmt"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// ofLog chooses the parameter of a size.
func ofLog(name, doc string) Param {
	return Param{Name: name, In: InQuery, Kind: Number, Doc: doc, Needed: Refusal{"missing", "is needed: a number of entries"}}
}

// operations are what is entered into the log, and the reads of it.
var operations = []Route{
	{Name: "postOperations", Method: "POST", Path: "/v1/operations", RPC: "Econd/Submit", Resource: constitution.ResourceOperations, Room: NoRoom, Body: true,
		Summary: "Submit one operation, or many as NDJSON"},
	{Name: "submitStream", RPC: "Econd/SubmitStream", Resource: constitution.ResourceOperations, Room: NoRoom},
	{Name: "getOperation", Path: "/v1/operations/{id}", RPC: "Econd/GetOperation", Resource: constitution.ResourceQueries,
		Summary: "Entry and receipt of an operation or fact",
		Tag:     "operations",
		Gives:   "`entry` is byte for byte the canonical entry, the Merkle leaf",
		Params:  []Param{idParam("id", "An event id")},
		Reading: reading(NotPaged, operation)},
	{Name: "getOperationProof", Path: "/v1/operations/{id}/proof", RPC: "Econd/GetOperationProof", Resource: constitution.ResourceProofs, Room: Heavy,
		Summary: "Inclusion proof of an operation",
		Tag:     "operations",
		Gives:   "C2SP tlog-proof under the newest checkpoint",
		Params:  []Param{idParam("id", "An event id")},
		Reading: reading(NotPaged, func(ctx context.Context, src Source, q *Query) (v view.OperationProof, err error) {
			if v.Seq, err = lookup(src, q.id("id")); err == nil {
				v.TlogProof, err = entryProof(ctx, src, v.Seq)
			}
			return v, err
		})},
}

// logs are the reads of the log as a whole.
var logs = []Route{
	{Name: "getCheckpoint", Path: "/v1/checkpoints/latest", RPC: "Econd/LatestCheckpoint",
		Summary: "Signed checkpoint over everything durable now",
		Tag:     "log",
		Gives:   "C2SP tlog-checkpoint, a signed note",
		Reading: reading(NotPaged, func(ctx context.Context, src Source, _ *Query) (v view.Checkpoint, err error) {
			v.Size, v.Note, err = src.Checkpoint(ctx)
			return v, err
		})},
	{Name: "getConsistency", Path: "/v1/checkpoints/consistency", RPC: "Econd/GetConsistencyProof",
		Summary: "Proof that one log is a prefix of a later one (RFC 6962 section 2.1.2)",
		Tag:     "log",
		Gives:   "Empty where old is 0 or size",
		Params: []Param{ofLog("old", "Entries of the earlier log, at most size"),
			ofLog("size", "Entries of the later log, at most what the log has")},
		Reading: reading(NotPaged, consistency)},
	{Name: "listAnchors", Path: "/v1/anchors", RPC: "Econd/ListAnchors", Past: true,
		Summary: "Bitcoin transactions that commit to checkpoints, oldest first",
		Tag:     "log",
		Reading: sliced((*ledger.State).Anchors)},
	{Name: "listAnchorProofs", Path: "/v1/anchors/proofs", RPC: "Econd/ListAnchorProofs", Resource: constitution.ResourceQueries, Room: Heavy,
		Summary: "Proofs of the final anchors, in the order of their line",
		Tag:     "log",
		Gives:   "What `econaudit line` walks, an item's `proof` a line of a file: every transaction that the line of anchors ran through, those taken up after a restore included",
		Reading: reading(ByNumber, anchorProofs)},
	{Name: "listRecoveries", Path: "/v1/recoveries", RPC: "Econd/ListRecoveries", Past: true,
		Summary: "Where the operator went on with the log, or with its line of anchors, by its own decision, oldest first",
		Tag:     "log",
		Gives:   "`restored`: the log goes on from an older backup. `new-line`: the coin of the line of anchors is gone, a second line begins",
		Reading: sliced((*ledger.State).Recoveries)},
	{Name: "exportLog", Path: "/v1/log", Resource: constitution.ResourceQueries, Room: Exports,
		Summary: "The log itself, for `econaudit replay`"},
	{Name: "streamEvents", Path: "/v1/events", RPC: "Econd/Subscribe", Resource: constitution.ResourceEvents, Room: Streams,
		Summary: "New entries as server-sent events"},
}

// lookup finds the entry of an operation.
func lookup(src Source, id op.ID) (seq uint64, err error) {
	ok := false
	src.View(func(s *ledger.State, _ int64) { seq, ok = s.Lookup(id) })
	if !ok {
		return 0, &NotFound{Param: "id", Rule: "operation", Text: "no operation with this id is recorded"}
	}
	return seq, nil
}

func entryProof(ctx context.Context, src Source, seq uint64) ([]byte, error) {
	proofs, err := src.EntryProofs(ctx, seq)
	if err != nil {
		return nil, err
	}
	return proofs[0], nil
}

func operation(_ context.Context, src Source, q *Query) (v view.Operation, err error) {
	seq, err := lookup(src, q.id("id"))
	if err != nil {
		return v, err
	}
	e, line, err := src.Entry(seq)
	if err != nil {
		return v, err
	}
	return view.Operation{Operation: e.Event.Kind.String(), Kind: e.Event.Kind, Entry: append(op.Raw{}, line...),
		Receipt: view.Receipt{ID: e.Event.ID, Seq: e.Seq, TimeMs: e.Stamp.TimeMs, Height: e.Stamp.Height, Block: e.Stamp.BlockHash}}, nil
}

func anchorProofs(_ context.Context, src Source, q *Query) (view.Page[view.ProvenAnchor], error) {
	list, next, err := src.AnchorProofs(q.from(), q.Limit)
	return page(list, q.next(next)), err
}

func consistency(_ context.Context, src Source, q *Query) (v view.Consistency, err error) {
	have := int64(src.Size())
	if v.Size = q.number("size"); v.Size < 0 || v.Size > have {
		return v, &RangeError{Param: "size", Most: have, Why: fmt.Sprintf("the log has %d entries", have)}
	}
	if v.Old = q.number("old"); v.Old < 0 || v.Old > v.Size {
		return v, &RangeError{Param: "old", Most: v.Size, Why: fmt.Sprintf("must be at most size, which is %d", v.Size)}
	}
	proof, err := src.ConsistencyProof(uint64(v.Old), uint64(v.Size))
	if err != nil {
		return v, err
	}
	v.Hashes = make([]op.Hash, len(proof))
	for i, h := range proof {
		v.Hashes[i] = h
	}
	return v, nil
}
