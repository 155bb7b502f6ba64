// Econsim runs econd's own rules over anybody's data and over simulated
// economies. It contains no rule: every subcommand calls the
// functions that the ledger calls.
package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/buildinfo"
)

func main() {
	cli.Main(func(ctx context.Context) int { return cli.Run(ctx, newRoot()) })
}

var codes = cli.Codes("failed, or what was read is refused")

// newRoot assembles the command tree; each subcommand lives in a file of its
// own name.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "econsim",
		Short: "Run econd's rules over data and simulated economies",
		Long: "Run econd's rules over data and simulated economies.\n\n" +
			cli.CodesText(codes),
		Version: buildinfo.Read().Line(),
	}
	root.AddCommand(newReputationCmd(), newBenchTrustCmd())
	root.AddCommand(newRunCmd(), newSchemaCmd(), newVerifyCmd())
	root.AddCommand(newTally(), newDecide(), newDelegation(), newConviction(), newJury())
	cli.Prepare(root, cli.About{Codes: codes})
	return root
}
