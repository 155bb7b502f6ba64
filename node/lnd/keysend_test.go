package lnd_test

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/devnet"
	"github.com/econd/econd/node/lnd"
)

const methodSend = "/routerrpc.Router/SendPaymentV2"

// spontaneous returns a keysend of a fresh preimage to the consumer.
func spontaneous(t *testing.T, n *devnet.Net, sats int64) lnd.KeysendRequest {
	t.Helper()
	r := lnd.KeysendRequest{AmountMsat: sats * 1000, FeeLimitMsat: 10_000,
		CltvLimit: 1000, Timeout: 30 * time.Second}
	key, err := hexBytes(n.Consumer.IdentityPubkey)
	require.NoError(t, err)
	copy(r.Dest[:], key)
	_, _ = rand.Read(r.Preimage[:])
	return r
}

func TestKeysendPaysOnceHoweverOften(t *testing.T) {
	ctx, n := network(t)
	c := operator(ctx, t, n)
	r := spontaneous(t, n, 1_234)
	p, err := c.Keysend(ctx, r)
	require.NoError(t, err)
	require.Equal(t, lnd.PaySucceeded, p.Outcome, "%+v", p)
	require.Equal(t, r.Preimage, p.Preimage)
	require.Equal(t, r.PaymentHash(), p.PaymentHash)

	again, err := c.Keysend(ctx, r)
	require.NoError(t, err)
	require.Equal(t, p, again, "already paid: the same answer")
	hash := r.PaymentHash()
	got, err := n.Consumer.LookupInvoice(ctx, hash[:])
	require.NoError(t, err)
	require.Equal(t, int64(1_234_000), got.AmtPaidMsat)
	require.Len(t, got.Htlcs, 1)
}

// LND acted and its answer is lost; a second client, as after a restart of
// the caller, finds the payment and pays nothing more.
func TestKeysendDoneButUnanswered(t *testing.T) {
	ctx, n := network(t)
	c, tap := tapped(ctx, t, n, n.Operator)
	r := spontaneous(t, n, 2_345)
	answered := tap.Withhold(methodSend)
	type result struct {
		p   lnd.Payment
		err error
	}
	results := make(chan result, 1)
	go func() {
		p, err := c.Keysend(ctx, r)
		results <- result{p, err}
	}()
	arrives(ctx, t, "the end of the payment at LND", answered)
	tap.Release()
	lost := arrives(ctx, t, "the loss of the answer", results)
	require.ErrorIs(t, lost.err, node.ErrLightningAway)
	require.Equal(t, lnd.PayUnknown, lost.p.Outcome)

	restarted := operator(ctx, t, n)
	tracked, err := restarted.Track(ctx, r.PaymentHash())
	require.NoError(t, err)
	require.Equal(t, lnd.PaySucceeded, tracked.Outcome)
	again, err := restarted.Keysend(ctx, r)
	require.NoError(t, err)
	require.Equal(t, tracked, again)
	hash := r.PaymentHash()
	got, err := n.Consumer.LookupInvoice(ctx, hash[:])
	require.NoError(t, err)
	require.Equal(t, int64(2_345_000), got.AmtPaidMsat)
}

// A request that never reached LND is unknown too; LND knows nothing of it,
// and the same request pays.
func TestKeysendLost(t *testing.T) {
	ctx, n := network(t)
	c, tap := tapped(ctx, t, n, n.Operator)
	r := spontaneous(t, n, 345)
	tap.Refuse(methodSend)
	p, err := c.Keysend(ctx, r)
	require.ErrorIs(t, err, node.ErrLightningAway)
	require.Equal(t, lnd.PayUnknown, p.Outcome)
	tracked, err := c.Track(ctx, r.PaymentHash())
	require.NoError(t, err)
	require.Equal(t, lnd.PayNotFound, tracked.Outcome)
	p, err = c.Keysend(ctx, r)
	require.NoError(t, err)
	require.Equal(t, lnd.PaySucceeded, p.Outcome)
}

func TestKeysendRefusedBeforeAnythingIsSent(t *testing.T) {
	ctx, n := network(t)
	c := operator(ctx, t, n)
	for name, change := range map[string]func(r *lnd.KeysendRequest){
		"no payee":     func(r *lnd.KeysendRequest) { r.Dest = [33]byte{} },
		"no preimage":  func(r *lnd.KeysendRequest) { r.Preimage = lnd.Preimage{} },
		"no amount":    func(r *lnd.KeysendRequest) { r.AmountMsat = 0 },
		"negative fee": func(r *lnd.KeysendRequest) { r.FeeLimitMsat = -1 },
		"no timeout":   func(r *lnd.KeysendRequest) { r.Timeout = 0 },
	} {
		r := spontaneous(t, n, 100)
		change(&r)
		p, err := c.Keysend(ctx, r)
		require.ErrorIs(t, err, lnd.ErrInvalid, name)
		require.Equal(t, lnd.PayNotSent, p.Outcome, name)
	}
}

