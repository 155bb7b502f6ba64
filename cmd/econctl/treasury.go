package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

func newPool(a *app) *cobra.Command {
	return cli.Group("pool", "Show the treasury pools and pay into them", poolList(a),
		locks(a, "deposit POOL AMOUNT_SAT", "Pay sats into a pool; they do not come back", "pay the invoice through your LND", op.KindDeposit,
			func(list []string) (any, error) {
				amount, err := parseSat(list[1])
				return op.Deposit{Pool: list[0], AmountSat: amount}, err
			}))
}

func poolList(a *app) *cobra.Command {
	return long(reading(a, "list", "List the treasury pools and what they hold", func(ctx context.Context, _ []string) error {
		p, err := a.reads().Pools().Page(ctx, "", 0)
		if err != nil {
			return err
		}
		return a.print(p.Text, tableOf("POOL\tFREE SAT\tPART OF WHAT IS FORFEITED", p.Items, func(p view.Pool) string {
			return cells(p.Name, p.Sat, signedPercent(p.SharePpm))
		}))
	}),
		"List the treasury pools and what they hold.",
		"",
		"Pool: sats of the economy, held by the operator's node, that decisions spend.",
		"It fills by deposits and by its part of what is forfeited.",
		"Free: what no decision has promised yet; a budget stays free until it is spent.",
		"Promised: payouts, grants, rewards and shares of leavers; these have left the pool.",
		"Locked: stakes, collateral and bonds; these are their owners' and in no pool.")
}

func newPayout(a *app) *cobra.Command {
	return cli.Group("payout", "Show and claim what the pools pay",
		payoutList(a), shows(a, "show PAYOUT", "Show a payout", word, (*client.Client).Payout, payoutText), payoutClaim(a))
}

func payoutText(p view.Payout) string {
	t := fmt.Sprintf("%s  %s of %d sat from %s to %s is %s\n", oneLine(p.ID), oneLine(p.Purpose), p.AmountSat, oneLine(p.Pool), p.Agent, oneLine(p.State))
	if p.Reason != "" {
		t += "  reason  " + oneLine(p.Reason) + "\n"
	}
	if p.State == "claimable" {
		t += fmt.Sprintf("  Until %s its agent claims it: lncli addinvoice --amt %d, then econctl payout claim %s INVOICE\n",
			time.UnixMilli(p.UntilMs).UTC().Format(time.RFC3339), p.AmountSat, oneLine(p.ID))
	}
	return t
}

func payoutClaim(a *app) *cobra.Command {
	return long(command("claim PAYOUT INVOICE", "Name the BOLT11 invoice that a payout to you is paid by", func(ctx context.Context, list []string) error {
		return a.submitAndPrint(ctx, op.KindClaim, op.Claim{Payout: list[0], Invoice: list[1]}, "See whether it is paid: econctl payout show "+list[0])
	}),
		"Name the BOLT11 invoice that a payout to you is paid by. It must be over exactly",
		"the payout's amount. If the payment fails, claim again with another invoice.")
}

func payoutList(a *app) *cobra.Command {
	var agent, cursor string
	var limit int
	var f client.PayoutsFilter
	c := reading(a, "list", "List payouts, in order of entry", func(ctx context.Context, _ []string) (err error) {
		if f.Agent, err = anyAgent(agent); err != nil {
			return err
		}
		p, err := a.reads().Payouts(f).Page(ctx, cursor, limit)
		if err != nil {
			return err
		}
		return a.print(p.Text, payoutLines(p.Items, p.Next))
	})
	c.Flags().StringVar(&agent, "agent", "", "only those to this agent")
	c.Flags().StringVar(&f.State, "state", "", "only claimable, sending, paid or failed ones")
	limitVar(c, &limit, "at most this many")
	c.Flags().StringVar(&cursor, "cursor", "", "go on where an earlier list ended")
	return c
}

func payoutLines(list []view.Payout, next string) string {
	claimable := false
	text := tableOf("PAYOUT\tSTATE\tSAT\tFOR\tPOOL\tAGENT\tCLAIM UNTIL", list, func(p view.Payout) string {
		until := ""
		if p.State == "claimable" {
			claimable, until = true, instant(p.UntilMs)
		}
		row := cells(p.ID, p.State, p.AmountSat, p.Purpose, p.Pool, p.Agent, until)
		if p.Reason != "" {
			row += "\n" + oneLine(p.Reason)
		}
		return row
	})
	if claimable {
		text += "To claim one of yours: lncli addinvoice --amt SAT, then econctl payout claim PAYOUT INVOICE\n"
	}
	if next != "" {
		text += "more: --cursor " + oneLine(next) + "\n"
	}
	return text
}

func newGrant(a *app) *cobra.Command {
	return cli.Group("grant", "Show grants and draw what has vested", grantList(a),
		shows(a, "show GRANT", "Show a grant and what can be drawn of it now", word, (*client.Client).Grant, nil), grantDraw(a))
}

func grantList(a *app) *cobra.Command {
	var agent string
	c := lists(a, "list", "List grants, in order of entry", func(_ *app, c *client.Client) (client.List[view.Grant], error) {
		who, err := anyAgent(agent)
		return c.Grants(client.GrantsFilter{Agent: who}), err
	}, table[view.Grant]{"GRANT\tSAT\tPOOL\tAGENT\tDRAWN\tTO DRAW\tCOURSE", func(g view.Grant) string {
		course := "until " + instant(g.EndMs)
		if g.RevokedMs != 0 {
			course = "revoked " + instant(g.RevokedMs)
		}
		return cells(g.ID, g.Sat, g.Pool, g.Agent, g.DrawnSat, g.FreeSat, course)
	}})
	c.Flags().StringVar(&agent, "agent", "", "only those to this agent")
	return c
}

func grantDraw(a *app) *cobra.Command {
	return long(command("draw GRANT AMOUNT_SAT", "Ask for sats of a grant to you, out of what has vested", func(ctx context.Context, list []string) error {
		amount, err := parseSat(list[1])
		if err != nil {
			return err
		}
		return a.submitAndPrint(ctx, op.KindDrawGrant, op.DrawGrant{Grant: list[0], Sat: amount},
			"Claim it with an invoice over exactly "+list[1]+" sat: see econctl payout list --state claimable")
	}),
		"Ask for sats of a grant to you, out of what has vested. It makes a payout, which",
		"you claim with an invoice: econctl payout list --agent YOU, econctl payout claim.")
}

func newBudget(a *app) *cobra.Command {
	return cli.Group("budget", "Show allowances from the pools", reading(a, "list [AGENT]",
		"List what may be spent for an agent from the pools; without AGENT, for you", a.ofAgent(func(ctx context.Context, who op.PublicKey) error {
			return shownList(ctx, a, a.reads().Budgets(who), 0, table[view.Budget]{"POOL\tSAT\tIN EACH\tUNTIL\tNOW", func(b view.Budget) string {
				now := "in force"
				if !b.InForce {
					now = "over"
				}
				return cells(b.Pool, b.Sat, span(b.PeriodS), instant(b.UntilMs), now)
			}})
		})))
}
