package lndwallet_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/invoicesrpc"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/devnet"
	"github.com/econd/econd/node/devnet/devnettest"
	"github.com/econd/econd/node/keeper"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet"
	"github.com/econd/econd/node/wallet/lndwallet"
)

func TestMain(m *testing.M) {
	os.Exit(devnettest.Main(m, devnet.Config{Nodes: []string{devnet.Operator, devnet.Consumer}}))
}

// patience bounds what one test may take on a busy machine.
const patience = 90 * time.Second

const sendPayment = "/routerrpc.Router/SendPaymentV2"

// realLND returns a payer over the consumer's lnd with the narrow macaroon, a
// wire in between, and the payee.
func realLND(t *testing.T) (context.Context, *lndwallet.Node, *devnet.Tap, *devnet.Net) {
	t.Helper()
	n := devnettest.Shared(t)
	ctx := devnettest.Context(t, patience)
	consumer := n.Node(devnet.Consumer)
	mac := filepath.Join(t.TempDir(), "agent.mac")
	require.NoError(t, consumer.BakeMacaroon(ctx, mac, 25, lndwallet.URIs()...))
	tap, err := n.StartTap(consumer)
	require.NoError(t, err)
	t.Cleanup(tap.Close)
	payer, err := lndwallet.Dial(lndwallet.Config{Address: tap.Addr, TLSCertPath: consumer.TLSCertPath, MacaroonPath: mac})
	require.NoError(t, err)
	t.Cleanup(func() { _ = payer.Close() })
	return ctx, payer, tap, n
}

func payRequest(invoice string, hash []byte) wallet.PayRequest {
	return wallet.PayRequest{Invoice: invoice, Hash: l402.Hash(hash), FeeLimitMsat: 10_000,
		CltvLimit: wallet.DefaultCltvLimit, Timeout: 20 * time.Second}
}

func TestRealLNDPaysOnceDespiteLostAnswers(t *testing.T) {
	for _, c := range []struct {
		name string
		arm  func(*devnet.Tap) <-chan struct{}
	}{
		{"no fault", func(*devnet.Tap) <-chan struct{} { return nil }},
		{"request lost", func(tap *devnet.Tap) <-chan struct{} { return tap.Refuse(sendPayment) }},
		{"answer lost", func(tap *devnet.Tap) <-chan struct{} {
			answered := tap.Withhold(sendPayment)
			go func() { <-answered; tap.Release() }()
			return answered
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, payer, tap, n := realLND(t)
			invoice, err := n.Node(devnet.Operator).NewInvoice(ctx, 1000, c.name)
			require.NoError(t, err)
			armed := c.arm(tap)
			p, err := payer.Pay(ctx, payRequest(invoice.PaymentRequest, invoice.RHash))
			require.NoError(t, err)
			require.Equal(t, wallet.Succeeded, p.State)
			require.Equal(t, l402.Hash(invoice.RHash), p.Preimage.Hash())
			if armed != nil {
				select {
				case <-armed:
				default:
					t.Error("the fault did not happen")
				}
			}
			again, err := payer.Pay(ctx, payRequest(invoice.PaymentRequest, invoice.RHash))
			require.NoError(t, err)
			require.Equal(t, p.Preimage, again.Preimage)
			got, err := n.Node(devnet.Operator).LookupInvoice(ctx, invoice.RHash)
			require.NoError(t, err)
			require.EqualValues(t, 1_000_000, got.AmtPaidMsat)
			require.Len(t, got.Htlcs, 1, "sent once")
		})
	}
}

