package anchor

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"
)

// minedWallet is a wallet on a chain of real blocks, which the test mines.
type minedWallet struct {
	*paperWallet
	blocks []*wire.MsgBlock // from height 1 on
	events []Event
	tilt   time.Duration // tells the blocks of another chain apart
}

func newMinedWallet() *minedWallet {
	w := &minedWallet{paperWallet: newPaperWallet()}
	w.mine(1)
	return w
}

// mine adds blocks, the first of which holds these transactions.
func (w *minedWallet) mine(n int, txs ...*wire.MsgTx) {
	for range n {
		b := blockWith(uint32(len(w.blocks)+1), append([]*wire.MsgTx{plainTx(len(w.blocks))}, txs...)...)
		if len(w.blocks) > 0 {
			last := w.blocks[len(w.blocks)-1].Header
			b.Header.PrevBlock, b.Header.Timestamp = last.BlockHash(), last.Timestamp.Add(time.Minute+w.tilt)
		}
		mine(&b.Header)
		w.blocks, txs = append(w.blocks, b), nil
	}
}

// forget takes the last blocks from the chain.
func (w *minedWallet) forget(n int) { w.blocks = w.blocks[:len(w.blocks)-n] }

// last is the transaction that was published last.
func (w *minedWallet) last() *wire.MsgTx { return w.spends[len(w.spends)-1] }

func (w *minedWallet) Best(context.Context) (uint32, chainhash.Hash, error) {
	return uint32(len(w.blocks)), w.blocks[len(w.blocks)-1].BlockHash(), nil
}

func (w *minedWallet) BlockHash(_ context.Context, height uint32) (chainhash.Hash, error) {
	return w.blocks[height-1].BlockHash(), nil
}

func (w *minedWallet) Header(_ context.Context, hash chainhash.Hash) ([]byte, error) {
	for _, b := range w.blocks {
		if b.BlockHash() == hash {
			return encodeHeader(&b.Header)
		}
	}
	return nil, errAway
}

func (w *minedWallet) Confirmation(_ context.Context, txid chainhash.Hash, _ []byte, _ uint32) (Confirmation, error) {
	for i, b := range w.blocks {
		if slices.ContainsFunc(b.Transactions, func(tx *wire.MsgTx) bool { return tx.TxHash() == txid }) {
			var raw bytes.Buffer
			err := b.Serialize(&raw)
			return Confirmation{BlockHash: b.BlockHash(), Height: uint32(i + 1), RawBlock: raw.Bytes()}, err
		}
	}
	return Confirmation{}, ErrUnconfirmed
}

func (w *minedWallet) Report(_ context.Context, e Event) error {
	w.events = append(w.events, e)
	return nil
}

// kinds are those of the events since it was asked last.
func (w *minedWallet) kinds() (list []EventKind) {
	for _, e := range w.events {
		list = append(list, e.Kind)
	}
	w.events = nil
	return list
}

func minedPublisher(t *testing.T, w *minedWallet, j Journal) *Publisher {
	t.Helper()
	cfg := testConfig(j)
	cfg.Wallet, cfg.Chain, cfg.Facts = w, w, w
	cfg.Logger = slog.New(slog.DiscardHandler)
	p, err := NewPublisher(cfg)
	require.NoError(t, err)
	return p
}

