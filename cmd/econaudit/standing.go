package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/statement"
)

func newStandingCmd(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "standing FILE",
		Short: "Check the proof of an agent's standing, or a signed statement that carries one",
		Long: "Check the proof of what an epoch said of an agent: signatures, the agent's leaf under the epoch's root,\n" +
			"inclusion in the log, and the anchor in Bitcoin. A file may also be a signed statement of the standing, NIP-85\n" +
			"or vc+jwt, that carries the proof: then it must say what the proof shows.",
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
			r, err := standingIn(data, o)
			if err != nil {
				return err
			}
			return c.print("PROVED", r, r.Proved, r.RestsOn, r.Claims...)
		},
	}
}

// standingIn checks the proof, or the statement, that a file is.
func standingIn(data []byte, o audit.Options) (audit.StandingReport, error) {
	if said, _, err := statement.Open(data); err == nil {
		return audit.VerifyStatement(said, o)
	} else if errors.Is(err, statement.ErrSignature) {
		return audit.StandingReport{}, &audit.Rejection{Kind: audit.ErrEntry, Field: "statement", Err: err}
	}
	s, err := audit.DecodeStanding(data)
	if err != nil {
		return audit.StandingReport{}, err
	}
	return s.Verify(o)
}
