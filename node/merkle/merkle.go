// Package merkle makes the trees of RFC 6962 section 2.1: roots and the paths that
// prove leaves.
package merkle

import (
	"crypto/sha256"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/op"
)

// Tree is a Merkle tree, level by level from the leaves up; what is left over at the
// end of a level moves up unchanged, which gives the tree of RFC 6962. It never
// changes and is safe for concurrent use. It has about two hashes for each leaf.
type Tree struct{ levels [][]tlog.Hash }

// New makes the tree over hashes of leaves, which it keeps. A leaf's hash is
// tlog.RecordHash.
func New(leaves []tlog.Hash) *Tree {
	t := &Tree{levels: [][]tlog.Hash{leaves}}
	for level := leaves; len(level) > 1; {
		up := make([]tlog.Hash, 0, (len(level)+1)/2)
		for i := 0; i+1 < len(level); i += 2 {
			up = append(up, tlog.NodeHash(level[i], level[i+1]))
		}
		if len(level)%2 == 1 {
			up = append(up, level[len(level)-1])
		}
		level = up
		t.levels = append(t.levels, level)
	}
	return t
}

// Of makes the tree over leaves.
func Of(leaves [][]byte) *Tree {
	level := make([]tlog.Hash, len(leaves))
	for i, l := range leaves {
		level[i] = tlog.RecordHash(l)
	}
	return New(level)
}

// Root is the tree's head: SHA-256 of the empty string without leaves.
func (t *Tree) Root() op.Hash {
	top := t.levels[len(t.levels)-1]
	if len(top) == 0 {
		return sha256.Sum256(nil)
	}
	return op.Hash(top[0])
}

// Path is the audit path of leaf i, from the leaf's sibling up, as in RFC 6962
// section 2.1.1.
func (t *Tree) Path(i int) []op.Hash {
	var path []op.Hash
	for _, level := range t.levels {
		if sibling := i ^ 1; sibling < len(level) {
			path = append(path, op.Hash(level[sibling]))
		}
		i /= 2
	}
	return path
}
