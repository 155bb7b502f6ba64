package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/budget"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

func newWallet(a *app) *cobra.Command {
	return cli.Group("wallet", "Spend from the pools by a budget",
		walletList(a), walletShow(a), walletOpen(a), walletClose(a), walletPay(a), walletPayments(a),
		shows(a, "payment PAYMENT", "Show a payment, its steps and what the rules said", word, (*client.Client).Payment, paymentText),
		walletResult(a), walletStatement(a),
		submits(a, "approve PAYMENT", "Approve a payment that waits for approvals", op.KindApproveSpend,
			func(list []string) (any, error) { return op.ApproveSpend{Spend: list[0]}, nil }),
		walletBudget(a))
}

func newBreaker(a *app) *cobra.Command {
	return cli.Group("breaker", "What holds new payments back",
		lists(a, "list", "List breakers that opened for the sake of the sats", whole((*client.Client).Breakers),
			table[view.Trip]{"BREAKER\tSCOPE\tCAUSE\tSTATE", func(t view.Trip) string {
				state := "open"
				if t.Closed != 0 {
					state = fmt.Sprintf("closed by entry %d", t.Closed)
				}
				return cells(t.ID, strings.TrimSpace(t.Scope+" "+t.Subject), t.Cause, state) + "\n" + oneLine(t.Figures)
			}}), breakerReset(a))
}

func breakerReset(a *app) *cobra.Command {
	var reason string
	c := submits(a, "reset BREAKER --reason TEXT", "Sign that a breaker be closed", op.KindResetBreaker, ofID("BREAKER", func(id op.ID) any {
		return op.ResetBreaker{Trip: id, Reason: reason}
	}))
	c.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return c
}

// walletNamed finds a wallet by its id, or one's own by its name.
func (a *app) walletNamed(ctx context.Context, text string) (string, error) {
	if strings.HasPrefix(text, "wallet-") {
		return text, nil
	}
	self, err := a.self()
	if err != nil {
		return "", err
	}
	_, mine, _, err := collected(ctx, a.econd.Wallets(client.WalletsFilter{Owner: self}), 0)
	if err != nil {
		return "", err
	}
	var names []string
	for _, w := range mine {
		if w.Name == text {
			return w.ID, nil
		}
		names = append(names, w.Name)
	}
	return "", cli.Usagef("WALLET: you have no wallet %q; yours are: %s", text, strings.Join(append(names, "(an id is wallet-...)"), ", "))
}

func walletList(a *app) *cobra.Command {
	var owner string
	c := lists(a, "list", "List your wallets, or another agent's", func(a *app, c *client.Client) (client.List[view.Wallet], error) {
		key, err := a.agentOrMe("owner", owner)
		return c.Wallets(client.WalletsFilter{Owner: key}), err
	}, table[view.Wallet]{"WALLET\tNAME\tAVAILABLE MSAT\tBUDGET BY\tSTATE", func(w view.Wallet) string {
		available, by := "-", "nobody: nothing is spent"
		if w.Budget != nil {
			available, by = fmt.Sprint(w.Budget.Figures.AvailableMsat), w.Budget.By
		}
		return cells(w.ID, w.Name, available, by, walletState(w))
	}})
	c.Flags().StringVar(&owner, "owner", "", "another agent's key, hex or npub (default: your own)")
	return c
}

func walletState(w view.Wallet) string {
	switch {
	case !w.Open:
		return "closed"
	case w.Breaker:
		return "held by a breaker"
	}
	return "open"
}

func walletShow(a *app) *cobra.Command {
	return reading(a, "show WALLET", "Show a wallet, its budget and what of it is left", func(ctx context.Context, list []string) error {
		id, err := a.walletNamed(ctx, list[0])
		if err != nil {
			return err
		}
		w, raw, err := a.reads().Wallet(id).Text(ctx)
		if err != nil {
			return err
		}
		return a.print(raw, walletText(w))
	})
}

