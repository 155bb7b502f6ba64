package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/balances"
	"github.com/econd/econd/node/lnd"
	"github.com/econd/econd/node/rootkeys"
)

// apertureMemo is the description of the invoices that aperture makes.
const apertureMemo = "L402"

// serviceName is what tokens are sold for, here and by aperture.
const serviceName = "econd"

// maxTokenLifetimeS is how long tokens can be good, in seconds.
const maxTokenLifetimeS = int64(l402.MaxTokenLifetime / time.Second)

// gate sells, checks and counts tokens for the HTTP and the gRPC API.
type gate interface {
	Check(ctx context.Context, now time.Time, authorization []string, need l402.Need) (l402.Grant, error)
	CheckMacaroon(ctx context.Context, now time.Time, value string, need l402.Need) (l402.Grant, error)
	Take(now time.Time, grant *l402.Grant, n int64) (taken int64, err error)
	GiveBack(grant *l402.Grant, n int64)
	Challenge(ctx context.Context, now time.Time, a l402.Ask) (l402.Challenge, error)
	Unasked(now time.Time)
}

// openGate opens the files of tokens that the mode needs.
func (d *daemon) openGate() error {
	if d.cfg.L402.Mode == modeOff {
		return nil
	}
	var err error
	if d.balances, err = balances.Open(balances.Config{Path: d.cfg.balances()}); err != nil {
		return err
	}
	lifetime := time.Duration(d.cfg.L402.TokenLifetimeS) * time.Second
	if d.cfg.L402.Mode == modeAperture {
		forwarded := l402.ForwardedConfig{Invoices: paidInvoices{d.client}, Balances: d.balances, Memo: apertureMemo,
			PriceSat: d.priceAt, TokenLifetime: lifetime}
		if d.cfg.L402.ApertureURL != "" {
			forwarded.Ask = askAperture(d.cfg.L402.ApertureURL)
		}
		f, err := l402.NewForwarded(forwarded)
		if err != nil {
			return err
		}
		d.gate = f
		d.node.UseProblems(func() []string { return f.Problems(time.Now()) })
		return nil
	}
	if d.keys, err = rootkeys.Open(rootkeys.Config{Path: d.cfg.rootkeys()}); err != nil {
		return err
	}
	direct := l402.DefaultConfig()
	direct.Store, direct.Balances, direct.Invoicer, direct.Rand = d.keys, d.balances, invoicer{d.client}, rand.Reader
	direct.TokenLifetime, direct.Location = lifetime, "econd"
	g, err := l402.NewGate(direct)
	d.gate = g
	return err
}

// priceAt is the price of a resource that was in force at a Unix second.
func (d *daemon) priceAt(resource string, at int64) int64 { return d.node.PriceAt(resource, at) }

// invoicer makes the invoices of L402 challenges.
type invoicer struct{ *lnd.Client }

func (i invoicer) AddInvoice(ctx context.Context, amountMsat int64, memo string, expiry time.Duration) (string, l402.Hash, error) {
	return i.Client.AddInvoice(ctx, amountMsat, memo, expiry)
}

// paidInvoices looks the invoices of tokens up that aperture sold.
type paidInvoices struct{ *lnd.Client }

func (p paidInvoices) Invoice(ctx context.Context, payment l402.Hash) (l402.Invoice, error) {
	inv, err := p.LookupInvoice(ctx, payment)
	switch {
	case err != nil:
		return l402.Invoice{}, err
	case !inv.Known:
		return l402.Invoice{}, fmt.Errorf("payment %s: %w", payment, l402.ErrUnknownToken)
	}
	return l402.Invoice{Settled: inv.Settled, Memo: inv.Memo, PaidMsat: inv.PaidMsat,
		CreatedAt: inv.CreatedUnix, SettledAt: inv.SettledUnix}, nil
}

// askAperture returns a function that gets a challenge from the aperture in
// front: it answers a request without a token with one.
func askAperture(base string) func(context.Context, l402.Ask) (string, error) {
	client := &http.Client{Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return func(ctx context.Context, a l402.Ask) (string, error) {
		req, err := http.NewRequestWithContext(ctx, a.Method, base+a.URI, nil)
		if err != nil {
			return "", err
		}
		req.Header.Set(l402.UsesHeader, strconv.FormatInt(max(1, a.Uses), 10))
		resp, err := client.Do(req)
		if err != nil {
			return "", fmt.Errorf("ask aperture: %w", err)
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
		for _, value := range resp.Header.Values("WWW-Authenticate") {
			if strings.HasPrefix(value, "L402 ") && resp.StatusCode == http.StatusPaymentRequired {
				return value, nil
			}
		}
		return "", errors.New("ask aperture: it answers " + resp.Status + " without an L402 challenge")
	}
}
