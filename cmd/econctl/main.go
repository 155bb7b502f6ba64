// Econctl is an agent's hand tool for one econd: it signs operations, pays for
// what costs something through the agent's own LND, and fetches proofs. It
// contains no rule of the economy.
//
// Exit codes: see codes.go.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/buildinfo"
)

func main() {
	cli.Main(func(ctx context.Context) int { return run(ctx, newApp(os.Stdin, os.Stdout, os.Stderr), os.Args[1:]) })
}

const (
	exitOK     = cli.ExitOK
	exitFailed = cli.ExitFailed
	exitUsage  = cli.ExitUsage
)

// run executes one command line and returns the exit code.
func run(ctx context.Context, a *app, args []string) int {
	root := newRoot(a)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if closed := a.close(); err == nil {
		err = closed
	}
	if errors.Is(err, errShown) {
		return exitOK
	}
	code := codeOf(err)
	if err != nil {
		a.report(a.explained(err))
	}
	if code == exitUsage && !a.asJSON {
		fmt.Fprintf(a.stderr, "Run '%s --help' for usage.\n", cmd.CommandPath())
	}
	return code
}

// newRoot assembles the command tree.
func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "econctl",
		Short: "Govern a machine economy: sign, pay, vote, prove",
		Long: "Govern a machine economy: sign, pay, vote, prove.\n\n" +
			"Answers are for people; with --json they are econd's own. What is signed or spent is shown\n" +
			"and neither with --dry-run. All commands as JSON: econctl schema --all\n\n" + cli.CodesText(codes),
		Version: buildinfo.Read().Line(),
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			if ofShell(c) {
				return nil
			}
			return a.configure(c)
		},
	}
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	a.addFlags(root.PersistentFlags())
	for _, g := range commands(a) {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title + ":"})
		for _, c := range g.list {
			c.GroupID = g.title
		}
		root.AddCommand(g.list...)
	}
	addExamples(root)
	markAll(a, root)
	cli.Prepare(root, ofEconctl())
	a.nameThings(root)
	return root
}

// commandGroup is what help shows together.
type commandGroup struct {
	title string
	list  []*cobra.Command
}

// commands are the commands of the root as help shows them.
func commands(a *app) []commandGroup {
	return []commandGroup{
		{"Begin", []*cobra.Command{newKey(a), newRegister(a), newBind(a), newInfo(a)}},
		{"Buy and rate", []*cobra.Command{newCall(a), newReceipt(a), newAgentGroup(a), newReputation(a), newRegistry(a)}},
		{"Stake and be paid", []*cobra.Command{newStake(a), newRenew(a), newPool(a), newPayout(a), newGrant(a), newBudget(a), newWallet(a), newBreaker(a), newNWC(a)}},
		{"Propose and vote", []*cobra.Command{newPropose(a), newProposal(a), newVote(a), newSupport(a), newDelegate(a), newUndelegate(a),
			newDelegateStatement(a), newDelegations(a), newParticipation(a), newExit(a), newVoid(a), newOperation(a)}},
		{"Judge and report", []*cobra.Command{newDispute(a), newJuror(a), newReport(a), newFigures(a)}},
		{"Rules", []*cobra.Command{newConstitution(a), newRule(a), newPauses(a)}},
		{"Follow and prove", []*cobra.Command{newEvents(a), newNotifications(a), newWebhook(a), newProof(a), newWatch(a), newExport(a), newCheckpoint(a), newAnchors(a), newRecoveries(a)}},
		{"For programs", []*cobra.Command{newMCP(a)}},
		{"Operate", []*cobra.Command{newAdmin(a)}},
	}
}