func walletText(w view.Wallet) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s of %s, %s\n", oneLine(w.ID), oneLine(w.Name), w.Owner, walletState(w))
	if w.Parent != "" {
		fmt.Fprintf(&b, "  a part of %s\n", oneLine(w.Parent))
	}
	if w.Budget == nil {
		b.WriteString("  It has no budget: nothing is spent from it. A decision sets one, or the operator.\n")
		return b.String()
	}
	f, t := w.Budget.Figures, w.Budget.Terms
	fmt.Fprintf(&b, "  available  %d msat until %s\n", f.AvailableMsat, instant(f.PeriodEndMs))
	fmt.Fprintf(&b, "  spent      %d msat of this period's %d, %d msat set aside\n", f.SpentMsat, f.AllowanceMsat, f.ReservedMsat)
	fmt.Fprintf(&b, "  at once    at most %d msat, routing fees included\n", t.CapMsat)
	fmt.Fprintf(&b, "  to         %s\n", oneLine(strings.Join(t.Recipients, ", ")))
	if len(t.Purposes) > 0 {
		fmt.Fprintf(&b, "  for        %s\n", oneLine(strings.Join(t.Purposes, ", ")))
	}
	fmt.Fprintf(&b, "  from pool  %s, until %s, set by the %s (entry %d)\n", oneLine(t.Pool), instant(t.UntilMs), oneLine(w.Budget.By), w.Budget.Seq)
	if t.Approvals != nil {
		fmt.Fprintf(&b, "  above %d msat %d of %d approve\n", t.Approvals.AboveMsat, t.Approvals.M, len(t.Approvals.Keys))
	}
	return b.String()
}

func walletOpen(a *app) *cobra.Command {
	var parent, terms, spender, service string
	c := long(command("open NAME", "Open a wallet, or a part of one", func(ctx context.Context, list []string) (err error) {
		o := op.OpenWallet{Name: list[0], Service: service}
		if parent != "" {
			if o.Parent, err = a.walletNamed(ctx, parent); err != nil {
				return err
			}
		}
		if terms != "" {
			if o.Terms, err = a.readTerms(terms); err != nil {
				return err
			}
		}
		if spender != "" {
			if o.Spender, err = anyAgent(spender); err != nil {
				return err
			}
		}
		return a.submitAndPrint(ctx, op.KindOpenWallet, o, "See it: econctl wallet list")
	}),
		"Open a wallet. Nothing is spent from it until a decision or the operator sets its",
		"budget. With --parent it is a part of another wallet of yours, with --terms as its",
		"budget: that can only narrow, and both hold. --spender lets another key spend from it.")
	c.Flags().StringVar(&parent, "parent", "", "wallet that it is a part of")
	c.Flags().StringVar(&terms, "terms", "", "budget of a part, as JSON; @FILE for a file")
	c.Flags().StringVar(&spender, "spender", "", "another key that may spend from it, hex or npub")
	c.Flags().StringVar(&service, "service", "", "what it is for")
	return c
}

func (a *app) readTerms(arg string) (*budget.Terms, error) {
	text, err := a.readArg(arg)
	if err != nil {
		return nil, err
	}
	t := new(budget.Terms)
	if err := op.Unmarshal(text, "terms", t); err != nil {
		return nil, cli.Usage(err)
	}
	if err := t.Validate("terms"); err != nil {
		return nil, cli.Usage(err)
	}
	return t, nil
}

func walletClose(a *app) *cobra.Command {
	return command("close WALLET", "End a wallet and its parts; what is under way goes on", func(ctx context.Context, list []string) error {
		id, err := a.walletNamed(ctx, list[0])
		if err != nil {
			return err
		}
		return a.submitAndPrint(ctx, op.KindCloseWallet, op.CloseWallet{Wallet: id})
	})
}

func walletBudget(a *app) *cobra.Command {
	return long(command("budget WALLET TERMS", "As the operator, set a wallet's budget within the constitution's bounds", func(ctx context.Context, list []string) error {
		o := op.WalletBudget{Wallet: list[0]}
		if list[1] != "none" {
			terms, err := a.readTerms(list[1])
			if err != nil {
				return err
			}
			o.Terms = terms
		}
		return a.submitAndPrint(ctx, op.KindWalletBudget, o)
	}),
		"As the operator, set a wallet's budget within the bounds of wallets.operator of the",
		"constitution. TERMS is JSON, @FILE for a file, or none to take back what you had set.",
		"Other budgets are set by a decision: an action of type budget.")
}

