package grpcapi

import (
	"context"
	"log/slog"
	"testing"

	"github.com/lightninglabs/aperture/pricesrpc"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// In recovery reads are answered and say so; what is sent is told to come again.
func TestRecoveryServesReadsOnly(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		require.NoError(t, w.Halt())
		w.Restored = "restored from a backup of 7 entries"
		w.Start()
		c.Node = w.Node
	})
	info, err := w.GetInfo(w.ctx(), &econdv1.GetInfoRequest{})
	require.NoError(t, err)
	require.Equal(t, []string{w.Restored}, info.Outside.Recovery)
	_, err = w.Submit(w.ctx(), w.register(2))
	require.Equal(t, codes.Unavailable, status.Code(err))
	require.Contains(t, status.Convert(err).Message(), "econd reconcile")
}

// In recovery nothing is sold, neither here nor by an aperture in front.
func TestRecoverySellsNothing(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		require.NoError(t, w.Halt())
		w.Restored = "restored from a backup of 7 entries"
		w.Start()
		c.Node = w.Node
		sells(t, c, &invoicer{t: t, sold: map[string]l402.Preimage{}})
	})
	_, err := w.Submit(w.ctx(), w.register(2))
	require.Equal(t, "RECOVERY", tell(t, err).reason)
	p, err := NewPricer(PricerConfig{Node: w.Node, Log: slog.New(slog.DiscardHandler), Metrics: newMetrics(t)})
	require.NoError(t, err)
	_, err = p.GetPrice(context.Background(), &pricesrpc.GetPriceRequest{Path: "/v1/operations", HttpRequestText: "POST /v1/operations HTTP/1.1\r\nHost: x\r\n\r\n"})
	require.ErrorIs(t, err, node.ErrRecovery)
	price, err := p.GetPrice(context.Background(), &pricesrpc.GetPriceRequest{Path: "/v1/info", HttpRequestText: "GET /v1/info HTTP/1.1\r\nHost: x\r\n\r\n"})
	require.NoError(t, err)
	require.Zero(t, price.PriceSats)
}
