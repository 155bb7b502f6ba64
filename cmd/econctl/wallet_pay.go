package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// payFlags say what is paid, what for, and how often it is meant.
type payFlags struct {
	purpose, keysend, to, memo, key, method, data string
	msat, feeMsat, count                          int64
	headers                                       []string
	check                                         bool
	wait                                          time.Duration
}

func walletPay(a *app) *cobra.Command {
	var f payFlags
	c := long(command("pay WALLET [INVOICE_OR_URL]", "Pay an invoice, a node, a lightning address or a paid URL from a wallet", func(ctx context.Context, list []string) error {
		r, err := a.spendRequest(list[1:], f)
		if err != nil {
			return err
		}
		return a.payFrom(ctx, list[0], r, f)
	}),
		"Pay a BOLT11 invoice, a node (--keysend), a lightning address (--to) or what a URL",
		"asks for by L402, from a wallet. Its rules decide; --dry-run says what they would say,",
		"with their numbers, and pays nothing.",
		"",
		"The same request again is the same payment: it is never paid twice. To mean a second",
		"one, say so: --count 2, or another --ref.")
	fl := c.Flags()
	fl.StringVar(&f.purpose, "purpose", "", "what for, a-z, 0-9, - and _ (needed)")
	fl.StringVar(&f.keysend, "keysend", "", "pay this `NODE`, 66 hex digits, which asked for nothing")
	fl.StringVar(&f.to, "to", "", "pay this lightning address, name@host")
	fl.Int64Var(&f.msat, "msat", 0, "how much, in thousandths of a sat; of a URL at most")
	fl.Int64Var(&f.feeMsat, "fee-msat", -1, "what the route may cost (default: as the economy's payouts)")
	fl.StringVar(&f.key, "ref", "", "your own name for this payment")
	fl.Int64Var(&f.count, "count", 0, "the how-manieth payment of this sort you mean")
	fl.StringVar(&f.memo, "memo", "", "a note for yourself; the log has a salted hash of it")
	fl.StringVar(&f.method, "method", "", "of a URL: HTTP method (default GET, POST with --data)")
	fl.StringVar(&f.data, "data", "", "of a URL: body; @FILE for a file, @- for the standard input")
	fl.StringArrayVarP(&f.headers, "header", "H", nil, "of a URL: `HEADER` to send, \"Name: value\"; may be repeated")
	fl.BoolVar(&f.check, "dry-run", false, "say what the rules would say, with their numbers; nothing is signed or paid")
	fl.DurationVar(&f.wait, "wait", 20*time.Second, "how long to wait for its end, at most 25s")
	return c
}

// spendRequest is what the arguments and flags ask for.
func (a *app) spendRequest(list []string, f payFlags) (view.SpendRequest, error) {
	r := view.SpendRequest{AmountMsat: f.msat, Purpose: f.purpose, Key: f.key, Count: f.count, Texts: op.SpendTexts{Memo: f.memo}}
	if f.feeMsat >= 0 {
		r.FeeLimitMsat = &f.feeMsat
	}
	if f.purpose == "" {
		return r, cli.Usagef("--purpose is needed: what is it for?")
	}
	switch {
	case f.keysend != "" && f.to == "" && len(list) == 0:
		r.Type = op.SpendKeysend
		if err := r.Node.UnmarshalText([]byte(f.keysend)); err != nil {
			return r, cli.Usagef("--keysend: %v", err)
		}
	case f.to != "" && f.keysend == "" && len(list) == 0:
		r.Type, r.Address = op.SpendAddress, strings.ToLower(f.to)
	case len(list) == 1 && f.to == "" && f.keysend == "":
		return a.payableText(r, list[0], f)
	default:
		return r, cli.Usagef("name one of: an invoice or a URL, --keysend NODE, --to ADDRESS")
	}
	if f.msat <= 0 {
		return r, cli.Usagef("--msat is needed: how much, in thousandths of a sat?")
	}
	return r, nil
}

func (a *app) payableText(r view.SpendRequest, text string, f payFlags) (view.SpendRequest, error) {
	if u, err := url.Parse(text); err != nil || u.Host == "" {
		r.Type, r.Texts.Invoice = op.SpendInvoice, strings.TrimPrefix(strings.ToLower(text), "lightning:")
		return r, nil
	}
	r.Type, r.Texts.URL, r.Texts.Method = op.SpendURL, text, strings.ToUpper(f.method)
	if f.data != "" {
		data, err := a.readArg(f.data)
		if err != nil {
			return r, err
		}
		r.Texts.Body = data
		if r.Texts.Method == "" {
			r.Texts.Method = "POST"
		}
	}
	for _, h := range f.headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return r, cli.Usagef(`header: must be "Name: value"`)
		}
		if r.Texts.Header == nil {
			r.Texts.Header = map[string]string{}
		}
		r.Texts.Header[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	return r, nil
}

