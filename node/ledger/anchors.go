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
	s.anchors.at[c.Txid] = len(s.anchors.list)
	s.anchors.list = append(s.anchors.list, view.Anchor{CheckpointSize: c.CheckpointSize, CheckpointHash: c.CheckpointHash,
		Txid: c.Txid, State: view.AnchorPending, Seq: e.Seq})
	return nil
}

// anchorIn finds the anchor that a fact names and checks its state.
func (s *anchors) anchorIn(txid op.Hash, size uint64, want view.AnchorState) (*view.Anchor, error) {
	i, ok := s.at[txid]
	if !ok || s.list[i].CheckpointSize != size {
		return nil, refusal.New(refusal.ErrFact, "content.txid", "anchor", "no anchor %s of checkpoint %d", txid, size)
	}
	if a := &s.list[i]; a.State == want {
		return a, nil
	}
	return nil, refusal.New(refusal.ErrFact, "content.txid", "anchor", "is %s, must be %s", s.list[i].State, want)
}

func (s *State) anchorConfirmed(_ *op.Entry, c *op.AnchorConfirmed) error {
	a, err := s.anchors.anchorIn(c.Txid, c.CheckpointSize, view.AnchorPending)
	if err != nil {
		return err
	}
	a.State, a.Block, a.Height = view.AnchorConfirmed, c.Block, c.Height
	return nil
}

func (s *State) anchorFinal(_ *op.Entry, c *op.AnchorFinal) error {
	a, err := s.anchors.anchorIn(c.Txid, c.CheckpointSize, view.AnchorConfirmed)
	if err != nil {
		return err
	}
	a.State = view.AnchorFinal
	return nil
}

func (s *State) anchorReorged(_ *op.Entry, c *op.AnchorReorged) error {
	a, err := s.anchors.anchorIn(c.Txid, c.CheckpointSize, view.AnchorConfirmed)
	if err != nil {
		return err
	}
	a.State, a.Block, a.Height = view.AnchorPending, op.Hash{}, 0
	return nil
}

// Anchors lists the anchors, oldest first. The caller must not change it.
func (s *State) Anchors() []view.Anchor { return s.anchors.list }
