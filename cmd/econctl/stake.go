package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

func newStake(a *app) *cobra.Command {
	return cli.Group("stake", "Lock, show, keep and release stakes",
		stakeLock(a), stakeRelease(a), stakeShow(a), stakeList(a), holdPay(a, "stake"), stakeConfirm(a), stakeKeep(a))
}

func stakeLock(a *app) *cobra.Command {
	var pay bool
	c := command("lock AMOUNT_SAT", "Ask for a stake; with --pay lock it at once", cobra.ExactArgs(1), func(ctx context.Context, list []string) error {
		amount, err := parseSat(list[0])
		if err != nil {
			return err
		}
		return a.submitHold(ctx, op.KindLockStake, op.LockStake{AmountSat: amount}, pay, amount)
	})
	payFlag(c, &pay, "pay the hold invoice through your LND; the sats return when the stake is released")
	return c
}

// parseSat reads an amount.
func parseSat(text string) (int64, error) {
	amount, err := strconv.ParseInt(text, 10, 64)
	if err != nil || amount <= 0 || amount > op.MaxInteger {
		return 0, cli.Usagef("amount: must be a whole number of sats above 0")
	}
	return amount, nil
}

func stakeRelease(a *app) *cobra.Command {
	return command("release HOLD", "Ask for a stake back", cobra.ExactArgs(1), func(ctx context.Context, list []string) error {
		id, err := parseID("HOLD", list[0])
		if err != nil {
			return err
		}
		return a.submitAndPrint(ctx, op.KindReleaseStake, op.ReleaseStake{Stake: id})
	})
}

func stakeShow(a *app) *cobra.Command {
	return reading(a, "show HOLD", "Show a stake or collateral", cobra.ExactArgs(1), func(ctx context.Context, list []string) error {
		id, err := parseID("HOLD", list[0])
		if err != nil {
			return err
		}
		return shown(ctx, a, a.reads().Stake(id), holdText)
	})
}

// stakeList shows what an agent has locked or asked for.
func stakeList(a *app) *cobra.Command {
	var agent string
	c := reading(a, "list", "List your stakes, collateral and bonds, and when each must be renewed", cobra.NoArgs,
		func(ctx context.Context, _ []string) error {
			key, err := a.agentOrMe(agent)
			if err != nil {
				return err
			}
			return shownList(ctx, a, a.reads().Stakes(key), 0, "HOLD\tFOR\tSAT\tSTATE\tBLOCKS LEFT\tRENEWAL", stakeRow)
		})
	c.Flags().StringVar(&agent, "agent", "", "another agent's key, hex or npub (default: your own)")
	return c
}

// stakeRow shows how many blocks are left until the renewal of a hold is due.
func stakeRow(h view.Hold) string {
	left, renew := "-", "-"
	if h.Renewal != (view.Renewal{}) {
		left, renew = fmt.Sprint(h.Renewal.BlocksLeft), renewalText(h.Renewal)
	}
	return fmt.Sprintf("%s\t%s\t%d\t%s\t%s\t%s", h.ID, oneLine(h.Purpose), max(h.AmountSat, h.PaidSat), oneLine(h.State), left, renew)
}

func newRenew(a *app) *cobra.Command {
	var pay bool
	c := &cobra.Command{
		Use:   "renew HOLD",
		Short: "Ask for the next hold of a stake, collateral or bond; with --pay lock it at once",
		Long: "Ask for the next hold of one of your stakes, collaterals or bonds, before its HTLC ends.\n" +
			"Once the new one is locked the old one is cancelled, in the same entry. To have it\n" +
			"done for you: econctl stake keep.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			id, err := parseID("HOLD", list[0])
			if err != nil {
				return err
			}
			return a.submitHold(c.Context(), op.KindRenew, op.Renew{Hold: id}, pay, 0)
		},
	}
	payFlag(c, &pay, "pay the hold invoice through your LND")
	return c
}
