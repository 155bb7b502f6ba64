package view

import "github.com/econd/econd/node/op"

// AnchorState says how deep in Bitcoin a checkpoint's digest is.
type AnchorState string

// Anchor is one Bitcoin transaction that commits to a checkpoint.
type Anchor struct {
	CheckpointSize uint64      `json:"checkpoint_size" schema:"min=1"` // entries under it
	CheckpointHash op.Hash     `json:"checkpoint_hash"`                // SHA-256 of the checkpoint's body
	Txid           op.Hash     `json:"txid"`
	State          AnchorState `json:"state" schema:"is=AnchorState"`
	Block          op.Hash     `json:"block,omitzero"` // that holds it
	Height         uint32      `json:"height,omitempty" schema:"min=1"`
	Seq            uint64      `json:"seq"` // entry that recorded the transaction
}

// States of an anchor. A reorganisation puts a confirmed one back to pending.
const (
	AnchorPending   AnchorState = "pending"
	AnchorConfirmed AnchorState = "confirmed"
	AnchorFinal     AnchorState = "final"
)

// AnchorStates lists the states of an anchor.
func AnchorStates() []AnchorState {
	return []AnchorState{AnchorPending, AnchorConfirmed, AnchorFinal}
}

// Recovery says that the operator went on with the log where it could not go on by itself:
// on the record for ever.
type Recovery struct {
	Seq      uint64 `json:"seq"` // the entry
	TimeMs   int64  `json:"time_ms"`
	Decision string `json:"decision" schema:"enum=restored|new-line"` // from an older backup, or with a second line of anchors
	Note     string `json:"note,omitempty"`                           // the operator's reason

	// Size and Root are of the highest head that was signed before the log went on from a
	// backup; 0: unknown, or a new line. Anchors are those that Bitcoin has of what was lost.
	Size    uint64       `json:"size"`
	Root    op.Hash      `json:"root"`
	Anchors []LostAnchor `json:"anchors,omitempty"`

	// After is the anchor whose output 1, from which the line would have gone on, is gone.
	After op.Hash `json:"after,omitzero"`
}

// LostAnchor is an anchor over a checkpoint that the log does not have.
type LostAnchor struct {
	Seq    uint64  `json:"seq"` // the entry that says so
	Txid   op.Hash `json:"txid"`
	Digest op.Hash `json:"digest"`                          // SHA-256 of the checkpoint's text
	Height uint32  `json:"height,omitempty" schema:"min=1"` // of its block; absent: it had none yet
}
