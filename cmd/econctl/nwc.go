package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/lndconn"
	"github.com/econd/econd/node/nwc"
	"github.com/econd/econd/node/nwc/econdwallet"
	"github.com/econd/econd/node/nwc/lndinvoices"
	"github.com/econd/econd/node/op"
)

// nwcPart begins the name of the part of a wallet that a connection with a budget of its own has.
const nwcPart = "nwc-"

// nwcConnection is what `nwc connect` prints as JSON, and `nwc list` without the URI.
type nwcConnection struct {
	Name    string       `json:"name"`
	Wallet  string       `json:"wallet"`
	Service op.PublicKey `json:"service"`
	Client  op.PublicKey `json:"client"`
	Relays  []string     `json:"relays"`
	Created int64        `json:"created"`
	URI     string       `json:"uri,omitempty"`
}

func newNWC(a *app) *cobra.Command {
	return cli.Group("nwc", "Let wallet programs pay from your wallets (Nostr Wallet Connect)", nwcConnect(a), nwcServe(a), nwcList(a), nwcRevoke(a))
}

// nwcFiles is the folder of the wallet service: connections, sealed secret, journal.
func (a *app) nwcFiles() (dir string, store *nwc.Store, err error) {
	config, err := a.configPath()
	if err != nil {
		return "", nil, err
	}
	dir = filepath.Join(filepath.Dir(config), "nwc")
	return dir, nwc.NewStore(filepath.Join(dir, "connections")), nil
}

// nwcMaster opens the sealed secret of the service; fresh makes one where there is none.
func (a *app) nwcMaster(dir string, fresh bool, work int) (m nwc.Master, err error) {
	file := filepath.Join(dir, "nwc.key")
	_, err = os.Lstat(file)
	missing := errors.Is(err, fs.ErrNotExist)
	if missing && !fresh {
		return m, errors.New("there is no connection yet: make one with: econctl nwc connect")
	}
	passphrase, err := keyfile.Passphrase(a.cfg.PassphraseFile, missing)
	if err != nil {
		return m, err
	}
	defer clear(passphrase)
	if !missing {
		return m, keyfile.Open(file, passphrase, &m)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return m, err
	}
	if m, err = nwc.NewMaster(); err != nil {
		return m, err
	}
	return m, keyfile.Seal(file, passphrase, m, keyfile.WorkFactor(work))
}

func nwcConnect(a *app) *cobra.Command {
	var wallet string
	var relays []string
	var budgetMsat int64
	work := keyfile.DefaultWorkFactor
	c := long(command("connect NAME", "Make a connection and print its URI, once", func(ctx context.Context, list []string) error {
		return a.nwcConnect(ctx, list[0], wallet, relays, budgetMsat, work)
	}),
		"Make a connection and print its URI, once: nostr+walletconnect://... has the client's secret, which",
		"is kept nowhere. Whoever has it pays from the wallet within its budget, until it is revoked.",
		"",
		"With --budget-msat the connection gets a part of the wallet (nwc-NAME) with as much in each period of",
		"the wallet's budget, and what holds for the wallet holds for it, too.")
	c.Flags().StringVar(&wallet, "wallet", "", "your wallet that it pays from, by name or id")
	c.Flags().StringArrayVar(&relays, "relay", nil, "`URL` of a relay where both meet, wss://...; may be given several times")
	c.Flags().Int64Var(&budgetMsat, "budget-msat", 0, "most that is spent in a period; 0 for what the wallet allows")
	c.Flags().IntVar(&work, "work-factor", work, "scrypt cost as a power of two, where the service's secret is sealed first; lower is weaker")
	return c
}

func (a *app) nwcConnect(ctx context.Context, name, wallet string, relays []string, budgetMsat int64, work int) error {
	switch {
	case wallet == "":
		return cli.Usagef("wallet: must name a wallet")
	case len(relays) == 0:
		return cli.Usagef("relay: must name at least one relay")
	case budgetMsat < 0:
		return cli.Usagef("budget-msat: must not be negative")
	}
	dir, store, err := a.nwcFiles()
	if err != nil {
		return err
	}
	id, err := a.walletNamed(ctx, wallet)
	if err != nil {
		return err
	}
	master, err := a.nwcMaster(dir, true, work)
	if err != nil {
		return err
	}
	if budgetMsat > 0 {
		if id, err = a.nwcPart(ctx, id, name, budgetMsat); err != nil {
			return err
		}
	}
	made, uri, err := store.Connect(master, name, id, relays, time.Now().Unix())
	if err != nil {
		return err
	}
	v := nwcView(made)
	v.URI = uri
	return a.print(v, fmt.Sprintf("%s\nIt is shown once. econctl nwc serve answers it; econctl nwc revoke %s ends it.\n", uri, name))
}

