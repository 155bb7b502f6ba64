package lnd_test

import (
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/routerrpc"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/devnet"
	"github.com/econd/econd/node/lnd"
)

func TestHoldIsOpenedPaidAndSettled(t *testing.T) {
	ctx, n := network(t)
	c := operator(ctx, t, n)
	preimage, terms := newHold(25_000)

	before, err := c.LookupHold(ctx, terms.PaymentHash)
	require.NoError(t, err)
	require.Equal(t, node.Hold{}, before)
	require.ErrorIs(t, c.SettleHold(ctx, preimage), lnd.ErrUnknownHold)
	require.ErrorIs(t, c.CancelHold(ctx, terms.PaymentHash),
		lnd.ErrUnknownHold)

	bolt11, err := c.OpenHold(ctx, terms)
	require.NoError(t, err)
	again, err := c.OpenHold(ctx, terms)
	require.NoError(t, err)
	require.Equal(t, bolt11, again, "the same terms are the same invoice")
	other := terms
	other.AmountSat++
	_, err = c.OpenHold(ctx, other)
	require.ErrorIs(t, err, lnd.ErrHoldConflict)
	require.ErrorIs(t, c.SettleHold(ctx, preimage), lnd.ErrHoldOpen)

	next, done := watch(ctx, t, c, terms.PaymentHash)
	open := next(node.HoldOpen)
	require.Zero(t, open.AmountSat)
	require.Zero(t, open.ExpiryHeight)

	tip, _, err := c.BestBlock(ctx)
	require.NoError(t, err)
	paying, err := n.Consumer.StartPay(ctx, bolt11)
	require.NoError(t, err)
	locked := next(node.HoldAccepted)
	require.Equal(t, int64(25_000), locked.AmountSat)
	require.GreaterOrEqual(t, locked.ExpiryHeight, tip+144)
	require.Less(t, locked.ExpiryHeight, tip+144+20)

	require.NoError(t, c.SettleHold(ctx, preimage))
	require.NoError(t, c.SettleHold(ctx, preimage), "twice is once")
	taken := next(node.HoldSettled)
	require.Equal(t, int64(25_000), taken.AmountSat)
	require.NoError(t, arrives(ctx, t, "the end of the watch", done))
	require.ErrorIs(t, c.CancelHold(ctx, terms.PaymentHash),
		node.ErrHoldSettled)
	result, err := paying.Result(ctx)
	require.NoError(t, err)
	require.Equal(t, lnrpc.Payment_SUCCEEDED, result.Status)
}

func TestHoldIsCancelledAndThePayerHasItsSatsBack(t *testing.T) {
	ctx, n := network(t)
	c := operator(ctx, t, n)
	preimage, terms := newHold(30_000)
	next, done := watch(ctx, t, c, terms.PaymentHash) // before there is one
	bolt11, err := c.OpenHold(ctx, terms)
	require.NoError(t, err)
	paying, err := n.Consumer.StartPay(ctx, bolt11)
	require.NoError(t, err)
	next(node.HoldAccepted)

	require.NoError(t, c.CancelHold(ctx, terms.PaymentHash))
	require.ErrorIs(t, c.CancelHold(ctx, terms.PaymentHash), lnd.ErrUnknownHold, "LND forgets what is cancelled")
	require.Zero(t, next(node.HoldCancelled).AmountSat)
	require.NoError(t, arrives(ctx, t, "the end of the watch", done))
	require.ErrorIs(t, c.SettleHold(ctx, preimage), lnd.ErrUnknownHold)
	_, err = paying.Result(ctx)
	require.ErrorIs(t, err, devnet.ErrPaymentFailed)

	state, err := c.LookupHold(ctx, terms.PaymentHash)
	require.NoError(t, err)
	require.Equal(t, node.HoldUnknown, state.Status)
}

func TestUnpaidHoldIsWithdrawn(t *testing.T) {
	ctx, n := network(t)
	c := operator(ctx, t, n)
	_, terms := newHold(1000)
	_, err := c.OpenHold(ctx, terms)
	require.NoError(t, err)
	next, done := watch(ctx, t, c, terms.PaymentHash)
	next(node.HoldOpen)
	require.NoError(t, c.CancelHold(ctx, terms.PaymentHash))
	require.NoError(t, arrives(ctx, t, "the end of the watch", done))
}

func TestHoldTermsAreChecked(t *testing.T) {
	ctx, n := network(t)
	c := operator(ctx, t, n)
	for name, change := range map[string]func(r *node.HoldRequest){
		"AmountSat":     func(r *node.HoldRequest) { r.AmountSat = 0 },
		"CltvBlocks 17": func(r *node.HoldRequest) { r.CltvBlocks = 17 },
		"CltvBlocks 2001": func(r *node.HoldRequest) {
			r.CltvBlocks = 2001
		},
		"ExpirySec 0": func(r *node.HoldRequest) { r.ExpirySec = 0 },
		"ExpirySec 31539600": func(r *node.HoldRequest) {
			r.ExpirySec = 8761 * 3600
		},
	} {
		_, terms := newHold(1000)
		change(&terms)
		_, err := c.OpenHold(ctx, terms)
		require.ErrorIs(t, err, lnd.ErrInvalid, name)
		require.ErrorContains(t, err, name)
	}
	for _, cltv := range []uint32{lnd.MinHoldCltv, lnd.MaxHoldCltv} {
		_, terms := newHold(1000)
		terms.CltvBlocks = cltv
		_, err := c.OpenHold(ctx, terms)
		require.NoError(t, err)
	}
}

