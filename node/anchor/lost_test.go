package anchor

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"maps"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"
)

// paperWallet is a wallet whose transactions are in a block as the test says.
type paperWallet struct {
	unused
	spends  []*wire.MsgTx
	heights map[chainhash.Hash]uint32
	best    uint32
	spent   bool // what is published is refused so
	leased  []wire.OutPoint
}

func newPaperWallet() *paperWallet {
	return &paperWallet{heights: map[chainhash.Hash]uint32{}, best: 100}
}

func (w *paperWallet) Spends(_ context.Context,
	fn func(*wire.MsgTx, uint32) error) error {

	for _, tx := range w.spends {
		if err := fn(tx, w.heights[tx.TxHash()]); err != nil {
			return err
		}
	}
	return nil
}

func (w *paperWallet) FeeRate(context.Context, uint32) (int64, error) {
	return 253, nil
}

func (w *paperWallet) Fund(_ context.Context, r FundRequest) (Draft, error) {
	coin := Coin{OutPoint: wire.OutPoint{Hash: chainhash.HashH(r.Script)},
		Value: r.LineSat + 200, Script: wpkhScript}
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: coin.OutPoint})
	tx.AddTxOut(wire.NewTxOut(0, r.Script))
	tx.AddTxOut(wire.NewTxOut(r.LineSat, wpkhScript))
	return Draft{Tx: tx, Coins: []Coin{coin}}, nil
}

func (w *paperWallet) Sign(_ context.Context, d Draft) (*wire.MsgTx, error) {
	return d.Tx, nil
}

func (w *paperWallet) Publish(_ context.Context, tx *wire.MsgTx,
	_ string) error {

	if w.spent {
		return ErrSpent
	}
	w.spends = append(w.spends, tx)
	return nil
}

func (w *paperWallet) Lease(_ context.Context, op wire.OutPoint, _ [32]byte,
	_ time.Duration) error {

	w.leased = append(w.leased, op)
	return nil
}

func (w *paperWallet) Best(context.Context) (uint32, chainhash.Hash, error) {
	return w.best, chainhash.Hash{}, nil
}

func (w *paperWallet) Confirmation(_ context.Context, txid chainhash.Hash,
	_ []byte, _ uint32) (Confirmation, error) {

	if w.heights[txid] == 0 {
		return Confirmation{}, ErrUnconfirmed
	}
	return Confirmation{Height: w.heights[txid]}, nil
}

func (*paperWallet) Report(context.Context, Event) error { return nil }

// made adds an anchor to the wallet, in the block of a height.
func (w *paperWallet) made(prev wire.OutPoint, body string,
	height uint32) *wire.MsgTx {

	tx := anchorTx(prev, NewPayload(testOrigin, []byte(body)))
	w.spends, w.heights[tx.TxHash()] = append(w.spends, tx), height
	return tx
}

func lineOf(tx *wire.MsgTx) wire.OutPoint {
	return wire.OutPoint{Hash: tx.TxHash(), Index: 1}
}

func paperPublisher(t *testing.T, w *paperWallet, j Journal) *Publisher {
	t.Helper()
	cfg := testConfig(j)
	cfg.Wallet, cfg.Chain, cfg.Facts = w, w, w
	cfg.Confirmations = 1000 // there are no blocks
	cfg.Logger = slog.New(slog.DiscardHandler)
	p, err := NewPublisher(cfg)
	require.NoError(t, err)
	return p
}

// What the journal knows is not lost: versions that were replaced and anchors
// that were given up are in it too. What the wallet did for others and what is no
// anchor does not count.
func TestLostAnchorsAreThoseTheJournalDoesNotKnow(t *testing.T) {
	w, j := newPaperWallet(), mapJournal{}
	p := paperPublisher(t, w, j)
	require.NoError(t, p.Anchor(testCheckpoint().Body()))
	require.NoError(t, p.step(t.Context()))
	require.Len(t, w.spends, 1)
	require.NoError(t, p.bump(t.Context(), 0, w.best))
	require.NoError(t, p.publish(t.Context(), p.records[0]))
	require.Len(t, w.spends, 2)
	w.spends = append(w.spends, plainTx(1), anchorTx(lineOf(plainTx(2)),
		NewPayload("econd/b", nil)))
	list, err := p.Lost(t.Context())
	require.NoError(t, err)
	require.Empty(t, list)
	require.Equal(t, int64(0), p.AnchoredSize())

	// Once more with a journal from before the first version.
	list, err = paperPublisher(t, w, mapJournal{}).Lost(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, sha256.Sum256(testCheckpoint().Body()), list[0].Digest)
	require.Equal(t, w.spends[0].TxHash(), list[0].Txid)
}

