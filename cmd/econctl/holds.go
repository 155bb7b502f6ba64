package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet"
)

// Bounds of waiting for econd and LND.
const (
	holdWait = 90 * time.Second
	holdPoll = 300 * time.Millisecond
)

// purposeDeposit is the purpose of a hold whose sats go into a pool.
const purposeDeposit = "deposit"

// hold is a stake, collateral, bond or deposit, and econd's answer that shows it.
type hold struct {
	view.Hold
	raw json.RawMessage
}

// holdView is what commands that deal with a hold print as JSON. Hold is
// econd's own view of it, null where a track asks for no collateral.
type holdView struct {
	done
	Hold json.RawMessage `json:"hold"`
}

func holdText(h view.Hold) string {
	t := fmt.Sprintf("%s of %d sat is %s\n", oneLine(h.Purpose), h.AmountSat, oneLine(h.State))
	if h.Purpose == purposeDeposit {
		t = depositText(h)
	}
	if h.Reason != "" {
		t += "reason  " + oneLine(h.Reason) + "\n"
	}
	if h.Confirmed != "" {
		t += "confirmed " + confirmedText(h) + "\n"
	}
	if h.Contradicts != "" {
		t += fmt.Sprintf("CONTRADICTED in its %s: its agent says by entry %d that its own node holds %d sat until height %d\n",
			oneLine(h.Contradicts), h.AgentSays.Seq, h.AgentSays.AmountSat, h.AgentSays.ExpiryHeight)
	}
	if h.Renewal != (view.Renewal{}) {
		t += "renewal " + renewalText(h.Renewal) + "\n"
	}
	if h.State == "offered" {
		t += "invoice " + oneLine(h.Invoice) + "\n" +
			fmt.Sprintf("Pay it to %s the sats: econctl stake pay %s --max-sats %d\n", paying(h), h.ID, h.AmountSat)
	}
	return t
}

// confirmedText says whose word it is that a hold is locked.
func confirmedText(h view.Hold) string {
	switch h.Confirmed {
	case "agent":
		return "by the agent: its own node holds it"
	case "renewal":
		return "by the agent, of the hold before it"
	}
	return "by nobody: it is the operator's word"
}

// depositText says of a deposit where its sats are: nobody forfeits anything.
func depositText(h view.Hold) string {
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
	return fmt.Sprintf("deposit of %d sat is %s\n", sat, oneLine(h.State))
}

// paying is what paying the hold's invoice does with the sats.
func paying(h view.Hold) string {
	if h.Purpose == purposeDeposit {
		return "give"
	}
	return "lock"
}

func renewalText(r view.Renewal) string {
	at := "it returns"
	if r.AtRisk {
		at = "it is forfeited"
	}
	when := fmt.Sprintf("renew from height %d (in %d blocks, perhaps %s)", r.DueHeight, r.BlocksLeft, instant(r.EstimateMs))
	if r.BlocksLeft == 0 {
		when = "renew now"
	}
	return fmt.Sprintf("%s, before %d: else %s", when, r.EndHeight, at)
}

// holdPay goes on where a lock or proposal with --pay broke off. LND pays an
// invoice once, so repeating it is safe.
func holdPay(a *app, what string) *cobra.Command {
	return command("pay HOLD", "Pay the hold invoice of a "+what+" that is not locked yet", withID("HOLD", func(ctx context.Context, id op.ID) error {
		h, err := a.awaitHold(ctx, id, "requested")
		if err != nil {
			return err
		}
		if h, err = a.payHold(ctx, h, 0); err != nil {
			return err
		}
		return a.print(h.raw, holdText(h.Hold))
	}))
}

// hold asks for the state of a hold, which costs nothing.
func (a *app) hold(ctx context.Context, id op.ID) (h hold, err error) {
	h.Hold, h.raw, err = a.econd.Stake(id).Text(ctx)
	if err == nil {
		err = sameHold(id, h)
	}
	return h, err
}

