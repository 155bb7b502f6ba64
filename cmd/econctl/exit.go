package main

import (
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
		return fmt.Sprintf("%s\t%d\t%d", oneLine(p.Pool), p.AmountSat, p.FeeLimitSat)
	}))
	fmt.Fprintf(&b, "To leave for no less: econctl exit %s --for-good --least %d\n", proposal, sat)
	return b.String()
}

func newExit(a *app) *cobra.Command {
	var yes bool
	var least int64
	c := &cobra.Command{
		Use:   "exit PROPOSAL [--for-good [--least SAT]]",
		Short: "Leave the economy when a decision that you voted against is executed",
		Long: "Show what leaving would bring: your share of the pools that the constitution\n" +
			"shares. With --for-good announce it: your share is set aside, and when the decision\n" +
			"is executed your stakes are released, your delegations and open ballots end, and your\n" +
			"key can do nothing any more but claim what it is owed. If it is not, you stay; but if\n" +
			"it fails because more leave by it than may, you leave without a share.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			id, err := parseID("PROPOSAL", list[0])
			if err != nil {
				return err
			}
			if least < 0 || least > 0 && !yes {
				return cli.Usagef("--least is a number of sats, and goes with --for-good")
			}
			if yes {
				return a.submitAndPrint(c.Context(), op.KindExit, op.Exit{Proposal: id, LeastSat: least},
					"Once it is executed claim your share: econctl payout list --agent YOUR-KEY --state claimable")
			}
			self, err := a.self()
			if err != nil {
				return err
			}
			return shown(c.Context(), a, a.econd.QuoteExit(id, self), func(q view.ExitQuote) string { return exitText(q, id) })
		},
	}
	c.Flags().BoolVar(&yes, "for-good", false, "announce that you leave; there is no way back for this key")
	c.Flags().Int64Var(&least, "least", 0, "refuse if the payouts would come to less than `SAT`")
	return c
}
