package lnd

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"

	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc"
)

const (
	// spendsWindow is over how many blocks transactions are asked for at a
	// time, so that each answer stays far below maxMessage.
	spendsWindow = 10_000

	// spendsOverlap is for how many blocks below the tip they are asked for
	// together with those that wait for a block: one that moves between the
	// two meanwhile, by a block or a reorganisation, is seen.
	spendsOverlap = 144
)

// Spends implements anchor.Wallet. LND's wallet is asked by height and not by
// index, because an index moves when a transaction arrives. One may be told
// twice.
func (a Anchoring) Spends(ctx context.Context,
	fn func(tx *wire.MsgTx, height uint32) error) error {

	best, _, err := a.c.BestBlock(ctx)
	if err != nil {
		return err
	}
	last := max(0, int32(best)-spendsOverlap)
	for start := int32(0); start < last; start += spendsWindow {
		end := min(start+spendsWindow, last) - 1
		if end == 0 {
			end = 1 // 0 would mean all
		}
		if err := a.spendsFrom(ctx, start, end, fn); err != nil {
			return err
		}
	}
	return a.spendsFrom(ctx, last, -1, fn)
}

// spendsFrom tells what is in the blocks from start to end; with an end of -1
// in those from start on, and what waits for one.
func (a Anchoring) spendsFrom(ctx context.Context, start, end int32,
	fn func(tx *wire.MsgTx, height uint32) error) error {

	ctx, cancel := a.c.call(ctx)
	defer cancel()
	list, err := a.c.anchorLightning.GetTransactions(ctx,
		&lnrpc.GetTransactionsRequest{StartHeight: start, EndHeight: end})
	if err != nil {
		return wrap("list transactions", err)
	}
	for _, t := range list.Transactions {
		if !allOwn(t) {
			continue
		}
		raw, err := hex.DecodeString(t.RawTxHex)
		if err != nil {
			return fmt.Errorf("lnd: transaction %s: %w", t.TxHash, err)
		}
		var tx wire.MsgTx
		if err := tx.Deserialize(bytes.NewReader(raw)); err != nil {
			return fmt.Errorf("lnd: transaction %s: %w", t.TxHash, err)
		}
		height := uint32(0)
		if t.NumConfirmations > 0 {
			height = uint32(t.BlockHeight)
		}
		if err := fn(&tx, height); err != nil {
			return err
		}
	}
	return nil
}

// allOwn tells whether a transaction spends coins of the wallet alone.
func allOwn(t *lnrpc.Transaction) bool {
	for _, in := range t.PreviousOutpoints {
		if !in.IsOurOutput {
			return false
		}
	}
	return len(t.PreviousOutpoints) > 0
}