// payFrom pays from a wallet, or says what the rules would say.
func (a *app) payFrom(ctx context.Context, wallet string, r view.SpendRequest, f payFlags) error {
	id, err := a.walletNamed(ctx, wallet)
	if err != nil {
		return err
	}
	if f.check {
		v, err := a.econd.CheckSpend(ctx, id, r)
		if err != nil {
			return err
		}
		return a.print(v, checkText(v))
	}
	v, err := a.econd.Spend(ctx, id, r, f.wait)
	if err != nil {
		return err
	}
	return a.printSpent(v)
}

func checkText(v view.SpendCheck) string {
	var b strings.Builder
	switch {
	case v.Payment != nil && v.Payment.State != "failed":
		fmt.Fprintf(&b, "%s is %s already: the same request is the same payment\n", oneLine(v.ID), oneLine(v.Payment.State))
	case !v.Allowed:
		fmt.Fprintf(&b, "refused by %s: %s\n", oneLine(v.Refused.Rule), oneLine(v.Refused.Text))
	case v.Approvals:
		fmt.Fprintf(&b, "%s would wait for approvals\n", oneLine(v.ID))
	default:
		fmt.Fprintf(&b, "%s would be paid: %d msat and at most %d for the route\n", oneLine(v.ID), v.Content.AmountMsat, v.Content.FeeLimitMsat)
	}
	if v.Trace == nil {
		return b.String()
	}
	for _, s := range v.Trace.Rules {
		mark := "ok"
		if !s.Passed {
			mark = "no"
		}
		fmt.Fprintf(&b, "  %s  %-10s %s\n", mark, s.Rule, oneLine(s.Sentence()))
	}
	b.WriteString("Nothing was signed or paid.\n")
	return b.String()
}

// printSpent prints what became of a payment. The answer of an origin goes to the standard
// output alone, as that of a call does.
func (a *app) printSpent(v view.SpendResult) error {
	if a.asJSON || v.Response == nil {
		if err := a.print(v, paymentText(v.Payment)); err != nil {
			return err
		}
	} else {
		fmt.Fprint(a.stderr, paymentText(v.Payment))
		if _, err := a.stdout.Write(v.Response.Body); err != nil {
			return err
		}
	}
	switch {
	case v.Payment.State == "failed" && v.Response != nil && v.Response.Status < 300: // it wanted no payment
		return nil
	case v.Payment.State == "failed":
		return cli.WithCode(exitUnpaid, fmt.Errorf("%s failed: %s; nothing was paid", oneLine(v.Payment.ID), oneLine(v.Payment.Reason)))
	case v.Failure != "":
		return cli.WithCode(exitUnserved, fmt.Errorf("paid, and there is no answer yet: %s; ask again: econctl wallet result %s", oneLine(v.Failure), oneLine(v.Payment.ID)))
	case v.Response != nil && v.Response.Status >= 300:
		return &serviceError{oneLine(v.Payment.Origin), fmt.Sprint(v.Response.Status), v.Response.Status}
	}
	return nil
}

func paymentText(p view.Payment) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s, %s for %s, ", oneLine(p.ID), oneLine(p.State), oneLine(p.Type), oneLine(p.Purpose))
	switch p.State {
	case "settled":
		fmt.Fprintf(&b, "%d msat and %d msat for the route\n", p.PaidMsat, p.FeeMsat)
	default:
		fmt.Fprintf(&b, "at most %d msat and %d msat for the route\n", p.AmountMsat, p.FeeLimitMsat)
	}
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "  entry %-6d %s  %-9s  available %d -> %d msat\n", s.Seq, instant(s.TimeMs), oneLine(s.State), s.BeforeMsat, s.AfterMsat)
	}
	switch p.State {
	case "asked":
		b.WriteString("  It waits for approvals: econctl wallet approve " + oneLine(p.ID) + "\n")
	case "reserved", "submitted":
		b.WriteString("  It goes on by itself: econctl wallet result " + oneLine(p.ID) + "\n")
	case "failed":
		b.WriteString("  reason  " + oneLine(p.Reason) + "\n")
	}
	return b.String()
}

func walletResult(a *app) *cobra.Command {
	var wait time.Duration
	c := command("result PAYMENT", "What became of a payment, with the answer of a URL that was paid", func(ctx context.Context, list []string) error {
		v, err := a.econd.SpendResult(ctx, list[0], wait)
		if err != nil {
			return err
		}
		return a.printSpent(v)
	})
	c.Flags().DurationVar(&wait, "wait", 0, "how long to wait for its end, at most 25s")
	return c
}
