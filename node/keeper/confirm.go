package keeper

import (
	"context"
	"errors"
	"fmt"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet"
)

// ErrNotShown is that the agent's node does not show that it holds what a hold needs.
var ErrNotShown = errors.New("this Lightning node does not show that it holds it")

// Confirmation is what a node's payment says of a hold, for its agent to state. The error is
// ErrNotShown where the payment is not in flight, is not whole yet or its HTLCs are not shown.
func Confirmation(h view.Hold, p wallet.Payment) (op.HoldConfirmed, error) {
	sat := p.ArrivesMsat / 1000
	if h.PaymentHash == nil || p.State != wallet.InFlight || p.ExpiryHeight == 0 || sat < h.AmountSat {
		return op.HoldConfirmed{}, fmt.Errorf("%w: its payment is %v, over %d sat until height %d", ErrNotShown, p.State, sat, p.ExpiryHeight)
	}
	until := p.ExpiryHeight
	if h.LatestExpiry != 0 {
		until = min(until, h.LatestExpiry)
	}
	return op.HoldConfirmed{Hold: h.ID, PaymentHash: *h.PaymentHash, AmountSat: sat, ExpiryHeight: until}, nil
}

// Unconfirmed tells whether a locked hold waits for its agent's word. What the rules do not know, and
// what is confirmed by the hold before it and not yet by itself, are told apart by econd.
func Unconfirmed(h view.Hold) bool {
	return h.State == "locked" && (h.Confirmed == "operator" || h.Confirmed == "renewal")
}

// confirm states that the agent's node holds a hold, unless that is said already. It is repeated in
// the next round where it failed.
func (k *Keeper) confirm(ctx context.Context, h view.Hold) error {
	if !Unconfirmed(h) || h.PaymentHash == nil || len(k.cfg.Only) > 0 && !k.only[h.ID] {
		return nil
	}
	p, err := k.cfg.Lightning.Track(ctx, l402.Hash(*h.PaymentHash), false)
	if err != nil {
		return err
	}
	c, err := Confirmation(h, p)
	if err != nil {
		return err
	}
	if said := h.AgentSays; said.AmountSat == c.AmountSat && said.ExpiryHeight == c.ExpiryHeight {
		return fmt.Errorf("it is stated that this node holds %d sat until height %d, econd says %d sat until %d", c.AmountSat, c.ExpiryHeight, h.PaidSat, h.ExpiryHeight)
	}
	if k.cfg.BudgetSat > 0 && k.spent >= k.cfg.BudgetSat {
		return fmt.Errorf("%d sat of the budget of %d are spent", k.spent, k.cfg.BudgetSat)
	}
	sat, err := k.cfg.Econd.Confirm(ctx, c)
	k.spent += sat
	if err != nil {
		return err
	}
	k.tell(Event{What: Confirmed, Hold: h.ID.String(), Sat: c.AmountSat, Height: c.ExpiryHeight,
		Text: fmt.Sprintf("it is stated that this node holds the %s of %d sat until height %d", h.Purpose, c.AmountSat, c.ExpiryHeight)})
	return nil
}
