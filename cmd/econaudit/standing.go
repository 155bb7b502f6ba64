package main

import (
	"github.com/spf13/cobra"

	"github.com/econd/econd/node/audit"
)

func newStandingCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "standing standing.json",
		Short: "Check the proof of an agent's standing",
		Long: "Check the proof of what an epoch said of an agent, as a signed statement of its standing carries it:\n" +
			"signatures, the agent's leaf under the epoch's root, inclusion in the log, and the anchor in Bitcoin.",
		Example: "  econaudit standing standing.json --require-anchor --log-key 'econd/demo-1+abcd1234+...'",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := c.options(cmd)
			if err != nil {
				return err
			}
			data, err := read(cmd, args[0])
			if err != nil {
				return err
			}
			s, err := audit.DecodeStanding(data)
			if err != nil {
				return err
			}
			r, err := s.Verify(o)
			if err != nil {
				return err
			}
			return c.print("PROVED", r, r.Proved, r.RestsOn)
		},
	}
}
