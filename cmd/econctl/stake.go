package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/wallet"
)

// hold is a stake or collateral as econd shows it.
type hold struct {
	ID          string   `json:"id"`
	Agent       string   `json:"agent"`
	Purpose     string   `json:"purpose"`
	AmountSat   int64    `json:"amount_sat"`
	PaidSat     int64    `json:"paid_sat"`
	State       string   `json:"state"`
	Invoice     string   `json:"invoice"`
	PaymentHash string   `json:"payment_hash"`
	Reason      string   `json:"reason"`
	Renewal     *renewal `json:"renewal"`
	raw         json.RawMessage
}

// holdView is what commands that deal with a hold print as JSON. Hold is
// econd's own view of it, null where a track asks for no collateral.
type holdView struct {
	done
	Hold json.RawMessage `json:"hold"`
}

func (h hold) text() string {
	t := fmt.Sprintf("%s of %d sat is %s\n", h.Purpose, h.AmountSat, h.State)
	if h.Purpose == purposeDeposit {
		t = h.depositText()
	}
	if h.Reason != "" {
		t += "reason  " + oneLine(h.Reason) + "\n"
	}
	if h.Renewal != nil {
		t += "renewal " + h.Renewal.text() + "\n"
	}
	if h.State == "offered" {
		t += "invoice " + oneLine(h.Invoice) + "\n" +
			fmt.Sprintf("Pay it to %s the sats: econctl stake pay %s --max-sats %d\n", h.paying(), h.ID, h.AmountSat)
	}
	return t
}

// purposeDeposit is the purpose of a hold whose sats go into a pool.
const purposeDeposit = "deposit"

// depositText says of a deposit where its sats are: nobody forfeits anything.
func (h hold) depositText() string {
	sat := h.AmountSat
	if h.PaidSat > 0 {
		sat = h.PaidSat
	}
	switch h.State {
	case "locked", "forfeiting":
		return fmt.Sprintf("deposit of %d sat is paid and on its way into the pool\n", sat)
	case "forfeited":
		return fmt.Sprintf("deposit of %d sat is in the pool\n", sat)
	}
	return fmt.Sprintf("deposit of %d sat is %s\n", sat, h.State)
}

// paying is what paying the hold's invoice does with the sats.
func (h hold) paying() string {
	if h.Purpose == purposeDeposit {
		return "give"
	}
	return "lock"
}

// Bounds of waiting for econd and LND.
const (
	holdWait      = 90 * time.Second
	holdPoll      = 300 * time.Millisecond
	holdCltvLimit = 2016 // blocks; more than LND ever sends
)

func newStake(a *app) *cobra.Command {
	var pay bool
	lock := &cobra.Command{
		Use:   "lock AMOUNT_SAT",
		Short: "Ask for a stake; with --pay lock it at once",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			amount, err := strconv.ParseInt(list[0], 10, 64)
			if err != nil || amount <= 0 || amount > op.MaxInteger {
				return cli.Usagef("amount: must be a whole number of sats above 0")
			}
			d, err := a.submit(c.Context(), op.KindLockStake, op.LockStake{AmountSat: amount})
			if err != nil {
				return err
			}
			return a.reportHold(c.Context(), d, pay, amount)
		},
	}
	lock.Flags().BoolVar(&pay, "pay", false, "pay the hold invoice through your LND; the sats return when the stake is released")
	release := &cobra.Command{
		Use:   "release HOLD",
		Short: "Ask for a stake back",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			id, err := parseID("HOLD", list[0])
			if err != nil {
				return err
			}
			d, err := a.submit(c.Context(), op.KindReleaseStake, op.ReleaseStake{Stake: id})
			if err != nil {
				return err
			}
			return a.print(d, d.line())
		},
	}
	return cli.Group("stake", "Lock, show, keep and release stakes", lock, release, readsState(a, stakeShow(a)), readsState(a, stakeList(a)), holdPay(a, "stake"), stakeKeep(a))
}

func stakeShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show HOLD",
		Short: "Show a stake or collateral",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			if _, err := parseID("HOLD", list[0]); err != nil {
				return err
			}
			h, err := a.hold(c.Context(), list[0])
			if err != nil {
				return err
			}
			return a.print(h.raw, h.text())
		},
	}
}

// holdPay goes on where a lock or proposal with --pay broke off. LND pays an
// invoice once, so repeating it is safe.
func holdPay(a *app, what string) *cobra.Command {
	return &cobra.Command{
		Use:   "pay HOLD",
		Short: "Pay the hold invoice of a " + what + " that is not locked yet",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			if _, err := parseID("HOLD", list[0]); err != nil {
				return err
			}
			h, err := a.awaitHold(c.Context(), list[0], "requested")
			if err != nil {
				return err
			}
			if h, err = a.payHold(c.Context(), h, 0); err != nil {
				return err
			}
			return a.print(h.raw, h.text())
		},
	}
}

