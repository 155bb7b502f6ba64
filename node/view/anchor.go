package view

import "github.com/econd/econd/node/op"

// AnchorState says how deep in Bitcoin a checkpoint's digest is.
type AnchorState string

// Anchor is one transaction that commits to a checkpoint.
type Anchor struct {
	CheckpointSize uint64      `json:"checkpoint_size"`
	CheckpointHash op.Hash     `json:"checkpoint_hash"`
	Txid           op.Hash     `json:"txid"`
	State          AnchorState `json:"state"`
	Block          op.Hash     `json:"block,omitzero"`
	Height         uint32      `json:"height,omitempty"`
	Seq            uint64      `json:"seq"` // entry that published it
}

// States of an anchor. A reorganisation puts a confirmed one back to pending.
const (
	AnchorPending   AnchorState = "pending"
	AnchorConfirmed AnchorState = "confirmed"
	AnchorFinal     AnchorState = "final"
)
