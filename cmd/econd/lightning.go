package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/lnd"
	"github.com/econd/econd/node/op"
)

// lightningPort makes the LND adapter the node's Lightning and Chain.
type lightningPort struct {
	client    *lnd.Client
	reachable atomic.Bool
}

// noted remembers whether LND was there and translates its absence.
func (p *lightningPort) noted(err error) error {
	var other *lnd.NetworkError
	if errors.As(err, &other) {
		return fmt.Errorf("%w: %w; set lnd.address, lnd.tls_cert and the macaroons in econd.yaml to an LND on %s, or found an economy for this one in another folder (econd init --network)",
			node.ErrOtherNetwork, err, other.Expected)
	}
	away := errors.Is(err, lnd.ErrUnavailable)
	p.reachable.Store(!away)
	if away {
		return fmt.Errorf("%w: %w", node.ErrLightningAway, err)
	}
	return err
}

func (p *lightningPort) OpenHold(ctx context.Context, r node.HoldRequest) (string, error) {
	bolt11, err := p.client.OpenHold(ctx, lnd.HoldRequest{PaymentHash: r.PaymentHash, AmountSat: r.AmountSat,
		CltvExpiry: r.CltvBlocks, InvoiceExpiry: time.Duration(r.ExpirySec) * time.Second, Memo: r.Memo})
	return bolt11, p.noted(err)
}

func (p *lightningPort) SettleHold(ctx context.Context, preimage op.Hash) error {
	err := p.noted(p.client.SettleHold(ctx, preimage))
	if errors.Is(err, lnd.ErrHoldCancelled) || errors.Is(err, lnd.ErrUnknownHold) {
		return fmt.Errorf("%w: %w", node.ErrHoldGone, err)
	}
	return err
}

func (p *lightningPort) CancelHold(ctx context.Context, hash op.Hash) error {
	err := p.noted(p.client.CancelHold(ctx, hash))
	switch {
	case errors.Is(err, lnd.ErrUnknownHold):
		return fmt.Errorf("%w: %w", node.ErrHoldGone, err)
	case errors.Is(err, lnd.ErrHoldSettled):
		return fmt.Errorf("%w: %w", node.ErrHoldSettled, err)
	}
	return err
}

func (p *lightningPort) LookupHold(ctx context.Context, hash op.Hash) (node.Hold, error) {
	s, err := p.client.LookupHold(ctx, hash)
	return holdFrom(s), p.noted(err)
}

func (p *lightningPort) Info(ctx context.Context) (node.LightningInfo, error) {
	i, err := p.client.Info(ctx)
	return node.LightningInfo{Height: i.BlockHeight, Synced: i.SyncedToChain}, p.noted(err)
}

func (p *lightningPort) Reachable() bool { return p.reachable.Load() }

func (p *lightningPort) WatchBlocks(ctx context.Context, fn func(node.Block)) error {
	return p.noted(p.client.WatchBlocks(ctx, func(b lnd.Block) {
		out := node.Block{Height: b.Height, TimeMs: b.TimeMs}
		for i, x := range b.Hash { // chainhash is little-endian, entries show it as explorers do
			out.Hash[31-i] = x
		}
		fn(out)
	}))
}

func holdFrom(s lnd.HoldState) node.Hold {
	h := node.Hold{AmountSat: s.AmountPaidMsat / 1000, RestMsat: s.AmountPaidMsat % 1000, ExpiryHeight: s.LowestExpiryHeight}
	switch s.State {
	case lnd.HoldOpen:
		h.Status = node.HoldOpen
	case lnd.HoldAccepted:
		h.Status = node.HoldAccepted
	case lnd.HoldSettled:
		h.Status = node.HoldSettled
	case lnd.HoldCancelled:
		h.Status = node.HoldCancelled
	}
	return h
}
