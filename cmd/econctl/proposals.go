package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

func newProposal(a *app) *cobra.Command {
	return cli.Group("proposal", "List, show, explain and cancel proposals",
		proposalList(a),
		shows(a, "show PROPOSAL", "Show a proposal, its state and its count", idOf("PROPOSAL"), (*client.Client).Proposal, nil),
		proposalExplain(a), proposalBallots(a), holdPay(a, "proposal"), proposalNew(a),
		reasoned(a, "cancel", "Withdraw your proposal while it is pending", op.KindCancel, cancelContent))
}

func proposalList(a *app) *cobra.Command {
	var f client.ProposalsFilter
	c := lists(a, "list", "List proposals, oldest first", filtered((*client.Client).Proposals, &f),
		table[view.Proposal]{"PROPOSAL\tSTATE\tTRACK\tTITLE", func(p view.Proposal) string { return cells(p.ID, p.State, p.Track, p.Title) }})
	c.Flags().StringVar(&f.State, "state", "", "only those in this state")
	c.Flags().StringVar(&f.Track, "track", "", "only those of this track")
	return c
}

func proposalExplain(a *app) *cobra.Command {
	return reading(a, "explain PROPOSAL", "Say why a proposal is in its state and what would change it", withID("PROPOSAL", func(ctx context.Context, id op.ID) error {
		v, raw, err := a.reads().ExplainProposal(id).Text(ctx)
		if err != nil {
			return err
		}
		text := id.String() + " is " + oneLine(v.State) + "\n"
		for _, sentence := range v.Sentences {
			text += oneLine(sentence) + "\n"
		}
		return a.print(raw, text)
	}))
}

func proposalBallots(a *app) *cobra.Command {
	return listing(a, "ballots PROPOSAL", "List the ballots as they count, in order of voter key",
		func(ctx context.Context, list []string, limit int) error {
			id, err := parseID("PROPOSAL", list[0])
			if err != nil {
				return err
			}
			return shownList(ctx, a, a.reads().Ballots(id), limit, table[view.Ballot]{"VOTER\tCHOICE\tWEIGHT\tENTRY\tBALLOT", func(b view.Ballot) string {
				return cells(b.Voter, b.Choice, b.Weight, b.Seq, string(b.Ballot))
			}})
		})
}

func cancelContent(id op.ID, reason string) any { return op.Cancel{Proposal: id, Reason: reason} }
func vetoContent(id op.ID, reason string) any   { return op.Veto{Proposal: id, Reason: reason} }

// reasoned is a command that ends a proposal for a reason on the record.
func reasoned(a *app, name, short string, kind op.Kind, content func(op.ID, string) any) *cobra.Command {
	var reason string
	return reasonFlag(submits(a, name+" PROPOSAL --reason TEXT", short, kind,
		ofID("PROPOSAL", func(id op.ID) any { return content(id, reason) })), &reason)
}

func reasonFlag(c *cobra.Command, reason *string) *cobra.Command {
	c.Flags().StringVar(reason, "reason", "", "1 to 2000 bytes, on the record for ever")
	return needs(c, "reason")
}
