package devnet_test

import (
	"context"
	"testing"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/chainrpc"
	"github.com/lightningnetwork/lnd/lnrpc/invoicesrpc"
	"github.com/lightningnetwork/lnd/lnrpc/routerrpc"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/econd/econd/node/devnet"
)

const settleMethod = "/invoicesrpc.Invoices/SettleInvoice"

// tapped returns a tap before the operator's lnd and a connection through it.
func tapped(t *testing.T, n *devnet.Net) (*devnet.Tap, *grpc.ClientConn) {
	t.Helper()
	tap, err := n.StartTap(n.Operator)
	require.NoError(t, err)
	t.Cleanup(tap.Close)
	conn, err := tap.Dial("")
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return tap, conn
}

// follow reads an invoice's states until the wanted one.
func follow(t *testing.T, s invoicesrpc.Invoices_SubscribeSingleInvoiceClient, want lnrpc.Invoice_InvoiceState) {
	t.Helper()
	for {
		inv, err := s.Recv()
		require.NoError(t, err, "waiting for %v", want)
		if inv.State == want {
			return
		}
	}
}

func TestTapPassesCallsErrorsAndStreams(t *testing.T) {
	ctx, n := network(t)
	_, conn := tapped(t, n)
	invoices := invoicesrpc.NewInvoicesClient(conn)

	for _, settle := range []bool{true, false} {
		h := newHold(ctx, t, conn, 2100)
		states, err := invoices.SubscribeSingleInvoice(ctx,
			&invoicesrpc.SubscribeSingleInvoiceRequest{RHash: h.hash})
		require.NoError(t, err)
		p, err := n.Consumer.StartPay(ctx, h.bolt11)
		require.NoError(t, err)
		follow(t, states, lnrpc.Invoice_ACCEPTED)
		if settle {
			_, err = invoices.SettleInvoice(ctx, &invoicesrpc.SettleInvoiceMsg{Preimage: h.preimage})
			require.NoError(t, err)
			follow(t, states, lnrpc.Invoice_SETTLED)
			_, err = p.Result(ctx)
			require.NoError(t, err)
			continue
		}
		_, err = invoices.CancelInvoice(ctx, &invoicesrpc.CancelInvoiceMsg{PaymentHash: h.hash})
		require.NoError(t, err)
		follow(t, states, lnrpc.Invoice_CANCELED)
	}

	// An error without a body keeps lnd's code and words.
	_, err := invoices.SettleInvoice(ctx, &invoicesrpc.SettleInvoiceMsg{Preimage: make([]byte, 32)})
	require.Equal(t, codes.Unknown, status.Code(err))
	require.ErrorContains(t, err, "unable to locate invoice")

	// A payment is a server stream that ends; blocks are one that does not.
	inv, err := n.Consumer.NewInvoice(ctx, 300, "paid through the tap")
	require.NoError(t, err)
	stream, err := routerrpc.NewRouterClient(conn).SendPaymentV2(ctx, &routerrpc.SendPaymentRequest{
		PaymentRequest: inv.PaymentRequest, TimeoutSeconds: 30, FeeLimitSat: 10})
	require.NoError(t, err)
	for last := lnrpc.Payment_INITIATED; last != lnrpc.Payment_SUCCEEDED; {
		update, err := stream.Recv()
		require.NoError(t, err)
		last = update.Status
	}
	blocks, err := chainrpc.NewChainNotifierClient(conn).RegisterBlockEpochNtfn(ctx, &chainrpc.BlockEpoch{})
	require.NoError(t, err)
	first, err := blocks.Recv()
	require.NoError(t, err)
	_, err = n.Mine(ctx, 1)
	require.NoError(t, err)
	next, err := blocks.Recv()
	require.NoError(t, err)
	require.Equal(t, first.Height+1, next.Height)
	require.NoError(t, n.WaitSynced(ctx))
}

