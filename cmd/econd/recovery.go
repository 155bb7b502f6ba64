package main

import (
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ballotstore"
)

// heads makes the head file the node's Heads.
type heads struct{ file *ballotstore.HeadFile }

func (h heads) Highest() (node.Head, bool, error) {
	size, root, ok, err := h.file.Highest()
	return node.Head{Size: size, Root: root}, ok, err
}

func (h heads) Raise(to node.Head) error { return h.file.Raise(to.Size, to.Root) }

func (c config) heads() heads {
	return heads{&ballotstore.HeadFile{Path: ballotstore.HeadPath(c.ballots())}}
}
