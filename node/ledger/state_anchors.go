package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
)

// anchors are all that were ever published.
type anchors struct {
	list []view.Anchor
	at   map[op.Hash]int // txid
}

// add records an anchor that was published.
func (s *anchors) add(a view.Anchor) {
	s.at[a.Txid] = len(s.list)
	s.list = append(s.list, a)
}

// is tells whether an anchor is in a state.
func (s *anchors) is(txid op.Hash, state view.AnchorState) bool {
	i, ok := s.at[txid]
	return ok && s.list[i].State == state
}

// last is the anchor that is highest in the chain, of those in one block the one of most
// entries; false if none is in a block.
func (s *anchors) last() (txid op.Hash, ok bool) {
	var best view.Anchor
	for _, a := range s.list {
		if a.State != view.AnchorPending && (!ok || a.Height > best.Height || a.Height == best.Height && a.CheckpointSize > best.CheckpointSize) {
			best, ok = a, true
		}
	}
	return best.Txid, ok
}

// change changes the anchor that a fact names, where it is in the state wanted.
func (s *anchors) change(txid op.Hash, size uint64, want view.AnchorState, to func(*view.Anchor)) error {
	i, ok := s.at[txid]
	if !ok || s.list[i].CheckpointSize != size {
		return refusal.New(refusal.ErrFact, "content.txid", "anchor", "no anchor %s of checkpoint %d", txid, size)
	}
	if got := s.list[i].State; got != want {
		return refusal.New(refusal.ErrFact, "content.txid", "anchor", "is %s, must be %s", got, want)
	}
	to(&s.list[i])
	return nil
}
