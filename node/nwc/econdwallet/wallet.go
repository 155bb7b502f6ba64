// Package econdwallet is an econd wallet as a wallet of Nostr Wallet Connect: each payment is a
// spend that the agent's signer signs and the wallet's budget bounds, and nothing is paid otherwise.
//
// It guarantees that one key is one spend, whatever is lost on the way, and that a payment is
// said to have failed only where the log says so, or nothing was entered.
package econdwallet

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/nwc"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Purpose is what all spends are for, by their budgets.
const Purpose = "nwc"

// maxPayments bounds how many payments are looked through for a list.
const maxPayments = 10_000

// Econd is what is asked of econd; see Of.
type Econd interface {
	Info(context.Context) (view.Info, error)
	Wallet(ctx context.Context, id string) (view.Wallet, error)
	Payments(ctx context.Context, wallet string, most int) ([]view.Payment, error)
	CheckSpend(ctx context.Context, wallet string, r view.SpendRequest) (view.SpendCheck, error)
	PaySpend(ctx context.Context, content op.Spend, texts op.SpendTexts, wait time.Duration) (view.SpendResult, error)
	SpendResult(ctx context.Context, id string, wait time.Duration) (view.SpendResult, error)
}

// Of is econd through its client.
func Of(c *client.Client) Econd { return remote{c} }

type remote struct{ *client.Client }

func (r remote) Info(ctx context.Context) (view.Info, error) { return r.Client.Info().Get(ctx) }

func (r remote) Wallet(ctx context.Context, id string) (view.Wallet, error) {
	return r.Client.Wallet(id).Get(ctx)
}

func (r remote) Payments(ctx context.Context, wallet string, most int) (list []view.Payment, err error) {
	for p, err := range r.Client.Payments(client.PaymentsFilter{Wallet: wallet}).All(ctx) {
		if err != nil {
			return nil, err
		}
		if list = append(list, p); len(list) >= most {
			break
		}
	}
	return list, nil
}

// Wallet is one wallet. Its methods may be called concurrently.
type Wallet struct {
	econd Econd
	id    string
	wait  backoff.Pauses // between questions for what is not settled yet
}

var _ nwc.Wallet = (*Wallet)(nil)

// New names a wallet of econd's.
func New(econd Econd, id string) *Wallet {
	return &Wallet{econd: econd, id: id, wait: backoff.Pauses{First: 200 * time.Millisecond, Longest: 20 * time.Second}}
}

// Info implements nwc.Wallet.
func (w *Wallet) Info(ctx context.Context) (nwc.Info, error) {
	i, err := w.econd.Info(ctx)
	if err != nil {
		return nwc.Info{}, err
	}
	network := i.Network
	switch network {
	case "bitcoin", "main":
		network = "mainnet"
	case "testnet3", "testnet4":
		network = "testnet"
	}
	return nwc.Info{Alias: "econd " + i.Economy, Color: "#000000", PubKey: i.NodeKey.String(), Network: network,
		BlockHeight: int64(i.Clock.Height), BlockHash: i.Clock.Block.String()}, nil
}

// Balance implements nwc.Wallet: what the budget has available now. There is nothing else in a
// wallet.
func (w *Wallet) Balance(ctx context.Context) (int64, error) {
	v, err := w.econd.Wallet(ctx, w.id)
	if err != nil || v.Budget == nil || !v.Open {
		return 0, err
	}
	return v.Budget.Figures.AvailableMsat, nil
}

// Budget implements nwc.Wallet.
func (w *Wallet) Budget(ctx context.Context) (nwc.Budget, error) {
	v, err := w.econd.Wallet(ctx, w.id)
	if err != nil || v.Budget == nil {
		return nwc.Budget{Period: "never"}, err
	}
	f := v.Budget.Figures
	b := nwc.Budget{UsedMsat: f.SpentMsat + f.ReservedMsat, TotalMsat: f.AllowanceMsat, RenewsAt: f.PeriodEndMs / 1000}
	switch v.Budget.Terms.PeriodS {
	case 24 * 3600:
		b.Period = "daily"
	case 7 * 24 * 3600:
		b.Period = "weekly"
	}
	return b, nil
}

// Payments implements nwc.Wallet. The invoices themselves are with econd alone.
func (w *Wallet) Payments(ctx context.Context, from, until int64) ([]nwc.Transaction, error) {
	list, err := w.econd.Payments(ctx, w.id, maxPayments)
	if err != nil {
		return nil, err
	}
	var out []nwc.Transaction
	for _, p := range slices.Backward(list) {
		if t := transaction(p); from <= t.CreatedAt && t.CreatedAt <= until {
			out = append(out, t)
		}
	}
	return out, nil
}

// The states of a spend.
const (
	settled = "settled"
	failed  = "failed"
)

