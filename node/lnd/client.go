package lnd

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/chainrpc"
	"github.com/lightningnetwork/lnd/lnrpc/invoicesrpc"
	"github.com/lightningnetwork/lnd/lnrpc/routerrpc"
	"github.com/lightningnetwork/lnd/lnrpc/walletrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/lndconn"
)

// DefaultCallTimeout bounds one unary call.
const DefaultCallTimeout = 30 * time.Second

// maxMessage bounds what LND may send in one message: a whole block.
const maxMessage = 32 << 20

// Config names an LND and the credentials to talk to it with.
type Config struct {
	// Address is LND's gRPC listener, host:port.
	Address string

	// TLSCertPath is LND's tls.cert.
	TLSCertPath string

	// PayMacaroonPath, RecvMacaroonPath and AnchorMacaroonPath are one
	// macaroon each for paying, for holds and invoices, and for the chain
	// and the wallet. At least one must be given; methods of a part that
	// has none fail with ErrNotConfigured. See BakeCommand.
	PayMacaroonPath    string
	RecvMacaroonPath   string
	AnchorMacaroonPath string

	// PrivateChannels puts route hints into holds and invoices, for a node
	// whose channels are not announced.
	PrivateChannels bool

	// CallTimeout bounds each unary call. 0 means DefaultCallTimeout.
	CallTimeout time.Duration
}

// Client talks to one LND. Make it with Dial and end it with Close.
type Client struct {
	cfg   Config
	conns []*grpc.ClientConn
	guard networkGuard

	payLightning  lnrpc.LightningClient
	router        routerrpc.RouterClient
	recvLightning lnrpc.LightningClient
	invoices      invoicesrpc.InvoicesClient
	wallet        walletrpc.WalletKitClient
	chainKit      chainrpc.ChainKitClient
	notifier      chainrpc.ChainNotifierClient

	anchorLightning lnrpc.LightningClient
}

// Dial checks the configuration and the macaroons and returns a client. It
// does not wait for LND: a node that is away now may be there later.
func Dial(cfg Config) (*Client, error) {
	if cfg.CallTimeout == 0 {
		cfg.CallTimeout = DefaultCallTimeout
	}
	switch {
	case cfg.Address == "":
		return nil, fmt.Errorf("%w: Address is empty", ErrConfig)
	case cfg.TLSCertPath == "":
		return nil, fmt.Errorf("%w: TLSCertPath is empty", ErrConfig)
	case cfg.CallTimeout < 0:
		return nil, fmt.Errorf("%w: CallTimeout is negative", ErrConfig)
	case cfg.PayMacaroonPath == "" && cfg.RecvMacaroonPath == "" &&
		cfg.AnchorMacaroonPath == "":

		return nil, fmt.Errorf("%w: none of PayMacaroonPath, "+
			"RecvMacaroonPath and AnchorMacaroonPath is set", ErrConfig)
	}
	tls, err := credentials.NewClientTLSFromFile(cfg.TLSCertPath, "")
	if err != nil {
		return nil, fmt.Errorf("%w: TLSCertPath: %w", ErrConfig, err)
	}
	c := &Client{cfg: cfg}
	c.guard.ask = c.askNetwork
	for _, part := range []struct {
		role Role
		path string
		use  func(grpc.ClientConnInterface)
	}{
		{RolePay, cfg.PayMacaroonPath, c.usePay},
		{RoleRecv, cfg.RecvMacaroonPath, c.useRecv},
		{RoleAnchor, cfg.AnchorMacaroonPath, c.useAnchor},
	} {
		if part.path == "" {
			continue
		}
		conn, err := c.dialRole(tls, part.role, part.path)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.conns = append(c.conns, conn)
		part.use(conn)
	}
	return c, nil
}

func (c *Client) usePay(conn grpc.ClientConnInterface) {
	c.payLightning = lnrpc.NewLightningClient(conn)
	c.router = routerrpc.NewRouterClient(conn)
}

func (c *Client) useRecv(conn grpc.ClientConnInterface) {
	c.recvLightning = lnrpc.NewLightningClient(conn)
	c.invoices = invoicesrpc.NewInvoicesClient(conn)
}

func (c *Client) useAnchor(conn grpc.ClientConnInterface) {
	c.wallet = walletrpc.NewWalletKitClient(conn)
	c.anchorLightning = lnrpc.NewLightningClient(conn)
	c.chainKit = chainrpc.NewChainKitClient(conn)
	c.notifier = chainrpc.NewChainNotifierClient(conn)
}

// Close ends the connections. Calls under way fail.
func (c *Client) Close() error {
	var all []error
	for _, conn := range c.conns {
		all = append(all, conn.Close())
	}
	c.conns = nil
	return errors.Join(all...)
}

// dialRole opens one lazy connection that carries one checked macaroon. A
// broken connection is made anew by gRPC, at first at once, later every few
// seconds.
func (c *Client) dialRole(tls credentials.TransportCredentials, role Role,
	path string) (*grpc.ClientConn, error) {

	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %s macaroon: %w", ErrConfig, role, err)
	}
	if err := checkMacaroon(role, path, raw); err != nil {
		return nil, err
	}
	conn, err := grpc.NewClient(c.cfg.Address,
		grpc.WithTransportCredentials(tls),
		grpc.WithUnaryInterceptor(c.guard.unary),
		grpc.WithStreamInterceptor(c.guard.stream),
		grpc.WithPerRPCCredentials(lndconn.Macaroon(hex.EncodeToString(raw))),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{
			Time: 30 * time.Second, Timeout: 20 * time.Second}),
		grpc.WithConnectParams(grpc.ConnectParams{
			MinConnectTimeout: 5 * time.Second,
			Backoff: backoff.Config{BaseDelay: 100 * time.Millisecond,
				Multiplier: 1.6, Jitter: 0.2,
				MaxDelay: 3 * time.Second},
		}))
	if err != nil {
		return nil, fmt.Errorf("%w: Address: %w", ErrConfig, err)
	}
	return conn, nil
}

// call bounds one unary call.
func (c *Client) call(ctx context.Context) (context.Context,
	context.CancelFunc) {

	return context.WithTimeout(ctx, c.cfg.CallTimeout)
}

// Info returns how far LND has come. It needs the macaroon for holds, or that
// for paying.
func (c *Client) Info(ctx context.Context) (node.LightningInfo, error) {
	resp, err := c.about(ctx)
	if err != nil {
		return node.LightningInfo{}, err
	}
	return node.LightningInfo{Height: resp.BlockHeight, Synced: resp.SyncedToChain}, nil
}

// about asks LND who it is.
func (c *Client) about(ctx context.Context) (*lnrpc.GetInfoResponse, error) {
	lightning := c.recvLightning
	if lightning == nil {
		lightning = c.payLightning
	}
	if lightning == nil {
		return nil, notConfigured(RoleRecv)
	}
	ctx, cancel := c.call(ctx)
	defer cancel()
	resp, err := lightning.GetInfo(ctx, &lnrpc.GetInfoRequest{})
	return resp, wrap("get info", err)
}
