// Package datedsums keeps sums of weights that change at instants known before.
package datedsums

import (
	"cmp"
	"slices"
	"sort"
)

// Sums are changes of sums over agents that are known before they come about,
// because a delegation says until when it counts. A sum of those that come
// before an instant, over the first agents in order of registration, looks at one
// block after the other, and changes nothing; to add or take out one change costs
// one block.
type Sums struct {
	blocks [][]changeAhead // by agent / blockLen, each by instant, then agent
}

// blockLen is how many agents share a block; each has two changes at most.
const blockLen = 256

// changeAhead is one change: what holds until an instant holds no longer after it.
type changeAhead struct {
	atMs int64
	at   uint32

	// Sums of the changes of the block up to this one. What is subtracted is
	// added as its complement.
	weight, heads uint64
}

func (c *changeAhead) cmp(o changeAhead) int {
	return cmp.Or(cmp.Compare(c.atMs, o.atMs), cmp.Compare(c.at, o.at))
}

// Put inserts a change of the sums by an agent's weight (or takes it out again,
// if keep is false). Up is whether the sums of all that follows grow by it.
func (h *Sums) Put(atMs int64, at uint32, w uint64, up, keep bool) {
	n := int(at / blockLen)
	if n >= len(h.blocks) {
		h.blocks = append(h.blocks, make([][]changeAhead, n+1-len(h.blocks))...)
	}
	b := h.blocks[n]
	x := changeAhead{atMs: atMs, at: at}
	i := sort.Search(len(b), func(i int) bool { return b[i].cmp(x) >= 0 })
	if keep {
		if i > 0 {
			x.weight, x.heads = b[i-1].weight, b[i-1].heads
		}
		b = slices.Insert(b, i, x)
	} else {
		b = slices.Delete(b, i, i+1)
	}
	h.blocks[n] = b
	heads := min(w, 1)
	if !up {
		w, heads = -w, -heads
	}
	for ; i < len(b); i++ {
		b[i].weight, b[i].heads = b[i].weight+w, b[i].heads+heads
	}
}

// Sum is what the changes before an instant by the first k agents come to.
func (h *Sums) Sum(k int, beforeMs int64) (weight, heads uint64) {
	for n := 0; n < len(h.blocks) && n*blockLen < k; n++ {
		b := h.blocks[n]
		b = b[:sort.Search(len(b), func(i int) bool { return b[i].atMs >= beforeMs })]
		if len(b) == 0 {
			continue
		}
		if last := b[len(b)-1]; (n+1)*blockLen <= k {
			weight, heads = weight+last.weight, heads+last.heads
			continue
		}
		var was changeAhead
		for _, c := range b {
			if int(c.at) < k {
				weight, heads = weight+c.weight-was.weight, heads+c.heads-was.heads
			}
			was = c
		}
	}
	return weight, heads
}
