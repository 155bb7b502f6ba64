package lnd_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/lnd"
)

func hexBytes(s string) ([]byte, error) { return hex.DecodeString(s) }

// request has bounds that fit the test network.
func request(bolt11 string, sats int64) lnd.PayRequest {
	return lnd.PayRequest{Invoice: bolt11, AmountMsat: sats * 1000,
		FeeLimitMsat: 10_000, CltvLimit: 1000, Timeout: 30 * time.Second,
		MaxParts: 1}
}

func TestPayOnceHoweverOften(t *testing.T) {
	ctx, n := network(t)
	c := operator(ctx, t, n)
	inv, err := n.Consumer.NewInvoice(ctx, 700, "a grant")
	require.NoError(t, err)
	hash := [32]byte(inv.RHash)
	p, err := c.Track(ctx, hash)
	require.NoError(t, err)
	require.Equal(t, lnd.PayNotFound, p.Outcome)

	p, err = c.Pay(ctx, request(inv.PaymentRequest, 700))
	require.NoError(t, err)
	require.Equal(t, lnd.PaySucceeded, p.Outcome)
	require.Equal(t, hash, sha256.Sum256(p.Preimage[:]))
	require.Equal(t, "preimage preimage", fmt.Sprintf("%v %#v", p.Preimage,
		p.Preimage))

	again, err := c.Pay(ctx, request(inv.PaymentRequest, 700))
	require.NoError(t, err)
	require.Equal(t, p, again, "already paid: the same answer")
	tracked, err := c.Await(ctx, hash)
	require.NoError(t, err)
	require.Equal(t, p, tracked)
}

func TestPayAnAmountlessInvoice(t *testing.T) {
	ctx, n := network(t)
	c := operator(ctx, t, n)
	inv, err := n.Consumer.NewInvoice(ctx, 0, "as you like")
	require.NoError(t, err)
	p, err := c.Pay(ctx, request(inv.PaymentRequest, 321))
	require.NoError(t, err)
	require.Equal(t, lnd.PaySucceeded, p.Outcome)
	got, err := n.Consumer.LookupInvoice(ctx, inv.RHash)
	require.NoError(t, err)
	require.Equal(t, int64(321_000), got.AmtPaidMsat)
}

func TestPayRefusedBeforeAnythingIsSent(t *testing.T) {
	ctx, n := network(t)
	c := operator(ctx, t, n)
	inv, err := n.Consumer.NewInvoice(ctx, 700, "")
	require.NoError(t, err)
	for name, change := range map[string]func(r *lnd.PayRequest){
		"other amount": func(r *lnd.PayRequest) { r.AmountMsat-- },
		"no amount":    func(r *lnd.PayRequest) { r.AmountMsat = 0 },
		"negative fee": func(r *lnd.PayRequest) { r.FeeLimitMsat = -1 },
		"no parts":     func(r *lnd.PayRequest) { r.MaxParts = 0 },
		"no timeout":   func(r *lnd.PayRequest) { r.Timeout = 0 },
		"no invoice":   func(r *lnd.PayRequest) { r.Invoice = "" },
		"junk":         func(r *lnd.PayRequest) { r.Invoice = "lnbcrt1junk" },
	} {
		r := request(inv.PaymentRequest, 700)
		change(&r)
		p, err := c.Pay(ctx, r)
		require.Error(t, err, name)
		require.Equal(t, lnd.PayNotSent, p.Outcome, name)
	}
}

func TestPayThatFindsNoRouteFails(t *testing.T) {
	ctx, n := network(t)
	c := operator(ctx, t, n)
	inv, err := n.Consumer.NewInvoice(ctx, 9_900_000, "more than there is")
	require.NoError(t, err)
	p, err := c.Pay(ctx, request(inv.PaymentRequest, 9_900_000))
	require.NoError(t, err)
	require.Equal(t, lnd.PayFailed, p.Outcome)
	require.Contains(t, p.Reason, "FAILURE_REASON")
	tracked, err := c.Track(ctx, p.PaymentHash)
	require.NoError(t, err)
	require.Equal(t, p, tracked)
}

// A payment whose answer is lost is unknown until tracked, then in flight,
// then paid: never sent twice.
func TestPayDoneButUnanswered(t *testing.T) {
	ctx, n := network(t)
	c, tap := tapped(ctx, t, n, n.Operator)
	payee := dialAt(ctx, t, n, n.Consumer, n.Consumer.RPCAddr, 0)
	preimage, terms := newHold(4_000)
	bolt11, err := payee.OpenHold(ctx, terms)
	require.NoError(t, err)
	next, _ := watch(ctx, t, payee, terms.PaymentHash)

	type result struct {
		p   lnd.Payment
		err error
	}
	results := make(chan result, 1)
	pay := func() {
		p, err := c.Pay(ctx, request(bolt11, 4_000))
		results <- result{p, err}
	}
	go pay()
	next(node.HoldAccepted)
	tap.Cut()
	lost := arrives(ctx, t, "the loss of the answer", results)
	require.ErrorIs(t, lost.err, node.ErrLightningAway)
	require.Equal(t, lnd.PayUnknown, lost.p.Outcome)
	require.Equal(t, [32]byte(terms.PaymentHash), lost.p.PaymentHash)
	tap.Restore()

	var tracked lnd.Payment
	require.Eventually(t, func() bool {
		tracked, err = c.Track(ctx, terms.PaymentHash)
		return err == nil
	}, patience, 50*time.Millisecond)
	require.Equal(t, lnd.PayInFlight, tracked.Outcome)
	repeated, err := c.Pay(ctx, request(bolt11, 4_000))
	require.NoError(t, err)
	require.Equal(t, lnd.PayInFlight, repeated.Outcome)

	require.NoError(t, payee.SettleHold(ctx, preimage))
	paid, err := c.Await(ctx, terms.PaymentHash)
	require.NoError(t, err)
	require.Equal(t, lnd.PaySucceeded, paid.Outcome)
	require.Equal(t, lnd.Preimage(preimage), paid.Preimage)
	require.Equal(t, int64(4_000),
		must(payee.LookupHold(ctx, terms.PaymentHash)).AmountSat)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
