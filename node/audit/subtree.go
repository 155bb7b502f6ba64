package audit

import (
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/op"
)

// subtree names a complete subtree of an RFC 6962 tree: over the leaves from index<<level
// to (index+1)<<level - 1. Its hash is the same in every tree that has these leaves.
type subtree struct {
	level int
	index uint64
}

// within tells whether a tree of so many leaves has all of the subtree's.
func (s subtree) within(size uint64) bool {
	return s.level < 63 && s.index < size>>s.level
}

// shownNode is the hash of a subtree and the path from it to the root of the whole.
type shownNode struct {
	hash tlog.Hash
	path []tlog.Hash
}

// check checks that the subtree is under the root over so many leaves: above its level a tree
// is one over the subtrees of that level, the last of which may be short.
func (s subtree) check(n shownNode, size uint64, root tlog.Hash) error {
	if !s.within(size) {
		return reject(ErrInclusion, "index", "subtree %d of level %d is not whole in a log of %d entries", s.index, s.level, size)
	}
	across := (size-1)>>s.level + 1
	path := make([]op.Hash, len(n.path))
	for i, h := range n.path {
		path[i] = op.Hash(h)
	}
	return checkPath(path, across, root, s.index, n.hash)
}

// subtreesOf adds the whole subtrees that the audit path of a leaf shows: those that the leaf
// is in, and the siblings on the way. The path must be right.
func subtreesOf(leaf tlog.Hash, index, size uint64, path []tlog.Hash, to map[subtree]shownNode) {
	at, last := subtree{0, index}, size-1
	hash := leaf
	add := func(s subtree, n shownNode) {
		if s.within(size) {
			to[s] = n
		}
	}
	add(at, shownNode{hash, path})
	for i, sibling := range path {
		for at.index == last && at.index&1 == 0 { // the last of its level, and without a sibling
			at, last = subtree{at.level + 1, at.index >> 1}, last>>1
		}
		rest := path[i+1:]
		other := subtree{at.level, at.index ^ 1}
		add(other, shownNode{sibling, append([]tlog.Hash{hash}, rest...)})
		if at.index&1 == 1 {
			hash = tlog.NodeHash(sibling, hash)
		} else {
			hash = tlog.NodeHash(hash, sibling)
		}
		at, last = subtree{at.level + 1, at.index >> 1}, last>>1
		add(at, shownNode{hash, rest})
	}
}

// ReadHashes implements tlog.HashReader.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		level, n := tlog.SplitStoredHashIndex(x)
		out[i] = t.levels[level][n]
	}
	return out, nil
}

// show returns the hash of a subtree, and the path to the root over the first size leaves.
func (t *tree) show(s subtree, size uint64) shownNode {
	first := s.index << s.level
	path, err := tlog.ProveRecord(int64(size), int64(first), t)
	if err != nil {
		panic("audit: " + err.Error())
	}
	seen := map[subtree]shownNode{}
	subtreesOf(t.levels[0][first], first, size, path, seen)
	return seen[s]
}
