package node

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
)

// AnchorSource finds the first final anchor whose checkpoint has at least size
// entries, with its proof, or fails with anchor.ErrNotAnchored; and says what
// keeps it from anchoring. It knows which anchors of this log its journal has
// lost, and takes them up again. anchor.Publisher is one.
type AnchorSource interface {
	Covering(size int64) (anchor.Anchor, *anchor.Proof, error)
	// Blocked says why nothing can be anchored and since when, or "".
	Blocked() (why string, since time.Time)
	// Waiting tells of the oldest anchor that waits for a block.
	Waiting() anchor.Waiting
	// Lost lists the anchors of this log that the wallet made and the journal
	// does not know; Adopt makes them known and goes on from the newest.
	Lost(ctx context.Context) ([]anchor.Lost, error)
	Adopt(list []anchor.Lost) error
	// Proofs are those of final anchors in the order of their line, from a place on.
	Proofs(from, limit int) (list []*anchor.Proof, next int, err error)
	// AnchoredSize is that of the largest checkpoint known to be in a block.
	AnchoredSize() int64
}

// UseAnchors tells the node where anchors are found. Call it before Run.
func (n *Node) UseAnchors(src AnchorSource) { n.anchors = src }

// AnchorProofs are the proofs of final anchors in the order of their line, from a place
// on, and where the next page starts, 0 for none.
func (n *Node) AnchorProofs(from, limit int) (list []view.ProvenAnchor, next int, err error) {
	if n.anchors == nil {
		return nil, 0, nil
	}
	proofs, next, err := n.anchors.Proofs(from, limit)
	if err != nil {
		return nil, 0, err
	}
	for _, p := range proofs {
		tx, err := anchor.ParseAnchorTx(p.Tx)
		if err != nil {
			return nil, 0, fmt.Errorf("node: anchor in the journal: %w", err)
		}
		text, err := p.Encode()
		if err != nil {
			return nil, 0, err
		}
		list = append(list, view.ProvenAnchor{Txid: shown(tx.Txid), Proof: text})
	}
	return list, next, nil
}

// AnnouncedLine tells whether the log announces a second line of anchors because output 1 of
// this transaction is gone, and how many entries a checkpoint has that commits to that.
func (n *Node) AnnouncedLine(after chainhash.Hash) (size int64, ok bool) {
	n.View(func(s *ledger.State, _ int64) {
		var r view.Recovery
		if r, ok = s.NewLine(shown(after)); ok {
			size = int64(r.Seq) + 1
		}
	})
	return size, ok
}

// EndLine records, with the operator's reason, that output 1 of this transaction is gone, so
// that a second line of anchors may begin. The node must not be running. By version 1 of the
// rules a note about the anchor says it. Errors: *refusal.Refusal, or of the store.
func (n *Node) EndLine(after chainhash.Hash, reason string) (view.Receipt, error) {
	f := op.Reconciled{Decision: op.DecidedNewLine, Hash: shown(after), Note: reason}
	n.View(func(s *ledger.State, _ int64) {
		if s.Constitution().Version < 2 {
			f.Decision = op.DecidedNoted
		}
	})
	return n.enter(op.KindReconciled, f)
}

// shown is a txid as entries and explorers show it.
func shown(txid chainhash.Hash) op.Hash {
	h := op.Hash(txid)
	slices.Reverse(h[:])
	return h
}

// Report records what the publisher learned about an anchor, once however
// often it is told.
func (n *Node) Report(ctx context.Context, e anchor.Event) error {
	kind, content, err := anchorFact(e)
	if err != nil {
		return err
	}
	err = n.fact(ctx, kind, content)
	if errors.Is(err, refusal.ErrDuplicate) || errors.Is(err, refusal.ErrFact) {
		n.cfg.Log.Debug("anchor event recorded before", "event", string(e.Kind), "txid", e.Txid, "answer", err.Error())
		return nil
	}
	return err
}

func anchorFact(e anchor.Event) (op.Kind, any, error) {
	var txid, block, digest op.Hash
	for _, f := range []struct {
		dst  *op.Hash
		text string
	}{{&txid, e.Txid}, {&block, e.BlockHash}, {&digest, hex.EncodeToString(e.Digest)}} {
		raw, err := hex.DecodeString(f.text)
		if err != nil || f.text != "" && len(raw) != 32 {
			return 0, nil, fmt.Errorf("node: anchor event %s: %q is not a hash", e.Kind, f.text)
		}
		copy(f.dst[:], raw)
	}
	size := uint64(e.Size)
	switch e.Kind {
	case anchor.EventPublished:
		return op.KindAnchorPublished, op.AnchorPublished{CheckpointSize: size, CheckpointHash: digest, Txid: txid}, nil
	case anchor.EventConfirmed:
		return op.KindAnchorConfirmed, op.AnchorConfirmed{CheckpointSize: size, Txid: txid, Block: block, Height: e.Height}, nil
	case anchor.EventFinal:
		return op.KindAnchorFinal, op.AnchorFinal{CheckpointSize: size, Txid: txid}, nil
	case anchor.EventReorged:
		return op.KindAnchorReorged, op.AnchorReorged{CheckpointSize: size, Txid: txid}, nil
	}
	return 0, nil, fmt.Errorf("node: unknown anchor event %q", e.Kind)
}
