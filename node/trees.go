package node

import (
	"container/list"
	"sync"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/merkle"
	"github.com/econd/econd/node/op"
)

// treeBytes bounds the Merkle trees of closed votes that are kept for proofs:
// those of about a million ballots. A single larger one is kept alone.
const treeBytes = 64 << 20

// trees keeps the Merkle trees of the votes that proofs were asked for last. The
// zero value is empty and ready; it is safe for concurrent use.
type trees struct {
	mu    sync.Mutex
	at    map[op.ID]*list.Element // of *tree
	order list.List               // the last used in front
	bytes int

	building sync.Mutex // one tree at a time, so that proofs leave a core to others
	built    int        // how many; guarded by building
}

type tree struct {
	proposal op.ID
	bytes    int
	once     sync.Once
	tree     *merkle.Tree
}

// of returns the tree of a closed vote. Whoever asks first builds it, and whoever
// asks meanwhile waits for that one.
func (t *trees) of(proposal op.ID, ballots ledger.CountedBallots) *merkle.Tree {
	x := t.entry(proposal, ballots.Bytes())
	x.once.Do(func() {
		t.building.Lock()
		defer t.building.Unlock()
		x.tree = ballots.Tree()
		t.built++
	})
	return x.tree
}

// entry finds or makes the entry of a vote, in front of the others, and drops the
// last ones while there are too many bytes. Who still holds one goes on with it.
func (t *trees) entry(proposal op.ID, bytes int) *tree {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e, ok := t.at[proposal]; ok {
		t.order.MoveToFront(e)
		return e.Value.(*tree)
	}
	if t.at == nil {
		t.at = map[op.ID]*list.Element{}
	}
	x := &tree{proposal: proposal, bytes: bytes}
	t.at[proposal] = t.order.PushFront(x)
	t.bytes += bytes
	for t.bytes > treeBytes && t.order.Len() > 1 {
		last := t.order.Remove(t.order.Back()).(*tree)
		t.bytes -= last.bytes
		delete(t.at, last.proposal)
	}
	return x
}
