package node

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// errNotSynced: LND's wallet may not know its newest transactions yet.
var errNotSynced = errors.New("LND is not synced to the chain yet")

// lostAnchors lists the anchors that the publisher does not know, and of how many
// entries of this log each of their checkpoints is, by digest.
func (k *comparer) lostAnchors(ctx context.Context) (covers map[[32]byte]uint64, err error) {
	if k.n.anchors == nil {
		return nil, nil
	}
	if err := k.n.untilSynced(ctx); err != nil {
		return nil, err
	}
	if k.c.lost, err = k.n.anchors.Lost(ctx); err != nil {
		return nil, err
	}
	want := map[[32]byte]bool{}
	for _, l := range k.c.lost {
		want[l.Digest] = true
	}
	return k.n.checkpointsOf(ctx, want, uint64(k.n.anchors.AnchoredSize()))
}

// untilSynced waits a while for LND to have followed the chain: it is behind for a
// moment after each block.
func (n *Node) untilSynced(ctx context.Context) error {
	for tries := 0; ; tries++ {
		info, err := n.cfg.Lightning.Info(ctx)
		switch {
		case err != nil:
			return err
		case info.Synced:
			return nil
		case tries == 50:
			return errNotSynced
		}
		if err := backoff.Sleep(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// checkpointsOf looks for checkpoints of this log, over more than above entries, by
// their digests.
func (n *Node) checkpointsOf(ctx context.Context, want map[[32]byte]bool, above uint64) (map[[32]byte]uint64, error) {
	found := map[[32]byte]uint64{}
	origin := ledger.Origin(n.economy)
	for size := n.Size(); size > above && len(found) < len(want); size-- {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		root, err := n.cfg.Store.Root(size)
		if err != nil {
			return nil, err
		}
		digest := sha256.Sum256(anchor.Checkpoint{Origin: origin, Size: int64(size), Root: root}.Body())
		if want[digest] {
			found[digest] = size
		}
	}
	return found, nil
}

// anchors compares the anchors that the publisher does not know with the log. One
// over a checkpoint of this log, or one that is on the record, contradicts nothing.
func (k *comparer) anchors(covers map[[32]byte]uint64) {
	for _, l := range k.c.lost {
		a := LostAnchor{Txid: op.Hash(l.Txid), Digest: l.Digest, Height: l.Height}
		slices.Reverse(a.Txid[:]) // entries show it as explorers do
		d := Difference{Subject: "anchor " + a.Txid.String(), LND: "in block " + fmt.Sprint(l.Height), Anchor: &a}
		if l.Height == 0 {
			d.LND = "waits for a block"
		}
		size, own := covers[l.Digest]
		switch {
		case own:
			d.Log = fmt.Sprintf("its first %d entries", size)
			d.Rule = "the line of anchors goes on from it"
		case k.s.Decided(a.Txid) == op.DecidedAnchored:
			d.Log = "on the record as lost"
			d.Rule = "the line of anchors goes on from it"
		default:
			d.Log = "has no such checkpoint"
			d.Decisions = []string{"recover: it is put on the record, and the line of anchors goes on from it"}
		}
		k.add(d)
	}
}
