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

func newProposal(a *app) *cobra.Command {
	return cli.Group("proposal", "List, show, explain and cancel proposals",
		proposalList(a), proposalShow(a), proposalExplain(a), proposalBallots(a), holdPay(a, "proposal"), proposalNew(a),
		reasoned(a, "cancel", "Withdraw your proposal while it is pending", cancelContent))
}

func proposalList(a *app) *cobra.Command {
	var f client.ProposalsFilter
	c := listing(a, "list", "List proposals, oldest first", cobra.NoArgs, func(ctx context.Context, _ []string, limit int) error {
		return shownList(ctx, a, a.reads().Proposals(f), limit, "PROPOSAL\tSTATE\tTRACK\tTITLE", func(p view.Proposal) string {
			return fmt.Sprintf("%s\t%s\t%s\t%s", p.ID, oneLine(p.State), oneLine(p.Track), oneLine(p.Title))
		})
	})
	c.Flags().StringVar(&f.State, "state", "", "only those in this state")
	c.Flags().StringVar(&f.Track, "track", "", "only those of this track")
	return c
}

func proposalShow(a *app) *cobra.Command {
	return reading(a, "show PROPOSAL", "Show a proposal, its state and its count", cobra.ExactArgs(1), func(ctx context.Context, list []string) error {
		id, err := parseID("PROPOSAL", list[0])
		if err != nil {
			return err
		}
		return shownWhole(ctx, a, a.reads().Proposal(id))
	})
}

func proposalExplain(a *app) *cobra.Command {
	return reading(a, "explain PROPOSAL", "Say why a proposal is in its state and what would change it", cobra.ExactArgs(1),
		func(ctx context.Context, list []string) error {
			id, err := parseID("PROPOSAL", list[0])
			if err != nil {
				return err
			}
			return shown(ctx, a, a.reads().ExplainProposal(id), func(v view.Explanation) string {
				text := list[0] + " is " + oneLine(v.State) + "\n"
				for _, sentence := range v.Sentences {
					text += oneLine(sentence) + "\n"
				}
				return text
			})
		})
}

func proposalBallots(a *app) *cobra.Command {
	return listing(a, "ballots PROPOSAL", "List the ballots as they count, in order of voter key", cobra.ExactArgs(1),
		func(ctx context.Context, list []string, limit int) error {
			id, err := parseID("PROPOSAL", list[0])
			if err != nil {
				return err
			}
			return shownList(ctx, a, a.reads().Ballots(id), limit, ballotHeads, ballotRow)
		})
}

const ballotHeads = "VOTER\tCHOICE\tWEIGHT\tENTRY\tBALLOT"

func ballotRow(b view.Ballot) string {
	return fmt.Sprintf("%s\t%s\t%d\t%d\t%s", b.Voter, oneLine(b.Choice), b.Weight, b.Seq, oneLine(string(b.Ballot)))
}

func cancelContent(id op.ID, reason string) (op.Kind, any) {
	return op.KindCancel, op.Cancel{Proposal: id, Reason: reason}
}

func vetoContent(id op.ID, reason string) (op.Kind, any) {
	return op.KindVeto, op.Veto{Proposal: id, Reason: reason}
}

// reasoned is a command that ends a proposal for a reason on the record.
func reasoned(a *app, name, short string, content func(op.ID, string) (op.Kind, any)) *cobra.Command {
	var reason string
	c := command(name+" PROPOSAL --reason TEXT", short, cobra.ExactArgs(1), func(ctx context.Context, list []string) error {
		id, err := parseID("PROPOSAL", list[0])
		if err != nil {
			return err
		}
		kind, v := content(id, reason)
		return a.submitAndPrint(ctx, kind, v)
	})
	reasonFlag(c, &reason)
	return c
}

func reasonFlag(c *cobra.Command, reason *string) {
	c.Flags().StringVar(reason, "reason", "", "1 to 2000 bytes, on the record for ever")
	_ = c.MarkFlagRequired("reason")
}
