package devnet_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/invoicesrpc"
	"github.com/lightningnetwork/lnd/lnrpc/routerrpc"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/econd/econd/node/devnet"
	"github.com/econd/econd/node/devnet/devnettest"
)

func TestEveryPartyPaysEveryOther(t *testing.T) {
	ctx, n := network(t)
	for _, from := range n.Nodes() {
		for _, to := range n.Nodes() {
			if from == to {
				continue
			}
			t.Run(from.Name+" pays "+to.Name, func(t *testing.T) {
				inv, err := to.NewInvoice(ctx, 1234, "goods")
				require.NoError(t, err)
				paid, err := from.Pay(ctx, inv.PaymentRequest)
				require.NoError(t, err)
				require.Equal(t, int64(1234), paid.ValueSat)
				got, err := to.LookupInvoice(ctx, inv.RHash)
				require.NoError(t, err)
				require.Equal(t, lnrpc.Invoice_SETTLED, got.State)
				require.Equal(t, int64(1234), got.AmtPaidSat)
			})
		}
	}
}

func TestPaymentThatCannotSucceedIsNamedSo(t *testing.T) {
	ctx, n := network(t)
	inv, err := n.Operator.NewInvoice(ctx, devnet.DefaultCapacity*3, "more than any channel holds")
	require.NoError(t, err)
	_, err = n.Consumer.Pay(ctx, inv.PaymentRequest)
	require.ErrorIs(t, err, devnet.ErrPaymentFailed)
}

func TestEcondMacaroonsAllowTheirCallsAndNoOthers(t *testing.T) {
	ctx, n := network(t)
	macs, err := devnet.BakeEcondMacaroons(ctx, n.Operator, filepath.Join(t.TempDir(), "macaroons"))
	require.NoError(t, err)

	pay, err := n.Operator.Dial(macs.Pay)
	require.NoError(t, err)
	defer pay.Close()
	recv, err := n.Operator.Dial(macs.Recv)
	require.NoError(t, err)
	defer recv.Close()

	_, err = lnrpc.NewLightningClient(pay).GetInfo(ctx, &lnrpc.GetInfoRequest{})
	require.NoError(t, err)
	_, err = lnrpc.NewLightningClient(recv).AddInvoice(ctx, &lnrpc.Invoice{Value: 1})
	require.NoError(t, err)

	_, err = lnrpc.NewLightningClient(pay).AddInvoice(ctx, &lnrpc.Invoice{Value: 1})
	require.ErrorContains(t, err, "permission denied")
	_, err = lnrpc.NewLightningClient(recv).ListPayments(ctx, &lnrpc.ListPaymentsRequest{})
	require.ErrorContains(t, err, "permission denied")

	for _, path := range []string{macs.Pay, macs.Recv, macs.Anchor} {
		st, err := os.Stat(path)
		require.NoError(t, err)
		require.Zero(t, st.Mode().Perm()&0o077, "%s is readable by others", path)
	}
}

func TestHeldPaymentEndsAsItsInvoiceDoes(t *testing.T) {
	ctx, n := network(t)
	invoices := invoicesrpc.NewInvoicesClient(n.Operator.Conn())
	for _, settle := range []bool{true, false} {
		t.Run(fmt.Sprintf("settle=%v", settle), func(t *testing.T) {
			h := newHold(ctx, t, n.Operator.Conn(), 5000)
			p, err := n.Consumer.StartPay(ctx, h.bolt11)
			require.NoError(t, err)
			await(ctx, t, "the HTLC", p.InFlight())
			require.Eventually(t, func() bool {
				inv, err := n.Operator.LookupInvoice(ctx, h.hash)
				return err == nil && inv.State == lnrpc.Invoice_ACCEPTED
			}, patience, 20*time.Millisecond)
			if settle {
				_, err = invoices.SettleInvoice(ctx, &invoicesrpc.SettleInvoiceMsg{Preimage: h.preimage})
				require.NoError(t, err)
				_, err = p.Result(ctx)
				require.NoError(t, err)
				return
			}
			_, err = invoices.CancelInvoice(ctx, &invoicesrpc.CancelInvoiceMsg{PaymentHash: h.hash})
			require.NoError(t, err)
			_, err = p.Result(ctx)
			require.ErrorIs(t, err, devnet.ErrPaymentFailed)
		})
	}
}

func TestLNDGoesAwayAndComesBack(t *testing.T) {
	ctx, n := network(t)
	for _, end := range []struct {
		how string
		do  func()
	}{
		{"stopped", func() { require.NoError(t, n.Provider.Stop(ctx)) }},
		{"killed", n.Provider.Kill},
	} {
		t.Run(end.how, func(t *testing.T) {
			ctx := devnettest.Context(t, patience)
			end.do()
			require.False(t, n.Provider.Running())
			_, err := n.Provider.ChannelBalance(ctx)
			require.Equal(t, codes.Unavailable, status.Code(err))
			_, err = n.Mine(ctx, 1)
			require.NoError(t, err)

			require.NoError(t, n.Provider.Start(ctx))
			require.ErrorIs(t, n.Provider.Start(ctx), devnet.ErrRunning)
			require.NoError(t, n.WaitChannels(ctx))
			inv, err := n.Provider.NewInvoice(ctx, 77, "after the pause")
			require.NoError(t, err)
			_, err = n.Consumer.Pay(ctx, inv.PaymentRequest)
			require.NoError(t, err)
		})
	}
	require.NoError(t, n.Failures(), "an end that was asked for is no failure")
}

