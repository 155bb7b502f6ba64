package main

import (
	"github.com/spf13/cobra"

	"github.com/econd/econd/node/audit"
)

func newVerifyCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "verify bundle.json",
		Short: "Check the proof that a ballot was counted",
		Long: "Check a proof bundle, as econctl proof ballot writes it: signatures, inclusion in the log,\n" +
			"the ballot among those the vote was closed with, and the anchor in Bitcoin.",
		Example: "  econaudit verify bundle.json\n" +
			"  econaudit verify bundle.json --trust-header 000000...c4@870000 --require-anchor",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := c.options(cmd)
			if err != nil {
				return err
			}
			stop := c.busy("checking " + args[0])
			defer stop()
			data, err := read(cmd, args[0])
			if err != nil {
				return err
			}
			b, err := audit.Decode(data)
			if err != nil {
				return err
			}
			r, err := audit.Verify(b, o)
			if err != nil {
				return err
			}
			stop()
			return c.print("PROVED", r, r.Proved, r.RestsOn, r.Claims...)
		},
	}
}
