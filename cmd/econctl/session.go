package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/econd/econd/cmd/internal/terminal"
	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/signer/keystore"
	"github.com/econd/econd/node/wallet"
	"github.com/econd/econd/node/wallet/lndwallet"
)

// lightningNode is what econctl needs of the agent's LND; *lndwallet.Node is one.
type lightningNode interface {
	wallet.Payer
	Start(context.Context, wallet.PayRequest) (wallet.Payment, error)
	SignMessage(context.Context, string) (string, error)
	Identity(context.Context) (lndwallet.Identity, error)
	Close() error
}

// opened is what a run opens once, when it is first needed.
type opened struct {
	econd    *client.Client
	node     lightningNode
	purse    *wallet.Wallet
	keystore *keystore.Keystore
	signer   signer.Signer
	known    []byte     // passphrase of the key file, where it was asked for already
	paying   sync.Mutex // held where payments grow: a command may do several things at once
	payments []payment
	spending *guard // of the tools of a model, in place of limits and questions; nil: those hold
}

// payment is a payment of this run.
type payment struct {
	URL  string
	Paid wallet.Paid
}

func dialLND(c lndConfig) (lightningNode, error) {
	if c.Address == "" && c.TLS == "" && c.Macaroon == "" {
		return nil, errMissingLND
	}
	return lndwallet.Dial(lndwallet.Config{Address: c.Address, TLSCertPath: c.TLS, MacaroonPath: c.Macaroon})
}

// lightning returns the agent's LND.
func (a *app) lightning() (lightningNode, error) {
	if a.dryRun {
		return nil, errDryPay
	}
	if a.node == nil {
		node, err := a.dial(a.cfg.LND)
		if err != nil {
			return nil, err
		}
		a.node = node
	}
	return a.node, nil
}

// wallet returns the client that every request goes through. Without an LND
// it asks for nothing that costs.
func (a *app) wallet() (*wallet.Wallet, error) {
	if a.purse != nil {
		return a.purse, nil
	}
	w, err := a.walletBy(slowly{app: a, RoundTripper: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 90 * time.Second,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   4,
	}})
	if err == nil {
		a.purse = w
	}
	return w, err
}

// walletBy makes a client that sends requests by transport.
func (a *app) walletBy(transport http.RoundTripper) (*wallet.Wallet, error) {
	cfg := wallet.Config{MaxSats: a.cfg.MaxSats, MaxTotalSats: a.cfg.MaxTotalSats, TokenStore: wallet.NewFileStore(a.cfg.Tokens), Confirm: a.confirm, Notify: a.notify,
		HTTP: &http.Client{Transport: transport}}
	if a.spending != nil {
		cfg.MaxSats, cfg.MaxTotalSats, cfg.Confirm = 0, 0, a.spending.confirm
	}
	node, err := a.lightning()
	switch {
	case err == nil:
		cfg.Payer = node
	case !errors.Is(err, errMissingLND) && !errors.Is(err, errDryPay):
		return nil, err
	}
	return wallet.New(cfg)
}

// confirm asks about what is above a limit, where there is somebody to ask.
func (a *app) confirm(p wallet.Price) bool {
	if a.asJSON {
		return false
	}
	limit := fmt.Sprintf("the limit is %d sat", a.cfg.MaxSats)
	if p.Sat <= a.cfg.MaxSats {
		limit = fmt.Sprintf("this command spent %d sat already, the limit of the sum is %d sat", p.SpentSat, a.cfg.MaxTotalSats)
	}
	return a.ask(fmt.Sprintf("%s asks %d sat (plus at most %d sat of routing fee) for %s %s; %s. Pay? [y/N] ",
		p.Origin, p.Sat, p.FeeLimitSat, p.Method, p.Path, limit))
}

func (a *app) notify(p wallet.Price) {
	if !a.asJSON {
		fmt.Fprintf(a.stderr, "paying %d sat to %s\n", p.Sat, oneLine(p.Origin))
	}
}

