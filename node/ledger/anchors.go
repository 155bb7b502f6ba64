package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// AnchorState says how deep in Bitcoin a checkpoint's digest is.
type AnchorState string

// States of an anchor. A reorganisation puts a confirmed one back to pending.
const (
	AnchorPending   AnchorState = "pending"
	AnchorConfirmed AnchorState = "confirmed"
	AnchorFinal     AnchorState = "final"
)

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

func (s *State) anchorPublished(e *op.Entry, c *op.AnchorPublished) error {
	if c.CheckpointSize == 0 || c.CheckpointSize > e.Seq {
		return refusal.New(refusal.ErrFact, "content.checkpoint_size", "anchor", "is %d, the log has %d entries", c.CheckpointSize, e.Seq)
	}
	if _, ok := s.anchorAt[c.Txid]; ok {
		return refusal.New(refusal.ErrDuplicate, "content.txid", "anchor", "%s is recorded already", c.Txid)
	}
	s.anchorAt[c.Txid] = len(s.anchors)
	s.anchors = append(s.anchors, Anchor{CheckpointSize: c.CheckpointSize, CheckpointHash: c.CheckpointHash,
		Txid: c.Txid, State: AnchorPending, Seq: e.Seq})
	return nil
}

// anchorIn finds the anchor that a fact names and checks its state.
func (s *State) anchorIn(txid op.Hash, size uint64, want AnchorState) (*Anchor, error) {
	i, ok := s.anchorAt[txid]
	if !ok || s.anchors[i].CheckpointSize != size {
		return nil, refusal.New(refusal.ErrFact, "content.txid", "anchor", "no anchor %s of checkpoint %d", txid, size)
	}
	if a := &s.anchors[i]; a.State == want {
		return a, nil
	}
	return nil, refusal.New(refusal.ErrFact, "content.txid", "anchor", "is %s, must be %s", s.anchors[i].State, want)
}

func (s *State) anchorConfirmed(_ *op.Entry, c *op.AnchorConfirmed) error {
	a, err := s.anchorIn(c.Txid, c.CheckpointSize, AnchorPending)
	if err != nil {
		return err
	}
	a.State, a.Block, a.Height = AnchorConfirmed, c.Block, c.Height
	return nil
}

func (s *State) anchorFinal(_ *op.Entry, c *op.AnchorFinal) error {
	a, err := s.anchorIn(c.Txid, c.CheckpointSize, AnchorConfirmed)
	if err != nil {
		return err
	}
	a.State = AnchorFinal
	return nil
}

func (s *State) anchorReorged(_ *op.Entry, c *op.AnchorReorged) error {
	a, err := s.anchorIn(c.Txid, c.CheckpointSize, AnchorConfirmed)
	if err != nil {
		return err
	}
	a.State, a.Block, a.Height = AnchorPending, op.Hash{}, 0
	return nil
}

// Anchors lists the anchors, oldest first. The caller must not change it.
func (s *State) Anchors() []Anchor { return s.anchors }
