// Econd is the governance node: it runs beside LND, takes operations over HTTP
// and gRPC, and keeps the log. This command holds flags, configuration and
// wiring; the rules are in the packages that it wires.
package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/buildinfo"
	"github.com/econd/econd/node/monitor"
)

func main() {
	cli.Main(func(ctx context.Context) int { return cli.Run(ctx, newRoot()) })
}

// codes are the exit codes; the last two are those of econd monitor.
var codes = cli.Codes("failed: the log says why",
	cli.ExitCode{Code: monitor.ExitAlarm, Name: "alarm", Meaning: "of monitor: an alarm stands", Next: "read the alarm and keep its evidence"},
	cli.ExitCode{Code: monitor.ExitUnreached, Name: "away", Meaning: "of monitor: no alarm, but not everything could be looked at", Next: "try again later"})

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "econd",
		Short: "The governance node of a Bitcoin/Lightning machine economy",
		Long: "The governance node of a Bitcoin/Lightning machine economy.\n\n" +
			cli.CodesText(codes),
		Version: buildinfo.Read().Line(),
	}
	root.AddCommand(newInit(), newRun(), newMacaroons(), newPassphrase(), newAperture(), newVerify(), newRestore(), newReconcile(), newRecover(), newRotate(), newWitness(), newMonitor())
	cli.Prepare(root, cli.About{Codes: codes})
	return root
}
