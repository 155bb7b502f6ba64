// Package payees asks whom spends from wallets pay: origins by HTTP 402 (node/paywall), lightning
// addresses and LNURLs (node/lnurl).
//
// It guarantees that a bill is over what the spend says, of its origin or address, on the economy's
// network, and has time left. It refuses to know budgets, and how a bill is paid.
package payees

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/lnurl"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/outbound"
	"github.com/econd/econd/node/paywall"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
)

// timeLeft is how long an invoice must still be good.
const timeLeft = 15 * time.Second

// Book keeps what was answered without a payment, and tokens; *spendbook.Book is one.
type Book interface {
	paywall.Tokens
	KeepAnswer(spend string, try int64, a node.Answer) error
}

// Config is what Payees are made of. Every field is required.
type Config struct {
	HTTP   *outbound.Client
	Book   Book
	Prefix string // of the economy's invoices, as "lnbc"
	Now    func() time.Time
}

// Payees implements node.Payees. It may be used concurrently.
type Payees struct {
	cfg   Config
	shops *paywall.Client
	lnurl *lnurl.Client
}

// New checks the configuration.
func New(cfg Config) (*Payees, error) {
	switch {
	case cfg.HTTP == nil:
		return nil, errors.New("payees: Config.HTTP is nil")
	case cfg.Book == nil:
		return nil, errors.New("payees: Config.Book is nil")
	case cfg.Prefix == "":
		return nil, errors.New("payees: Config.Prefix is empty")
	case cfg.Now == nil:
		return nil, errors.New("payees: Config.Now is nil")
	}
	shops, err := paywall.New(paywall.Config{HTTP: cfg.HTTP, Tokens: cfg.Book, Now: cfg.Now})
	if err != nil {
		return nil, err
	}
	return &Payees{cfg: cfg, shops: shops, lnurl: lnurl.New(cfg.HTTP)}, nil
}

// Bill implements node.Payees. An origin that answers without a payment, or with a token that the wallet
// has, ends the spend as failed: nothing was paid, and what was answered is kept with it.
func (p *Payees) Bill(ctx context.Context, s view.Payment, t op.SpendTexts) (node.Bill, error) {
	b, err := p.ask(ctx, s, t)
	var r *refusal.Refusal
	if errors.As(err, &r) {
		return node.Bill{}, &node.FinalError{Reason: r.Error(), Unneeded: r.Rule == "unneeded"}
	}
	return b, err
}

func (p *Payees) ask(ctx context.Context, s view.Payment, t op.SpendTexts) (node.Bill, error) {
	switch s.Type {
	case op.SpendAddress:
		return p.askAddress(ctx, s, t)
	case op.SpendURL:
		return p.askURL(ctx, s, t)
	}
	return node.Bill{}, refusal.New(refusal.ErrInvalid, "type", "payee", "nobody is asked for a spend by %s", s.Type)
}

func (p *Payees) askAddress(ctx context.Context, s view.Payment, t op.SpendTexts) (node.Bill, error) {
	target, err := targetOf(s, t)
	if err != nil {
		return node.Bill{}, err
	}
	offer, err := p.lnurl.Offer(ctx, target)
	if err != nil {
		return node.Bill{}, err
	}
	text, inv, err := p.lnurl.Invoice(ctx, offer, s.AmountMsat, "")
	if err != nil {
		return node.Bill{}, err
	}
	return p.bill(text, &inv, s)
}

// targetOf is whom a spend by lnurl asks: its address, or the LNURL that its address is the host of.
func targetOf(s view.Payment, t op.SpendTexts) (lnurl.Target, error) {
	if strings.Contains(s.Address, "@") {
		return lnurl.Address(s.Address)
	}
	target, err := lnurl.Code(t.URL)
	if err == nil && target.Name != s.Address {
		err = refusal.New(refusal.ErrRule, "texts.url", "spend-address", "leads to %s, the spend is to %s", target.Name, s.Address)
	}
	return target, err
}

func (p *Payees) askURL(ctx context.Context, s view.Payment, t op.SpendTexts) (node.Bill, error) {
	if err := ofOrigin(t.URL, s.Origin); err != nil {
		return node.Bill{}, err
	}
	a, err := p.shops.Ask(ctx, requestOf(s, t))
	if err != nil {
		return node.Bill{}, err
	}
	if a.Response != nil {
		return node.Bill{}, p.unneeded(s, a)
	}
	inv, err := bolt11.Decode(a.Charge.Invoice)
	if err != nil {
		return node.Bill{}, refusal.New(refusal.ErrRule, "invoice", "bolt11", "%v", err)
	}
	b, err := p.bill(a.Charge.Invoice, &inv, s)
	if err != nil {
		return node.Bill{}, err
	}
	b.Charge, err = json.Marshal(a.Charge)
	return b, err
}

