package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/keeper"
	"github.com/econd/econd/node/offer"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet"
)

// Lightning is the agent's Lightning node, by which holds are locked; *lndwallet.Node is one.
type Lightning = keeper.Lightning

// LockTerms bound the payment of a hold. The zero value stands for what is said at each.
type LockTerms struct {
	FeeLimitMsat int64         // 0: wallet.FeeLimitMsat
	CltvLimit    uint32        // blocks, the route included; 0: wallet.HoldCltvLimit
	Timeout      time.Duration // to find a route; 0: wallet.DefaultPayTimeout
	Every        time.Duration // how often econd and the node are looked at; 0: 300 ms
}

// ErrNotConfirmed says that a hold is locked and that it is not stated that the agent's own node holds
// it. Its weight may count for less; Confirm goes on.
var ErrNotConfirmed = errors.New("the hold is locked and not confirmed")

// Lock pays what the log offers, waits until econd sees it locked, and states what the agent's node
// shows of it, where the rules know that: its weight is not the operator's word alone then. It
// returns the hold as econd shows it last. ctx bounds the wait; a Lock that was broken off goes on with
// the same offer, whose payment is made once. Errors: wallet.ErrPayment where the payment failed,
// ErrNotConfirmed, and as for One.Get and Submit.
func (c *Client) Lock(ctx context.Context, node Lightning, o offer.Offer, terms LockTerms) (view.Hold, error) {
	if terms.FeeLimitMsat == 0 {
		terms.FeeLimitMsat = wallet.FeeLimitMsat(1000 * o.AmountSat())
	}
	if terms.CltvLimit == 0 {
		terms.CltvLimit = wallet.HoldCltvLimit
	}
	if terms.Timeout == 0 {
		terms.Timeout = wallet.DefaultPayTimeout
	}
	if terms.Every == 0 {
		terms.Every = 300 * time.Millisecond
	}
	hash := l402.Hash(o.PaymentHash())
	p, err := node.Start(ctx, wallet.PayRequest{Invoice: o.Invoice(), Hash: hash,
		FeeLimitMsat: terms.FeeLimitMsat, CltvLimit: terms.CltvLimit, Timeout: terms.Timeout})
	if err != nil {
		return view.Hold{}, fmt.Errorf("hold %s: %w", o.Hold(), err)
	}
	h, err := c.awaitLocked(ctx, node, o.Hold(), p, hash, terms.Every)
	if err != nil || !keeper.Unconfirmed(h) {
		return h, err
	}
	if _, err := c.Confirm(ctx, node, h); err != nil {
		return h, fmt.Errorf("hold %s: %w: %w", h.ID, ErrNotConfirmed, err)
	}
	return c.present().Stake(h.ID).Get(ctx)
}

// awaitLocked waits until a hold is no longer merely offered, or its payment failed.
func (c *Client) awaitLocked(ctx context.Context, node Lightning, id op.ID, p wallet.Payment, hash l402.Hash, every time.Duration) (view.Hold, error) {
	for {
		h, err := c.present().Stake(id).Get(ctx)
		switch {
		case err != nil:
			return h, err
		case h.State != "offered":
			return h, nil
		case p.State == wallet.Failed:
			return h, fmt.Errorf("hold %s: %w: %s", id, wallet.ErrPayment, p.Reason)
		}
		if err := backoff.Sleep(ctx, every); err != nil {
			return h, err
		}
		if now, err := node.Track(ctx, hash, false); err == nil {
			p = now
		}
	}
}

// Confirm states what the agent's node shows of a hold's payment that it has in flight: the sats that
// arrive and the height at which they come back at the earliest. Errors: keeper.ErrNotShown where it
// shows none, then nothing is stated, and as for Submit.
func (c *Client) Confirm(ctx context.Context, node Lightning, h view.Hold) (view.Receipt, error) {
	if h.PaymentHash == nil {
		return view.Receipt{}, fmt.Errorf("%w: hold %s is %s, it has no invoice yet", keeper.ErrNotShown, h.ID, h.State)
	}
	p, err := node.Track(ctx, l402.Hash(*h.PaymentHash), false)
	if err != nil {
		return view.Receipt{}, err
	}
	content, err := keeper.Confirmation(h, p)
	if err != nil {
		return view.Receipt{}, err
	}
	e, err := c.Sign(ctx, op.KindHoldConfirmed, content)
	if err != nil {
		return view.Receipt{}, err
	}
	return c.Submit(ctx, e)
}

// present is the client whose reads say what is.
func (c *Client) present() *Client {
	now := *c
	now.at = ""
	return &now
}
