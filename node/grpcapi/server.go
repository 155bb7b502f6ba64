package grpcapi

import (
	"context"
	"errors"
	"net"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/read"
	"github.com/econd/econd/node/shares"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// Sizes that one connection can make the server hold.
const (
	maxMessageBytes = op.MaxEventBytes + 16<<10 // room to say which event is too long
	maxHeaderBytes  = 64 << 10                  // tokens are sent as metadata
	windowBytes     = 256 << 10                 // received on a connection and not yet read
)

// Server serves econd.v1.Econd, grpc.health.v1.Health and reflection. Its
// methods may be called concurrently.
type Server struct {
	econdv1.UnimplementedEcondServer
	econdv1.UnimplementedNotificationsServer

	cfg      Config
	here     read.Here
	desk     admission.Desk
	grpc     *grpc.Server
	rooms    rooms
	stopping context.Context

	connections *shares.Places
	stop        context.CancelFunc
}

// New checks the configuration and makes a server; the error names a bad field.
func New(cfg Config) (*Server, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, rooms: newRooms(cfg.Limits), connections: shares.New(cfg.Limits.Connections)}
	s.here, s.desk = cfg.Here(), cfg.Desk()
	s.stopping, s.stop = context.WithCancel(context.Background())
	o := observer{log: cfg.Log, metrics: cfg.Metrics, now: cfg.Now}
	options := append(transportOptions(cfg.Limits.StreamsPerConn, maxMessageBytes),
		grpc.ChainUnaryInterceptor(o.unary, s.roomUnary, s.admitUnary, limitUnary(cfg.Limits.Request)),
		grpc.ChainStreamInterceptor(o.stream, s.admitStream))
	if cfg.TLS != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(cfg.TLS)))
	}
	s.grpc = grpc.NewServer(options...)
	for _, d := range services {
		s.register(d)
	}
	healthpb.RegisterHealthServer(s.grpc, &health{node: cfg.Node, poll: cfg.Limits.HealthPoll, stopping: s.stopping})
	reflection.Register(s.grpc)
	return s, nil
}

// transportOptions bound what a connection may do before any handler sees it.
func transportOptions(streams, message int) []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxConcurrentStreams(uint32(streams)),
		grpc.MaxRecvMsgSize(message),
		grpc.MaxHeaderListSize(maxHeaderBytes),
		// Fixed, so that no peer makes them grow to what its line could carry.
		grpc.InitialWindowSize(windowBytes),
		grpc.InitialConnWindowSize(windowBytes),
		grpc.ConnectionTimeout(10 * time.Second),
		grpc.WaitForHandlers(true),
		// Dead peers are found after Time + Timeout; peers that ping more often
		// than MinTime are cut off.
		grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionIdle: 15 * time.Minute, Time: time.Minute, Timeout: 20 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 20 * time.Second, PermitWithoutStream: true}),
	}
}

// Run serves until ctx ends, and closes the listener. Streams are told to
// resume later, calls in work get Limits.Shutdown to finish. It can be called
// once.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	return serve(ctx, s.grpc, shares.Limit(l, s.connections), s.cfg.Limits.Shutdown, s.stop)
}

// serve runs a gRPC server until ctx ends; stop is called before it waits for
// calls in work.
func serve(ctx context.Context, server *grpc.Server, l net.Listener, grace time.Duration, stop func()) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := server.Serve(l); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		stop()
		defer time.AfterFunc(grace, server.Stop).Stop()
		server.GracefulStop()
		return nil
	})
	return g.Wait()
}
