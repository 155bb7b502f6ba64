package anchor

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"
)

// choosyWallet publishes nothing while its network asks for more.
type choosyWallet struct {
	*minedWallet
	dear bool
	gone bool // the line's coin
}

func (w *choosyWallet) Publish(ctx context.Context, tx *wire.MsgTx, label string) error {
	if w.dear {
		return ErrFeeTooLow
	}
	return w.minedWallet.Publish(ctx, tx, label)
}

func (w *choosyWallet) Lease(ctx context.Context, op wire.OutPoint, id [32]byte, d time.Duration) error {
	if w.gone {
		return ErrUnknownCoin
	}
	return w.minedWallet.Lease(ctx, op, id, d)
}

func choosyPublisher(t *testing.T, w *choosyWallet, j Journal, change func(*PublisherConfig)) *Publisher {
	t.Helper()
	cfg := testConfig(j)
	cfg.Wallet, cfg.Chain, cfg.Facts = w, w, w
	cfg.Logger = slog.New(slog.DiscardHandler)
	if change != nil {
		change(&cfg)
	}
	p, err := NewPublisher(cfg)
	require.NoError(t, err)
	return p
}

func bodyOver(size int64) []byte { return Checkpoint{Origin: testOrigin, Size: size}.Body() }

// commitsTo tells the size of the checkpoint that a transaction is over.
func commitsTo(t *testing.T, tx *wire.MsgTx) int64 {
	t.Helper()
	a, err := anchorTxOf(tx)
	require.NoError(t, err)
	for size := int64(1); size < 20; size++ {
		if NewPayload(testOrigin, bodyOver(size)) == a.Payload {
			return size
		}
	}
	t.Fatal("over no checkpoint")
	return 0
}

// Each time the fee is raised the newest checkpoint takes the place of the older one. Whichever
// version a miner takes, the line stays one, the log is told of each by its own size, and the
// newest checkpoint is anchored in the end: also across restarts.
func TestFeeIsRaisedOverTheNewestCheckpoint(t *testing.T) {
	for _, restart := range []bool{false, true} {
		for _, mined := range []int{0, 1} {
			w, j := &choosyWallet{minedWallet: newMinedWallet()}, mapJournal{}
			p := choosyPublisher(t, w, j, nil)
			again := func() {
				if restart {
					p = choosyPublisher(t, w, j, nil)
				}
			}
			require.NoError(t, p.Anchor(bodyOver(1)))
			require.NoError(t, p.step(t.Context()))
			require.NoError(t, p.Anchor(bodyOver(2)))
			require.NoError(t, p.Anchor(bodyOver(3)))
			again()
			w.mine(2)
			require.NoError(t, p.step(t.Context()))
			require.Equal(t, int64(1), commitsTo(t, w.last()), "not yet")
			w.mine(1)
			require.NoError(t, p.step(t.Context()))
			require.Equal(t, int64(3), commitsTo(t, w.last()))
			versions := []*wire.MsgTx{w.spends[0], w.last()}
			require.Equal(t, versions[0].TxIn[0].PreviousOutPoint, versions[1].TxIn[0].PreviousOutPoint)
			require.Equal(t, int64(3), p.Anchors()[0].Checkpoint.Size)
			again()

			w.mine(1, versions[mined])
			require.NoError(t, p.step(t.Context()))
			again()
			require.NoError(t, p.step(t.Context()))
			w.mine(5)
			require.NoError(t, p.step(t.Context()))
			all := p.Anchors()
			require.Equal(t, []int64{1, 3}[mined], all[0].Checkpoint.Size)
			require.Equal(t, StateFinal, all[0].State)
			if mined == 0 {
				require.Len(t, all, 2)
				next := w.last()
				require.Equal(t, int64(3), commitsTo(t, next))
				require.Equal(t, lineOf(versions[0]), next.TxIn[0].PreviousOutPoint, "one line")
				w.mine(6, next)
				require.NoError(t, p.step(t.Context()))
			} else {
				require.Len(t, all, 1)
			}
			a, proof, err := p.Covering(3)
			require.NoError(t, err)
			_, err = Verify(proof, testOrigin, a.Body, Options{Params: regtest})
			require.NoError(t, err)
			require.Equal(t, []int64{1, 3}, []int64{w.events[0].Size, w.events[1].Size})
			for _, e := range w.events {
				if e.Txid == versions[0].TxHash().String() {
					require.Equal(t, int64(1), e.Size, e.Kind)
				}
			}
		}
	}
}

