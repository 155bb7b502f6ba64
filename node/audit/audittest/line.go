package audittest

import (
	"crypto/sha256"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// Line is a line of anchors, each of which spends the one before it. A copy is a fork.
type Line struct {
	Proofs []*anchor.Proof

	e      *Economy
	coin   wire.OutPoint // that the next one spends
	height uint32        // of the last anchor's block, block its hash
	block  chainhash.Hash
	next   uint32 // height of the next one's, below the hash of the block under that
	below  chainhash.Hash
}

// NewLine begins a line with a coin of this name.
func (e *Economy) NewLine(coin string) *Line {
	return &Line{e: e, coin: wire.OutPoint{Hash: chainhash.HashH([]byte(coin))}, next: AnchorHeight + 1}
}

// Head is the checkpoint over the economy's log as it is now.
func (e *Economy) Head() anchor.Checkpoint {
	return anchor.Checkpoint{Origin: ledger.Origin(e.ID), Size: int64(len(e.Lines)), Root: e.Root()}
}

// Mine anchors a checkpoint under so many confirmations, and says nothing to the log.
func (l *Line) Mine(c anchor.Checkpoint, confirmations int) *anchor.Proof {
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: l.coin})
	tx.AddTxOut(wire.NewTxOut(0, anchor.NewPayload(c.Origin, c.Body()).Script()))
	tx.AddTxOut(wire.NewTxOut(90_000, append([]byte{0, 20}, make([]byte, 20)...)))
	p, header := l.e.proveIn(tx, l.next, l.below, confirmations)
	l.coin, l.block, l.height = wire.OutPoint{Hash: tx.TxHash(), Index: 1}, header.BlockHash(), l.next
	l.below, l.next = chainhash.Hash(shown(chainhash.Hash(p.Tip))), l.next+uint32(confirmations)
	l.Proofs = append(l.Proofs[:len(l.Proofs):len(l.Proofs)], p)
	return p
}

// Anchor anchors the present head and enters what the publisher reports of it.
func (l *Line) Anchor(confirmations int) *anchor.Proof {
	c := l.e.Head()
	p := l.Mine(c, confirmations)
	size, txid := uint64(c.Size), op.Hash(shown(l.coin.Hash))
	l.e.Do(l.e.Operator, op.KindAnchorPublished, op.AnchorPublished{CheckpointSize: size, CheckpointHash: sha256.Sum256(c.Body()), Txid: txid})
	l.e.Do(l.e.Operator, op.KindAnchorConfirmed, op.AnchorConfirmed{CheckpointSize: size, Txid: txid, Block: op.Hash(shown(l.block)), Height: l.height})
	l.e.Do(l.e.Operator, op.KindAnchorFinal, op.AnchorFinal{CheckpointSize: size, Txid: txid})
	return p
}

// Join makes the line go on in the chain of another, beside it.
func (l *Line) Join(other *Line) { l.next, l.below = other.next, other.below }

// shown is a hash of Bitcoin in the byte order in which it is shown.
func shown(h chainhash.Hash) (out [32]byte) {
	for i, b := range h {
		out[len(h)-1-i] = b
	}
	return out
}
