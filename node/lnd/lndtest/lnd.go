// Package lndtest plays an LND over gRPC, on any network, with macaroons that are
// checked, for tests of what stands in front of node/lnd. It keeps no invoices and no
// wallet: calls for these are refused as unimplemented.
//
// On regtest it has 700 blocks and mines more. On the other networks, where nobody mines by
// the way, its chain is the network's first block.
package lndtest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/chainrpc"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"gopkg.in/macaroon.v2"

	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/lnd"
	"github.com/econd/econd/node/op"
)

// LND answers at Addr. Its methods may be called concurrently.
type LND struct {
	Addr, TLSCertPath string

	t      testing.TB
	cert   tls.Certificate
	mu     sync.Mutex
	params *chaincfg.Params
	says   string // its name of the network
	node   op.NodeKey
	chain  []wire.BlockHeader // by height
	mined  chan struct{}      // closed by the next block
	server *grpc.Server
}

// firstHeight is the height of a new LND on regtest.
const firstHeight = 700

// Start runs an LND on a network until the test ends.
func Start(t testing.TB, params *chaincfg.Params) *LND {
	t.Helper()
	l := &LND{t: t, node: NodeKey(), mined: make(chan struct{})}
	l.Be(params)
	l.certify()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l.Addr = listener.Addr().String()
	l.serve(listener)
	t.Cleanup(l.Leave)
	return l
}

// Be puts it on a network, which it names as LND does: testnet for testnet3.
func (l *LND) Be(params *chaincfg.Params) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.params, l.says = params, params.Name
	if params.Name == chaincfg.TestNet3Params.Name {
		l.says = "testnet"
	}
	l.chain = []wire.BlockHeader{params.GenesisBlock.Header}
	if params.Name == chaincfg.RegressionNetParams.Name {
		l.mine(firstHeight, time.Now().Add(-firstHeight*blockTime), blockTime)
	}
}

const blockTime = 10 * time.Minute

// mine adds blocks, the first one an interval after a time.
func (l *LND) mine(count int, after time.Time, interval time.Duration) {
	if l.params.Name != chaincfg.RegressionNetParams.Name {
		panic("lndtest: only on regtest blocks are mined")
	}
	tip := l.chain[len(l.chain)-1]
	for _, h := range headers.Mine(tip.BlockHash(), after.Unix(), int64(interval/time.Second), count, 0) {
		var header wire.BlockHeader
		if err := header.Deserialize(bytes.NewReader(h[:])); err != nil {
			panic(err)
		}
		l.chain = append(l.chain, header)
	}
}

// NodeKey is the identity that an LND begins with.
func NodeKey() op.NodeKey {
	_, pub := btcec.PrivKeyFromBytes([]byte{31: 7})
	return op.NodeKey(pub.SerializeCompressed())
}

// BeNode makes it another node.
func (l *LND) BeNode(key op.NodeKey) { l.mu.Lock(); defer l.mu.Unlock(); l.node = key }

// Claim makes it name another network than it is on.
func (l *LND) Claim(name string) { l.mu.Lock(); defer l.mu.Unlock(); l.says = name }

// Mine adds a block on regtest, of the present time.
func (l *LND) Mine() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mine(1, time.Now(), 0)
	close(l.mined)
	l.mined = make(chan struct{})
}

// Height is that of its last block.
func (l *LND) Height() uint32 { l.mu.Lock(); defer l.mu.Unlock(); return l.height() }

func (l *LND) height() uint32 { return uint32(len(l.chain) - 1) }

// Leave ends it, with its connections.
func (l *LND) Leave() {
	l.mu.Lock()
	server := l.server
	l.server = nil
	l.mu.Unlock()
	if server != nil {
		server.Stop()
	}
}

// Return starts it again at the same address.
func (l *LND) Return() {
	l.t.Helper()
	listener, err := net.Listen("tcp", l.Addr)
	require.NoError(l.t, err)
	l.serve(listener)
}

func (l *LND) serve(listener net.Listener) {
	server := grpc.NewServer(grpc.Creds(credentials.NewServerTLSFromCert(&l.cert)),
		grpc.UnaryInterceptor(func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			if err := allowed(ctx, info.FullMethod); err != nil {
				return nil, err
			}
			return next(ctx, req)
		}),
		grpc.StreamInterceptor(func(srv any, s grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			if err := allowed(s.Context(), info.FullMethod); err != nil {
				return err
			}
			return next(srv, s)
		}))
	lnrpc.RegisterLightningServer(server, &lightning{l: l})
	chainrpc.RegisterChainKitServer(server, &chainKit{l: l})
	chainrpc.RegisterChainNotifierServer(server, &notifier{l: l})
	l.mu.Lock()
	l.server = server
	l.mu.Unlock()
	go func() { _ = server.Serve(listener) }()
}

