package ledger

import (
	"cmp"
	"slices"

	"github.com/econd/econd/node/ledger/internal/deadlines"
	"github.com/econd/econd/node/op"
)

// agenda is what will be due.
type agenda struct {
	due     deadlines.Heap
	heights deadlines.Heap // by block height
}

// add makes a fact due after an instant.
func (s *agenda) add(atMs int64, kind op.Kind, index int) {
	s.due.Push(deadlines.Deadline{At: atMs, Kind: kind, Index: index})
}

// addHeight makes a fact due from a height on.
func (s *agenda) addHeight(height uint32, kind op.Kind, index int) {
	s.heights.Push(deadlines.Deadline{At: int64(height), Kind: kind, Index: index})
}

// first are the earliest deadlines that stand, of instants and of heights; the zero
// value where there is none. It drops those that events have overtaken.
func (s *agenda) first(stands func(deadlines.Deadline) bool) (due, height deadlines.Deadline) {
	return earliest(&s.due, stands), earliest(&s.heights, stands)
}

func earliest(h *deadlines.Heap, stands func(deadlines.Deadline) bool) deadlines.Deadline {
	for len(*h) > 0 && !stands((*h)[0]) {
		h.Pop()
	}
	if len(*h) == 0 {
		return deadlines.Deadline{}
	}
	return (*h)[0]
}

// pastDue are the deadlines that a stamp is past, in order and each once: instants, then
// heights.
func (s *agenda) pastDue(at op.Stamp, stands func(deadlines.Deadline) bool) []deadlines.Deadline {
	past := func(h deadlines.Heap, last int64) []deadlines.Deadline {
		list := slices.DeleteFunc(slices.Clone(h), func(d deadlines.Deadline) bool { return d.At > last || !stands(d) })
		slices.SortFunc(list, func(a, b deadlines.Deadline) int {
			return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Index, b.Index))
		})
		return slices.Compact(list)
	}
	return append(past(s.due, at.TimeMs-1), past(s.heights, int64(at.Height))...)
}
