package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/keeper"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet"
)

func stakeKeep(a *app) *cobra.Command {
	var cfg keeper.Config
	c := &cobra.Command{
		Use:   "keep [HOLD...]",
		Short: "Renew your stakes, collateral and bonds by themselves, as long as this runs",
		Long: "Watch your holds and renew each before it ends: ask for the next one, lock it\n" +
			"through your LND, and let econd cancel the old one; the weight does not change\n" +
			"meanwhile. Without HOLD it keeps all of them, with some those and what renews them.\n\n" +
			"For the moment of a renewal both holds are locked, so your LND needs as much\n" +
			"again on its side of its channels as the largest hold. Only holds are renewed whose payment\n" +
			"your LND has in flight. It may be stopped at any time and goes on where it was.",
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, list []string) error {
			for _, text := range list {
				id, err := parseID("HOLD", text)
				if err != nil {
					return err
				}
				cfg.Only = append(cfg.Only, id)
			}
			if cfg.MaxFeeSat < 0 || cfg.BudgetSat < 0 || cfg.Every < time.Second {
				return cli.Usagef("--max-fee and --budget must not be negative, --every at least 1s")
			}
			if a.dryRun {
				return a.showKept(c.Context(), cfg.Only)
			}
			return a.keep(c.Context(), cfg)
		},
	}
	c.Flags().Int64Var(&cfg.MaxFeeSat, "max-fee", 0, "most sats for the route of one hold, paid only if it is forfeited (default a twentieth of it)")
	c.Flags().Int64Var(&cfg.BudgetSat, "budget", 1000, "most sats that this run spends on asking for renewals; 0 for no end")
	c.Flags().DurationVar(&cfg.Every, "every", time.Minute, "how often to look")
	c.Flags().BoolVar(&cfg.Once, "once", false, "do what is due now and end; exit code 1 if something due could not be renewed")
	return c
}

// keep runs until it is interrupted, which is no error.
func (a *app) keep(ctx context.Context, cfg keeper.Config) error {
	node, err := a.lightning()
	if err != nil {
		return err
	}
	self, err := a.self()
	if err != nil {
		return err
	}
	a.ask = func(string) bool { return false } // nobody is there to answer
	cfg.Econd, cfg.Lightning = keptBy{a, self}, node
	cfg.CltvLimit, cfg.Timeout, cfg.Soon = wallet.HoldCltvLimit, wallet.DefaultPayTimeout, time.Second
	cfg.Sleep, cfg.Tell = backoff.Sleep, a.tellKept
	if err := keeper.New(cfg).Run(ctx); ctx.Err() == nil {
		return err
	}
	return nil
}

func (a *app) tellKept(e keeper.Event) {
	line := fmt.Sprintf("%s  %s", e.What, oneLine(e.Text))
	if e.Hold != "" {
		line += "  " + oneLine(e.Hold)
	}
	_ = a.print(e, line+"\n")
}

// keptBy is econd as a Keeper sees it.
type keptBy struct {
	app   *app
	agent op.PublicKey
}

// Holds implements keeper.Econd.
func (k keptBy) Holds(ctx context.Context) (height uint32, list []view.Hold, err error) {
	_, list, last, err := collected(ctx, k.app.econd.Stakes(k.agent), maxKept)
	return last.Answer.Height, list, err
}

// maxKept is more holds than any agent has.
const maxKept = 10_000

// Hold implements keeper.Econd.
func (k keptBy) Hold(ctx context.Context, id op.ID) (view.Hold, error) {
	return k.app.econd.Stake(id).Get(ctx)
}

// Confirm implements keeper.Econd.
func (k keptBy) Confirm(ctx context.Context, c op.HoldConfirmed) (int64, error) {
	before := k.app.paidSat()
	_, err := k.app.submit(ctx, op.KindHoldConfirmed, c)
	return k.app.paidSat() - before, err
}

// Renew implements keeper.Econd.
func (k keptBy) Renew(ctx context.Context, id op.ID) (int64, error) {
	before := k.app.paidSat()
	_, err := k.app.submit(ctx, op.KindRenew, op.Renew{Hold: id})
	return k.app.paidSat() - before, err
}
