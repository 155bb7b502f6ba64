package main

import (
	"github.com/spf13/cobra"

	"github.com/econd/econd/node/sim"
)

func newSchemaCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of scenario files",
		Long: `Print the JSON Schema (draft 2020-12) of scenario files, for editors and other
programs. econsim run checks more than a schema can say: names that refer to
each other, the constitution's own rules, and that votes end in time.`,
		Example: "  econsim schema > scenario.schema.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(sim.Schema())
			return err
		},
	}
}