// nwcPart opens a part of a wallet for a connection, or finds it, and returns its id.
func (a *app) nwcPart(ctx context.Context, parent, name string, msat int64) (string, error) {
	w, err := a.econd.Wallet(parent).Get(ctx)
	if err != nil {
		return "", err
	}
	if w.Budget == nil {
		return "", fmt.Errorf("%s has no budget that a part could have a share of", oneLine(parent))
	}
	terms := w.Budget.Terms
	terms.RefillMsat, terms.CeilingMsat, terms.CapMsat = min(msat, terms.RefillMsat), min(msat, terms.CeilingMsat), min(msat, terms.CapMsat)
	if _, err := a.submit(ctx, op.KindOpenWallet, op.OpenWallet{Name: nwcPart + name, Parent: parent, Terms: &terms}); err != nil {
		return "", err
	}
	return a.walletNamed(ctx, nwcPart+name)
}

func nwcView(c nwc.Connection) nwcConnection {
	return nwcConnection{Name: c.Name, Wallet: c.Wallet, Service: c.Service, Client: c.Client, Relays: c.Relays, Created: c.Created}
}

func nwcList(a *app) *cobra.Command {
	return command("list", "Show connections", func(context.Context, []string) error {
		_, store, err := a.nwcFiles()
		if err != nil {
			return err
		}
		list, err := store.List()
		if err != nil {
			return err
		}
		views := make([]nwcConnection, len(list))
		var b strings.Builder
		for i, c := range list {
			views[i] = nwcView(c)
			fmt.Fprintf(&b, "%s  %s  %s  %s\n", c.Name, oneLine(c.Wallet), time.Unix(c.Created, 0).UTC().Format(time.RFC3339), oneLine(strings.Join(c.Relays, " ")))
		}
		return a.print(views, b.String())
	})
}

func nwcRevoke(a *app) *cobra.Command {
	return command("revoke NAME", "End a connection, at once", func(_ context.Context, list []string) error {
		_, store, err := a.nwcFiles()
		if err != nil {
			return err
		}
		if err := store.Revoke(list[0]); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no connection %q", list[0])
		} else if err != nil {
			return err
		}
		return a.print(map[string]string{"revoked": list[0]}, fmt.Sprintf("%s is revoked: nothing new is paid for it. What is under way goes on.\n", list[0]))
	})
}

func nwcServe(a *app) *cobra.Command {
	var macaroon string
	c := long(command("serve", "Answer wallet programs, as long as this runs", func(ctx context.Context, _ []string) error {
		return a.nwcServe(ctx, macaroon)
	}),
		"Answer wallet programs over their relays, as long as this runs. Each payment is a spend that your key",
		"signs and the wallet's budget bounds. Connections that are made or revoked meanwhile are found. It may be",
		"stopped at any time: a payment that was begun is taken up again, and paid once.",
		"",
		"With --receive-macaroon they get invoices of your own LND (lnd.address, lnd.tls), too. Make it with:",
		lndinvoices.BakeCommand(""))
	c.Flags().StringVar(&macaroon, "receive-macaroon", "", "macaroon for your LND to make invoices with; without it nothing is received")
	return c
}

// nwcServe runs until it is interrupted, which is no error.
func (a *app) nwcServe(ctx context.Context, macaroon string) error {
	dir, store, err := a.nwcFiles()
	if err != nil {
		return err
	}
	master, err := a.nwcMaster(dir, false, 0)
	if err != nil {
		return err
	}
	if _, err := a.self(); err != nil { // opens what signs, while somebody may be there to be asked
		return err
	}
	if _, err := a.wallet(); err != nil {
		return err
	}
	var receiver nwc.Receiver
	var holder nwc.Holder
	if macaroon != "" {
		node, err := lndinvoices.Dial(lndconn.Config{Address: a.cfg.LND.Address, TLSCertPath: a.cfg.LND.TLS, MacaroonPath: macaroon})
		if err != nil {
			return cli.Usage(err)
		}
		defer node.Close()
		receiver, holder = node, node
	}
	a.ask = func(string) bool { return false } // nobody is there to answer
	service, err := nwc.New(nwc.Config{Store: store, Master: master, Journal: filepath.Join(dir, "nwc.db"),
		Log: slog.New(slog.NewJSONHandler(a.stderr, nil)), Open: nwcOpen(a.econd, receiver, holder)})
	if err != nil {
		return err
	}
	err = service.Run(ctx)
	return errors.Join(err, service.Close())
}

// nwcOpen gives wallets of econd's. What is received goes to the agent's own LND, if to anything: sats
// reach a pool by deposits.
func nwcOpen(econd *client.Client, r nwc.Receiver, h nwc.Holder) func(string) (nwc.Wallet, nwc.Receiver, nwc.Holder, error) {
	return func(id string) (nwc.Wallet, nwc.Receiver, nwc.Holder, error) {
		return econdwallet.New(econdwallet.Of(econd), id), r, h, nil
	}
}
