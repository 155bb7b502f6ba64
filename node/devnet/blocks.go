package devnet

import (
	"context"
	"errors"
	"fmt"
)

// Mine mines n blocks and returns their hashes, oldest first. It does not wait
// for the lnds: see WaitSynced.
func (n *Net) Mine(ctx context.Context, blocks int) ([]string, error) {
	if blocks < 1 {
		return nil, errors.New("devnet: Mine: blocks must be at least 1")
	}
	hashes, err := n.chain.generate(ctx, blocks)
	if err != nil {
		return hashes, fmt.Errorf("devnet: mine %d blocks: %w", blocks, err)
	}
	return hashes, nil
}

// BlockHeight returns the height of btcd's best block.
func (n *Net) BlockHeight(ctx context.Context) (int64, error) { return n.chain.height(ctx) }

// WaitSynced waits until every running lnd has reached btcd's best height.
func (n *Net) WaitSynced(ctx context.Context) error {
	for _, l := range n.nodes {
		if !l.Running() {
			continue
		}
		if err := l.waitSynced(ctx); err != nil {
			return err
		}
	}
	return nil
}

// InvalidateBlock makes btcd treat the block, and all that follow it, as
// invalid: the chain falls back to the block's parent. Mining on from there is
// a reorganisation once the new branch is longer.
func (n *Net) InvalidateBlock(ctx context.Context, hash string) error {
	return n.chain.call(ctx, nil, "invalidateblock", hash)
}

// ReconsiderBlock takes InvalidateBlock back.
func (n *Net) ReconsiderBlock(ctx context.Context, hash string) error {
	return n.chain.call(ctx, nil, "reconsiderblock", hash)
}

// ChainRPC calls any RPC of btcd and decodes its result into out, unless nil.
// btcd's own refusals are *ChainError.
func (n *Net) ChainRPC(ctx context.Context, out any, method string, params ...any) error {
	return n.chain.call(ctx, out, method, params...)
}

// Mempool returns the ids of the transactions that wait for a block.
func (n *Net) Mempool(ctx context.Context) (txids []string, err error) {
	err = n.chain.call(ctx, &txids, "getrawmempool")
	return txids, err
}

// WaitMempool waits until at least count transactions wait for a block and
// returns their ids.
func (n *Net) WaitMempool(ctx context.Context, count int) (txids []string, err error) {
	what := fmt.Sprintf("%d transactions are in its mempool", count)
	err = n.chain.proc.await(ctx, what, func(ctx context.Context) error {
		if txids, err = n.Mempool(ctx); err == nil && len(txids) < count {
			err = fmt.Errorf("there are %d", len(txids))
		}
		return err
	})
	return txids, err
}

// SendCoins pays sats from the miner to a regtest address. The payment is
// unconfirmed until the next block.
func (n *Net) SendCoins(ctx context.Context, address string, sats int64) (txid string, err error) {
	return n.chain.send(ctx, output{address, sats})
}
