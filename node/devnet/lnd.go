package devnet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/macaroons"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"gopkg.in/macaroon.v2"
)

// LND is one lnd of the network. Its exported fields never change, also not
// when it is stopped and started again.
type LND struct {
	Name           string // "operator", "provider", "consumer", or what Config says
	Dir            string // lnd's own directory
	RPCAddr        string // gRPC, host:port
	P2PAddr        string // host:port for other Lightning nodes
	IdentityPubkey string // hex, 33 bytes compressed

	TLSCertPath       string
	TLSKeyPath        string
	MacaroonDir       string // where lnd keeps its own macaroons
	AdminMacaroonPath string

	net  *Net
	conn *grpc.ClientConn

	mu   sync.Mutex
	proc *process
}

// newLND lays out one node; begin starts it.
func newLND(n *Net, name string) (*LND, error) {
	dir, err := mkdir(n.Dir, "lnd-"+name)
	if err != nil {
		return nil, err
	}
	rpcAddr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	p2pAddr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	macDir := filepath.Join(dir, "data", "chain", "bitcoin", "regtest")
	return &LND{
		Name: name, Dir: dir, RPCAddr: rpcAddr, P2PAddr: p2pAddr,
		TLSCertPath:       filepath.Join(dir, "tls.cert"),
		TLSKeyPath:        filepath.Join(dir, "tls.key"),
		MacaroonDir:       macDir,
		AdminMacaroonPath: filepath.Join(macDir, "admin.macaroon"),
		net:               n,
	}, nil
}

func (l *LND) args() []string {
	c := l.net.chain
	return []string{
		"--lnddir=" + l.Dir,
		"--alias=" + l.Name,
		"--rpclisten=" + l.RPCAddr,
		"--listen=" + l.P2PAddr,
		"--norest", "--nobootstrap", "--noseedbackup",
		"--debuglevel=info",
		"--logging.file.disable",
		"--bitcoin.regtest", "--bitcoin.node=btcd", "--bitcoin.defaultchanconfs=1",
		"--btcd.rpchost=" + c.rpcAddr,
		"--btcd.rpcuser=" + c.user, "--btcd.rpcpass=" + c.pass,
		"--btcd.rpccert=" + c.certPath,
		// One machine needs no patience: gossip and reconnect at once.
		"--trickledelay=50", "--gossip.sub-batch-delay=5ms",
		"--minbackoff=200ms", "--maxbackoff=2s",
		"--maxpendingchannels=10",
		"--healthcheck.diskspace.attempts=0",
		"--accept-keysend", "--gc-canceled-invoices-on-the-fly",
	}
}

// begin starts the process and waits until its RPC serves the wallet.
func (l *LND) begin(ctx context.Context) error {
	proc, err := startProcess(spec{
		name: "lnd " + l.Name, path: l.net.bin.LND, args: l.args(),
		home: l.Dir, log: filepath.Join(l.Dir, "lnd.log"),
	})
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.proc = proc
	l.mu.Unlock()
	err = proc.await(ctx, "its RPC is active", func(ctx context.Context) error {
		if err := l.dial(); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		state, err := lnrpc.NewStateClient(l.conn).GetState(ctx, &lnrpc.GetStateRequest{})
		if err != nil {
			return err
		}
		if state.State != lnrpc.WalletState_RPC_ACTIVE && state.State != lnrpc.WalletState_SERVER_ACTIVE {
			return fmt.Errorf("state is %v", state.State)
		}
		info, err := lnrpc.NewLightningClient(l.conn).GetInfo(ctx, &lnrpc.GetInfoRequest{})
		if err != nil {
			return err
		}
		if l.IdentityPubkey == "" { // the first start; later ones only repeat it
			l.IdentityPubkey = info.IdentityPubkey
		}
		return nil
	})
	if err != nil {
		proc.kill()
	}
	return err
}

// dial makes the admin connection once lnd has written its files. The
// connection outlives restarts of lnd.
func (l *LND) dial() error {
	if l.conn != nil {
		return nil
	}
	if _, err := os.Stat(l.TLSCertPath); err != nil {
		return err
	}
	conn, err := l.Dial(l.AdminMacaroonPath)
	if err != nil {
		return err
	}
	l.conn = conn
	return nil
}

// hangUp closes the admin connection for good.
func (l *LND) hangUp() {
	if l.conn != nil {
		l.conn.Close()
	}
}

