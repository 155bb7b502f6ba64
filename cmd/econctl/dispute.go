package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

func newDispute(a *app) *cobra.Command {
	return cli.Group("dispute", "Challenge decisions before a jury, and follow what becomes of it",
		disputeOpen(a), disputeAppeal(a), disputeList(a),
		shows(a, "show DISPUTE", "Show a dispute, its bonds, juries and rulings", idOf("DISPUTE"), (*client.Client).Dispute, nil),
		holdPay(a, "bond"))
}

const payBond = "pay the bond's hold invoice through your LND"

func disputeOpen(a *app) *cobra.Command {
	var d op.Dispute
	c := long(locks(a, "open PROPOSAL", "Challenge a decision; with --pay lock the bond at once", payBond, op.KindDispute,
		ofID("PROPOSAL", func(id op.ID) any { d.Proposal = id; return d })),
		"Challenge a decision on one ground. It stands, and freezes the execution, once your",
		"bond is locked. Upheld, the bond returns with a share of what the losers forfeit;",
		"refused, it is lost.")
	c.Flags().StringVar(&d.Ground, "ground", "", "procedure, fraud, misstated-facts, conflict-of-interest or harm (required)")
	c.Flags().StringVar(&d.Text, "text", "", "what is wrong (required)")
	return needs(c, "ground", "text")
}

func disputeAppeal(a *app) *cobra.Command {
	var p op.Appeal
	c := long(locks(a, "appeal DISPUTE", "Have a larger jury judge anew; with --pay lock the bond at once", payBond, op.KindAppeal,
		ofID("DISPUTE", func(id op.ID) any { p.Dispute = id; return p })),
		"Ask for another jury, against the last ruling. The bond is twice the one before; it",
		"must be locked by the instant that econctl dispute show names, and the first one is",
		"taken.")
	c.Flags().StringVar(&p.Text, "text", "", "what the jury got wrong (required)")
	return needs(c, "text")
}

func disputeList(a *app) *cobra.Command {
	var proposal string
	var f client.DisputesFilter
	c := lists(a, "list", "List disputes, in order of entry", func(_ *app, c *client.Client) (client.List[view.Dispute], error) {
		switch {
		case proposal == "":
			return c.Disputes(f), nil
		case f.State != "":
			return client.List[view.Dispute]{}, cli.Usagef("--proposal and --state cannot be given together")
		}
		id, err := parseID("--proposal", proposal)
		return c.ProposalDisputes(id), err
	}, table[view.Dispute]{"DISPUTE\tSTATE\tGROUND\tPROPOSAL\tROUND\tNEXT", disputeRow})
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
	return cells(d.ID, d.State, d.Ground, d.Proposal, round, next)
}
