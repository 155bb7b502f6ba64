package node

import (
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// transition is a line of the program's log about something that an entry did to a wallet, a
// spend or a breaker. It is written once the entry is durable. Its attribute "event" is a name that
// stays (docs/operating.md lists them); texts, invoices and preimages are not in it.
type transition struct {
	text  string
	about []any
}

// transitions are those of an entry that was just applied.
func transitions(s *ledger.State, e *op.Entry) (list []transition) {
	if !movesWallets(e.Event.Kind) {
		return budgetsSet(s, e.Seq)
	}
	content, err := e.Event.Decoded()
	if err != nil {
		return nil // it was applied
	}
	switch c := content.(type) {
	case *op.OpenWallet:
		w := s.WalletAt(s.Wallets()-1, e.Stamp.TimeMs)
		list = append(list, transition{"a wallet was opened", []any{"event", "wallet-opened", "wallet", w.ID, "owner", w.Owner.String(), "parent", w.Parent, "seq", e.Seq}})
	case *op.CloseWallet:
		list = append(list, transition{"a wallet was closed", []any{"event", "wallet-closed", "wallet", c.Wallet, "seq", e.Seq}})
	case *op.Spend:
		list = spendSteps(s, ledger.SpendID(c), e.Seq)
	case *op.ApproveSpend:
		list = append([]transition{{"a spend was approved", []any{"event", "spend-approved", "spend", c.Spend, "by", e.Event.PubKey.String(), "seq", e.Seq}}},
			spendSteps(s, c.Spend, e.Seq)...)
	case *op.SpendSubmitted:
		list = spendSteps(s, c.Spend, e.Seq)
	case *op.SpendSettled:
		list = spendSteps(s, c.Spend, e.Seq)
	case *op.SpendFailed:
		list = spendSteps(s, c.Spend, e.Seq)
	case *op.Reconciled:
		list = spendSteps(s, c.Payout, e.Seq)
	case *op.ResetBreaker:
		list = append(list, breakerReset(s, c.Trip, e.Seq))
	}
	return append(list, budgetsSet(s, e.Seq)...)
}

func movesWallets(k op.Kind) bool {
	switch k {
	case op.KindOpenWallet, op.KindCloseWallet, op.KindSpend, op.KindApproveSpend, op.KindResetBreaker,
		op.KindSpendSubmitted, op.KindSpendSettled, op.KindSpendFailed, op.KindReconciled:
		return true
	}
	return false
}

// spendSteps are the steps that an entry made of a spend: one that LND had paid already makes
// several.
func spendSteps(s *ledger.State, id string, seq uint64) (list []transition) {
	x, _ := s.Spend(id)
	for _, step := range x.Steps {
		if step.Seq == seq {
			list = append(list, spendStep(&x, step))
		}
	}
	return list
}

func spendStep(x *view.Payment, step view.PaymentStep) transition {
	about := []any{"event", "spend-" + step.State, "spend", x.ID, "wallet", x.Wallet, "type", x.Type, "amount_msat", x.AmountMsat,
		"budget", step.Budget, "before_msat", step.BeforeMsat, "after_msat", step.AfterMsat, "seq", step.Seq}
	switch step.State {
	case "submitted":
		about = append(about, "paid_msat", x.PaidMsat)
	case "settled":
		about = append(about, "paid_msat", x.PaidMsat, "fee_msat", x.FeeMsat)
	case "failed":
		about = append(about, "reason", x.Reason)
	}
	return transition{"a spend went on", about}
}

func breakerReset(s *ledger.State, id op.ID, seq uint64) transition {
	t, _ := s.Trip(id)
	about := []any{"scope", t.Scope, "subject", t.Subject, "cause", t.Cause, "signed", len(t.Resets), "seq", seq}
	if t.Closed != seq {
		return transition{"closing a breaker was signed", append([]any{"event", "breaker-reset-signed"}, about...)}
	}
	return transition{"a breaker was reset", append([]any{"event", "breaker-reset"}, about...)}
}

// budgetsSet are the budgets that an entry set: by the operator, by the owner of a part, or by a
// decision that it executed.
func budgetsSet(s *ledger.State, seq uint64) (list []transition) {
	for _, id := range s.BudgetsSetBy(seq) {
		w, _ := s.Wallet(id, 0)
		if w.Budget == nil {
			list = append(list, transition{"a budget was taken back", []any{"event", "budget-ended", "wallet", id, "seq", seq}})
			continue
		}
		b := w.Budget
		list = append(list, transition{"a budget was set", []any{"event", "budget-set", "wallet", id, "by", b.By, "budget", b.Version,
			"pool", b.Terms.Pool, "refill_msat", b.Terms.RefillMsat, "period_s", b.Terms.PeriodS, "cap_msat", b.Terms.CapMsat, "until_ms", b.Terms.UntilMs, "seq", seq}})
	}
	return list
}
