package audit

import (
	"crypto/sha256"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// tree is an RFC 6962 section 2.1 tree that grows by leaf hashes and knows its
// root at every size it ever had: levels[l][i] is the hash over the leaves
// [i<<l, (i+1)<<l). It costs 64 bytes and one hash an entry.
type tree struct {
	levels [][]tlog.Hash
}

// add appends one leaf hash.
func (t *tree) add(h tlog.Hash) {
	for l := 0; ; l++ {
		if l == len(t.levels) {
			t.levels = append(t.levels, nil)
		}
		t.levels[l] = append(t.levels[l], h)
		n := len(t.levels[l])
		if n%2 == 1 {
			return
		}
		h = tlog.NodeHash(t.levels[l][n-2], t.levels[l][n-1])
	}
}

// size is the number of leaves.
func (t *tree) size() uint64 {
	if len(t.levels) == 0 {
		return 0
	}
	return uint64(len(t.levels[0]))
}

// root returns the tree head over the first n leaves, n <= size().
func (t *tree) root(n uint64) tlog.Hash {
	if n == 0 {
		return sha256.Sum256(nil)
	}
	var root tlog.Hash
	first := true
	for l := 0; n>>l > 0; l++ {
		if n>>l&1 == 0 {
			continue
		}
		peak := t.levels[l][n>>l-1]
		if first {
			root, first = peak, false
		} else {
			root = tlog.NodeHash(peak, root)
		}
	}
	return root
}

// first is the tree over the first n leaves, n <= size(). The two share what they have, and grow apart.
func (t *tree) first(n uint64) *tree {
	var of tree
	for l := 0; l < len(t.levels) && n>>l > 0; l++ {
		of.levels = append(of.levels, slices.Clip(t.levels[l][:n>>l]))
	}
	return &of
}
