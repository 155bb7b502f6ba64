package main

import (
	"github.com/spf13/cobra"

	"github.com/econd/econd/node/op"
)

func newVoid(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "void",
		Short: "Make void what you signed until now and econd has not recorded",
		Long: "Make void what you signed until now and econd has not recorded.\n\n" +
			"An operation that was refused, lost or withheld can be handed in later by\n" +
			"anybody who has it, as long as it is not too old. After this it cannot.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.submitAndPrint(c.Context(), op.KindVoid, op.Void{})
		},
	}
}
