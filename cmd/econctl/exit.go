package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
)

// exitQuote is what leaving would bring, as econd shows it.
type exitQuote struct {
	Share   string       `json:"share"`
	OwnSat  uint64       `json:"own_sat"`
	OfSat   uint64       `json:"of_sat"`
	Refusal string       `json:"refusal"`
	Payouts []exitPayout `json:"payouts"`
}

type exitPayout struct {
	Pool        string `json:"pool"`
	AmountSat   int64  `json:"amount_sat"`
	FeeLimitSat int64  `json:"fee_limit_sat"`
}

func (q exitQuote) text(proposal string) string {
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
	b.WriteString(tableOf("POOL\tSAT\tFOR THE ROUTE, AT MOST", q.Payouts, func(p exitPayout) string {
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
				d, err := a.submit(c.Context(), op.KindExit, op.Exit{Proposal: id, LeastSat: least})
				if err != nil {
					return err
				}
				return a.print(d, d.line()+"Once it is executed claim your share: econctl payout list --agent YOUR-KEY --state claimable\n")
			}
			key, err := a.agentOrSelf(nil)
			if err != nil {
				return err
			}
			var q exitQuote
			raw, err := a.get(c.Context(), "/v1/proposals/"+id.String()+"/exits/"+key.String(), nil, &q)
			if err != nil {
				return err
			}
			return a.print(raw, q.text(id.String()))
		},
	}
	c.Flags().BoolVar(&yes, "for-good", false, "announce that you leave; there is no way back for this key")
	c.Flags().Int64Var(&least, "least", 0, "refuse if the payouts would come to less than `SAT`")
	return c
}
