package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

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
			return a.submitHold(cmd.Context(), op.KindDispute, c, pay, 0)
		},
	}
	cmd.Flags().StringVar(&c.Ground, "ground", "", "procedure, fraud, misstated-facts, conflict-of-interest or harm (required)")
	cmd.Flags().StringVar(&c.Text, "text", "", "what is wrong (required)")
	payFlag(cmd, &pay, "pay the bond's hold invoice through your LND")
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
			return a.submitHold(cmd.Context(), op.KindAppeal, c, pay, 0)
		},
	}
	cmd.Flags().StringVar(&c.Text, "text", "", "what the jury got wrong (required)")
	payFlag(cmd, &pay, "pay the bond's hold invoice through your LND")
	_ = cmd.MarkFlagRequired("text")
	return cmd
}

func disputeList(a *app) *cobra.Command {
	var proposal string
	var f client.DisputesFilter
	c := listing(a, "list", "List disputes, in order of entry", cobra.NoArgs, func(ctx context.Context, _ []string, limit int) error {
		list := a.reads().Disputes(f)
		switch {
		case proposal != "" && f.State != "":
			return cli.Usagef("--proposal and --state cannot be given together")
		case proposal != "":
			id, err := parseID("--proposal", proposal)
			if err != nil {
				return err
			}
			list = a.reads().ProposalDisputes(id)
		}
		return shownList(ctx, a, list, limit, "DISPUTE\tSTATE\tGROUND\tPROPOSAL\tROUND\tNEXT", disputeRow)
	})
	c.Flags().StringVar(&proposal, "proposal", "", "only those about this proposal")
	c.Flags().StringVar(&f.State, "state", "", "only unbonded, open, upheld, refused or void ones")
	return c
}

func disputeRow(d view.Dispute) string {
	round, next := "", ""
	switch d.Step {
	case "draw":
		next = fmt.Sprintf("jury drawn at height %d", d.DrawHeight)
	case "commit", "reveal":
		next = fmt.Sprintf("jurors %s until %s", d.Step, instant(d.StepUntilMs))
	case "appeal":
		next = fmt.Sprintf("appeal for %d sat until %s", d.AppealSat, instant(d.StepUntilMs))
	}
	if next != "" {
		round = fmt.Sprint(len(d.Rounds))
	}
	return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s", d.ID, oneLine(d.State), oneLine(d.Ground), d.Proposal, round, next)
}

func disputeShow(a *app) *cobra.Command {
	return reading(a, "show DISPUTE", "Show a dispute, its bonds, juries and rulings", cobra.ExactArgs(1), func(ctx context.Context, list []string) error {
		id, err := parseID("DISPUTE", list[0])
		if err != nil {
			return err
		}
		return shownWhole(ctx, a, a.reads().Dispute(id))
	})
}
