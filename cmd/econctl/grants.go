package main

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
)

func newGrant(a *app) *cobra.Command {
	return cli.Group("grant", "Show grants and draw what has vested", grantList(a), grantShow(a), grantDraw(a))
}

func grantList(a *app) *cobra.Command {
	type grant struct {
		ID        string `json:"id"`
		Agent     string `json:"agent"`
		Pool      string `json:"pool"`
		Sat       int64  `json:"sat"`
		FreeSat   int64  `json:"free_sat"`
		DrawnSat  int64  `json:"drawn_sat"`
		EndMs     int64  `json:"end_ms"`
		RevokedMs int64  `json:"revoked_ms"`
	}
	var agent string
	var limit int
	c := &cobra.Command{
		Use:   "list",
		Short: "List grants, in order of entry",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			q := url.Values{}
			if agent != "" {
				key, err := parseKey("agent", agent)
				if err != nil {
					return err
				}
				q.Set("agent", key.String())
			}
			return showList(a, c, "/v1/grants", q, limit, "GRANT\tSAT\tPOOL\tAGENT\tDRAWN\tTO DRAW\tCOURSE", func(g grant) string {
				course := "until " + instant(g.EndMs)
				if g.RevokedMs != 0 {
					course = "revoked " + instant(g.RevokedMs)
				}
				return fmt.Sprintf("%s\t%d\t%s\t%s\t%d\t%d\t%s", oneLine(g.ID), g.Sat, oneLine(g.Pool), oneLine(g.Agent), g.DrawnSat, g.FreeSat, course)
			})
		},
	}
	c.Flags().StringVar(&agent, "agent", "", "only those to this agent")
	limitVar(c, &limit, "at most this many; 0 for all")
	return readsState(a, c)
}

func grantShow(a *app) *cobra.Command {
	return readsState(a, &cobra.Command{
		Use:   "show GRANT",
		Short: "Show a grant and what can be drawn of it now",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			return a.showRaw(c, "/v1/grants/"+url.PathEscape(list[0]))
		},
	})
}

func grantDraw(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "draw GRANT AMOUNT_SAT",
		Short: "Ask for sats of a grant to you, out of what has vested",
		Long: "Ask for sats of a grant to you, out of what has vested. It makes a payout, which\n" +
			"you claim with an invoice: econctl payout list --agent YOU, econctl payout claim.",
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, list []string) error {
			amount, err := strconv.ParseInt(list[1], 10, 64)
			if err != nil || amount <= 0 || amount > op.MaxInteger {
				return cli.Usagef("amount: must be a whole number of sats above 0")
			}
			d, err := a.submit(c.Context(), op.KindDrawGrant, op.DrawGrant{Grant: list[0], Sat: amount})
			if err != nil {
				return err
			}
			return a.print(d, d.line()+"Claim it with an invoice over exactly "+list[1]+" sat: see econctl payout list --state claimable\n")
		},
	}
}

func newBudget(a *app) *cobra.Command {
	type budget struct {
		Pool    string `json:"pool"`
		Sat     int64  `json:"sat"`
		PeriodS int64  `json:"period_s"`
		UntilMs int64  `json:"until_ms"`
		InForce bool   `json:"in_force"`
	}
	list := readsState(a, &cobra.Command{
		Use:   "list [AGENT]",
		Short: "List what may be spent for an agent from the pools; without AGENT, for you",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			who, err := a.agentOrSelf(list)
			if err != nil {
				return err
			}
			return showList(a, c, "/v1/budgets/"+who.String(), nil, 0, "POOL\tSAT\tIN EACH\tUNTIL\tNOW", func(b budget) string {
				now := "in force"
				if !b.InForce {
					now = "over"
				}
				return fmt.Sprintf("%s\t%d\t%s\t%s\t%s", oneLine(b.Pool), b.Sat, span(b.PeriodS), instant(b.UntilMs), now)
			})
		},
	})
	return cli.Group("budget", "Show allowances from the pools", list)
}
