package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

func newStake(a *app) *cobra.Command {
	return cli.Group("stake", "Lock, show, keep and release stakes",
		locks(a, "lock AMOUNT_SAT", "Ask for a stake; with --pay lock it at once",
			"pay the hold invoice through your LND; the sats return when the stake is released", op.KindLockStake,
			func(list []string) (any, error) {
				amount, err := parseSat(list[0])
				return op.LockStake{AmountSat: amount}, err
			}),
		submits(a, "release HOLD", "Ask for a stake back", op.KindReleaseStake, ofID("HOLD", func(id op.ID) any { return op.ReleaseStake{Stake: id} })),
		shows(a, "show HOLD", "Show a stake or collateral", idOf("HOLD"), (*client.Client).Stake, holdText),
		stakeList(a), holdPay(a, "stake"), stakeConfirm(a), stakeKeep(a))
}

// parseSat reads an amount.
func parseSat(text string) (int64, error) {
	amount, err := strconv.ParseInt(text, 10, 64)
	if err != nil || amount <= 0 || amount > op.MaxInteger {
		return 0, cli.Usagef("amount: must be a whole number of sats above 0")
	}
	return amount, nil
}

// stakeList shows what an agent has locked or asked for.
func stakeList(a *app) *cobra.Command {
	var agent string
	c := reading(a, "list", "List your stakes, collateral and bonds, and when each must be renewed", func(ctx context.Context, _ []string) error {
		key, err := a.agentOrMe("agent", agent)
		if err != nil {
			return err
		}
		return shownList(ctx, a, a.reads().Stakes(key), 0, table[view.Hold]{"HOLD\tFOR\tSAT\tSTATE\tBLOCKS LEFT\tRENEWAL", stakeRow})
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
	return cells(h.ID, h.Purpose, max(h.AmountSat, h.PaidSat), h.State, left, renew)
}

func newRenew(a *app) *cobra.Command {
	return long(locks(a, "renew HOLD", "Ask for the next hold of a stake, collateral or bond; with --pay lock it at once",
		"pay the hold invoice through your LND", op.KindRenew, ofID("HOLD", func(id op.ID) any { return op.Renew{Hold: id} })),
		"Ask for the next hold of one of your stakes, collaterals or bonds, before its HTLC ends.",
		"Once the new one is locked the old one is cancelled, in the same entry. To have it",
		"done for you: econctl stake keep.")
}
