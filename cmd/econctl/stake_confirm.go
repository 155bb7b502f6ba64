package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/keeper"
	"github.com/econd/econd/node/op"
)

// stakeConfirm states what the agent's LND shows of a hold.
func stakeConfirm(a *app) *cobra.Command {
	return long(command("confirm HOLD", "State that your own LND holds the sats of a hold", withID("HOLD", func(ctx context.Context, id op.ID) error {
		h, err := a.hold(ctx, id)
		if err != nil {
			return err
		}
		if a.dryRun {
			return a.showConfirm(h)
		}
		c, err := a.shownBy(ctx, h)
		if err != nil {
			return err
		}
		return a.submitAndPrint(ctx, op.KindHoldConfirmed, c)
	})),
		"State that your own LND has the payment of a hold in flight: what it shows of it, not what",
		"econd says. Where both say the same the hold counts as confirmed, whole on tracks with",
		"weight.unconfirmed_ppm. Where econd does not enter a lock, or says of a hold that is still",
		"held that it has ended, your word stands in the log against the operator's.",
		"",
		"stake lock --pay, stake pay and stake keep do it by themselves.")
}

// shownBy is what the agent's LND shows of a hold's payment.
func (a *app) shownBy(ctx context.Context, h hold) (op.HoldConfirmed, error) {
	if h.PaymentHash == nil {
		return op.HoldConfirmed{}, fmt.Errorf("the hold is %s, it has no invoice yet", oneLine(h.State))
	}
	node, err := a.lightning()
	if err != nil {
		return op.HoldConfirmed{}, err
	}
	p, err := node.Track(ctx, l402.Hash(*h.PaymentHash), false)
	if err != nil {
		return op.HoldConfirmed{}, err
	}
	return keeper.Confirmation(h.Hold, p)
}

// confirmLock confirms a hold that was just locked, and shows it as it is then. The sats are locked
// whether or not it succeeds, so a failure is told and ends nothing.
func (a *app) confirmLock(ctx context.Context, h hold) hold {
	if !keeper.Unconfirmed(h.Hold) {
		return h
	}
	c, err := a.shownBy(ctx, h)
	if err == nil {
		_, err = a.submit(ctx, op.KindHoldConfirmed, c)
	}
	if err == nil {
		var now hold
		if now, err = a.hold(ctx, h.ID); err == nil {
			return now
		}
	}
	fmt.Fprintf(a.stderr, "econctl: the hold is locked and not confirmed: %s; go on with: econctl stake confirm %s\n", plain(err.Error()), h.ID)
	return h
}
