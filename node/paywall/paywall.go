// Package paywall buys by HTTP 402 for a wallet that somebody else pays from, in steps that survive a
// crash between any two: Ask gets the answer or what it costs, its caller pays, and Present asks for
// what was paid.
//
// It guarantees that
//   - a charge fits its invoice (node/charge), has time left, and is of the URL's origin;
//   - a token goes to the origin that sold it, for the wallet that paid it, and there to paths under the
//     first segment of the one it was bought for; it is kept until it is refused;
//   - what is called keeps to the rules of node/outbound: three redirects on the same origin before
//     the payment, none with a credential;
//   - no error and no formatting verb shows a token or preimage.
//
// It refuses to know budgets, who pays, and where tokens are kept. A Client may be used concurrently.
package paywall

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/charge"
	"github.com/econd/econd/node/outbound"
	"github.com/econd/econd/node/refusal"
)

const (
	maxRedirects = 3 // before a payment
	maxGuesses   = 2 // tokens that are tried before a charge is taken

	// timeLeft is how long a charge must still be good.
	timeLeft = 15 * time.Second

	day = 24 * time.Hour

	// maxAge is how long a token is tried after it was taken last.
	maxAge = 30 * day
)

// Tokens keeps tokens of wallets, each under an id. Values are secret.
type Tokens interface {
	Tokens(wallet, origin string, fn func(id string, value []byte) error) error
	KeepToken(wallet, origin, id string, value []byte) error
	DropToken(wallet, origin, id string) error
}

// Config is what a Client is made of. Every field is required.
type Config struct {
	HTTP   *outbound.Client
	Tokens Tokens
	Now    func() time.Time
}

// Client buys. Make it with New.
type Client struct{ cfg Config }

// New checks the configuration.
func New(cfg Config) (*Client, error) {
	switch {
	case cfg.HTTP == nil:
		return nil, errors.New("paywall: Config.HTTP is nil")
	case cfg.Tokens == nil:
		return nil, errors.New("paywall: Config.Tokens is nil")
	case cfg.Now == nil:
		return nil, errors.New("paywall: Config.Now is nil")
	}
	return &Client{cfg: cfg}, nil
}

// Request is what a wallet wants to have.
type Request struct {
	Wallet string // whose tokens are tried and kept
	Method string // "": GET
	URL    string
	Header http.Header
	Body   []byte

	// Quote asks for the price alone: no token is tried, so that none is used up.
	Quote bool
}

// Charge is what an origin asks for. It is kept until its payment is over; with the preimage
// it is a credential, and no verb shows it.
type Charge struct {
	Scheme      string `json:"scheme"` // "L402", "LSAT" or charge.Payment
	Token       string `json:"token"`
	URL         string `json:"url"` // that asked, after redirects
	Origin      string `json:"origin"`
	Invoice     string `json:"invoice"`
	AmountMsat  int64  `json:"amount_msat"`
	PaymentHash string `json:"payment_hash"` // 64 hex digits
	Payee       string `json:"payee"`        // 66 hex digits
	ExpiresMs   int64  `json:"expires_ms"`
}

// String names the charge without its token.
func (c Charge) String() string {
	return fmt.Sprintf("%s charge of %d msat by %s, payment hash %s", c.Scheme, c.AmountMsat, c.Origin, c.PaymentHash)
}

// GoString hides the token.
func (c Charge) GoString() string { return c.String() }

// Answer is a response, or what it costs to have one.
type Answer struct {
	Response *outbound.Response
	Reused   bool // a token of before served it
	Charge   *Charge
}

// Ask asks for what the wallet wants, with tokens that it has, and else without. A *refusal.Refusal says
// why it is not called, or why what is asked for must not be paid; other errors may pass.
func (c *Client) Ask(ctx context.Context, r Request) (Answer, error) {
	u, err := outbound.Parse(r.URL)
	if err != nil {
		return Answer{}, refusal.New(refusal.ErrInvalid, "url", "form", "%v", err)
	}
	origin := outbound.Origin(u)
	var tokens []token
	if !r.Quote {
		if tokens, err = c.candidates(r.Wallet, origin, u.EscapedPath()); err != nil {
			return Answer{}, err
		}
	}
	for _, t := range tokens {
		resp, served, err := c.try(ctx, r, origin, t)
		if err != nil {
			return Answer{}, err
		}
		if served {
			return Answer{Response: &resp, Reused: true}, nil
		}
	}
	out := outbound.Request{Method: r.Method, URL: r.URL, Header: r.Header.Clone(), Body: r.Body, Redirects: maxRedirects}
	if out.Header == nil {
		out.Header = http.Header{}
	}
	out.Header.Set("Accept-Authenticate", "L402, Payment")
	resp, err := c.cfg.HTTP.Do(ctx, out)
	if err != nil {
		return Answer{}, err
	}
	if resp.Status != http.StatusPaymentRequired {
		return Answer{Response: &resp}, nil
	}
	ch, err := c.choose(resp.Header.Values("WWW-Authenticate"), c.cfg.Now())
	if err != nil {
		return Answer{}, err
	}
	ch.URL, ch.Origin = resp.URL, origin
	return Answer{Charge: &ch}, nil
}

