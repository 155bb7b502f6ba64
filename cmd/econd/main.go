// Econd is the governance node: it runs beside LND, takes operations over HTTP
// and gRPC, and keeps the log. This command holds flags, configuration and
// wiring; the rules are in the packages that it wires.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/buildinfo"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := newRoot().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "econd: "+err.Error())
		os.Exit(cli.Code(err))
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "econd",
		Short: "The governance node of a Bitcoin/Lightning machine economy",
		Long: "The governance node of a Bitcoin/Lightning machine economy.\n\n" +
			cli.ExitCodes("failed: the log says why"),
		Version: buildinfo.Read().Line(),
	}
	root.AddCommand(newInit(), newRun(), newMacaroons(), newPassphrase(), newAperture(), newVerify(), newRestore(), newReconcile())
	cli.Prepare(root)
	return root
}
