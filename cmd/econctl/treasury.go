package main

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
)

// pool is a pool as econd shows it.
type pool struct {
	Name     string `json:"name"`
	SharePpm int64  `json:"share_ppm"`
	Sat      int64  `json:"sat"`
}

func newPool(a *app) *cobra.Command {
	var pay bool
	list := &cobra.Command{
		Use:   "list",
		Short: "List the treasury pools and what they hold",
		Long: "List the treasury pools and what they hold.\n\n" +
			"Pool: sats of the economy, held by the operator's node, that decisions spend.\n" +
			"It fills by deposits and by its part of what is forfeited.\n" +
			"Free: what no decision has promised yet; a budget stays free until it is spent.\n" +
			"Promised: payouts, grants, rewards and shares of leavers; these have left the pool.\n" +
			"Locked: stakes, collateral and bonds; these are their owners' and in no pool.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var pools struct {
				Items []pool `json:"items"`
			}
			raw, err := a.get(c.Context(), "/v1/pools", nil, &pools)
			if err != nil {
				return err
			}
			return a.print(raw, tableOf("POOL\tFREE SAT\tPART OF WHAT IS FORFEITED", pools.Items, func(p pool) string {
				return fmt.Sprintf("%s\t%d\t%s", oneLine(p.Name), p.Sat, signedPercent(p.SharePpm))
			}))
		},
	}
	deposit := &cobra.Command{
		Use:   "deposit POOL AMOUNT_SAT",
		Short: "Pay sats into a pool; they do not come back",
		Args:  cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, list []string) error {
			amount, err := strconv.ParseInt(list[1], 10, 64)
			if err != nil || amount <= 0 || amount > op.MaxInteger {
				return cli.Usagef("amount: must be a whole number of sats above 0")
			}
			d, err := a.submit(c.Context(), op.KindDeposit, op.Deposit{Pool: list[0], AmountSat: amount})
			if err != nil {
				return err
			}
			return a.reportHold(c.Context(), d, pay, amount)
		},
	}
	deposit.Flags().BoolVar(&pay, "pay", false, "pay the invoice through your LND")
	return cli.Group("pool", "Show the treasury pools and pay into them", readsState(a, list), deposit)
}

// payout is a payout as econd shows it.
type payout struct {
	ID        string `json:"id"`
	Agent     string `json:"agent"`
	Pool      string `json:"pool"`
	AmountSat int64  `json:"amount_sat"`
	Purpose   string `json:"purpose"`
	State     string `json:"state"`
	UntilMs   int64  `json:"until_ms"`
	Reason    string `json:"reason"`
}

func (p payout) text() string {
	t := fmt.Sprintf("%s  %s of %d sat from %s to %s is %s\n", p.ID, oneLine(p.Purpose), p.AmountSat, oneLine(p.Pool), p.Agent, p.State)
	if p.Reason != "" {
		t += "  reason  " + oneLine(p.Reason) + "\n"
	}
	if p.State == "claimable" {
		t += fmt.Sprintf("  Until %s its agent claims it: lncli addinvoice --amt %d, then econctl payout claim %s INVOICE\n",
			time.UnixMilli(p.UntilMs).UTC().Format(time.RFC3339), p.AmountSat, p.ID)
	}
	return t
}

func newPayout(a *app) *cobra.Command {
	show := &cobra.Command{
		Use:   "show PAYOUT",
		Short: "Show a payout",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			var p payout
			raw, err := a.get(c.Context(), "/v1/payouts/"+url.PathEscape(list[0]), nil, &p)
			if err != nil {
				return err
			}
			return a.print(raw, p.text())
		},
	}
	claim := &cobra.Command{
		Use:   "claim PAYOUT INVOICE",
		Short: "Name the BOLT11 invoice that a payout to you is paid by",
		Long: "Name the BOLT11 invoice that a payout to you is paid by. It must be over exactly\n" +
			"the payout's amount. If the payment fails, claim again with another invoice.",
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, list []string) error {
			d, err := a.submit(c.Context(), op.KindClaim, op.Claim{Payout: list[0], Invoice: list[1]})
			if err != nil {
				return err
			}
			return a.print(d, d.line()+"See whether it is paid: econctl payout show "+list[0]+"\n")
		},
	}
	return cli.Group("payout", "Show and claim what the pools pay", readsState(a, payoutList(a)), readsState(a, show), claim)
}

func payoutList(a *app) *cobra.Command {
	var agent, state, cursor string
	var limit int
	c := &cobra.Command{
		Use:   "list",
		Short: "List payouts, in order of entry",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			q := url.Values{}
			for name, value := range map[string]string{"state": state, "cursor": cursor} {
				if value != "" {
					q.Set(name, value)
				}
			}
			if agent != "" {
				key, err := parseKey("agent", agent)
				if err != nil {
					return err
				}
				q.Set("agent", key.String())
			}
			if limit != 0 {
				q.Set("limit", strconv.Itoa(limit))
			}
			var page struct {
				Items []payout `json:"items"`
				Next  string   `json:"next"`
			}
			raw, err := a.get(c.Context(), "/v1/payouts", q, &page)
			if err != nil {
				return err
			}
			return a.print(raw, payoutLines(page.Items, page.Next))
		},
	}
	c.Flags().StringVar(&agent, "agent", "", "only those to this agent")
	c.Flags().StringVar(&state, "state", "", "only claimable, sending, paid or failed ones")
	limitVar(c, &limit, "at most this many")
	c.Flags().StringVar(&cursor, "cursor", "", "go on where an earlier list ended")
	return c
}

func payoutLines(list []payout, next string) string {
	claimable := false
	text := tableOf("PAYOUT\tSTATE\tSAT\tFOR\tPOOL\tAGENT\tCLAIM UNTIL", list, func(p payout) string {
		until := ""
		if p.State == "claimable" {
			claimable, until = true, instant(p.UntilMs)
		}
		row := fmt.Sprintf("%s\t%s\t%d\t%s\t%s\t%s\t%s", oneLine(p.ID), oneLine(p.State), p.AmountSat, oneLine(p.Purpose), oneLine(p.Pool), oneLine(p.Agent), until)
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