func walletPayments(a *app) *cobra.Command {
	var state string
	c := listing(a, "payments WALLET", "List what was spent from a wallet", func(ctx context.Context, list []string, limit int) error {
		id, err := a.walletNamed(ctx, list[0])
		if err != nil {
			return err
		}
		return shownList(ctx, a, a.reads().Payments(client.PaymentsFilter{Wallet: id, State: state}), limit,
			table[view.Payment]{"PAYMENT\tSTATE\tMSAT\tFEE MSAT\tFOR\tTO", func(p view.Payment) string {
				return cells(p.ID, p.State, max(p.PaidMsat, p.AmountMsat), p.FeeMsat, p.Purpose, payeeOf(p))
			}})
	})
	c.Flags().StringVar(&state, "state", "", "only asked, reserved, submitted, settled or failed ones")
	return c
}

func payeeOf(p view.Payment) string {
	switch {
	case p.Address != "":
		return p.Address
	case p.Origin != "":
		return p.Origin
	}
	return p.Node.String()
}

// errMonth says how a month is written.
var errMonth = errors.New("--month: must be YEAR-MONTH, such as 2026-11")

func walletStatement(a *app) *cobra.Command {
	var month string
	c := long(reading(a, "statement WALLET", "What was spent from a wallet, as CSV, with sums by month and purpose as JSON", func(ctx context.Context, list []string) error {
		if _, err := time.Parse("2006-01", month); month != "" && err != nil {
			return cli.Usage(errMonth)
		}
		id, err := a.walletNamed(ctx, list[0])
		if err != nil {
			return err
		}
		_, all, _, err := collected(ctx, a.reads().Payments(client.PaymentsFilter{Wallet: id, State: "settled"}), 0)
		if err != nil {
			return err
		}
		if a.asJSON {
			return a.print(summaryOf(all, month), "")
		}
		return writeStatement(a, all, month)
	}),
		"Every payment that was settled, one a line: time (UTC), payment, purpose, payee, msat,",
		"fee in msat, entry. With --json the sums of each month and purpose.")
	c.Flags().StringVar(&month, "month", "", "only this month, such as 2026-11 (default: all)")
	return c
}

// settledAt is when a payment was settled.
func settledAt(p view.Payment) time.Time {
	return time.UnixMilli(p.Steps[len(p.Steps)-1].TimeMs).UTC()
}

func writeStatement(a *app, all []view.Payment, month string) error {
	w := csv.NewWriter(a.stdout)
	rows := [][]string{{"time", "payment", "purpose", "payee", "msat", "fee_msat", "entry"}}
	for _, p := range all {
		at := settledAt(p)
		if month != "" && at.Format("2006-01") != month {
			continue
		}
		rows = append(rows, []string{at.Format(time.RFC3339), p.ID, p.Purpose, payeeOf(p), fmt.Sprint(p.PaidMsat), fmt.Sprint(p.FeeMsat),
			fmt.Sprint(p.Steps[len(p.Steps)-1].Seq)})
	}
	return w.WriteAll(rows)
}

// monthOf sums a month and a purpose.
type monthOf struct {
	Month   string `json:"month"`
	Purpose string `json:"purpose"`
	Count   int64  `json:"count"`
	Msat    int64  `json:"msat"`
	FeeMsat int64  `json:"fee_msat"`
}

func summaryOf(all []view.Payment, month string) json.RawMessage {
	var list []*monthOf
	at := map[[2]string]*monthOf{}
	for _, p := range all {
		k := [2]string{settledAt(p).Format("2006-01"), p.Purpose}
		if month != "" && k[0] != month {
			continue
		}
		if at[k] == nil {
			at[k] = &monthOf{Month: k[0], Purpose: k[1]}
			list = append(list, at[k])
		}
		at[k].Count++
		at[k].Msat += p.PaidMsat
		at[k].FeeMsat += p.FeeMsat
	}
	text, err := json.Marshal(map[string]any{"sums": list})
	if err != nil {
		panic("econctl: sums do not encode: " + err.Error())
	}
	return text
}
