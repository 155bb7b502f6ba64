package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
)

func newSupport(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "support PROPOSAL SAT|all",
		Short: "Put locked stake behind a proposal that gathers conviction",
		Long: "Put that much of your locked stake behind a proposal on a track that gathers\n" +
			"conviction, in place of what you have there; 0 takes it away, all is what is not\n" +
			"behind other proposals. When it will pass: econctl proposal explain PROPOSAL.",
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, list []string) error {
			id, err := parseID("PROPOSAL", list[0])
			if err != nil {
				return err
			}
			v := op.Vote{Proposal: id, Choice: "for"}
			if list[1] != "all" {
				sat, err := strconv.ParseInt(list[1], 10, 64)
				if err != nil || sat < 0 || sat > op.MaxInteger {
					return cli.Usagef("SAT: must be a whole number of sats from 0, or all")
				}
				v.Choice, v.Ballot = "ballot", op.Raw(fmt.Sprintf(`{"1":%d}`, sat))
			}
			return a.submitAndPrint(c.Context(), op.KindVote, v)
		},
	}
}
