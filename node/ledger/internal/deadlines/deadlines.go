// Package deadlines keeps what is due, the first in front.
package deadlines

import "github.com/econd/econd/node/op"

// Deadline is an instant after which, or a block height from which, something must
// have happened to one of the objects of a kind.
type Deadline struct {
	At    int64 // unix ms, or block height
	Kind  op.Kind
	Index int
}

// Heap is a binary min-heap by instant, then kind, then index, so that
// the order of what is due is the same everywhere.
type Heap []Deadline

func (d Deadline) less(o Deadline) bool {
	if d.At != o.At {
		return d.At < o.At
	}
	if d.Kind != o.Kind {
		return d.Kind < o.Kind
	}
	return d.Index < o.Index
}

// Push adds a deadline.
func (h *Heap) Push(d Deadline) {
	*h = append(*h, d)
	for i := len(*h) - 1; i > 0; {
		parent := (i - 1) / 2
		if !(*h)[i].less((*h)[parent]) {
			return
		}
		(*h)[i], (*h)[parent] = (*h)[parent], (*h)[i]
		i = parent
	}
}

// Pop takes out the first, the one in place 0, which must be there.
func (h *Heap) Pop() {
	last := len(*h) - 1
	(*h)[0] = (*h)[last]
	*h = (*h)[:last]
	for i := 0; ; {
		small := i
		for c := 2*i + 1; c <= 2*i+2 && c < last; c++ {
			if (*h)[c].less((*h)[small]) {
				small = c
			}
		}
		if small == i {
			return
		}
		(*h)[i], (*h)[small] = (*h)[small], (*h)[i]
		i = small
	}
}