// At its bound no fee can be raised: that is told. What the network has dropped is made
// again over the newest checkpoint at the same fee, and goes out once the network takes it.
func TestDroppedAtTheBound(t *testing.T) {
	w := &choosyWallet{minedWallet: newMinedWallet()}
	p := choosyPublisher(t, w, mapJournal{}, func(c *PublisherConfig) { c.MaxSatPerVByte = 1 })
	require.NoError(t, p.Anchor(bodyOver(1)))
	require.NoError(t, p.step(t.Context()))
	first := w.last()
	require.False(t, p.Waiting().AtBound)
	w.mine(3)
	require.ErrorIs(t, p.step(t.Context()), errFeeBound)
	require.Equal(t, Waiting{Blocks: 3, Entries: 1, AtBound: true}, p.Waiting())
	require.NoError(t, p.Anchor(bodyOver(2)))
	require.ErrorIs(t, p.step(t.Context()), errFeeBound)
	require.Len(t, p.records[0].Versions, 1, "nothing can replace it")

	w.dear = true
	require.ErrorIs(t, p.step(t.Context()), ErrFeeTooLow)
	require.Len(t, p.records[0].Versions, 2)
	require.ErrorIs(t, p.step(t.Context()), ErrFeeTooLow)
	require.Len(t, p.records[0].Versions, 2, "no newer checkpoint waits")
	require.Equal(t, Waiting{Blocks: 3, Entries: 2, AtBound: true}, p.Waiting())
	w.dear = false
	require.NoError(t, p.step(t.Context()))
	require.Equal(t, int64(2), commitsTo(t, w.last()))
	require.Equal(t, first.TxIn[0].PreviousOutPoint, w.last().TxIn[0].PreviousOutPoint)
	require.Equal(t, p.records[0].Versions[0].FeeSat, p.records[0].Versions[1].FeeSat)
	w.mine(6, w.last())
	require.NoError(t, p.step(t.Context()))
	require.Equal(t, Waiting{}, p.Waiting())
	_, _, err := p.Covering(2)
	require.NoError(t, err)
}

// The coin of the line is gone: no second line begins by itself, however long that lasts. It
// begins once the log announces it, with a checkpoint that commits to the announcement.
func TestSecondLineBeginsOnlyAsAnnounced(t *testing.T) {
	w, j := &choosyWallet{minedWallet: newMinedWallet()}, mapJournal{}
	announced := map[chainhash.Hash]int64{}
	p := choosyPublisher(t, w, j, func(c *PublisherConfig) {
		c.NewLine = func(after chainhash.Hash) (int64, bool) { size, ok := announced[after]; return size, ok }
	})
	after, err := p.LineGone(t.Context())
	require.NoError(t, err)
	require.Nil(t, after)
	anchored(t, p, w.minedWallet, 1)
	first := w.last()
	w.gone = true
	require.NoError(t, p.Anchor(bodyOver(4)))
	for i := range 3 * giveUpAfter {
		err := p.step(t.Context())
		var is *LineGoneError
		require.ErrorAs(t, err, &is)
		require.Equal(t, first.TxHash(), is.After)
		require.Equal(t, i+1, is.Heights)
		after, err = p.LineGone(t.Context())
		if i+1 < giveUpAfter {
			require.ErrorAs(t, err, &is)
			require.NotContains(t, is.Error(), "econd recover")
		} else {
			require.NoError(t, err)
			require.Equal(t, first.TxHash(), *after)
			require.ErrorContains(t, p.step(t.Context()), "econd recover --reason")
		}
		w.mine(1)
	}
	require.Equal(t, first, w.last())

	announced[first.TxHash()] = 6 // entries
	require.ErrorContains(t, p.step(t.Context()), "waits for a checkpoint of 6 entries")
	require.NoError(t, p.Anchor(bodyOver(5)))
	require.ErrorContains(t, p.step(t.Context()), "this one is of 5")
	require.NoError(t, p.Anchor(bodyOver(6)))
	require.ErrorIs(t, p.step(t.Context()), ErrUnknownCoin, "the lease alone")
	require.Equal(t, int64(6), commitsTo(t, w.last()))
	require.NotEqual(t, lineOf(first), w.last().TxIn[0].PreviousOutPoint)
}
