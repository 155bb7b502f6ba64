package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/econd/econd/node/budget"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// methodSend is the call by which econd has LND pay.
const methodSend = "/routerrpc.Router/SendPaymentV2"

// wallets: an agent spends sats of a pool within a budget that a decision gave it.
func (s *story) wallets(ctx context.Context) error {
	if err := s.ctl(ctx, s.provider, new(done), "wallet", "open", "errands"); err != nil {
		return err
	}
	wallet := ledger.WalletID(s.id, s.provider.pubkey, "errands")
	node := s.consumer.lnd.IdentityPubkey
	if err := s.spendRefused(ctx, "no-budget", "--keysend", node, "--msat", "1000", "--purpose", "thanks"); err != nil {
		return err
	}
	if err := s.budgetByDecision(ctx, wallet); err != nil {
		return err
	}
	if err := s.spendWithin(ctx, wallet); err != nil {
		return err
	}
	if err := s.callWithin(ctx, wallet); err != nil {
		return err
	}
	if err := s.spendRefused(ctx, "cap", "--keysend", node, "--msat", "200001", "--fee-msat", "0", "--purpose", "thanks"); err != nil {
		return err
	}
	return s.crashAtSend(ctx, wallet, node)
}

// spendRefused must be refused by a rule, before anything is signed.
func (s *story) spendRefused(ctx context.Context, rule string, args ...string) error {
	said, err := s.refused(ctx, "econctl", s.ctlArgs(s.provider, append([]string{"wallet", "pay", "errands"}, args...))...)
	if err != nil {
		return err
	}
	if err := holds(strings.Contains(said, rule), "a payment is refused by %q, want rule %s", said, rule); err != nil {
		return err
	}
	s.out.ok("refused by its rules, nothing is sent: %s", firstLine(said))
	return nil
}

func (s *story) budgetByDecision(ctx context.Context, wallet string) error {
	terms := &budget.Terms{Pool: "governance", RefillMsat: 500_000, CeilingMsat: 500_000, PeriodS: 86_400, CapMsat: 200_000,
		Recipients: []string{budget.Any}, Purposes: []string{"weather", "thanks"}, UntilMs: time.Now().Add(time.Hour).UnixMilli()}
	var d done
	action := op.EncodeContent(ledger.Budget{Type: constitution.ActionBudget, Wallet: wallet, Terms: terms})
	if err := s.ctl(ctx, s.provider, &d, "propose", "--track", "budget", "--title", "Errands", "--action", action, "--pay", "--max-sats", "11000"); err != nil {
		return err
	}
	if err := s.pass(ctx, d.ID, s.provider); err != nil {
		return err
	}
	if _, err := s.untilState(ctx, d.ID, "executed"); err != nil {
		return err
	}
	w, err := s.api.Wallet(wallet).Get(ctx)
	if err != nil {
		return err
	}
	if err := holds(w.Budget != nil && w.Budget.By == "decision" && w.Budget.Figures.AvailableMsat == 500_000, "the wallet is %+v", w); err != nil {
		return err
	}
	s.out.ok("a decision gives the provider's wallet 500 sat a day of pool governance, at most 200 at once")
	return nil
}

// spendWithin pays an invoice from the wallet, and asks for the very same again.
func (s *story) spendWithin(ctx context.Context, wallet string) error {
	invoice, err := s.net.Consumer.NewInvoice(ctx, 50, "weather")
	if err != nil {
		return err
	}
	line := []string{"wallet", "pay", "errands", invoice.PaymentRequest, "--purpose", "weather", "--memo", "for the demo"}
	var v view.SpendResult
	if err := s.ctl(ctx, s.provider, &v, line...); err != nil {
		return err
	}
	if err := holds(v.Payment.State == "settled" && v.Payment.PaidMsat == 50_000, "the payment is %+v", v.Payment); err != nil {
		return err
	}
	if err := s.received(ctx, v.Payment.PaymentHash, 50); err != nil {
		return err
	}
	var again view.SpendResult
	if err := s.ctl(ctx, s.provider, &again, line...); err != nil {
		return err
	}
	if err := holds(again.Replay && again.Payment.ID == v.Payment.ID, "the same request again: %+v", again); err != nil {
		return err
	}
	w, err := s.api.Wallet(wallet).Get(ctx)
	if err != nil {
		return err
	}
	left := 500_000 - 50_000 - v.Payment.FeeMsat
	s.out.ok("it pays 50 sat within it, entry %d; the same request again is the same payment; %d msat are left", v.Payment.Seq, w.Budget.Figures.AvailableMsat)
	return holds(w.Budget.Figures.AvailableMsat == left, "%d msat are left, want %d", w.Budget.Figures.AvailableMsat, left)
}

// callWithin buys from the provider's aperture: econd gets the 402, holds its price against the
// budget, pays, and returns the answer. The token is used again while it lasts.
func (s *story) callWithin(ctx context.Context, wallet string) error {
	line := []string{"call", s.weather.URL() + "/v1/weather/porto", "--wallet", "errands", "--purpose", "weather"}
	var v view.SpendResult
	if err := s.ctl(ctx, s.provider, &v, line...); err != nil {
		return err
	}
	if err := holds(v.Payment.State == "settled" && v.Payment.PaidMsat == 120_000 && v.Response != nil && v.Response.Status == 200, "the call is %+v", v); err != nil {
		return err
	}
	before, err := s.api.Wallet(wallet).Get(ctx)
	if err != nil {
		return err
	}
	s.out.ok("402 from aperture, held against the budget, %d sat paid, then: %s", v.Payment.PaidMsat/1000, strings.TrimSpace(string(v.Response.Body)))
	if err := s.ctl(ctx, s.provider, &v, line...); err != nil {
		return err
	}
	after, err := s.api.Wallet(wallet).Get(ctx)
	if err != nil {
		return err
	}
	s.out.ok("the same call again is the same payment: nothing more was paid")
	return holds(before.Budget.Figures.AvailableMsat == after.Budget.Figures.AvailableMsat && v.Response != nil && v.Response.Status == 200, "the second call: %+v", v)
}

// received checks what the consumer's LND has of an invoice.
func (s *story) received(ctx context.Context, hash op.Hash, sat int64) error {
	inv, err := s.net.Consumer.LookupInvoice(ctx, hash[:])
	if err != nil {
		return err
	}
	return holds(inv.AmtPaidSat == sat, "the consumer's LND has %d sat of %s", inv.AmtPaidSat, hex.EncodeToString(hash[:]))
}

// crashAtSend kills econd after LND was told to pay and before econd heard of it.
func (s *story) crashAtSend(ctx context.Context, wallet, node string) error {
	answered := s.tap.Withhold(methodSend)
	var v view.SpendResult
	if err := s.ctl(ctx, s.provider, &v, "wallet", "pay", "errands", "--keysend", node, "--msat", "70000", "--purpose", "thanks", "--wait", "0s"); err != nil {
		return err
	}
	if err := s.killAt(ctx, answered, "paid"); err != nil {
		return err
	}
	var p view.Payment
	err := until(ctx, "the payment is settled", func() (ok bool, err error) {
		p, err = s.api.Payment(v.Payment.ID).Get(ctx)
		return p.State == "settled", err
	})
	if err != nil {
		return err
	}
	if err := s.received(ctx, p.PaymentHash, 70); err != nil {
		return err
	}
	steps := ""
	for _, t := range p.Steps {
		steps += fmt.Sprintf(" %s (entry %d)", t.State, t.Seq)
	}
	s.out.ok("started again: paid once, as the consumer's LND shows:%s", steps)
	return s.sameHead(ctx, "paid")
}