// certify makes the certificate and writes it to a file, as LND does.
func (l *LND) certify() {
	l.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(l.t, err)
	form := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	require.NoError(l.t, err)
	l.cert = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	l.TLSCertPath = filepath.Join(l.t.TempDir(), "tls.cert")
	require.NoError(l.t, os.WriteFile(l.TLSCertPath, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
}

// Macaroon is one that allows gRPC methods, as LND bakes it.
func Macaroon(t testing.TB, methods ...string) []byte {
	t.Helper()
	raw, err := bake(&lnrpc.Op{Entity: "uri", Actions: methods})
	require.NoError(t, err)
	return raw
}

// MacaroonFile writes the role's macaroon to a file and returns its path.
func MacaroonFile(t testing.TB, dir string, role lnd.Role) string {
	t.Helper()
	path := filepath.Join(dir, string(role)+".mac")
	require.NoError(t, os.WriteFile(path, Macaroon(t, lnd.Permissions(role)...), 0o600))
	return path
}

func bake(ops ...*lnrpc.Op) ([]byte, error) {
	id, err := proto.Marshal(&lnrpc.MacaroonId{Nonce: []byte("nonce"), StorageId: []byte("21"), Ops: ops})
	if err != nil {
		return nil, err
	}
	mac, err := macaroon.New([]byte("key"), append([]byte{3}, id...), "lnd", macaroon.LatestVersion)
	if err != nil {
		return nil, err
	}
	return mac.MarshalBinary()
}

// allowed tells whether the call's macaroon names the method.
func allowed(ctx context.Context, method string) error {
	md, _ := metadata.FromIncomingContext(ctx)
	for _, text := range md.Get("macaroon") {
		raw, err := hex.DecodeString(text)
		var mac macaroon.Macaroon
		if err != nil || mac.UnmarshalBinary(raw) != nil || len(mac.Id()) < 2 {
			continue
		}
		var id lnrpc.MacaroonId
		if proto.Unmarshal(mac.Id()[1:], &id) != nil {
			continue
		}
		for _, op := range id.Ops {
			if op.Entity == "uri" && slices.Contains(op.Actions, method) {
				return nil
			}
		}
	}
	return status.Error(codes.Unknown, "permission denied")
}

// tip is its last block.
func (l *LND) tip() (chainhash.Hash, uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.chain[l.height()].BlockHash(), l.height()
}

type lightning struct {
	lnrpc.UnimplementedLightningServer
	l *LND
}

func (s *lightning) GetInfo(context.Context, *lnrpc.GetInfoRequest) (*lnrpc.GetInfoResponse, error) {
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	return &lnrpc.GetInfoResponse{Alias: "fake", IdentityPubkey: s.l.node.String(), Version: "0.20.1-beta", BlockHeight: s.l.height(),
		SyncedToChain: true, Chains: []*lnrpc.Chain{{Chain: "bitcoin", Network: s.l.says}}}, nil
}

func (*lightning) ListInvoices(context.Context, *lnrpc.ListInvoiceRequest) (*lnrpc.ListInvoiceResponse, error) {
	return &lnrpc.ListInvoiceResponse{}, nil
}

func (*lightning) ListPayments(context.Context, *lnrpc.ListPaymentsRequest) (*lnrpc.ListPaymentsResponse, error) {
	return &lnrpc.ListPaymentsResponse{}, nil
}

func (*lightning) GetTransactions(context.Context, *lnrpc.GetTransactionsRequest) (*lnrpc.TransactionDetails, error) {
	return &lnrpc.TransactionDetails{}, nil
}

// BakeMacaroon gives what was asked for.
func (*lightning) BakeMacaroon(_ context.Context, r *lnrpc.BakeMacaroonRequest) (*lnrpc.BakeMacaroonResponse, error) {
	byEntity := map[string]*lnrpc.Op{}
	var ops []*lnrpc.Op
	for _, p := range r.Permissions {
		if byEntity[p.Entity] == nil {
			byEntity[p.Entity] = &lnrpc.Op{Entity: p.Entity}
			ops = append(ops, byEntity[p.Entity])
		}
		byEntity[p.Entity].Actions = append(byEntity[p.Entity].Actions, p.Action)
	}
	raw, err := bake(ops...)
	if err != nil {
		return nil, err
	}
	return &lnrpc.BakeMacaroonResponse{Macaroon: hex.EncodeToString(raw)}, nil
}

type chainKit struct {
	chainrpc.UnimplementedChainKitServer
	l *LND
}

func (s *chainKit) GetBlockHash(_ context.Context, r *chainrpc.GetBlockHashRequest) (*chainrpc.GetBlockHashResponse, error) {
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	if r.BlockHeight < 0 || r.BlockHeight > int64(s.l.height()) {
		return nil, status.Error(codes.Unknown, "Block number out of range")
	}
	hash := s.l.chain[r.BlockHeight].BlockHash()
	return &chainrpc.GetBlockHashResponse{BlockHash: hash[:]}, nil
}

func (s *chainKit) GetBestBlock(context.Context, *chainrpc.GetBestBlockRequest) (*chainrpc.GetBestBlockResponse, error) {
	hash, height := s.l.tip()
	return &chainrpc.GetBestBlockResponse{BlockHash: hash[:], BlockHeight: int32(height)}, nil
}

func (s *chainKit) GetBlockHeader(_ context.Context, r *chainrpc.GetBlockHeaderRequest) (*chainrpc.GetBlockHeaderResponse, error) {
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	for i := range s.l.chain {
		if hash := s.l.chain[i].BlockHash(); bytes.Equal(hash[:], r.BlockHash) {
			var raw bytes.Buffer
			err := s.l.chain[i].Serialize(&raw)
			return &chainrpc.GetBlockHeaderResponse{RawBlockHeader: raw.Bytes()}, err
		}
	}
	return nil, status.Error(codes.Unknown, "block not found")
}

type notifier struct {
	chainrpc.UnimplementedChainNotifierServer
	l *LND
}

// RegisterBlockEpochNtfn tells the tip, and then each block.
func (s *notifier) RegisterBlockEpochNtfn(_ *chainrpc.BlockEpoch, stream chainrpc.ChainNotifier_RegisterBlockEpochNtfnServer) error {
	for {
		s.l.mu.Lock()
		mined := s.l.mined
		s.l.mu.Unlock()
		hash, height := s.l.tip()
		if err := stream.Send(&chainrpc.BlockEpoch{Hash: hash[:], Height: height}); err != nil {
			return err
		}
		select {
		case <-stream.Context().Done():
			return stream.Context().Err()
		case <-mined:
		}
	}
}
