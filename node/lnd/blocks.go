package lnd

import (
	"bytes"
	"context"
	"fmt"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc/chainrpc"
)

// Block is a block of the best chain.
type Block struct {
	Height uint32
	Hash   chainhash.Hash
	TimeMs int64 // of its header, unix ms; only where blocks are watched
}

// BestBlock returns the tip of LND's best chain.
func (c *Client) BestBlock(ctx context.Context) (Block, error) {
	if c.chainKit == nil {
		return Block{}, notConfigured(RoleAnchor)
	}
	ctx, cancel := c.call(ctx)
	defer cancel()
	resp, err := c.chainKit.GetBestBlock(ctx, &chainrpc.GetBestBlockRequest{})
	if err != nil {
		return Block{}, wrap("best block", err)
	}
	hash, err := chainhash.NewHash(resp.BlockHash)
	if err != nil || resp.BlockHeight < 0 {
		return Block{}, fmt.Errorf("lnd: best block: malformed answer")
	}
	return Block{Height: uint32(resp.BlockHeight), Hash: *hash}, nil
}

// WatchBlocks calls fn with the tip and then with every block that joins the
// best chain, in order of arrival, one call at a time. After a reorganisation
// heights repeat with other hashes. Blocks that came while LND or the
// connection was away are told afterwards. It runs until ctx ends.
func (c *Client) WatchBlocks(ctx context.Context, fn func(Block)) error {
	if c.notifier == nil {
		return notConfigured(RoleAnchor)
	}
	var last Block
	return c.keepTrying(ctx, "watch blocks", func(ctx context.Context,
		alive func()) error {

		from := &chainrpc.BlockEpoch{}
		if last.Height != 0 {
			from.Hash, from.Height = last.Hash[:], last.Height
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
			hash, err := chainhash.NewHash(epoch.Hash)
			if err != nil {
				return fmt.Errorf("malformed block hash: %w", err)
			}
			block := Block{Height: epoch.Height, Hash: *hash}
			if block.Height == last.Height && block.Hash == last.Hash {
				continue
			}
			// LND also tells blocks that have been overtaken.
			best, err := c.BlockHash(ctx, block.Height)
			if err != nil {
				return err
			}
			if best != block.Hash {
				continue
			}
			if block.TimeMs, err = c.blockTime(ctx, block.Hash); err != nil {
				return err
			}
			last = block
			fn(block)
		}
	})
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
