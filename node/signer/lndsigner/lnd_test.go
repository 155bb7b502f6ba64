package lndsigner_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/signrpc"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/devnet"
	"github.com/econd/econd/node/devnet/devnettest"
	"github.com/econd/econd/node/lndconn"
	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/signer/lndsigner"
	"github.com/econd/econd/node/signer/signertest"
)

func TestMain(m *testing.M) {
	os.Exit(devnettest.Main(m, devnet.Config{Nodes: []string{devnet.Operator}, Channels: []devnet.Channel{}}))
}

// patience bounds what one test may take on a busy machine.
const patience = 3 * time.Minute

// realLND is how the key of a place is reached in a real lnd, with the narrow macaroon.
func realLND(t *testing.T, key lndsigner.Key) (context.Context, lndsigner.Config) {
	t.Helper()
	n := devnettest.Shared(t)
	ctx := devnettest.Context(t, patience)
	mac := filepath.Join(t.TempDir(), "sign.mac")
	require.NoError(t, n.Operator.BakeMacaroon(ctx, mac, 26, lndsigner.URIs()...))
	return ctx, lndsigner.Config{Address: n.Operator.RPCAddr, TLSCertPath: n.Operator.TLSCertPath, MacaroonPath: mac, Key: key}
}

func TestRealLNDKeepsTheContract(t *testing.T) {
	_, cfg := realLND(t, lndsigner.Key{Family: lndsigner.DefaultFamily})
	raw, err := os.ReadFile(cfg.MacaroonPath)
	require.NoError(t, err)
	signertest.Run(t, func(t *testing.T) signer.Signer {
		s, err := lndsigner.Dial(t.Context(), cfg)
		require.NoError(t, err)
		return s
	}, raw)
}

// Each place has a key of its own, the same each time, which LND says signed.
func TestRealLNDHasAKeyForEachPlace(t *testing.T) {
	seen := map[string]bool{}
	for _, key := range []lndsigner.Key{{Family: lndsigner.MinFamily}, {Family: lndsigner.DefaultFamily}, {Family: lndsigner.DefaultFamily, Index: 1}, {Family: lndsigner.MaxFamily, Index: 1<<31 - 1}} {
		ctx, cfg := realLND(t, key)
		for range 2 {
			s, err := lndsigner.Dial(ctx, cfg)
			require.NoError(t, err)
			seen[s.Public().String()] = true
			require.NoError(t, s.Sign(ctx, signertest.Events()[0]))
			require.NoError(t, s.Close())
		}
	}
	require.Len(t, seen, 4)
}

// The macaroon does what it is for, and neither spends nor tells.
func TestRealLNDMacaroonDoesNothingElse(t *testing.T) {
	ctx, cfg := realLND(t, lndsigner.Key{Family: lndsigner.DefaultFamily})
	conn, err := lndconn.Dial(lndconn.Config{Address: cfg.Address, TLSCertPath: cfg.TLSCertPath, MacaroonPath: cfg.MacaroonPath})
	require.NoError(t, err)
	defer conn.Close()
	_, err = lnrpc.NewLightningClient(conn).GetInfo(ctx, &lnrpc.GetInfoRequest{})
	require.Equal(t, lndconn.Forbidden, lndconn.FaultOf(err), "%v", err)
	_, err = lnrpc.NewLightningClient(conn).WalletBalance(ctx, &lnrpc.WalletBalanceRequest{})
	require.Equal(t, lndconn.Forbidden, lndconn.FaultOf(err), "%v", err)
	_, err = signrpc.NewSignerClient(conn).SignOutputRaw(ctx, &signrpc.SignReq{RawTxBytes: []byte{1}})
	require.Equal(t, lndconn.Forbidden, lndconn.FaultOf(err), "%v", err)
}
