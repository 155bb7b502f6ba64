// Econd is the governance node: it runs beside LND, takes operations over HTTP
// and gRPC, and keeps the log. This command holds flags, configuration and
// wiring; the rules are in the packages that it wires.
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

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "econd",
		Short: "The governance node of a Bitcoin/Lightning machine economy",
		Long: "The governance node of a Bitcoin/Lightning machine economy.\n\n" +
			cli.ExitCodes("failed: the log says why"),
		Version: buildinfo.Read().Line(),
	}
	root.AddCommand(newInit(), newRun(), newMacaroons(), newPassphrase(), newAperture(), newVerify(), newRestore(), newReconcile(), newRecover(), newRotate(), newWitness(), newMonitor())
	cli.Prepare(root)
	return root
}
