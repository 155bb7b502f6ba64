package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"

	"golang.org/x/sync/errgroup"

	"github.com/econd/econd/node/dashboard"
	"github.com/econd/econd/node/grpcapi"
)

// serveGRPC starts the gRPC API and the prices that aperture asks for, each on
// its own listener, where the configuration names one.
func (d *daemon) serveGRPC(ctx context.Context, g *errgroup.Group) error {
	metrics, err := grpcapi.NewMetrics(d.metrics)
	if err != nil {
		return err
	}
	if d.grpc != nil {
		if err := d.serveAPI(ctx, g, metrics); err != nil {
			return err
		}
	}
	if d.pricer == nil {
		return nil
	}
	pricer, err := grpcapi.NewPricer(grpcapi.PricerConfig{Node: d.node, Log: d.log, Metrics: metrics})
	if err != nil {
		return err
	}
	l := d.pricer
	d.pricer = nil // the server closes it
	d.log.Info("serving prices to aperture", "address", l.Addr().String())
	g.Go(func() error { return pricer.Run(ctx, l) })
	return nil
}

func (d *daemon) serveAPI(ctx context.Context, g *errgroup.Group, metrics *grpcapi.Metrics) error {
	s, err := grpcapi.New(grpcapi.Config{Door: d.door(), Log: d.log, Metrics: metrics, TLS: d.tls, Limits: grpcapi.DefaultLimits()})
	if err != nil {
		return err
	}
	l := d.grpc
	d.grpc = nil // the server closes it
	d.log.Info("serving gRPC", "address", l.Addr().String())
	g.Go(func() error { return s.Run(ctx, l) })
	return nil
}

// openTLS loads the certificate of the public listeners, if there is one.
func (d *daemon) openTLS() error {
	if d.cfg.TLSCert == "" {
		return nil
	}
	cert, err := tls.LoadX509KeyPair(d.cfg.TLSCert, d.cfg.TLSKey)
	if err != nil {
		return fmt.Errorf("tls_cert, tls_key: %w", err)
	}
	d.tls = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	return nil
}

// home is the status page at /.
func (d *daemon) home() http.Handler { return dashboard.New(d.node, d.build.Version) }
