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
