package main

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/keeper"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/wallet"
)

const stakesPath = "/v1/stakes"

// stakeList shows what an agent has locked or asked for.
func stakeList(a *app) *cobra.Command {
	var agent string
	c := &cobra.Command{
		Use:   "list",
		Short: "List your stakes, collateral and bonds, and when each must be renewed",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			key, err := a.agentOrMe(agent)
			if err != nil {
				return err
			}
			return showList(a, c, stakesPath, url.Values{"agent": {key.String()}}, 0, "HOLD\tFOR\tSAT\tSTATE\tBLOCKS LEFT\tRENEWAL", stakeRow)
		},
	}
	c.Flags().StringVar(&agent, "agent", "", "another agent's key, hex or npub (default: your own)")
	return c
}

// stakeRow shows how many blocks are left until the renewal of a hold is due.
func stakeRow(h hold) string {
	left, renew := "-", "-"
	if h.Renewal != nil {
		left, renew = fmt.Sprint(h.Renewal.BlocksLeft), h.Renewal.text()
	}
	return fmt.Sprintf("%s\t%s\t%d\t%s\t%s\t%s", oneLine(h.ID), oneLine(h.Purpose), max(h.AmountSat, h.PaidSat), oneLine(h.State), left, renew)
}

// renewal says when a hold must be renewed.
type renewal struct {
	DueHeight  uint32 `json:"due_height"`
	EndHeight  uint32 `json:"end_height"`
	BlocksLeft uint32 `json:"blocks_left"`
	EstimateMs int64  `json:"estimate_ms"`
	AtRisk     bool   `json:"at_risk"`
}

func (r renewal) text() string {
	at := "it returns"
	if r.AtRisk {
		at = "it is forfeited"
	}
	when := fmt.Sprintf("renew from height %d (in %d blocks, perhaps %s)", r.DueHeight, r.BlocksLeft, instant(r.EstimateMs))
	if r.BlocksLeft == 0 {
		when = "renew now"
	}
	return fmt.Sprintf("%s, before %d: else %s", when, r.EndHeight, at)
}

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
			for _, id := range list {
				if _, err := parseID("HOLD", id); err != nil {
					return err
				}
			}
			if cfg.MaxFeeSat < 0 || cfg.BudgetSat < 0 || cfg.Every < time.Second {
				return cli.Usagef("--max-fee and --budget must not be negative, --every at least 1s")
			}
			cfg.Only = list
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
	key, err := a.key()
	if err != nil {
		return err
	}
	a.ask = func(string) bool { return false } // nobody is there to answer
	cfg.Econd, cfg.Lightning = keptBy{a, key.Public()}, node
	cfg.CltvLimit, cfg.Timeout, cfg.Soon = holdCltvLimit, wallet.DefaultPayTimeout, time.Second
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
func (k keptBy) Holds(ctx context.Context) (height uint32, list []keeper.Hold, err error) {
	query := url.Values{"agent": {k.agent.String()}}
	through := pages{path: stakesPath}
	for {
		var page struct {
			Height uint32        `json:"height"`
			Items  []keeper.Hold `json:"items"`
			Next   string        `json:"next"`
		}
		if _, err := k.app.get(ctx, stakesPath, query, &page); err != nil {
			return 0, nil, err
		}
		list = append(list, page.Items...)
		if more, err := through.more(len(page.Items), page.Next); !more || len(list) > maxKept {
			return page.Height, list, err
		}
		query.Set("cursor", page.Next)
	}
}

// maxKept is more holds than any agent has.
const maxKept = 10_000

// Hold implements keeper.Econd.
func (k keptBy) Hold(ctx context.Context, id string) (keeper.Hold, error) {
	var h keeper.Hold
	_, err := k.app.get(ctx, stakesPath+"/"+url.PathEscape(id), nil, &h)
	return h, err
}

// Renew implements keeper.Econd.
func (k keptBy) Renew(ctx context.Context, id string) (int64, error) {
	hold, err := parseID("hold", id)
	if err != nil {
		return 0, err
	}
	before := k.app.paidSat()
	_, err = k.app.submit(ctx, op.KindRenew, op.Renew{Hold: hold})
	return k.app.paidSat() - before, err
}