// Dial opens a connection of its own that carries the given macaroon, for
// instance one that BakeMacaroon wrote. The caller closes it.
func (l *LND) Dial(macaroonPath string) (*grpc.ClientConn, error) {
	return l.dialAt(l.RPCAddr, macaroonPath)
}

func (l *LND) dialAt(addr, macaroonPath string) (*grpc.ClientConn, error) {
	creds, err := credentials.NewClientTLSFromFile(l.TLSCertPath, "")
	if err != nil {
		return nil, fmt.Errorf("lnd %s: TLS certificate: %w", l.Name, err)
	}
	raw, err := os.ReadFile(macaroonPath)
	if err != nil {
		return nil, fmt.Errorf("lnd %s: macaroon: %w", l.Name, err)
	}
	var mac macaroon.Macaroon
	if err := mac.UnmarshalBinary(raw); err != nil {
		return nil, fmt.Errorf("lnd %s: macaroon %s: %w", l.Name, macaroonPath, err)
	}
	perRPC, err := macaroons.NewMacaroonCredential(&mac)
	if err != nil {
		return nil, fmt.Errorf("lnd %s: macaroon %s: %w", l.Name, macaroonPath, err)
	}
	return grpc.NewClient(addr,
		grpc.WithTransportCredentials(creds), grpc.WithPerRPCCredentials(perRPC),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(200<<20)),
		grpc.WithConnectParams(grpc.ConnectParams{
			MinConnectTimeout: 5 * time.Second,
			Backoff: backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.5,
				MaxDelay: 500 * time.Millisecond},
		}))
}

// Conn is a connection with all rights, for tests and the demo's own
// bookkeeping. The Net closes it.
func (l *LND) Conn() grpc.ClientConnInterface { return l.conn }

// Running tells whether the process is up.
func (l *LND) Running() bool {
	p := l.process()
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

func (l *LND) process() *process {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.proc
}

// Stop ends lnd in good order and waits for it.
func (l *LND) Stop(ctx context.Context) error { return l.process().stop(ctx) }

// Kill ends lnd as a power failure would, and waits until it is gone.
func (l *LND) Kill() { l.process().kill() }

// ErrRunning is returned by Start for a daemon that has not been stopped.
var ErrRunning = errors.New("already running")

// Start starts lnd again after Stop or Kill, at the same addresses, waits
// until it is in step with the chain, and connects it to those peers of its
// channels that are running. The channels become active a moment later: see
// Net.WaitChannels.
func (l *LND) Start(ctx context.Context) error {
	if l.Running() {
		return fmt.Errorf("%w: lnd %s", ErrRunning, l.Name)
	}
	if err := l.begin(ctx); err != nil {
		return err
	}
	if err := l.waitSynced(ctx); err != nil {
		return err
	}
	return l.reconnect(ctx)
}

// reconnect makes l a peer again of everybody it has a channel with. lnd does
// so by itself only for peers whose address it knows: those it once called.
func (l *LND) reconnect(ctx context.Context) error {
	for _, ch := range l.net.cfg.Channels {
		var peer *LND
		switch l.Name {
		case ch.From:
			peer = l.net.Node(ch.To)
		case ch.To:
			peer = l.net.Node(ch.From)
		}
		if peer == nil || !peer.Running() {
			continue
		}
		if err := l.Connect(ctx, peer); err != nil {
			return err
		}
	}
	return nil
}

// waitSynced waits until lnd has followed the chain to btcd's present height
// and serves all of its RPCs.
func (l *LND) waitSynced(ctx context.Context) error {
	height, err := l.net.chain.height(ctx)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("it is synced to block %d", height)
	return l.process().await(ctx, what, func(ctx context.Context) error {
		info, err := lnrpc.NewLightningClient(l.conn).GetInfo(ctx, &lnrpc.GetInfoRequest{})
		if err != nil {
			return err
		}
		if !info.SyncedToChain || int64(info.BlockHeight) < height {
			return fmt.Errorf("block %d, synced_to_chain %v", info.BlockHeight, info.SyncedToChain)
		}
		state, err := lnrpc.NewStateClient(l.conn).GetState(ctx, &lnrpc.GetStateRequest{})
		if err != nil {
			return err
		}
		if state.State != lnrpc.WalletState_SERVER_ACTIVE {
			return fmt.Errorf("state is %v", state.State)
		}
		return nil
	})
}