// askTerminal asks at the terminal, and takes silence or no terminal for no.
func askTerminal(w io.Writer) func(string) bool {
	return func(prompt string) bool {
		tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
		if err != nil {
			return false
		}
		defer tty.Close()
		fmt.Fprint(w, prompt)
		line, _ := bufio.NewReader(tty).ReadString('\n')
		return strings.EqualFold(strings.TrimSpace(line), "y") || strings.EqualFold(strings.TrimSpace(line), "yes")
	}
}

// account is the one asked for, 0 if none was.
func (a *app) account() uint32 {
	if a.cfg.Account == nil {
		return 0
	}
	return *a.cfg.Account
}

// terminal is where a human types, nil if nobody does, or programs read the answers.
func (a *app) terminal() terminal.Terminal {
	if a.asJSON {
		return nil
	}
	return a.tty()
}

// callURL is where a request goes, without its query, which may hold secrets.
func callURL(req *http.Request) string {
	return req.URL.Scheme + "://" + req.URL.Host + req.URL.Path
}

// close ends what was opened, and wipes the key. Payments that LND has go on.
func (a *app) close() error {
	var errs []error
	if a.node != nil {
		errs = append(errs, a.node.Close())
	}
	if a.signer != nil {
		errs = append(errs, a.signer.Close())
	}
	if a.keystore != nil {
		errs = append(errs, a.keystore.Close())
	}
	a.node, a.signer, a.keystore = nil, nil, nil
	return errors.Join(errs...)
}

// payer sends econd's requests through the wallet of a run, which is opened by the first.
type payer struct{ app *app }

// Do implements client.Payer.
func (p payer) Do(req *http.Request) (*http.Response, wallet.Paid, error) { return p.app.do(req) }

// connect makes the client of econd; it asks nothing.
func (a *app) connect() (err error) {
	cfg := client.Config{URL: a.cfg.Econd, LogKey: a.cfg.LogKey, Logs: &knownLogs{path: a.logsPath(), forget: a.forgetHead}, Met: a.met, Payer: payer{a}, RetryFor: a.retryFor, Waiting: a.wait, Signer: lazily{a}, Away: func(err error) {
		fmt.Fprintf(a.stderr, "econctl: %v; goes on when econd is back\n", err)
	}}
	if a.retryFor == 0 {
		cfg.RetryFor = -1
	}
	if !a.retryGiven {
		cfg.RefusedFor = refusedFor
	}
	a.econd, err = client.New(cfg)
	return err
}

// reads is econd as a command that reads state sees it: at the entry that --at names.
func (a *app) reads() *client.Client {
	if a.at.given {
		return a.econd.At(a.at.seq)
	}
	return a.econd
}

// do sends one request through the wallet and remembers what it cost.
func (a *app) do(req *http.Request) (*http.Response, wallet.Paid, error) {
	w, err := a.wallet()
	if err != nil {
		return nil, wallet.Paid{}, err
	}
	return a.doBy(w, req)
}

// doBy is do through a wallet.
func (a *app) doBy(w *wallet.Wallet, req *http.Request) (*http.Response, wallet.Paid, error) {
	if a.cfg.Uses > 1 && req.Header.Get(l402.UsesHeader) == "" {
		req.Header.Set(l402.UsesHeader, strconv.FormatInt(a.cfg.Uses, 10))
	}
	resp, paid, err := w.Do(req)
	if a.spending != nil {
		err = a.spending.settle(paid, err)
	}
	if !paid.IsZero() && !paid.Reused {
		a.paying.Lock()
		a.payments = append(a.payments, payment{URL: callURL(req), Paid: paid})
		a.paying.Unlock()
		if !a.asJSON {
			fmt.Fprintf(a.stderr, "paid %d sat (fee %d msat), payment %s\n", paid.Sat(), paid.FeeMsat, paid.Hash)
		}
	}
	return resp, paid, advise(err)
}

// paidSat is what this run paid for requests, without fees.
func (a *app) paidSat() (total int64) {
	for _, p := range a.payments {
		total += p.Paid.Sat()
	}
	return total
}
