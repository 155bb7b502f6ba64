package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
)

// ErrHeadUnwritten says that the file that keeps the highest head (Heads) cannot be written, so no
// newer head is handed out.
var ErrHeadUnwritten = errors.New("the highest head cannot be written")

// HeadRule and HeadText are what callers are told of it.
const (
	HeadRule = "head-unwritten"
	HeadText = "no newer head is handed out: the file that keeps the highest one cannot be written. The operator has to mend that"
)

// ErrUnpromised says that the witnesses have not cosigned a head yet that is new enough.
var ErrUnpromised = errors.New("no head is cosigned yet that covers it")

// UnpromisedRule and UnpromisedText are what callers are told of it.
const (
	UnpromisedRule = "head-unpromised"
	UnpromisedText = "the witnesses have not cosigned a head yet that covers it, and no other is handed out. /readyz says who is missing"
)

// headWait is how long a reader waits for a head that covers what it asks for.
const headWait = 5 * time.Second

// checkpointer remembers the newest checkpoint, so that asking twice without a
// new entry in between signs once.
type checkpointer struct {
	mu     sync.Mutex
	size   uint64
	note   []byte
	stored uint64 // size of the last one that the store keeps
}

// newest is the head that was signed last at this start.
func (c *checkpointer) newest() (size uint64, note []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.size, c.note
}

// Checkpoint returns a signed checkpoint (C2SP tlog-checkpoint) over everything
// durable now; with a Cosigner, the newest that is promised, for who had a newer one
// could bring it to the witnesses, which cosign none below it any more. It is stored
// before it is handed out, so that what was promised to one caller is known to all.
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
	if err := n.sign(c, n.Size()); err != nil {
		return 0, nil, err
	}
	size, note := c.size, c.note
	if n.cfg.Cosigner != nil {
		if size, note = n.promises.newest(); note == nil { // since this start
			size, note, err := n.cfg.Store.LatestCheckpoint()
			if err != nil || note == nil {
				return 0, nil, ErrUnpromised
			}
			return size, note, nil
		}
	}
	if err := n.keep(c, size, note); err != nil {
		return 0, nil, err
	}
	return size, note, nil
}

// headOver is Checkpoint, once that covers so many entries of the log.
func (n *Node) headOver(ctx context.Context, covers uint64) (size uint64, note []byte, err error) {
	size, note, err = n.Checkpoint(ctx)
	if err == nil && size >= covers || err != nil && !errors.Is(err, ErrUnpromised) {
		return size, note, err
	}
	wait, cancel := context.WithTimeout(ctx, headWait)
	defer cancel()
	if _, note = n.promised(wait, covers); note == nil {
		return 0, nil, ErrUnpromised
	}
	return n.Checkpoint(ctx)
}

// sign makes the head over so many entries the newest one that was signed. It is durable
// beside the store before anybody sees it; where it cannot be made so, the next checkpoint
// tries again. The caller holds c.
func (n *Node) sign(c *checkpointer, size uint64) error {
	if c.size == size {
		return nil
	}
	root, err := n.cfg.Store.Root(size)
	if err != nil {
		return err
	}
	note, err := n.signCheckpoint(anchor.Checkpoint{Origin: ledger.Origin(n.economy), Size: int64(size), Root: root})
	if err != nil {
		return err
	}
	if n.cfg.Heads != nil {
		if err := n.cfg.Heads.Raise(Head{size, root}); err != nil {
			n.headless.CompareAndSwap(nil, &headless{since: time.Now()})
			return fmt.Errorf("%w: %w", ErrHeadUnwritten, err)
		}
		n.headless.Store(nil)
	}
	c.size, c.note = size, note
	if n.cfg.Cosigner == nil {
		n.promises.raise(size, note)
	} else {
		n.promises.signed.wake()
	}
	return nil
}

// keep makes a head durable in the store, which serves it in recovery. What the store
// does not confirm ends the node. The caller holds c.
func (n *Node) keep(c *checkpointer, size uint64, note []byte) error {
	if c.stored == size {
		return nil
	}
	if err := n.cfg.Store.PutCheckpoint(size, note); err != nil {
		err = fmt.Errorf("%w: %w", ErrNotDurable, err)
		select {
		case n.doubt <- err:
		default:
		}
		return err
	}
	c.stored = size
	return nil
}

// headless says since when the file of the highest head cannot be written.
type headless struct{ since time.Time }

// headProblem tries the file again, if it could not be written.
func (n *Node) headProblem() string {
	failing := n.headless.Load()
	if failing == nil {
		return ""
	}
	_, _, err := n.Checkpoint(context.Background())
	if err == nil || errors.Is(err, ErrUnpromised) {
		return ""
	}
	return "checkpoint: no head is signed since " + failing.since.UTC().Format(time.RFC3339) + ": " + err.Error()
}

// awaitDoubt ends the node once the store did not confirm a checkpoint.
func (n *Node) awaitDoubt(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-n.doubt:
		n.failed.CompareAndSwap(nil, &err)
		return err
	}
}

// ConsistencyProof shows that the log at size extends the log at old (RFC 6962
// section 2.1.2).
func (n *Node) ConsistencyProof(old, size uint64) ([][32]byte, error) {
	return n.cfg.Store.ConsistencyProof(old, size)
}

// EntryProofs returns the C2SP tlog-proofs of entries under one checkpoint, the
// newest that is handed out.
func (n *Node) EntryProofs(ctx context.Context, seqs ...uint64) ([][]byte, error) {
	covers := uint64(0)
	for _, seq := range seqs {
		covers = max(covers, seq+1)
	}
	size, note, err := n.headOver(ctx, covers)
	if err != nil {
		return nil, err
	}
	proofs := make([][]byte, len(seqs))
	err = n.cfg.Store.InclusionProofs(seqs, size, func(i int, path [][32]byte) {
		proofs[i] = anchor.AppendInclusion(nil, int64(seqs[i]), path, note)
	})
	return proofs, err
}
