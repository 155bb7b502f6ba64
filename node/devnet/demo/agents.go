package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet/lndwallet"
)

// makeAgents gives provider, consumer and operator an econctl configuration
// each, and the first two their keys. Agents come in through aperture; the
// operator sits beside econd.
func (e *economy) makeAgents(ctx context.Context) error {
	e.provider = &agent{name: "provider", lnd: e.net.Provider}
	e.consumer = &agent{name: "consumer", lnd: e.net.Consumer}
	e.ops = &agent{name: "operator", lnd: e.net.Operator, pubkey: e.operator}
	for i, a := range []*agent{e.provider, e.consumer, e.ops} {
		a.dir = filepath.Join(e.net.Dir, "agent-"+a.name)
		if err := os.MkdirAll(a.dir, 0o700); err != nil {
			return err
		}
		config := map[string]any{"econd": e.aperture.URL(), "key": filepath.Join(a.dir, "agent.key"), "max_sats": 200}
		if a == e.ops {
			config["econd"] = "http://" + e.httpAddr
			config["key"] = filepath.Join(e.dir, "operator.key")
			config["passphrase_file"] = filepath.Join(e.net.Dir, "passphrase")
		} else {
			mac := filepath.Join(a.dir, "econctl.mac")
			if err := a.lnd.BakeMacaroon(ctx, mac, uint64(31+i), lndwallet.URIs()...); err != nil {
				return err
			}
			config["lnd"] = map[string]any{"address": a.lnd.RPCAddr, "tls": a.lnd.TLSCertPath, "macaroon": mac}
		}
		text, err := yaml.Marshal(config)
		if err != nil {
			return err
		}
		if err := os.WriteFile(a.configPath(), text, 0o600); err != nil {
			return err
		}
		if a == e.ops {
			continue
		}
		var key struct{ PubKey op.PublicKey }
		if err := e.ctl(ctx, a, &key, "key", "new", "--plain"); err != nil {
			return err
		}
		a.pubkey = key.PubKey
	}
	return nil
}

func (a *agent) configPath() string { return filepath.Join(a.dir, "config.yaml") }

// ctl runs econctl as an agent and decodes what it prints.
func (e *economy) ctl(ctx context.Context, a *agent, dst any, args ...string) error {
	return e.runJSON(ctx, dst, "econctl", e.ctlArgs(a, args)...)
}

func (e *economy) ctlArgs(a *agent, args []string) []string {
	return append([]string{"--config", a.configPath(), "--json"}, args...)
}

// done is what econctl prints of an operation.
type done struct {
	ID      op.ID
	PaidSat int64 `json:"paid_sat"`
	Receipt view.Receipt
	Hold    *view.Hold
}

// untilState waits for a proposal's state.
func (e *economy) untilState(ctx context.Context, id op.ID, state string) (p view.Proposal, err error) {
	err = until(ctx, "the proposal is "+state, func() (bool, error) {
		if p, err = e.api.Proposal(id).Get(ctx); err != nil {
			return false, err
		}
		if p.State != state && (p.State == "cancelled" || p.State == "defeated" || p.State == "failed") {
			return false, fmt.Errorf("it is %s: %s", p.State, p.Reason)
		}
		return p.State == state, nil
	})
	return p, err
}

// untilHold waits for the state of a stake or collateral.
func (e *economy) untilHold(ctx context.Context, id op.ID, state string) error {
	return until(ctx, "the hold is "+state, func() (bool, error) {
		h, err := e.api.Stake(id).Get(ctx)
		return h.State == state, err
	})
}

// setPrice is the action of the demo's proposals.
func setPrice(from, to int64) string {
	text, err := json.Marshal(map[string]any{"type": "set-price", "resource": "operations", "sat": to, "expect_sat": from})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// pricing opens a proposal to change the price and locks its collateral.
func (e *economy) pricing(ctx context.Context, by *agent, title string, from, to int64) (done, error) {
	var d done
	err := e.ctl(ctx, by, &d, "propose", "--track", "price", "--title", title, "--action", setPrice(from, to), "--pay", "--max-sats", "6000")
	return d, err
}

// pass votes a proposal through and waits until it is queued.
func (e *economy) pass(ctx context.Context, id op.ID, voters ...*agent) error {
	if _, err := e.untilState(ctx, id, "active"); err != nil {
		return err
	}
	for _, v := range voters {
		if err := e.ctl(ctx, v, new(done), "vote", id.String(), "for"); err != nil {
			return err
		}
	}
	_, err := e.untilState(ctx, id, "queued")
	return err
}