// The line goes on from the newest adopted anchor, also in the next process;
// until that one is in a block nothing is built.
func TestLineGoesOnFromWhatWasAdopted(t *testing.T) {
	w, j := newPaperWallet(), mapJournal{}
	first := w.made(wire.OutPoint{Index: 7}, "a", 90)
	second := w.made(lineOf(first), "b", 91)
	third := w.made(lineOf(second), "c", 0)
	replaced := w.made(lineOf(second), "c, at a lower fee", 0)

	p := paperPublisher(t, w, j)
	list, err := p.Lost(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 4)
	require.NoError(t, p.Adopt(list))
	require.NoError(t, p.Adopt(list))
	require.Len(t, j, 4)

	p = paperPublisher(t, w, j)
	list, err = p.Lost(t.Context())
	require.NoError(t, err)
	require.Empty(t, list)
	require.NoError(t, p.Anchor(testCheckpoint().Body()))
	require.ErrorIs(t, p.step(t.Context()), ErrUnconfirmed)
	require.Equal(t, StateJournaled, p.Anchors()[0].State)
	require.Empty(t, w.leased)

	w.heights[replaced.TxHash()] = 101
	require.NoError(t, p.step(t.Context()))
	require.Equal(t, StatePublished, p.Anchors()[0].State)
	next, err := anchorTxOf(p.records[0].latest().msg)
	require.NoError(t, err)
	require.Equal(t, []wire.OutPoint{lineOf(replaced)}, next.Inputs)
	require.NotEqual(t, lineOf(third), next.Inputs[0])
	require.Contains(t, w.leased, lineOf(replaced))
	require.Contains(t, w.leased, next.Line)

	// From then on the line is the publisher's own again.
	require.Empty(t, p.lostTips(p.records[0]))
}

// An adopted anchor that can get into no block any more is waited for as any coin
// that is gone; then a new line starts, if the log announces it.
func TestAdoptedAnchorThatIsGone(t *testing.T) {
	w := newPaperWallet()
	adopted := w.made(wire.OutPoint{Index: 7}, "a", 0)
	p := paperPublisher(t, w, mapJournal{})
	list, err := p.Lost(t.Context())
	require.NoError(t, err)
	require.NoError(t, p.Adopt(list))
	require.NoError(t, p.Anchor(testCheckpoint().Body()))
	w.spent = true
	var gone *LineGoneError
	for range giveUpAfter {
		require.ErrorAs(t, p.step(t.Context()), &gone)
		w.best++
	}
	require.Equal(t, adopted.TxHash(), gone.After)
	require.Equal(t, giveUpAfter, gone.Heights)
	p.cfg.NewLine = func(after chainhash.Hash) (int64, bool) {
		return 1, after == adopted.TxHash()
	}
	w.spent = false
	require.ErrorIs(t, p.step(t.Context()), ErrUnconfirmed)
	w.spent = true
	require.ErrorIs(t, p.step(t.Context()), ErrSpent, "the new line, too")
	require.Equal(t, StateBuilt, p.Anchors()[0].State)
	next, err := anchorTxOf(p.records[0].latest().msg)
	require.NoError(t, err)
	require.NotEqual(t, lineOf(w.spends[0]), next.Inputs[0])
}

// A wallet that cannot be read, and a journal that cannot be written, are told.
func TestLostAnchorsAndFailures(t *testing.T) {
	w, j := newPaperWallet(), mapJournal{}
	w.made(wire.OutPoint{Index: 7}, "a", 90)
	p := paperPublisher(t, w, j)
	list, err := p.Lost(t.Context())
	require.NoError(t, err)
	p.cfg.Journal = mapJournal(nil)
	require.ErrorContains(t, p.Adopt(list), "disk is full")
	again, err := p.Lost(t.Context())
	require.NoError(t, err)
	require.Equal(t, list, again)
	p.cfg.Wallet = awayWallet{}
	_, err = p.Lost(t.Context())
	require.ErrorIs(t, err, errAway)

	p.cfg.Journal = j
	require.NoError(t, p.Adopt(list))
	for key := range maps.Keys(j) {
		for _, bad := range []string{"junk", "{}", `{"v":1,"tx":"00"}`} {
			_, err := NewPublisher(testConfig(mapJournal{key: []byte(bad)}))
			require.ErrorContains(t, err, key)
		}
	}
}

var errAway = errors.New("LND is away")

type awayWallet struct{ unused }

func (awayWallet) Spends(context.Context,
	func(*wire.MsgTx, uint32) error) error {

	return errAway
}

// A node that reindexes knows none of the coins, at one height after the other: an
// anchor is given up only where the chain is as high as when it was made.
func TestCoinsAreMissedOnlyByAChainThatCaughtUp(t *testing.T) {
	w := newPaperWallet()
	p := paperPublisher(t, w, mapJournal{})
	require.NoError(t, p.Anchor(testCheckpoint().Body()))
	require.NoError(t, p.step(t.Context()))
	w.spent = true
	for w.best = 10; w.best < 100; w.best++ {
		require.ErrorIs(t, p.step(t.Context()), ErrSpent)
	}
	require.Zero(t, p.records[0].Doubts)
	for ; w.best < 100+giveUpAfter-1; w.best++ {
		require.ErrorIs(t, p.step(t.Context()), ErrSpent)
	}
	for low := uint32(50); low < 60; low++ { // again
		tip := w.best
		w.best = low
		require.ErrorIs(t, p.step(t.Context()), ErrSpent)
		w.best = tip
	}
	require.Equal(t, StatePublished, p.Anchors()[0].State)
	_ = p.step(t.Context())
	require.Equal(t, StateAbandoned, p.Anchors()[0].State)
}
