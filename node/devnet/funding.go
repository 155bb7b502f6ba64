package devnet

import (
	"context"
	"fmt"
	"strings"

	"github.com/lightningnetwork/lnd/lnrpc"
	"golang.org/x/sync/errgroup"
)

// Each lnd starts with walletCoins confirmed outputs of walletCoin sats, so
// that several channels and anchors can be funded without waiting for change.
const (
	walletCoins       = 4
	walletCoin  int64 = 100_000_000
)

// announceBlocks is the depth at which channels are announced to others.
const announceBlocks = 6

// fundNodes gives every node its coins and confirms them.
func (n *Net) fundNodes(ctx context.Context) error {
	if len(n.nodes) == 0 {
		return nil
	}
	var outs []output
	for _, l := range n.nodes {
		address, err := l.NewAddress(ctx)
		if err != nil {
			return err
		}
		for range walletCoins {
			outs = append(outs, output{address, walletCoin})
		}
	}
	if _, err := n.chain.send(ctx, outs...); err != nil {
		return fmt.Errorf("fund the wallets: %w", err)
	}
	if _, err := n.Mine(ctx, 1); err != nil {
		return err
	}
	for _, l := range n.nodes {
		err := l.process().await(ctx, "its coins are confirmed", func(ctx context.Context) error {
			b, err := l.WalletBalance(ctx)
			if err == nil && b.ConfirmedBalance < walletCoins*walletCoin {
				err = fmt.Errorf("%d sats are confirmed", b.ConfirmedBalance)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return n.WaitSynced(ctx)
}

// openChannels connects the peers, opens all configured channels at once,
// buries them and waits until every node can use and see every channel.
func (n *Net) openChannels(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	for _, ch := range n.cfg.Channels {
		g.Go(func() error { return n.openChannel(gctx, ch) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if _, err := n.Mine(ctx, announceBlocks); err != nil {
		return err
	}
	if err := n.WaitSynced(ctx); err != nil {
		return err
	}
	return n.WaitChannels(ctx)
}

func (n *Net) openChannel(ctx context.Context, ch Channel) error {
	from, to := n.Node(ch.From), n.Node(ch.To)
	if err := from.Connect(ctx, to); err != nil {
		return err
	}
	key, err := to.pubkeyBytes()
	if err != nil {
		return err
	}
	// A peer that has just connected, or is about to see the last block,
	// may still refuse.
	return poll(ctx, func(ctx context.Context) (bool, error) {
		_, err := lnrpc.NewLightningClient(from.conn).OpenChannelSync(ctx, &lnrpc.OpenChannelRequest{
			NodePubkey:         key,
			LocalFundingAmount: ch.Capacity,
			PushSat:            ch.Push,
			SatPerVbyte:        5,
		})
		if err == nil {
			return true, nil
		}
		err = fmt.Errorf("open channel %s to %s: %w", ch.From, ch.To, err)
		if strings.Contains(err.Error(), "not online") || strings.Contains(err.Error(), "is syncing") ||
			strings.Contains(err.Error(), "still syncing") {
			return false, softly(err)
		}
		return false, err
	})
}

// Connect makes l a peer of other. Being connected already is fine.
func (l *LND) Connect(ctx context.Context, other *LND) error {
	_, err := lnrpc.NewLightningClient(l.conn).ConnectPeer(ctx, &lnrpc.ConnectPeerRequest{
		Addr:    &lnrpc.LightningAddress{Pubkey: other.IdentityPubkey, Host: other.P2PAddr},
		Timeout: 10,
	})
	if err != nil && !strings.Contains(err.Error(), "already connected") {
		return fmt.Errorf("lnd %s: connect to %s: %w", l.Name, other.Name, err)
	}
	return nil
}

// WaitChannels waits until all configured channels are active at both ends
// and known, with both directions' policies, to every node, so that payments
// over any of them find a route. All nodes must be running.
func (n *Net) WaitChannels(ctx context.Context) error {
	want := map[string]int{}
	for _, ch := range n.cfg.Channels {
		want[ch.From]++
		want[ch.To]++
	}
	for _, l := range n.nodes {
		what := fmt.Sprintf("its %d channels are active and %d are known", want[l.Name], len(n.cfg.Channels))
		err := l.process().await(ctx, what, func(ctx context.Context) error {
			return l.seesChannels(ctx, want[l.Name], len(n.cfg.Channels))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *LND) seesChannels(ctx context.Context, active, known int) error {
	client := lnrpc.NewLightningClient(l.conn)
	mine, err := client.ListChannels(ctx, &lnrpc.ListChannelsRequest{ActiveOnly: true})
	if err != nil {
		return err
	}
	if len(mine.Channels) < active {
		return fmt.Errorf("%d are active", len(mine.Channels))
	}
	graph, err := client.DescribeGraph(ctx, &lnrpc.ChannelGraphRequest{IncludeUnannounced: true})
	if err != nil {
		return err
	}
	complete := 0
	for _, e := range graph.Edges {
		if e.Node1Policy != nil && e.Node2Policy != nil {
			complete++
		}
	}
	if complete < known {
		return fmt.Errorf("%d are known", complete)
	}
	return nil
}