// ofOrigin holds a URL against the origin that was signed and that the budget allows.
func ofOrigin(rawURL, origin string) error {
	u, err := outbound.Parse(rawURL)
	if err != nil {
		return refusal.New(refusal.ErrInvalid, "texts.url", "form", "%v", err)
	}
	if got := outbound.Origin(u); got != origin {
		return refusal.New(refusal.ErrRule, "texts.url", "spend-origin", "is at %s, the spend is to %s", got, origin)
	}
	return nil
}

// unneeded keeps an answer that cost nothing, and says why nothing is paid.
func (p *Payees) unneeded(s view.Payment, a paywall.Answer) error {
	if s.ID != "" {
		if err := p.cfg.Book.KeepAnswer(s.ID, s.Tries, answerOf(*a.Response)); err != nil {
			return err
		}
	}
	why := "asks for no payment"
	if a.Reused {
		why = "takes a token that the wallet has"
	}
	return refusal.New(refusal.ErrRule, "texts.url", "unneeded", "%s %s: nothing was paid, and it answered with status %d", s.Origin, why, a.Response.Status)
}

// bill holds an invoice against the spend.
func (p *Payees) bill(text string, inv *bolt11.Invoice, s view.Payment) (node.Bill, error) {
	left := time.Duration(min(inv.ExpiresS()-p.cfg.Now().Unix(), 3600)) * time.Second
	switch {
	case inv.Prefix != p.cfg.Prefix:
		return node.Bill{}, refusal.New(refusal.ErrRule, "invoice", "network", "begins with %s, invoices of this economy's network with %s", inv.Prefix, p.cfg.Prefix)
	case inv.AmountMsat == 0:
		return node.Bill{}, refusal.New(refusal.ErrRule, "invoice", "amount", "names no amount")
	case inv.AmountMsat > s.AmountMsat || s.Type != op.SpendURL && inv.AmountMsat != s.AmountMsat:
		return node.Bill{}, refusal.New(refusal.ErrRule, "invoice", "amount", "is over %d msat, the spend over %d", inv.AmountMsat, s.AmountMsat)
	case left < timeLeft:
		return node.Bill{}, refusal.New(refusal.ErrRule, "invoice", "expiry", "is good for %d s more, %d must be left", left/time.Second, timeLeft/time.Second)
	}
	return node.Bill{Invoice: text, PaymentHash: inv.PaymentHash, AmountMsat: inv.AmountMsat, Node: inv.Payee}, nil
}

func requestOf(s view.Payment, t op.SpendTexts) paywall.Request {
	h := make(http.Header, len(t.Header))
	for name, value := range t.Header {
		h.Add(name, value)
	}
	return paywall.Request{Wallet: s.Wallet, Method: t.Method, URL: t.URL, Header: h, Body: t.Body, Quote: s.ID == ""}
}

// Deliver implements node.Payees. An answer of 5xx is an error: the same may be asked for again.
func (p *Payees) Deliver(ctx context.Context, s view.Payment, t op.SpendTexts, b node.Bill) (node.Answer, error) {
	var c paywall.Charge
	if err := json.Unmarshal(b.Charge, &c); err != nil {
		return node.Answer{}, errors.New("payees: the bill has no charge")
	}
	if err := ofOrigin(c.URL, s.Origin); err != nil {
		return node.Answer{}, err
	}
	resp, err := p.shops.Present(ctx, requestOf(s, t), c, l402.Preimage(s.Preimage))
	if err != nil {
		return node.Answer{}, err
	}
	if resp.Status >= http.StatusInternalServerError {
		return node.Answer{}, fmt.Errorf("%s was paid and answers with status %d: ask again", s.Origin, resp.Status)
	}
	return answerOf(resp), nil
}

func answerOf(r outbound.Response) node.Answer {
	h := make(map[string][]string, len(r.Header))
	for name, values := range r.Header {
		if len(values) > 0 && name != "Www-Authenticate" {
			h[name] = values
		}
	}
	return node.Answer{Status: r.Status, Header: h, Body: r.Body, Cut: r.Cut != ""}
}
