package main

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"strings"

	"github.com/lightninglabs/aperture/pricesrpc"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/dashboard"
	"github.com/econd/econd/node/ledger"
)

type pricer struct {
	pricesrpc.UnimplementedPricesServer
	d *daemon
}

func (p pricer) GetPrice(_ context.Context, r *pricesrpc.GetPriceRequest) (*pricesrpc.GetPriceResponse, error) {
	req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(r.HttpRequestText)))
	if err != nil {
		return nil, err
	}
	var sat int64
	p.d.node.View(func(s *ledger.State, _ int64) { sat = s.PriceSat(node.ResourceOf(req.Method, r.Path)) })
	return &pricesrpc.GetPriceResponse{PriceSats: sat}, nil
}

func (d *daemon) serveGRPC(ctx context.Context, g *errgroup.Group) error {
	l, err := net.Listen("tcp", d.cfg.PricerListen)
	if err != nil {
		return err
	}
	s := grpc.NewServer()
	pricesrpc.RegisterPricesServer(s, pricer{d: d})
	g.Go(func() error { return s.Serve(l) })
	g.Go(func() error { <-ctx.Done(); s.Stop(); return nil })
	return nil
}

// home is the status page at /.
func (d *daemon) home() http.Handler { return dashboard.New(d.node, version) }
