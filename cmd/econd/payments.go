package main

import (
	"context"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/spending"
)

// spendingDesk is where agents spend from their wallets; nil without a macaroon to pay with.
func (d *daemon) spendingDesk() *spending.Desk {
	if d.cfg.LND.PayMacaroon == "" {
		return nil
	}
	return &spending.Desk{Node: d.node, Book: d.spends, Payees: d.asks(), Now: time.Now}
}

// payments is nil without a macaroon to pay with.
func (d *daemon) payments() node.Payments {
	if d.cfg.LND.PayMacaroon == "" {
		d.log.Info("payments are off: lnd.pay_macaroon is empty; what proposals pay stays pending")
		return nil
	}
	return d.client
}

// pruneSpends forgets, every hour, what was kept of spends long ago. That it cannot is no reason to
// stop.
func (d *daemon) pruneSpends(ctx context.Context) {
	for {
		if err := d.spends.Prune(); err != nil {
			d.log.Warn("what was kept of old spends stays", "event", "spends_not_pruned", "error", err.Error())
		}
		if backoff.Sleep(ctx, time.Hour) != nil {
			return
		}
	}
}

// fileProblems names the files beside the ballot store whose last write failed.
func (d *daemon) fileProblems() (problems []string) {
	note := func(err error) {
		if err != nil {
			problems = append(problems, "files: "+err.Error())
		}
	}
	note(d.answers.Problem())
	note(d.subscriptions.Problem())
	if d.spends != nil {
		note(d.spends.Problem())
	}
	if d.balances != nil {
		note(d.balances.Problem())
	}
	if d.keys != nil {
		note(d.keys.Problem())
	}
	return problems
}