func TestReorganisationReplacesBlocks(t *testing.T) {
	ctx, n := network(t)
	old, err := n.Mine(ctx, 2)
	require.NoError(t, err)
	require.NoError(t, n.WaitSynced(ctx))
	before, err := n.BlockHeight(ctx)
	require.NoError(t, err)

	require.NoError(t, n.InvalidateBlock(ctx, old[0]))
	height, err := n.BlockHeight(ctx)
	require.NoError(t, err)
	require.Equal(t, before-2, height)
	_, err = n.Mine(ctx, 3)
	require.NoError(t, err)
	require.NoError(t, n.WaitSynced(ctx))
	info, err := lnrpc.NewLightningClient(n.Operator.Conn()).GetInfo(ctx, &lnrpc.GetInfoRequest{})
	require.NoError(t, err)
	require.EqualValues(t, before+1, info.BlockHeight)
	require.NotContains(t, old, info.BlockHash)
}

func TestCoinsArriveAfterABlock(t *testing.T) {
	ctx, n := network(t)
	address, err := n.Provider.NewAddress(ctx)
	require.NoError(t, err)
	before, err := n.Provider.WalletBalance(ctx)
	require.NoError(t, err)
	txid, err := n.SendCoins(ctx, address, 31_337)
	require.NoError(t, err)
	waiting, err := n.WaitMempool(ctx, 1)
	require.NoError(t, err)
	require.Contains(t, waiting, txid)
	_, err = n.Mine(ctx, 1)
	require.NoError(t, err)
	require.NoError(t, n.WaitSynced(ctx))
	require.Eventually(t, func() bool {
		after, err := n.Provider.WalletBalance(ctx)
		return err == nil && after.ConfirmedBalance == before.ConfirmedBalance+31_337
	}, patience, 20*time.Millisecond)

	_, err = n.SendCoins(ctx, "not an address", 1)
	require.ErrorContains(t, err, "not an address")
	var unused string
	err = n.ChainRPC(ctx, &unused, "getblockhash", 1<<30)
	var refusal *devnet.ChainError
	require.ErrorAs(t, err, &refusal)
}

func TestSmallNetworkLeavesNothingBehind(t *testing.T) {
	ctx := devnettest.Context(t, patience)
	n, err := devnet.Start(ctx, devnet.Config{Nodes: []string{devnet.Operator}, Logf: t.Logf})
	require.NoError(t, err)
	defer n.Close()
	require.Nil(t, n.Consumer)
	tap, err := n.StartTap(n.Operator)
	require.NoError(t, err)
	addresses := []string{n.Operator.RPCAddr, n.Operator.P2PAddr, tap.Addr}

	// A stream that is still open must not keep Close waiting.
	_, err = routerrpc.NewRouterClient(n.Operator.Conn()).SubscribeHtlcEvents(ctx,
		&routerrpc.SubscribeHtlcEventsRequest{})
	require.NoError(t, err)
	require.NoError(t, n.Close())
	require.NoError(t, n.Close(), "Close is idempotent")
	require.NoDirExists(t, n.Dir)
	for _, address := range addresses {
		l, err := net.Listen("tcp4", address)
		require.NoError(t, err, "the port must be free again")
		l.Close()
	}
}

func TestConfigNamesTheBadField(t *testing.T) {
	full := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(full, "data"), nil, 0o600))
	for _, tc := range []struct {
		want string
		cfg  devnet.Config
	}{
		{"Nodes[0]", devnet.Config{Nodes: []string{"../evil"}}},
		{"Nodes[1]", devnet.Config{Nodes: []string{"a", "a"}}},
		{"Channels[0]", devnet.Config{Nodes: []string{"a"}, Channels: []devnet.Channel{{From: "a", To: "b"}}}},
		{"Channels[0]", devnet.Config{Nodes: []string{"a"}, Channels: []devnet.Channel{{From: "a", To: "a"}}}},
		{"Push", devnet.Config{Channels: []devnet.Channel{{From: "consumer", To: "operator", Push: devnet.DefaultCapacity}}}},
		{"must be empty", devnet.Config{Dir: full, Binaries: devnet.Binaries{BTCD: "unused"}}},
	} {
		_, err := devnet.Start(t.Context(), tc.cfg)
		require.ErrorContains(t, err, tc.want)
	}
}

func TestDaemonThatFailsShowsItsLog(t *testing.T) {
	ctx := devnettest.Context(t, patience)
	bin := filepath.Join(t.TempDir(), "btcd")
	require.NoError(t, os.WriteFile(bin, []byte("#!/bin/sh\necho the disk is on fire\nexit 3\n"), 0o700))
	_, err := devnet.Start(ctx, devnet.Config{Dir: t.TempDir(), Binaries: devnet.Binaries{BTCD: bin}})
	require.ErrorIs(t, err, devnet.ErrExited)
	require.ErrorContains(t, err, "the disk is on fire")
}
