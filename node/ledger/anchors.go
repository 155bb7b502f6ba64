package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
)

func (s *State) anchorPublished(e *op.Entry, c *op.AnchorPublished) error {
	if c.CheckpointSize == 0 || c.CheckpointSize > e.Seq {
		return refusal.New(refusal.ErrFact, "content.checkpoint_size", "anchor", "is %d, the log has %d entries", c.CheckpointSize, e.Seq)
	}
	if _, ok := s.anchors.at[c.Txid]; ok {
		return refusal.New(refusal.ErrDuplicate, "content.txid", "anchor", "%s is recorded already", c.Txid)
	}
	s.anchors.add(view.Anchor{CheckpointSize: c.CheckpointSize, CheckpointHash: c.CheckpointHash,
		Txid: c.Txid, State: view.AnchorPending, Seq: e.Seq})
	return nil
}

func (s *State) anchorConfirmed(_ *op.Entry, c *op.AnchorConfirmed) error {
	return s.anchors.change(c.Txid, c.CheckpointSize, view.AnchorPending, func(a *view.Anchor) {
		a.State, a.Block, a.Height = view.AnchorConfirmed, c.Block, c.Height
	})
}

func (s *State) anchorFinal(_ *op.Entry, c *op.AnchorFinal) error {
	return s.anchors.change(c.Txid, c.CheckpointSize, view.AnchorConfirmed, func(a *view.Anchor) { a.State = view.AnchorFinal })
}

// anchorReorged takes an anchor back whose block left the chain: from version 2 of the
// rules on also one that was final.
func (s *State) anchorReorged(_ *op.Entry, c *op.AnchorReorged) error {
	want := view.AnchorConfirmed
	if s.constitution.Version >= 2 && s.anchors.is(c.Txid, view.AnchorFinal) {
		want = view.AnchorFinal
	}
	return s.anchors.change(c.Txid, c.CheckpointSize, want, func(a *view.Anchor) {
		a.State, a.Block, a.Height = view.AnchorPending, op.Hash{}, 0
	})
}

// Anchors lists the anchors, oldest first. The caller must not change it.
func (s *State) Anchors() []view.Anchor { return s.anchors.list }
