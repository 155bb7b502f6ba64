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