// choose takes the cheapest charge that may be paid, one of L402 where there is one.
func (c *Client) choose(challenges []string, now time.Time) (Charge, error) {
	list, err := charge.Read(challenges)
	if err != nil {
		return Charge{}, refusal.New(refusal.ErrRule, "url", "offer", "%v", err)
	}
	var best *charge.Charge
	for i := range list {
		x := &list[i]
		if x.Expires.Before(now.Add(timeLeft)) || best != nil && x.Scheme == charge.Payment && best.Scheme != charge.Payment {
			continue
		}
		if best == nil || x.Invoice.AmountMsat < best.Invoice.AmountMsat {
			best = x
		}
	}
	if best == nil {
		return Charge{}, refusal.New(refusal.ErrRule, "url", "expiry", "what is asked for ends at %s, it is %s and %v must be left",
			list[0].Expires.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339), timeLeft)
	}
	return Charge{Scheme: best.Scheme, Token: best.Token, Invoice: best.Text, AmountMsat: best.Invoice.AmountMsat,
		PaymentHash: hex.EncodeToString(best.Invoice.PaymentHash[:]), Payee: hex.EncodeToString(best.Invoice.Payee[:]), ExpiresMs: best.Expires.UnixMilli()}, nil
}

// Present asks for what a charge's payment bought, and keeps its token where it serves more than one
// request. It may be called again with the same arguments: what serves one request is then answered 402.
// An answer of any status is an answer; a redirect is one, too, and not followed.
func (c *Client) Present(ctx context.Context, r Request, ch Charge, preimage l402.Preimage) (outbound.Response, error) {
	u, err := outbound.Parse(ch.URL)
	if err != nil || outbound.Origin(u) != ch.Origin {
		return outbound.Response{}, refusal.New(refusal.ErrInvalid, "url", "origin", "the charge is not of its URL's origin")
	}
	t := token{Scheme: ch.Scheme, Token: ch.Token, Preimage: preimage.Reveal(), Path: u.EscapedPath(), LastMs: c.cfg.Now().UnixMilli(), id: ch.PaymentHash}
	resp, err := c.present(ctx, r, ch.URL, t)
	if err != nil {
		return resp, err
	}
	if ch.Scheme != charge.Payment && resp.Status != http.StatusPaymentRequired && !denied(resp) && resp.Header.Get(l402.UsesLeftHeader) != "0" {
		// What cannot be kept is bought anew, no more.
		_ = c.keep(r.Wallet, ch.Origin, t)
	}
	return resp, nil
}

// token is one that a wallet has.
type token struct {
	Scheme   string `json:"scheme"`
	Token    string `json:"token"`
	Preimage string `json:"preimage"`
	Path     string `json:"path"`
	LastMs   int64  `json:"last_ms"` // when it was taken last

	id string
}

func (c *Client) present(ctx context.Context, r Request, url string, t token) (outbound.Response, error) {
	preimage, err := l402.ParsePreimage(t.Preimage)
	if err != nil {
		return outbound.Response{}, errors.New("paywall: a token has no preimage")
	}
	authorization, err := charge.Authorization(t.Scheme, t.Token, preimage)
	if err != nil {
		return outbound.Response{}, errors.New("paywall: a token is of no known form")
	}
	return c.cfg.HTTP.Do(ctx, outbound.Request{Method: r.Method, URL: url, Header: r.Header, Body: r.Body, Authorization: authorization})
}

func (c *Client) keep(wallet, origin string, t token) error {
	value, err := json.Marshal(t)
	if err != nil {
		return errors.New("paywall: a token does not encode")
	}
	return c.cfg.Tokens.KeepToken(wallet, origin, t.id, value)
}

// candidates are the tokens worth a try at a path: of that path first, then those of its first
// segment, the latest first. Those that nobody took for long are dropped.
func (c *Client) candidates(wallet, origin, path string) (list []token, err error) {
	var old []string
	oldest := c.cfg.Now().Add(-maxAge).UnixMilli()
	err = c.cfg.Tokens.Tokens(wallet, origin, func(id string, value []byte) error {
		t := token{id: id}
		if json.Unmarshal(value, &t) != nil {
			return fmt.Errorf("paywall: token %s of %s cannot be read", id, origin)
		}
		switch {
		case t.LastMs < oldest:
			old = append(old, id)
		case segment(t.Path) == segment(path):
			list = append(list, t)
		}
		return nil
	})
	for _, id := range old {
		err = errors.Join(err, c.cfg.Tokens.DropToken(wallet, origin, id))
	}
	slices.SortFunc(list, func(a, b token) int {
		if (a.Path == path) != (b.Path == path) {
			if a.Path == path {
				return -1
			}
			return 1
		}
		if a.LastMs != b.LastMs {
			return int(max(-1, min(1, b.LastMs-a.LastMs)))
		}
		return bytes.Compare([]byte(a.id), []byte(b.id))
	})
	return list[:min(len(list), maxGuesses)], err
}

func segment(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}

// try asks with a token. One that is refused where it was bought is dropped.
func (c *Client) try(ctx context.Context, r Request, origin string, t token) (resp outbound.Response, served bool, err error) {
	if resp, err = c.present(ctx, r, r.URL, t); err != nil {
		return resp, false, err
	}
	u, _ := outbound.Parse(r.URL)
	bought := t.Path == u.EscapedPath()
	switch {
	case resp.Status == http.StatusPaymentRequired || denied(resp):
		if bought {
			err = c.cfg.Tokens.DropToken(r.Wallet, origin, t.id)
		}
		return resp, false, err
	case resp.Header.Get(l402.UsesLeftHeader) == "0":
		return resp, true, c.cfg.Tokens.DropToken(r.Wallet, origin, t.id)
	}
	if now := c.cfg.Now().UnixMilli(); now-t.LastMs > day.Milliseconds() {
		t.LastMs = now
		err = c.keep(r.Wallet, origin, t)
	}
	return resp, true, err
}

// denied tells whether an answer may be about the token: sellers other than econd answer 401 or 403 to
// one that has ended.
func denied(resp outbound.Response) bool {
	return (resp.Status == http.StatusUnauthorized || resp.Status == http.StatusForbidden) && resp.Header.Get(l402.UsesLeftHeader) == ""
}