// Payments that can never arrive end as failed, with LND's reason, and LND
// has nothing in flight for them.
func TestPaymentsThatFailForGood(t *testing.T) {
	ctx, n := network(t)
	c := operator(ctx, t, n)
	for name, tc := range map[string]struct {
		change func(r *lnd.KeysendRequest)
		reason string
	}{
		"no route": {func(r *lnd.KeysendRequest) {
			// A point of the curve that is nobody's node.
			r.Dest = [33]byte{2, 0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc,
				0xbb, 0xac, 0x55, 0xa0, 0x62, 0x95, 0xce, 0x87,
				0x0b, 0x07, 0x02, 0x9b, 0xfc, 0xdb, 0x2d, 0xce,
				0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8,
				0x17, 0x98}
		}, "FAILURE_REASON_NO_ROUTE"},
		"insufficient balance": {func(r *lnd.KeysendRequest) {
			r.AmountMsat = 900_000_000_000
		}, "FAILURE_REASON_INSUFFICIENT_BALANCE"},
	} {
		r := spontaneous(t, n, 100)
		tc.change(&r)
		p, err := c.Keysend(ctx, r)
		require.NoError(t, err, name)
		require.Equal(t, lnd.PayFailed, p.Outcome, name)
		require.Equal(t, tc.reason, p.Reason, name)
		tracked, err := c.Track(ctx, r.PaymentHash())
		require.NoError(t, err, name)
		require.Equal(t, p, tracked, name)
	}
}

func TestPayExpiredInvoice(t *testing.T) {
	ctx, n := network(t)
	c := operator(ctx, t, n)
	payee := dialAt(ctx, t, n, n.Consumer, n.Consumer.RPCAddr, 0)
	_, terms := newHold(500)
	terms.ExpirySec = 1
	bolt11, err := payee.OpenHold(ctx, terms)
	require.NoError(t, err)
	next, _ := watch(ctx, t, payee, terms.PaymentHash)
	next(node.HoldCancelled) // as LND does with an expired one
	p, err := c.Pay(ctx, request(bolt11, 500))
	require.ErrorContains(t, err, "invoice expired")
	require.Equal(t, lnd.PayNotSent, p.Outcome)
	tracked, err := c.Track(ctx, terms.PaymentHash)
	require.NoError(t, err)
	require.Equal(t, lnd.PayNotFound, tracked.Outcome)
}

// LND is killed with one payment just made, its answer lost, and another under
// way. Once it is back both are known, and asking for them again adds nothing.
func TestPaymentsAcrossRestartOfLND(t *testing.T) {
	ctx, n := network(t)
	c, tap := tapped(ctx, t, n, n.Operator)
	payee := dialAt(ctx, t, n, n.Consumer, n.Consumer.RPCAddr, 0)
	sent := spontaneous(t, n, 777)
	answered := tap.Withhold(methodSend)
	results := make(chan error, 2)
	go func() {
		_, err := c.Keysend(ctx, sent)
		results <- err
	}()
	arrives(ctx, t, "the end of the keysend at LND", answered)
	preimage, terms := newHold(4_000)
	bolt11, err := payee.OpenHold(ctx, terms)
	require.NoError(t, err)
	next, _ := watch(ctx, t, payee, terms.PaymentHash)
	go func() {
		_, err := c.Pay(ctx, request(bolt11, 4_000))
		results <- err
	}()
	next(node.HoldAccepted)

	n.Operator.Kill()
	tap.Release()
	for range 2 {
		require.ErrorIs(t, arrives(ctx, t, "the loss of the answer", results), node.ErrLightningAway)
	}
	require.NoError(t, n.Operator.Start(ctx))
	require.NoError(t, n.WaitChannels(ctx))

	known, err := c.Track(ctx, sent.PaymentHash())
	require.NoError(t, err)
	require.Equal(t, lnd.PaySucceeded, known.Outcome)
	again, err := c.Keysend(ctx, sent)
	require.NoError(t, err)
	require.Equal(t, known, again)
	hash := sent.PaymentHash()
	got, err := n.Consumer.LookupInvoice(ctx, hash[:])
	require.NoError(t, err)
	require.Len(t, got.Htlcs, 1)

	known, err = c.Pay(ctx, request(bolt11, 4_000))
	require.NoError(t, err)
	require.Equal(t, lnd.PayInFlight, known.Outcome)
	require.NoError(t, payee.SettleHold(ctx, preimage))
	known, err = c.Await(ctx, terms.PaymentHash)
	require.NoError(t, err)
	require.Equal(t, lnd.PaySucceeded, known.Outcome)
	require.Equal(t, int64(4_000),
		must(payee.LookupHold(ctx, terms.PaymentHash)).AmountSat)
}