func TestWithheldCallIsDoneButUnanswered(t *testing.T) {
	ctx, n := network(t)
	tap, conn := tapped(t, n)
	invoices := invoicesrpc.NewInvoicesClient(conn)
	h := newHold(ctx, t, conn, 4200)
	p, err := n.Consumer.StartPay(ctx, h.bolt11)
	require.NoError(t, err)
	states, err := invoices.SubscribeSingleInvoice(ctx,
		&invoicesrpc.SubscribeSingleInvoiceRequest{RHash: h.hash})
	require.NoError(t, err)
	follow(t, states, lnrpc.Invoice_ACCEPTED)

	answered := tap.Withhold(settleMethod)
	reply := make(chan error, 1)
	go func() {
		_, err := invoices.SettleInvoice(ctx, &invoicesrpc.SettleInvoiceMsg{Preimage: h.preimage})
		reply <- err
	}()
	await(ctx, t, "lnd's answer", answered)
	_, err = p.Result(ctx)
	require.NoError(t, err, "lnd has settled: the payer's money is gone")
	select {
	case err := <-reply:
		t.Fatalf("the client was answered: %v", err)
	default:
	}
	tap.Release()
	require.Equal(t, codes.Unavailable, status.Code(<-reply))

	// One call was armed, so the repetition goes through.
	_, err = invoices.SettleInvoice(ctx, &invoicesrpc.SettleInvoiceMsg{Preimage: h.preimage})
	require.NoError(t, err)
}

func TestWithheldCallSurvivesItsClient(t *testing.T) {
	ctx, n := network(t)
	tap, conn := tapped(t, n)
	const method = "/lnrpc.Lightning/AddInvoice"
	answered := tap.Withhold(method)
	preimage := make([]byte, 32)
	copy(preimage, "a preimage that only this test draws")
	callCtx, hangUp := context.WithCancel(ctx)
	reply := make(chan error, 1)
	go func() {
		_, err := lnrpc.NewLightningClient(conn).AddInvoice(callCtx,
			&lnrpc.Invoice{Value: 5, RPreimage: preimage})
		reply <- err
	}()
	await(ctx, t, "lnd's answer", answered)
	hangUp()
	require.Equal(t, codes.Canceled, status.Code(<-reply))
	_, err := lnrpc.NewLightningClient(n.Operator.Conn()).AddInvoice(ctx,
		&lnrpc.Invoice{Value: 5, RPreimage: preimage})
	require.ErrorContains(t, err, "already exists", "the first call must have been carried out")
}

func TestRefusedCallNeverReachesLND(t *testing.T) {
	ctx, n := network(t)
	tap, conn := tapped(t, n)
	client := lnrpc.NewLightningClient(conn)
	before, err := lnrpc.NewLightningClient(n.Operator.Conn()).ListInvoices(ctx,
		&lnrpc.ListInvoiceRequest{Reversed: true, NumMaxInvoices: 1})
	require.NoError(t, err)

	refused := tap.Refuse("/lnrpc.Lightning/AddInvoice")
	_, err = client.AddInvoice(ctx, &lnrpc.Invoice{Value: 9})
	require.Equal(t, codes.Unavailable, status.Code(err))
	await(ctx, t, "the refusal", refused)
	after, err := client.ListInvoices(ctx, &lnrpc.ListInvoiceRequest{Reversed: true, NumMaxInvoices: 1})
	require.NoError(t, err)
	require.Equal(t, before.LastIndexOffset, after.LastIndexOffset)

	_, err = client.AddInvoice(ctx, &lnrpc.Invoice{Value: 9})
	require.NoError(t, err, "only one call was armed")
}

func TestCutWireLooksLikeAnLNDThatIsAway(t *testing.T) {
	ctx, n := network(t)
	tap, conn := tapped(t, n)
	client := lnrpc.NewLightningClient(conn)
	stream, err := client.SubscribeInvoices(ctx, &lnrpc.InvoiceSubscription{})
	require.NoError(t, err)
	_, err = client.GetInfo(ctx, &lnrpc.GetInfoRequest{})
	require.NoError(t, err)

	tap.Cut()
	_, err = stream.Recv()
	require.Equal(t, codes.Unavailable, status.Code(err), "%v", err)
	_, err = client.GetInfo(ctx, &lnrpc.GetInfoRequest{})
	require.Equal(t, codes.Unavailable, status.Code(err), "%v", err)
	tap.Restore()
	require.Eventually(t, func() bool {
		_, err := client.GetInfo(ctx, &lnrpc.GetInfoRequest{})
		return err == nil
	}, patience, 20*time.Millisecond)
}