// Each step is carried out by LND while its answer is lost; the repetition
// finds it done.
func TestHoldStepsDoneButUnanswered(t *testing.T) {
	ctx, n := network(t)
	c, tap := tapped(ctx, t, n, n.Operator)
	preimage, terms := newHold(12_000)
	unanswered := func(method string, step func() error) {
		t.Helper()
		answered := tap.Withhold("/invoicesrpc.Invoices/" + method)
		failed := make(chan error, 1)
		go func() { failed <- step() }()
		arrives(ctx, t, method, answered)
		tap.Release()
		require.ErrorIs(t, arrives(ctx, t, "the failure", failed),
			node.ErrLightningAway)
	}
	var bolt11 string
	open := func() (err error) {
		bolt11, err = c.OpenHold(ctx, terms)
		return err
	}
	unanswered("AddHoldInvoice", open)
	require.NoError(t, open())

	next, _ := watch(ctx, t, c, terms.PaymentHash)
	paying, err := n.Consumer.StartPay(ctx, bolt11)
	require.NoError(t, err)
	next(node.HoldAccepted)
	settle := func() error { return c.SettleHold(ctx, preimage) }
	unanswered("SettleInvoice", settle)
	require.NoError(t, settle())
	_, err = paying.Result(ctx)
	require.NoError(t, err)

	_, terms = newHold(1000)
	require.NoError(t, open())
	cancel := func() error { return c.CancelHold(ctx, terms.PaymentHash) }
	unanswered("CancelInvoice", cancel)
	require.ErrorIs(t, cancel(), lnd.ErrUnknownHold, "it is done and forgotten")
}

// While LND is away calls say so at once, and a watch goes on afterwards.
func TestWatchSurvivesLNDKilledAndBack(t *testing.T) {
	ctx, n := network(t)
	c := operator(ctx, t, n)
	_, terms := newHold(15_000)
	bolt11, err := c.OpenHold(ctx, terms)
	require.NoError(t, err)
	next, done := watch(ctx, t, c, terms.PaymentHash)
	next(node.HoldOpen)
	paying, err := n.Consumer.StartPay(ctx, bolt11)
	require.NoError(t, err)
	next(node.HoldAccepted)

	n.Operator.Kill()
	_, err = c.LookupHold(ctx, terms.PaymentHash)
	require.ErrorIs(t, err, node.ErrLightningAway)
	_, err = c.Info(ctx)
	require.ErrorIs(t, err, node.ErrLightningAway)
	_, _, err = c.BestBlock(ctx)
	require.ErrorIs(t, err, node.ErrLightningAway)

	require.NoError(t, n.Operator.Start(ctx))
	require.NoError(t, n.WaitChannels(ctx))
	require.Eventually(t, func() bool {
		err := c.CancelHold(ctx, terms.PaymentHash)
		return err == nil || errors.Is(err, lnd.ErrUnknownHold)
	}, patience, 100*time.Millisecond)
	next(node.HoldCancelled)
	require.NoError(t, arrives(ctx, t, "the end of the watch", done))
	_, err = paying.Result(ctx)
	require.ErrorIs(t, err, devnet.ErrPaymentFailed)

	// Leave the shared network as it was found. The payer's LND blames the
	// route for the failure and would avoid it for a minute.
	_, err = routerrpc.NewRouterClient(n.Consumer.Conn()).ResetMissionControl(
		ctx, &routerrpc.ResetMissionControlRequest{})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		bolt11, _, err := c.AddInvoice(ctx, 1000, "", time.Minute)
		if err != nil {
			return false
		}
		_, err = n.Consumer.Pay(ctx, bolt11)
		return err == nil
	}, patience, 100*time.Millisecond)
}

func TestInvoiceForL402(t *testing.T) {
	ctx, n := network(t)
	c := operator(ctx, t, n)
	none, err := c.LookupInvoice(ctx, [32]byte{1})
	require.NoError(t, err)
	require.Zero(t, none, "no such invoice")
	bolt11, hash, err := c.AddInvoice(ctx, 1_500_000, "one call", time.Minute)
	require.NoError(t, err)
	open, err := c.LookupInvoice(ctx, hash)
	require.NoError(t, err)
	require.Equal(t, lnd.Invoice{Known: true, Memo: "one call",
		CreatedUnix: open.CreatedUnix}, open)
	paid, err := n.Consumer.Pay(ctx, bolt11)
	require.NoError(t, err)
	require.Equal(t, int64(1_500_000), paid.ValueMsat)
	settled, err := c.LookupInvoice(ctx, hash)
	require.NoError(t, err)
	require.GreaterOrEqual(t, settled.SettledUnix, open.CreatedUnix)
	require.Equal(t, lnd.Invoice{Known: true, Settled: true, Memo: "one call",
		PaidMsat: 1_500_000, CreatedUnix: open.CreatedUnix,
		SettledUnix: settled.SettledUnix}, settled)
	preimage, err := hexBytes(paid.PaymentPreimage)
	require.NoError(t, err)
	require.Equal(t, hash, sha256.Sum256(preimage))

	for _, bad := range []struct {
		msat   int64
		expiry time.Duration
	}{{0, time.Minute}, {-1, time.Minute}, {1000, 0}, {1000, 8761 * time.Hour}} {
		_, _, err := c.AddInvoice(ctx, bad.msat, "", bad.expiry)
		require.ErrorIs(t, err, lnd.ErrInvalid)
	}
}