func transaction(p view.Payment) nwc.Transaction {
	t := nwc.Transaction{Type: nwc.Outgoing, State: nwc.Pending, AmountMsat: p.AmountMsat, FeesMsat: p.FeeMsat}
	if p.PaidMsat != 0 {
		t.AmountMsat = p.PaidMsat
	}
	if p.PaymentHash != (op.Hash{}) {
		t.PaymentHash = p.PaymentHash.String()
	}
	if n := len(p.Steps); n > 0 {
		t.CreatedAt = p.Steps[0].TimeMs / 1000
		if p.State == settled {
			t.SettledAt = p.Steps[n-1].TimeMs / 1000
		}
	}
	switch p.State {
	case settled:
		t.State, t.Preimage = nwc.Settled, p.Preimage.String()
	case failed:
		t.State = nwc.Failed
	}
	return t
}

// PayInvoice implements nwc.Wallet.
func (w *Wallet) PayInvoice(ctx context.Context, p nwc.PayInvoice) (nwc.Paid, error) {
	return w.pay(ctx, view.SpendRequest{Type: op.SpendInvoice, AmountMsat: p.AmountMsat, Purpose: Purpose, Texts: op.SpendTexts{Invoice: p.Invoice}, Key: p.Key})
}

// PayKeysend implements nwc.Wallet.
func (w *Wallet) PayKeysend(ctx context.Context, p nwc.PayKeysend) (nwc.Paid, error) {
	return w.pay(ctx, view.SpendRequest{Type: op.SpendKeysend, AmountMsat: p.AmountMsat, Purpose: Purpose, Node: op.NodeKey(p.Node), Key: p.Key})
}

// pay has a spend paid, or finds the one of that key, and waits for its end.
func (w *Wallet) pay(ctx context.Context, r view.SpendRequest) (nwc.Paid, error) {
	pauses := w.wait
	for {
		check, err := w.econd.CheckSpend(ctx, w.id, r)
		if err != nil {
			return nwc.Paid{}, told(err) // nothing was signed in this call
		}
		payment := check.Payment
		if payment == nil {
			switch {
			case !check.Allowed:
				return nwc.Paid{}, refused(check.Refused.Rule, check.Refused.Text)
			case check.Approvals:
				return nwc.Paid{}, nwc.Errorf(nwc.Restricted, "it needs approvals, for which a wallet program cannot wait: spend it by econctl wallet pay")
			}
			result, err := w.econd.PaySpend(ctx, check.Content, r.Texts, 20*time.Second)
			if err == nil {
				payment = &result.Payment
			} else if final := told(err); isRefusal(err) {
				return nwc.Paid{}, final
			}
		}
		if payment != nil {
			return w.end(ctx, *payment)
		}
		// It is not known whether it was entered: the check says so.
		if err := pauses.Sleep(ctx); err != nil {
			return nwc.Paid{}, err
		}
	}
}

// end waits for the end of a spend.
func (w *Wallet) end(ctx context.Context, p view.Payment) (nwc.Paid, error) {
	pauses := w.wait
	for {
		switch p.State {
		case settled:
			t := transaction(p)
			return nwc.Paid{Preimage: t.Preimage, FeesMsat: t.FeesMsat, PaymentHash: t.PaymentHash, CreatedAt: t.CreatedAt, SettledAt: t.SettledAt}, nil
		case failed:
			return nwc.Paid{}, nwc.Errorf(nwc.PaymentFailed, "%s", p.Reason)
		}
		if err := pauses.Sleep(ctx); err != nil {
			return nwc.Paid{}, err
		}
		// A spend that waits for approvals (its budget changed meanwhile) waits here, too.
		if result, err := w.econd.SpendResult(ctx, p.ID, 20*time.Second); err == nil {
			p = result.Payment
		} else if ctx.Err() != nil {
			return nwc.Paid{}, ctx.Err()
		}
	}
}

// isRefusal tells whether econd said no, for certain.
func isRefusal(err error) bool {
	var p *client.Problem
	return errors.As(err, &p) && p.Front == "" && p.Status >= 400 && p.Status < 500 && p.Status != http.StatusTooManyRequests &&
		p.Status != http.StatusRequestTimeout
}

// told is an error as a client may read it.
func told(err error) error {
	var p *client.Problem
	if errors.As(err, &p) && isRefusal(err) {
		return refused(p.Rule, p.Detail)
	}
	return err
}

// refused gives a rule that refused a spend its code of NIP-47.
func refused(rule, text string) *nwc.Error {
	code := nwc.Other
	switch rule {
	case "no-budget", "budget", "expiry", "cap", "period", "ceiling", "velocity":
		code = nwc.QuotaExceeded
	case "pool-funds":
		code = nwc.InsufficientBalance
	case "recipient", "purpose", "approvals", "max-waiting", "breaker", "breaker-open", "wallet-closed", "pause", "paused":
		code = nwc.Restricted
	case "spender", "own-wallet", "left", "wallet":
		code = nwc.Unauthorized
	case "hash-once", "hash-hold", "expired":
		code = nwc.PaymentFailed
	}
	if rule == "" {
		return nwc.Errorf(code, "%s", text)
	}
	return nwc.Errorf(code, "%s: %s", rule, text)
}
