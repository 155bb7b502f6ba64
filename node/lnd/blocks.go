package lnd

import (
	"bytes"
	"context"
	"fmt"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc/chainrpc"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/headers"
)

// BestBlock returns height and hash of the tip of LND's best chain.
func (c *Client) BestBlock(ctx context.Context) (height uint32,
	hash chainhash.Hash, err error) {

	if c.chainKit == nil {
		return 0, hash, notConfigured(RoleAnchor)
	}
	ctx, cancel := c.call(ctx)
	defer cancel()
	resp, err := c.chainKit.GetBestBlock(ctx, &chainrpc.GetBestBlockRequest{})
	if err != nil {
		return 0, hash, wrap("best block", err)
	}
	if err := hash.SetBytes(resp.BlockHash); err != nil || resp.BlockHeight < 0 {
		return 0, hash, fmt.Errorf("lnd: best block: malformed answer")
	}
	return uint32(resp.BlockHeight), hash, nil
}

// WatchBlocks calls fn with the tip and then with every block that joins the
// best chain, in order of arrival, one call at a time. After a reorganisation
// heights repeat with other hashes. Blocks that came while LND or the
// connection was away are told afterwards. It runs until ctx ends.
func (c *Client) WatchBlocks(ctx context.Context, fn func(node.Block)) error {
	if c.notifier == nil {
		return notConfigured(RoleAnchor)
	}
	var height uint32 // of the last block told
	var hash chainhash.Hash
	return c.keepTrying(ctx, "watch blocks", func(ctx context.Context,
		alive func()) error {

		from := &chainrpc.BlockEpoch{}
		if height != 0 {
			from.Hash, from.Height = hash[:], height
		}
		stream, err := c.notifier.RegisterBlockEpochNtfn(ctx, from)
		if err != nil {
			return err
		}
		for {
			epoch, err := stream.Recv()
			if err != nil {
				return err
			}
			alive()
			told, err := chainhash.NewHash(epoch.Hash)
			if err != nil {
				return fmt.Errorf("malformed block hash: %w", err)
			}
			if epoch.Height == height && *told == hash {
				continue
			}
			// LND also tells blocks that have been overtaken.
			best, err := c.BlockHash(ctx, epoch.Height)
			if err != nil {
				return err
			}
			if best != *told {
				continue
			}
			timeMs, err := c.blockTime(ctx, *told)
			if err != nil {
				return err
			}
			height, hash = epoch.Height, *told
			fn(node.Block{Height: height, Hash: explorers(hash), TimeMs: timeMs})
		}
	})
}

// explorers turns a hash, which is little-endian in LND, into the order in which
// explorers print it.
func explorers(hash chainhash.Hash) (out [32]byte) {
	for i, x := range hash {
		out[31-i] = x
	}
	return out
}

// BlockHash returns the hash of the best chain's block at a height.
func (c *Client) BlockHash(ctx context.Context,
	height uint32) (chainhash.Hash, error) {

	if c.chainKit == nil {
		return chainhash.Hash{}, notConfigured(RoleAnchor)
	}
	ctx, cancel := c.call(ctx)
	defer cancel()
	resp, err := c.chainKit.GetBlockHash(ctx,
		&chainrpc.GetBlockHashRequest{BlockHeight: int64(height)})
	if err != nil {
		return chainhash.Hash{}, wrap("block hash", err)
	}
	hash, err := chainhash.NewHash(resp.BlockHash)
	if err != nil {
		return chainhash.Hash{}, fmt.Errorf("lnd: block hash: %w", err)
	}
	return *hash, nil
}

// blockTime is the time of a block's header, in unix milliseconds.
func (c *Client) blockTime(ctx context.Context, hash chainhash.Hash) (int64, error) {
	raw, err := c.Header(ctx, hash)
	if err != nil {
		return 0, err
	}
	var h wire.BlockHeader
	if err := h.Deserialize(bytes.NewReader(raw)); err != nil {
		return 0, fmt.Errorf("lnd: block header: %w", err)
	}
	return h.Timestamp.UnixMilli(), nil
}

// Header returns a block's raw header, 80 bytes.
func (c *Client) Header(ctx context.Context,
	hash chainhash.Hash) ([]byte, error) {

	if c.chainKit == nil {
		return nil, notConfigured(RoleAnchor)
	}
	ctx, cancel := c.call(ctx)
	defer cancel()
	resp, err := c.chainKit.GetBlockHeader(ctx,
		&chainrpc.GetBlockHeaderRequest{BlockHash: hash[:]})
	if err != nil {
		return nil, wrap("block header", err)
	}
	return resp.RawBlockHeader, nil
}

// Headers reads up to count headers of LND's best chain from a height on, in order; fewer
// where the chain ends. While it is reorganised they may not link.
func (c *Client) Headers(ctx context.Context, from uint32, count int) ([]headers.Header, error) {
	tip, _, err := c.BestBlock(ctx)
	if err != nil {
		return nil, err
	}
	var list []headers.Header
	for height := from; height <= tip && len(list) < count; height++ {
		hash, err := c.BlockHash(ctx, height)
		if err != nil {
			return nil, err
		}
		raw, err := c.Header(ctx, hash)
		if err != nil {
			return nil, err
		}
		if len(raw) != headers.Size {
			return nil, fmt.Errorf("lnd: block header: has %d bytes", len(raw))
		}
		list = append(list, headers.Header(raw))
	}
	return list, nil
}