// hold asks for the state of a hold, which costs nothing.
func (a *app) hold(ctx context.Context, id string) (hold, error) {
	var h hold
	raw, err := a.get(ctx, "/v1/stakes/"+id, nil, &h)
	h.raw = raw
	return h, err
}

// awaitHold waits while the hold is in a state.
func (a *app) awaitHold(ctx context.Context, id, state string) (hold, error) {
	deadline := time.Now().Add(holdWait)
	for {
		h, err := a.hold(ctx, id)
		if err != nil || h.State != state {
			return h, err
		}
		if time.Now().After(deadline) {
			return h, fmt.Errorf("the hold is still %s after %v; look again with: econctl stake show %s", state, holdWait, id)
		}
		if err := backoff.Sleep(ctx, holdPoll); err != nil {
			return h, err
		}
	}
}

// reportHold waits for the invoice of an operation's hold, pays it if asked to,
// and prints where it stands. amount is what the agent agreed to; 0 for what
// the rules ask, up to max-sats without asking.
func (a *app) reportHold(ctx context.Context, d done, pay bool, amount int64) error {
	h, err := a.awaitHold(ctx, d.ID, "requested")
	if d.Kind == op.KindPropose.String() && isStatus(err, http.StatusNotFound) {
		return a.print(holdView{d, json.RawMessage("null")}, d.line()+"no collateral is needed\n")
	}
	if err == nil && pay {
		h, err = a.payHold(ctx, h, amount)
	}
	if err != nil {
		return fmt.Errorf("%s is recorded, id %s, and its hold is not locked: %w", d.Kind, d.ID, err)
	}
	d.PaidSat = a.paidSat()
	return a.print(holdView{d, h.raw}, d.line()+h.text())
}

// payHold pays a hold invoice and waits until econd sees it locked. The payment
// then stays in flight, for days, until the hold ends.
func (a *app) payHold(ctx context.Context, h hold, amount int64) (hold, error) {
	if h.State != "offered" {
		return h, nil
	}
	price, err := wallet.ReadInvoice(h.Invoice)
	if err != nil {
		return h, err
	}
	if !price.Is(h.AmountSat) || price.PaymentHash.String() != h.PaymentHash {
		return h, fmt.Errorf("the invoice is over %d msat for payment %s, the hold over %d sat for %s: not paid", price.AmountMsat, price.PaymentHash, h.AmountSat, h.PaymentHash)
	}
	if h.AmountSat > max(amount, a.cfg.MaxSats) && (a.asJSON || !a.ask(fmt.Sprintf("%s %d sat as %s? [y/N] ", strings.ToUpper(h.paying()[:1])+h.paying()[1:], h.AmountSat, h.Purpose))) {
		return h, fmt.Errorf("it asks for %d sat, the limit is %d sat: not paid; to accept it: econctl stake pay %s --max-sats %d",
			h.AmountSat, max(amount, a.cfg.MaxSats), h.ID, h.AmountSat)
	}
	node, err := a.lightning()
	if err != nil {
		return h, err
	}
	paying, err := node.Start(ctx, wallet.PayRequest{Invoice: h.Invoice, Hash: price.PaymentHash,
		FeeLimitMsat: max(10_000, price.AmountMsat/20), CltvLimit: holdCltvLimit, Timeout: wallet.DefaultPayTimeout})
	if err != nil {
		return h, fmt.Errorf("pay the hold invoice: %w; go on with: econctl stake pay %s", err, h.ID)
	}
	return a.awaitLock(ctx, node, h, price, paying)
}

// awaitLock waits until the hold is no longer merely offered, or its payment
// failed.
func (a *app) awaitLock(ctx context.Context, node lightningNode, h hold, price wallet.Price, p wallet.Payment) (hold, error) {
	for deadline := time.Now().Add(holdWait); ; {
		if p.State == wallet.Failed {
			return h, fmt.Errorf("%w: %s", wallet.ErrPayment, p.Reason)
		}
		now, err := a.hold(ctx, h.ID)
		if err != nil {
			return h, err
		}
		if now.State == "locked" || now.Purpose == purposeDeposit && (now.State == "forfeiting" || now.State == "forfeited") {
			return now, nil
		}
		if now.State != "offered" {
			return now, fmt.Errorf("the hold is %s: %s", now.State, oneLine(now.Reason))
		}
		if time.Now().After(deadline) {
			return now, fmt.Errorf("the payment is %v and econd does not see it locked after %v; look again with: econctl stake show %s", p.State, holdWait, h.ID)
		}
		if err := backoff.Sleep(ctx, holdPoll); err != nil {
			return now, err
		}
		if latest, err := node.Track(ctx, price.PaymentHash, false); err == nil {
			p = latest
		}
	}
}
