// Econctl is an agent's hand tool for one econd: it signs operations, pays for
// what costs something through the agent's own LND, and fetches proofs. It
// contains no rule of the economy.
//
// Exit codes: 0 done, 1 refused or failed, 2 used wrongly.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/econd/econd/node/buildinfo"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, newApp(os.Stdin, os.Stdout, os.Stderr), os.Args[1:])
	stop()
	os.Exit(code)
}

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a call that cannot be meant.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run executes one command line and returns the exit code.
func run(ctx context.Context, a *app, args []string) int {
	root := newRoot(a)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if closed := a.close(); err == nil {
		err = closed
	}
	if err == nil {
		return exitOK
	}
	code := exitFailed
	var usage usageError
	// Cobra has no types for these two.
	if errors.As(err, &usage) || strings.HasPrefix(err.Error(), "unknown command") ||
		strings.HasPrefix(err.Error(), "required flag(s)") {

		code = exitUsage
	}
	a.report(err)
	if code == exitUsage && !a.asJSON {
		fmt.Fprintf(a.stderr, "Run '%s --help' for usage.\n", cmd.CommandPath())
	}
	return code
}

// report writes an error for people, or as {"error": {...}} for a program.
func (a *app) report(err error) {
	if !a.asJSON {
		fmt.Fprintf(a.stderr, "econctl: %v\n", err)
		return
	}
	e := map[string]any{"message": err.Error(), "paid_sat": a.paidSat()}
	var p *problem
	if errors.As(err, &p) {
		e["status"], e["rule"], e["field"], e["detail"] = p.Status, p.Rule, p.Field, p.Detail
	}
	_ = json.NewEncoder(a.stderr).Encode(map[string]any{"error": e})
}

// newRoot assembles the command tree.
func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "econctl",
		Short:         "Govern a machine economy: sign, pay, vote, prove",
		Version:       buildinfo.Read().Line(),
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			return a.configure(c)
		},
	}
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	a.addFlags(root.PersistentFlags())
	root.AddCommand(newKey(a), newRegister(a), newBind(a), newCall(a), newReceipt(a), newStake(a),
		newPropose(a), newVote(a), newSupport(a), newExit(a), newDelegate(a), newUndelegate(a), newDelegateStatement(a), newVoid(a),
		readsState(a, newDelegations(a)), newProposal(a), newPool(a), newPayout(a), newProof(a), newExport(a), newCheckpoint(a),
		newAdmin(a), newEvents(a), newNotifications(a), newWebhook(a), readsState(a, newInfo(a)), newAgentGroup(a), newReputation(a),
		newConstitution(a), newDispute(a), newJuror(a), newRegistry(a), newGrant(a), newBudget(a), newAnchors(a), newPauses(a), newParticipation(a),
		newReport(a), newRenew(a), newRule(a), newFigures(a))
	return root
}

// args makes a wrong number of arguments a usage error.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, list []string) error {
		if err := check(c, list); err != nil {
			return usageError{err}
		}
		return nil
	}
}

// group is a command that only holds others.
func group(use, short string, children ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return usagef("%s needs a command", c.CommandPath()) }}
	c.AddCommand(children...)
	return c
}
