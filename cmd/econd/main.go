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
)

// version is set at build time (see Makefile).
var version = "devel"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := newRoot().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "econd: "+err.Error())
		os.Exit(1)
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "econd",
		Short:         "The governance node of a Bitcoin/Lightning machine economy",
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(newInit(), newRun(), newMacaroons(), newAperture(), newVerify(), newRestore(), newReconcile())
	return root
}
