package anchor

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"
)

var errCut = errors.New("the connection was cut")

// cutWallet answers the next publications with an error, done or not. Each time the
// wallet would choose another coin, as LND's may.
type cutWallet struct {
	*paperWallet
	cut    int  // publications that get no answer
	done   bool // though they went out
	funded int
}

func (w *cutWallet) Fund(ctx context.Context, r FundRequest) (Draft, error) {
	w.funded++
	d, err := w.paperWallet.Fund(ctx, r)
	d.Coins[0].OutPoint.Hash = chainhash.HashH(fmt.Append(nil, w.funded))
	d.Tx.TxIn[0].PreviousOutPoint = d.Coins[0].OutPoint
	return d, err
}

func (w *cutWallet) Publish(ctx context.Context, tx *wire.MsgTx, label string) error {
	if w.cut == 0 {
		return w.paperWallet.Publish(ctx, tx, label)
	}
	w.cut--
	if w.done {
		if err := w.paperWallet.Publish(ctx, tx, label); err != nil {
			return err
		}
	}
	return errCut
}

// An anchor whose publication got no answer, lost or done, is published again as the very
// transaction that the journal has: by the same process, by the next one, and when it is
// asked for again. No second one is made for the same digest.
func TestOneTransactionForOneDigest(t *testing.T) {
	for _, done := range []bool{false, true} {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprintf("done %v, restart %v", done, restart), func(t *testing.T) {
				w, j := &cutWallet{paperWallet: newPaperWallet(), cut: 2, done: done}, mapJournal{}
				begin := func() *Publisher {
					cfg := testConfig(j)
					cfg.Wallet, cfg.Chain, cfg.Facts = w, w, w
					p, err := NewPublisher(cfg)
					require.NoError(t, err)
					return p
				}
				p := begin()
				require.NoError(t, p.Anchor(testCheckpoint().Body()))
				for range 2 {
					require.ErrorIs(t, p.step(t.Context()), errCut)
					if restart {
						p = begin()
					}
					require.NoError(t, p.Anchor(testCheckpoint().Body()))
				}
				require.NoError(t, p.step(t.Context()))
				require.NoError(t, p.step(t.Context()))
				require.Equal(t, 1, w.funded)
				require.NotEmpty(t, w.spends)
				for _, tx := range w.spends {
					require.Equal(t, w.spends[0].TxHash(), tx.TxHash())
				}
				require.Len(t, p.Anchors(), 1)
				require.Equal(t, StatePublished, p.Anchors()[0].State)
			})
		}
	}
}
