package node

import (
	"context"
	"sync"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
)

// checkpointer remembers the newest checkpoint, so that asking twice without a
// new entry in between signs once.
type checkpointer struct {
	mu   sync.Mutex
	size uint64
	note []byte
}

// Checkpoint returns a signed checkpoint (C2SP tlog-checkpoint) over everything
// durable now. It is stored before it is handed out, so that what was promised
// to one caller is known to all.
func (n *Node) Checkpoint(ctx context.Context) (uint64, []byte, error) {
	c := &n.checkpoints
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(n.disagreements()) > 0 { // what was signed is served, nothing is signed
		if size, note, err := n.cfg.Store.LatestCheckpoint(); err == nil && note != nil {
			return size, note, nil
		}
		return 0, nil, n.refuseInRecovery()
	}
	size := n.Size()
	if c.size == size {
		return c.size, c.note, nil
	}
	root, err := n.cfg.Store.Root(size)
	if err != nil {
		return 0, nil, err
	}
	note, err := anchor.SignCheckpoint(anchor.Checkpoint{Origin: ledger.Origin(n.economy), Size: int64(size), Root: root}, n.cfg.LogSigner)
	if err != nil {
		return 0, nil, err
	}
	if err := n.cfg.Store.PutCheckpoint(size, note); err != nil {
		return 0, nil, err
	}
	if n.cfg.Heads != nil && len(n.disagreements()) == 0 {
		if err := n.cfg.Heads.Raise(Head{size, root}); err != nil {
			return 0, nil, err
		}
	}
	c.size, c.note = size, note
	return size, note, nil
}

// ConsistencyProof shows that the log at size extends the log at old (RFC 6962
// section 2.1.2).
func (n *Node) ConsistencyProof(old, size uint64) ([][32]byte, error) {
	return n.cfg.Store.ConsistencyProof(old, size)
}

// EntryProof returns the C2SP tlog-proof of one entry under the newest
// checkpoint.
func (n *Node) EntryProof(ctx context.Context, seq uint64) ([]byte, error) {
	size, note, err := n.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	path, err := n.cfg.Store.InclusionProof(seq, size)
	if err != nil {
		return nil, err
	}
	p := anchor.Inclusion{Index: int64(seq), Checkpoint: note}
	for _, h := range path {
		p.Path = append(p.Path, h)
	}
	return p.Encode(), nil
}
