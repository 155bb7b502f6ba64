// Package keyorder keeps agents in the order of their keys.
package keyorder

import (
	"bytes"
	"iter"
	"slices"
	"sort"
)

// blockLen is how many voters a block of Order has at most.
const blockLen = 512

// Order keeps agents, the voters of a proposal, in order of key while they come
// and go: blocks of bounded length, found by two bisections, so that a voter is
// put in or taken out, and a page is found, whatever the number of ballots. It is a
// B-tree of two levels. The zero value has nobody. Whoever asks brings the keys of
// all agents, by number; none of them ever changes.
type Order struct{ blocks [][]uint32 }

// find is the place of the first voter whose key is not below one, or, if above is
// set, is above it.
func (v *Order) find(keys [][32]byte, key *[32]byte, above bool) (block, at int) {
	most := -1
	if above {
		most = 0
	}
	reached := func(voter uint32) bool { return bytes.Compare(keys[voter][:], key[:]) > most }
	block = sort.Search(len(v.blocks), func(n int) bool { return reached(v.blocks[n][len(v.blocks[n])-1]) })
	if block < len(v.blocks) {
		list := v.blocks[block]
		at = sort.Search(len(list), func(n int) bool { return reached(list[n]) })
	}
	return block, at
}

// Add puts a voter in that is not there.
func (v *Order) Add(keys [][32]byte, voter uint32) {
	if len(v.blocks) == 0 {
		v.blocks = [][]uint32{nil}
	}
	block, at := 0, 0
	if len(v.blocks[0]) > 0 {
		block, at = v.find(keys, &keys[voter], false)
	}
	if block == len(v.blocks) {
		block--
		at = len(v.blocks[block])
	}
	list := slices.Insert(v.blocks[block], at, voter)
	v.blocks[block] = list
	if half := len(list) / 2; len(list) > blockLen {
		v.blocks[block] = list[:half:half]
		v.blocks = slices.Insert(v.blocks, block+1, slices.Clone(list[half:]))
	}
}

// Remove takes a voter out that is there.
func (v *Order) Remove(keys [][32]byte, voter uint32) {
	block, at := v.find(keys, &keys[voter], false)
	v.blocks[block] = slices.Delete(v.blocks[block], at, at+1)
	if len(v.blocks[block]) == 0 {
		v.blocks = slices.Delete(v.blocks, block, block+1)
	}
}

// After lists the n voters that follow a key, or as many as there are.
func (v *Order) After(keys [][32]byte, key *[32]byte, n int) (page []uint32) {
	block, at := v.find(keys, key, true)
	for ; block < len(v.blocks) && len(page) < n; block, at = block+1, 0 {
		list := v.blocks[block][at:]
		page = append(page, list[:min(len(list), n-len(page))]...)
	}
	return page
}

// All are the voters in order of key.
func (v *Order) All() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for _, list := range v.blocks {
			for _, voter := range list {
				if !yield(voter) {
					return
				}
			}
		}
	}
}