// A block that held a final anchor leaves the chain: the anchor is pending again, the very
// transaction is published once more, and the proof is one of the new block. What is
// watchDepth deep is left alone.
func TestFinalAnchorIsWatched(t *testing.T) {
	w, j := newMinedWallet(), mapJournal{}
	p := minedPublisher(t, w, j)
	anchored(t, p, w, 1)
	anchored(t, p, w, 2)
	old, err := p.Proof(1)
	require.NoError(t, err)
	first, second := w.spends[0], w.spends[1]
	w.kinds()

	p = minedPublisher(t, w, j) // also in the next process
	w.forget(6)
	w.tilt = time.Second
	w.mine(7)
	require.NoError(t, p.step(t.Context()))
	require.Equal(t, []EventKind{EventReorged, EventPublished}, w.kinds(), "its fee is raised, too")
	require.Equal(t, StateFinal, p.Anchors()[0].State)
	require.Equal(t, StatePublished, p.Anchors()[1].State)
	require.Equal(t, second.TxHash(), w.spends[2].TxHash())
	require.Equal(t, second.TxIn[0].PreviousOutPoint, w.last().TxIn[0].PreviousOutPoint)
	_, err = p.Proof(1)
	require.ErrorIs(t, err, ErrNotAnchored)

	w.mine(6, second)
	require.NoError(t, p.step(t.Context()))
	require.Equal(t, []EventKind{EventConfirmed, EventFinal}, w.kinds())
	renewed, err := p.Proof(1)
	require.NoError(t, err)
	require.NotEqual(t, old.Height, renewed.Height)
	list, _, err := p.Proofs(0, 10)
	require.NoError(t, err)
	line, err := VerifyLine(list, Options{Params: regtest})
	require.NoError(t, err)
	require.Equal(t, first.TxHash(), line[0].Anchor.Txid)

	height := int(p.Anchors()[1].Height)
	w.mine(height + watchDepth - len(w.blocks))
	w.forget(len(w.blocks) - height + 1)
	w.tilt = 2 * time.Second
	w.mine(watchDepth + 1)
	require.NoError(t, p.step(t.Context()))
	require.Empty(t, w.kinds())
}

// An anchor whose fee may not be raised any more is told: it is not for silence to say.
func TestFeeAtItsBoundIsTold(t *testing.T) {
	w := newMinedWallet()
	p := minedPublisher(t, w, mapJournal{})
	p.cfg.MaxSatPerVByte = 1
	require.NoError(t, p.Anchor(Checkpoint{Origin: testOrigin, Size: 1}.Body()))
	require.NoError(t, p.step(t.Context()))
	w.mine(DefaultBumpAfter - 1)
	require.NoError(t, p.step(t.Context()), "not yet")
	w.mine(1)
	err := p.step(t.Context())
	require.ErrorIs(t, err, errFeeBound)
	require.ErrorContains(t, err, w.last().TxHash().String())
	w.mine(1, w.last())
	require.NoError(t, p.step(t.Context()))
}

// anchored has a checkpoint of some size anchored for good.
func anchored(t *testing.T, p *Publisher, w *minedWallet, size int64) {
	t.Helper()
	require.NoError(t, p.Anchor(Checkpoint{Origin: testOrigin, Size: size}.Body()))
	require.NoError(t, p.step(t.Context()))
	w.mine(6, w.last())
	require.NoError(t, p.step(t.Context()))
	require.Equal(t, StateFinal, p.Anchors()[len(p.Anchors())-1].State)
}

// The proofs that the publisher has are a line, those of anchors that it took up after a
// restore among them.
func TestProofsOfAllAnchorsAreALine(t *testing.T) {
	w := newMinedWallet()
	old := minedPublisher(t, w, mapJournal{})
	anchored(t, old, w, 1)
	backup := mapJournal{}
	for k, v := range old.cfg.Journal.(mapJournal) {
		backup[k] = v
	}
	anchored(t, old, w, 2)

	p := minedPublisher(t, w, backup)
	lost, err := p.Lost(t.Context())
	require.NoError(t, err)
	require.Len(t, lost, 1)
	lost[0].Height = 8
	require.NoError(t, p.Adopt(lost))
	require.NoError(t, p.step(t.Context()))
	anchored(t, p, w, 3)

	for _, p := range []*Publisher{p, minedPublisher(t, w, backup)} {
		list, next, err := p.Proofs(0, 2)
		require.NoError(t, err)
		require.Len(t, list, 2)
		require.Equal(t, 2, next)
		rest, next, err := p.Proofs(next, 2)
		require.NoError(t, err)
		require.Len(t, rest, 1)
		require.Zero(t, next)
		r, err := VerifyLine(append(list, rest...), Options{Params: regtest})
		require.NoError(t, err)
		require.Equal(t, lost[0].Txid, r[1].Anchor.Txid)
		for i, proof := range append(list, rest...) {
			tx, err := ParseAnchorTx(proof.Tx)
			require.NoError(t, err)
			require.Equal(t, r[i].Anchor.Txid, tx.Txid, "in the order of the line")
		}
	}
}