// awaitHold waits while the hold is in a state.
func (a *app) awaitHold(ctx context.Context, id op.ID, state string) (hold, error) {
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

// statedSat is how many sats an operation names for its hold, and its agent so agreed to; 0
// where the rules say, which is paid up to max-sats without asking.
func statedSat(content any) int64 {
	switch c := content.(type) {
	case op.LockStake:
		return c.AmountSat
	case op.Deposit:
		return c.AmountSat
	}
	return 0
}

// submitHold submits an operation that asks for a hold, waits for its invoice, pays it
// if asked to, and prints where it stands.
func (a *app) submitHold(ctx context.Context, kind op.Kind, content any, pay bool) error {
	d, err := a.submit(ctx, kind, content)
	if err != nil {
		return err
	}
	h, err := a.awaitHold(ctx, d.Receipt.ID, "requested")
	if kind == op.KindPropose && client.IsStatus(err, http.StatusNotFound) {
		return a.print(holdView{d, json.RawMessage("null")}, d.line()+"no collateral is needed\n")
	}
	if err == nil && pay {
		h, err = a.payHold(ctx, h, statedSat(content))
	}
	if err != nil {
		return fmt.Errorf("%s is recorded, id %s, and its hold is not locked: %w", d.Kind, d.ID, err)
	}
	d.PaidSat = a.paidSat()
	return a.print(holdView{d, h.raw}, d.line()+holdText(h.Hold))
}

// payHold pays a hold invoice that the log is proved to offer, and waits until econd sees it
// locked. amount is what the agent asked for, 0 where the rules say how much. The payment
// then stays in flight, for days, until the hold ends.
func (a *app) payHold(ctx context.Context, h hold, amount int64) (hold, error) {
	if h.State != "offered" {
		return h, nil
	}
	if amount != 0 && h.AmountSat != amount {
		return h, fmt.Errorf("it asks for %d sat, not for the %d that were named: not paid", h.AmountSat, amount)
	}
	o, err := a.offer(ctx, h.Hold)
	if err != nil {
		return h, err
	}
	if a.dryRun {
		return h, a.showHold(h, o.Invoice())
	}
	do := paying(h.Hold)
	if h.AmountSat > max(amount, a.cfg.MaxSats) && (a.asJSON || !a.ask(fmt.Sprintf("%s %d sat as %s? [y/N] ", strings.ToUpper(do[:1])+do[1:], h.AmountSat, oneLine(h.Purpose)))) {
		return h, cli.WithCode(exitUnpaid, fmt.Errorf("it asks for %d sat, the limit is %d sat: not paid; to accept it: econctl stake pay %s --max-sats %d",
			h.AmountSat, max(amount, a.cfg.MaxSats), h.ID, h.AmountSat))
	}
	node, err := a.lightning()
	if err != nil {
		return h, err
	}
	hash := l402.Hash(o.PaymentHash())
	paying, err := node.Start(ctx, wallet.PayRequest{Invoice: o.Invoice(), Hash: hash,
		FeeLimitMsat: wallet.FeeLimitMsat(1000 * o.AmountSat()), CltvLimit: wallet.HoldCltvLimit, Timeout: wallet.DefaultPayTimeout})
	if err != nil {
		return h, fmt.Errorf("pay the hold invoice: %w; go on with: econctl stake pay %s", err, h.ID)
	}
	if h, err = a.awaitLock(ctx, node, h, hash, paying); err != nil {
		return h, err
	}
	return a.confirmLock(ctx, h), nil
}

// awaitLock waits until the hold is no longer merely offered, or its payment
// failed.
func (a *app) awaitLock(ctx context.Context, node lightningNode, h hold, hash l402.Hash, p wallet.Payment) (hold, error) {
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
			return now, fmt.Errorf("the hold is %s: %s", oneLine(now.State), oneLine(now.Reason))
		}
		if time.Now().After(deadline) {
			return now, cli.WithCode(exitUnknown, fmt.Errorf("the payment is %v and econd does not see it locked after %v; look again with: econctl stake show %s", p.State, holdWait, h.ID))
		}
		if err := backoff.Sleep(ctx, holdPoll); err != nil {
			return now, err
		}
		if latest, err := node.Track(ctx, hash, false); err == nil {
			p = latest
		}
	}
}
