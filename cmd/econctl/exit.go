package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// exitText says what leaving would bring.
func exitText(q view.ExitQuote, proposal op.ID) string {
	if q.Refusal != "" {
		return "You cannot leave now: " + oneLine(q.Refusal) + "\n"
	}
	var b strings.Builder
	if q.Share == "stake" {
		fmt.Fprintf(&b, "Your share is %d of %d sat of stake.\n", q.OwnSat, q.OfSat)
	} else {
		fmt.Fprintf(&b, "You brought %d of %d sat in.\n", q.OwnSat, q.OfSat)
	}
	var sat int64
	for _, p := range q.Payouts {
		sat += p.AmountSat
	}
	b.WriteString(tableOf("POOL\tSAT\tFOR THE ROUTE, AT MOST", q.Payouts, func(p view.ExitShare) string {
		return cells(p.Pool, p.AmountSat, p.FeeLimitSat)
	}))
	fmt.Fprintf(&b, "To leave for no less: econctl exit %s --for-good --least %d\n", proposal, sat)
	return b.String()
}

func newExit(a *app) *cobra.Command {
	var yes bool
	var least int64
	c := long(command("exit PROPOSAL [--for-good [--least SAT]]", "Leave the economy when a decision that you voted against is executed",
		withID("PROPOSAL", func(ctx context.Context, id op.ID) error {
			if least < 0 || least > 0 && !yes {
				return cli.Usagef("--least is a number of sats, and goes with --for-good")
			}
			if yes {
				return a.submitAndPrint(ctx, op.KindExit, op.Exit{Proposal: id, LeastSat: least},
					"Once it is executed claim your share: econctl payout list --agent YOUR-KEY --state claimable")
			}
			self, err := a.self()
			if err != nil {
				return err
			}
			q, raw, err := a.econd.QuoteExit(id, self).Text(ctx)
			if err != nil {
				return err
			}
			return a.print(raw, exitText(q, id))
		})),
		"Show what leaving would bring: your share of the pools that the constitution",
		"shares. With --for-good announce it: your share is set aside, and when the decision",
		"is executed your stakes are released, your delegations and open ballots end, and your",
		"key can do nothing any more but claim what it is owed. If it is not, you stay; but if",
		"it fails because more leave by it than may, you leave without a share.")
	c.Flags().BoolVar(&yes, "for-good", false, "announce that you leave; there is no way back for this key")
	c.Flags().Int64Var(&least, "least", 0, "refuse if the payouts would come to less than `SAT`")
	return c
}
