package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/view"
)

func newInfo(a *app) *cobra.Command {
	return reading(a, "info", "Show which economy econd keeps, its prices and the state of its log",
		func(ctx context.Context, _ []string) error {
			v, raw, err := a.reads().Info().Text(ctx)
			if err != nil {
				return err
			}
			if v.Economy == "" {
				return &client.NotEcondError{URL: a.cfg.Econd}
			}
			return a.print(raw, infoText(v))
		})
}

func infoText(v view.Info) string {
	text := fmt.Sprintf("economy      %s on %s\noperator     %s\nlog          %s, %d entries\nlog key      %s\nblock        %d\nversion      %s\n",
		oneLine(v.Economy), oneLine(v.Network), v.Operator, oneLine(v.Log.Origin), v.Size,
		oneLine(v.Log.VerifierKey), v.Clock.Height, oneLine(v.Version))
	for _, p := range v.Prices {
		text += fmt.Sprintf("price        %d sat for %s\n", p.Sat, oneLine(p.Resource))
	}
	for _, name := range v.Witnesses.Policy {
		text += fmt.Sprintf("witness      %s\n", oneLine(name))
	}
	return text + outsideText(v.Outside)
}

// outsideText says what executed proposals wait for.
func outsideText(o view.Outside) (text string) {
	for _, why := range o.Recovery {
		text += fmt.Sprintf("%-12s reads only: %s\n", "recovery", oneLine(why))
	}
	for _, w := range []struct {
		name    string
		on      bool
		pending int
		key     string
	}{{"payments", o.Payments, o.PaymentsPending, "lnd.pay_macaroon"}, {"webhooks", o.Webhooks, o.WebhooksPending, "webhooks.enabled"}} {
		switch {
		case !w.on:
			text += fmt.Sprintf("%-12s off, %d pending; the operator turns them on with %s in econd.yaml\n", w.name, w.pending, w.key)
		case w.pending > 0:
			text += fmt.Sprintf("%-12s %d pending\n", w.name, w.pending)
		}
	}
	return text
}
