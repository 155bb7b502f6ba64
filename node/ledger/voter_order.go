package ledger

import (
	"bytes"
	"slices"
	"sort"

	"github.com/econd/econd/node/op"
)

// voterBlock is how many voters a block of voterOrder has at most.
const voterBlock = 512

// voterOrder keeps the voters of one proposal in order of key while ballots come
// and go: blocks of bounded length, found by two bisections, so that a voter is
// put in or taken out, and a page is found, whatever the number of ballots. It is a
// B-tree of two levels. The zero value has nobody.
type voterOrder struct{ blocks [][]slot }

// find is the place of the first voter whose key is not below one, or, if above is
// set, is above it.
func (v *voterOrder) find(s *State, key *op.PublicKey, above bool) (block, at int) {
	most := -1
	if above {
		most = 0
	}
	reached := func(voter slot) bool { return bytes.Compare(s.agents[voter].key[:], key[:]) > most }
	block = sort.Search(len(v.blocks), func(n int) bool { return reached(v.blocks[n][len(v.blocks[n])-1]) })
	if block < len(v.blocks) {
		list := v.blocks[block]
		at = sort.Search(len(list), func(n int) bool { return reached(list[n]) })
	}
	return block, at
}

// add puts a voter in that is not there.
func (v *voterOrder) add(s *State, voter slot) {
	if len(v.blocks) == 0 {
		v.blocks = [][]slot{nil}
	}
	block, at := 0, 0
	if len(v.blocks[0]) > 0 {
		block, at = v.find(s, &s.agents[voter].key, false)
	}
	if block == len(v.blocks) {
		block--
		at = len(v.blocks[block])
	}
	list := slices.Insert(v.blocks[block], at, voter)
	v.blocks[block] = list
	if half := len(list) / 2; len(list) > voterBlock {
		v.blocks[block] = list[:half:half]
		v.blocks = slices.Insert(v.blocks, block+1, slices.Clone(list[half:]))
	}
}

// remove takes a voter out that is there.
func (v *voterOrder) remove(s *State, voter slot) {
	block, at := v.find(s, &s.agents[voter].key, false)
	v.blocks[block] = slices.Delete(v.blocks[block], at, at+1)
	if len(v.blocks[block]) == 0 {
		v.blocks = slices.Delete(v.blocks, block, block+1)
	}
}

// after lists the n voters that follow a key, or as many as there are.
func (v *voterOrder) after(s *State, key *op.PublicKey, n int) (page []slot) {
	block, at := v.find(s, key, true)
	for ; block < len(v.blocks) && len(page) < n; block, at = block+1, 0 {
		list := v.blocks[block][at:]
		page = append(page, list[:min(len(list), n-len(page))]...)
	}
	return page
}
