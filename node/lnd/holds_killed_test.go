package lnd_test

import (
	"errors"
	"testing"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/devnet/devnettest"
	"github.com/econd/econd/node/lnd"
)

// LND is killed while a hold is opened, settled or cancelled. Whether it had done the step or not,
// the step is asked for again and is done once: the invoice is that of the same terms, who
// paid has the preimage, or its sats back.
func TestHoldStepsWhileLNDIsKilled(t *testing.T) {
	_, n := network(t)
	ctx := devnettest.Context(t, 6*time.Minute)
	c := operator(ctx, t, n)
	// killed kills LND some time into a step, and starts it again.
	killed := func(after time.Duration, step func() error) {
		t.Helper()
		answer := make(chan error, 1)
		go func() { answer <- step() }()
		time.Sleep(after)
		n.Operator.Kill()
		if err := arrives(ctx, t, "the answer", answer); err != nil {
			require.ErrorIs(t, err, node.ErrLightningAway)
		}
		require.NoError(t, n.Operator.Start(ctx))
		require.NoError(t, n.WaitChannels(ctx))
	}
	// again repeats a step until it is done, or was.
	again := func(step func() error, was error) {
		t.Helper()
		require.Eventually(t, func() bool {
			err := step()
			return err == nil || was != nil && errors.Is(err, was)
		}, patience, 100*time.Millisecond)
	}
	for _, after := range []time.Duration{5 * time.Millisecond} {
		preimage, terms := newHold(9000)
		var bolt11 string
		open := func() (err error) {
			bolt11, err = c.OpenHold(ctx, terms)
			return err
		}
		settle := func() error { return c.SettleHold(ctx, preimage) }
		killed(after, open)
		again(open, nil)
		same := bolt11
		require.NoError(t, open())
		require.Equal(t, same, bolt11)

		next, done := watch(ctx, t, c, terms.PaymentHash)
		paying, err := n.Consumer.StartPay(ctx, bolt11)
		require.NoError(t, err)
		next(node.HoldAccepted)
		killed(after, settle)
		again(settle, nil)
		require.EqualValues(t, 9000, next(node.HoldSettled).AmountSat)
		require.NoError(t, arrives(ctx, t, "the end of the watch", done))
		paid, err := paying.Result(ctx)
		require.NoError(t, err)
		require.Equal(t, lnrpc.Payment_SUCCEEDED, paid.Status)

		_, terms = newHold(1000)
		require.NoError(t, open())
		cancel := func() error { return c.CancelHold(ctx, terms.PaymentHash) }
		killed(after, cancel)
		again(cancel, lnd.ErrUnknownHold)
		left, err := c.LookupHold(ctx, terms.PaymentHash)
		require.NoError(t, err)
		// LND forgets what was cancelled, sooner or later.
		require.Contains(t, []node.HoldStatus{node.HoldUnknown, node.HoldCancelled}, left.Status)
	}
}