func TestRealLNDKeepsHoldsInFlight(t *testing.T) {
	ctx, payer, _, n := realLND(t)
	var preimage l402.Preimage
	_, _ = rand.Read(preimage[:])
	hash := preimage.Hash()
	invoices := invoicesrpc.NewInvoicesClient(n.Node(devnet.Operator).Conn())
	hold, err := invoices.AddHoldInvoice(ctx, &invoicesrpc.AddHoldInvoiceRequest{Hash: hash[:], Value: 2000, CltvExpiry: 144})
	require.NoError(t, err)

	p, err := payer.Track(ctx, hash, false)
	require.NoError(t, err)
	require.Equal(t, wallet.NotFound, p.State)
	req := payRequest(hold.PaymentRequest, hash[:])
	for range 2 { // a second start changes nothing
		p, err = payer.Start(ctx, req)
		require.NoError(t, err)
		require.Equal(t, wallet.InFlight, p.State)
	}
	// What the payer's node shows of the HTLCs in flight is what arrives at the payee's, and can be
	// stated of a hold.
	got, err := n.Node(devnet.Operator).LookupInvoice(ctx, hash[:])
	for ; err == nil && got.State != lnrpc.Invoice_ACCEPTED; got, err = n.Node(devnet.Operator).LookupInvoice(ctx, hash[:]) {
		require.NoError(t, backoff.Sleep(ctx, 50*time.Millisecond))
	}
	require.NoError(t, err)
	require.Len(t, got.Htlcs, 1)
	p, err = payer.Track(ctx, hash, false)
	require.NoError(t, err)
	require.Equal(t, wallet.InFlight, p.State)
	require.Equal(t, []int64{2_000_000, int64(got.Htlcs[0].ExpiryHeight)}, []int64{p.ArrivesMsat, int64(p.ExpiryHeight)})
	id := op.Hash(hash)
	said, err := keeper.Confirmation(view.Hold{ID: op.ID{1}, AmountSat: 2000, PaymentHash: &id}, p)
	require.NoError(t, err)
	require.Equal(t, op.HoldConfirmed{Hold: op.ID{1}, PaymentHash: id, AmountSat: 2000, ExpiryHeight: uint32(got.Htlcs[0].ExpiryHeight)}, said)
	_, err = invoices.CancelInvoice(ctx, &invoicesrpc.CancelInvoiceMsg{PaymentHash: hash[:]})
	require.NoError(t, err)
	p, err = payer.Track(ctx, hash, true)
	require.NoError(t, err)
	require.Equal(t, wallet.Failed, p.State)
	require.NotEmpty(t, p.Reason)
}

func TestRealLNDSignsAndRefuses(t *testing.T) {
	ctx, payer, tap, n := realLND(t)
	consumer := n.Node(devnet.Consumer)
	id, err := payer.Identity(ctx)
	require.NoError(t, err)
	require.Equal(t, "regtest", id.Network)
	require.Equal(t, consumer.IdentityPubkey, hex.EncodeToString(id.Key[:]))
	signature, err := payer.SignMessage(ctx, "a statement")
	require.NoError(t, err)
	key, err := consumer.VerifyMessage(ctx, []byte("a statement"), signature)
	require.NoError(t, err)
	require.Equal(t, consumer.IdentityPubkey, key)

	mac := filepath.Join(t.TempDir(), "narrow.mac")
	require.NoError(t, consumer.BakeMacaroon(ctx, mac, 25, "/lnrpc.Lightning/GetInfo"))
	narrow, err := lndwallet.Dial(lndwallet.Config{Address: tap.Addr, TLSCertPath: consumer.TLSCertPath, MacaroonPath: mac})
	require.NoError(t, err)
	defer narrow.Close()
	_, err = narrow.SignMessage(ctx, "a statement")
	require.ErrorIs(t, err, wallet.ErrPermission)
	require.ErrorContains(t, err, "bakemacaroon")

	tap.Cut()
	invoice, err := n.Node(devnet.Operator).NewInvoice(ctx, 10, "")
	require.NoError(t, err)
	p, err := payer.Pay(ctx, payRequest(invoice.PaymentRequest, invoice.RHash))
	require.ErrorIs(t, err, wallet.ErrUnavailable)
	require.Equal(t, wallet.NotFound, p.State, "it is certain that nothing was sent")
}
