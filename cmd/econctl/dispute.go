package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
)

// disputeShown is the part of a dispute that econctl acts on.
type disputeShown struct {
	ID        string `json:"id"`
	Proposal  string `json:"proposal"`
	Ground    string `json:"ground"`
	State     string `json:"state"`
	Step      string `json:"step"`
	UntilMs   int64  `json:"step_until_ms"`
	Height    uint32 `json:"draw_height"`
	AppealSat int64  `json:"appeal_sat"`
	Rounds    []struct {
		Round  int64 `json:"round"`
		Jurors []struct {
			PubKey     string `json:"pubkey"`
			Commitment string `json:"commitment"`
		} `json:"jurors"`
	} `json:"rounds"`
}

func newDispute(a *app) *cobra.Command {
	return cli.Group("dispute", "Challenge decisions before a jury, and follow what becomes of it",
		disputeOpen(a), disputeAppeal(a), disputeList(a), disputeShow(a), holdPay(a, "bond"))
}

func disputeOpen(a *app) *cobra.Command {
	var c op.Dispute
	var pay bool
	cmd := &cobra.Command{
		Use:   "open PROPOSAL",
		Short: "Challenge a decision; with --pay lock the bond at once",
		Long: "Challenge a decision on one ground. It stands, and freezes the execution, once your\n" +
			"bond is locked. Upheld, the bond returns with a share of what the losers forfeit;\n" +
			"refused, it is lost.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, list []string) error {
			var err error
			if c.Proposal, err = parseID("PROPOSAL", list[0]); err != nil {
				return err
			}
			d, err := a.submit(cmd.Context(), op.KindDispute, c)
			if err != nil {
				return err
			}
			return a.reportHold(cmd.Context(), d, pay, 0)
		},
	}
	cmd.Flags().StringVar(&c.Ground, "ground", "", "procedure, fraud, misstated-facts, conflict-of-interest or harm (required)")
	cmd.Flags().StringVar(&c.Text, "text", "", "what is wrong (required)")
	cmd.Flags().BoolVar(&pay, "pay", false, "pay the bond's hold invoice through your LND")
	_ = cmd.MarkFlagRequired("ground")
	_ = cmd.MarkFlagRequired("text")
	return cmd
}

func disputeAppeal(a *app) *cobra.Command {
	var c op.Appeal
	var pay bool
	cmd := &cobra.Command{
		Use:   "appeal DISPUTE",
		Short: "Have a larger jury judge anew; with --pay lock the bond at once",
		Long: "Ask for another jury, against the last ruling. The bond is twice the one before; it\n" +
			"must be locked by the instant that econctl dispute show names, and the first one is\n" +
			"taken.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, list []string) error {
			var err error
			if c.Dispute, err = parseID("DISPUTE", list[0]); err != nil {
				return err
			}
			d, err := a.submit(cmd.Context(), op.KindAppeal, c)
			if err != nil {
				return err
			}
			return a.reportHold(cmd.Context(), d, pay, 0)
		},
	}
	cmd.Flags().StringVar(&c.Text, "text", "", "what the jury got wrong (required)")
	cmd.Flags().BoolVar(&pay, "pay", false, "pay the bond's hold invoice through your LND")
	_ = cmd.MarkFlagRequired("text")
	return cmd
}

func disputeList(a *app) *cobra.Command {
	var proposal, state string
	var limit int
	c := &cobra.Command{
		Use:   "list",
		Short: "List disputes, in order of entry",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			path, q := "/v1/disputes", url.Values{}
			switch {
			case proposal != "" && state != "":
				return cli.Usagef("--proposal and --state cannot be given together")
			case proposal != "":
				id, err := parseID("--proposal", proposal)
				if err != nil {
					return err
				}
				path = "/v1/proposals/" + id.String() + "/disputes"
			case state != "":
				q.Set("state", state)
			}
			return showList(a, c, path, q, limit, "DISPUTE\tSTATE\tGROUND\tPROPOSAL\tROUND\tNEXT", disputeShown.row)
		},
	}
	c.Flags().StringVar(&proposal, "proposal", "", "only those about this proposal")
	c.Flags().StringVar(&state, "state", "", "only unbonded, open, upheld, refused or void ones")
	limitVar(c, &limit, "at most this many; 0 for all")
	return readsState(a, c)
}

func (d disputeShown) row() string {
	round, next := "", ""
	switch d.Step {
	case "draw":
		next = fmt.Sprintf("jury drawn at height %d", d.Height)
	case "commit", "reveal":
		next = fmt.Sprintf("jurors %s until %s", d.Step, instant(d.UntilMs))
	case "appeal":
		next = fmt.Sprintf("appeal for %d sat until %s", d.AppealSat, instant(d.UntilMs))
	}
	if next != "" {
		round = fmt.Sprint(len(d.Rounds))
	}
	return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s", oneLine(d.ID), oneLine(d.State), oneLine(d.Ground), oneLine(d.Proposal), round, next)
}

func disputeShow(a *app) *cobra.Command {
	return readsState(a, &cobra.Command{
		Use:   "show DISPUTE",
		Short: "Show a dispute, its bonds, juries and rulings",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			id, err := parseID("DISPUTE", list[0])
			if err != nil {
				return err
			}
			return a.showRaw(c, "/v1/disputes/"+id.String())
		},
	})
}
