// Package lnurl asks lightning addresses (LUD-16) and LNURL-pay codes (LUD-01, LUD-06) for invoices.
//
// It guarantees that an invoice is over exactly the amount that was asked for, within the bounds that
// the service names, and about the metadata that it showed (LUD-06); that a comment is as long as
// the service takes (LUD-12); and that what is called keeps to the rules of node/outbound, with no
// redirect. It refuses to know budgets, networks, and who pays. A Client may be used concurrently.
package lnurl

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/btcsuite/btcd/btcutil/bech32"

	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/outbound"
	"github.com/econd/econd/node/refusal"
)

const (
	maxCode   = 3000     // characters of an LNURL
	maxAnswer = 32 << 10 // bytes of JSON
	maxName   = 64
	maxReason = 200 // characters of what a service says
)

// Target is where invoices are asked for.
type Target struct {
	URL  string
	Name string // name@host of a lightning address, or the host of an LNURL
}

// Address reads a lightning address, name@host. The name has a-z, 0-9, '-', '_', '.' and '+' (LUD-16).
func Address(text string) (Target, error) {
	name, host, ok := strings.Cut(text, "@")
	if !ok || name == "" || len(name) > maxName || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.+") != "" {
		return Target{}, refusal.New(refusal.ErrInvalid, "address", "form", "%.80q is no lightning address, name@host in lower case", text)
	}
	t := Target{URL: "https://" + host + "/.well-known/lnurlp/" + url.PathEscape(name), Name: text}
	u, err := outbound.Parse(t.URL)
	if err != nil || u.Host != host || strings.ToLower(host) != host {
		return Target{}, refusal.New(refusal.ErrInvalid, "address", "form", "the host of %.80q is none", text)
	}
	return t, nil
}

// Code reads an LNURL in bech32, "lightning:" before it or not.
func Code(text string) (Target, error) {
	bad := func(why string) (Target, error) {
		return Target{}, refusal.New(refusal.ErrInvalid, "url", "lnurl", "is no LNURL: %s", why)
	}
	if len(text) > maxCode {
		return bad(fmt.Sprintf("%d characters, at most %d are read", len(text), maxCode))
	}
	if len(text) > len("lightning:") && strings.EqualFold(text[:len("lightning:")], "lightning:") {
		text = text[len("lightning:"):]
	}
	hrp, groups, err := bech32.DecodeNoLimit(text)
	if err != nil || hrp != "lnurl" {
		return bad("not bech32 with the prefix lnurl")
	}
	raw, err := bech32.ConvertBits(groups, 5, 8, false)
	if err != nil || !utf8.Valid(raw) {
		return bad("its data is no text")
	}
	u, err := outbound.Parse(string(raw))
	if err != nil {
		return bad("its URL " + err.Error())
	}
	return Target{URL: u.String(), Name: strings.TrimPrefix(strings.TrimPrefix(outbound.Origin(u), "https://"), "http://")}, nil
}

// Client asks for invoices.
type Client struct{ http *outbound.Client }

// New makes a Client that calls by another.
func New(http *outbound.Client) *Client { return &Client{http: http} }

// Offer is what a service takes.
type Offer struct {
	callback string
	metadata string
	MinMsat  int64
	MaxMsat  int64
	Comment  int // characters of a comment, 0: none
}

// answer is what a service says, of either question.
type answer struct {
	Status   string `json:"status"`
	Reason   string `json:"reason"`
	Tag      string `json:"tag"`
	Callback string `json:"callback"`
	Min      int64  `json:"minSendable"`
	Max      int64  `json:"maxSendable"`
	Metadata string `json:"metadata"`
	Comment  int    `json:"commentAllowed"`
	Invoice  string `json:"pr"`
}

// Offer asks what a service takes. A *refusal.Refusal says that it cannot be paid; other errors may pass.
func (c *Client) Offer(ctx context.Context, t Target) (Offer, error) {
	a, err := c.ask(ctx, t.URL)
	if err != nil {
		return Offer{}, err
	}
	switch {
	case a.Tag != "payRequest":
		return Offer{}, refusal.New(refusal.ErrRule, "address", "lnurl-tag", "%s offers %.40q, not payRequest", t.Name, a.Tag)
	case a.Min < 1 || a.Max < a.Min:
		return Offer{}, refusal.New(refusal.ErrRule, "address", "lnurl-range", "%s takes %d to %d msat", t.Name, a.Min, a.Max)
	case a.Metadata == "":
		return Offer{}, refusal.New(refusal.ErrRule, "address", "lnurl-metadata", "%s says nothing of what is paid", t.Name)
	}
	return Offer{callback: a.Callback, metadata: a.Metadata, MinMsat: a.Min, MaxMsat: a.Max, Comment: max(0, a.Comment)}, nil
}

// Invoice asks for an invoice over an amount, in msat, and holds it against the offer.
func (c *Client) Invoice(ctx context.Context, o Offer, amountMsat int64, comment string) (string, bolt11.Invoice, error) {
	var none bolt11.Invoice
	if amountMsat < o.MinMsat || amountMsat > o.MaxMsat {
		return "", none, refusal.New(refusal.ErrRule, "amount_msat", "lnurl-range", "is %d, the service takes %d to %d", amountMsat, o.MinMsat, o.MaxMsat)
	}
	if n := utf8.RuneCountInString(comment); n > o.Comment {
		return "", none, refusal.New(refusal.ErrRule, "comment", "lnurl-comment", "has %d characters, the service takes %d", n, o.Comment)
	}
	u, err := outbound.Parse(o.callback)
	if err != nil {
		return "", none, refusal.New(refusal.ErrRule, "address", "lnurl-callback", "its callback %v", err)
	}
	q := u.Query()
	q.Set("amount", strconv.FormatInt(amountMsat, 10))
	if comment != "" {
		q.Set("comment", comment)
	}
	u.RawQuery = q.Encode()
	a, err := c.ask(ctx, u.String())
	if err != nil {
		return "", none, err
	}
	text := strings.ToLower(a.Invoice)
	inv, err := bolt11.Decode(text)
	if err != nil {
		return "", none, refusal.New(refusal.ErrRule, "invoice", "bolt11", "%v", err)
	}
	switch want := sha256.Sum256([]byte(o.metadata)); {
	case inv.AmountMsat != amountMsat:
		return "", none, refusal.New(refusal.ErrRule, "invoice", "amount", "is over %d msat, %d were asked for", inv.AmountMsat, amountMsat)
	case inv.DescriptionHash == nil || *inv.DescriptionHash != want:
		return "", none, refusal.New(refusal.ErrRule, "invoice", "lnurl-metadata", "is not about the metadata that the service showed")
	}
	return text, inv, nil
}

func (c *Client) ask(ctx context.Context, url string) (answer, error) {
	var a answer
	resp, err := c.http.Do(ctx, outbound.Request{URL: url, MaxBody: maxAnswer})
	if err != nil {
		return a, err
	}
	u, err := outbound.Parse(resp.URL)
	if err != nil {
		return a, err
	}
	switch origin := outbound.Origin(u); {
	case resp.Status >= 300 && resp.Status < 400:
		return a, refusal.New(refusal.ErrRule, "address", "redirects", "%s redirects, which is not followed", origin)
	case resp.Status >= 500:
		return a, fmt.Errorf("%s: %w: status %d", origin, outbound.ErrNoAnswer, resp.Status)
	case resp.Cut != "":
		return a, refusal.New(refusal.ErrRule, "address", "lnurl-answer", "the answer of %s has no end within %d bytes and the time (%s)", origin, maxAnswer, resp.Cut)
	case json.Unmarshal(resp.Body, &a) != nil:
		return a, refusal.New(refusal.ErrRule, "address", "lnurl-answer", "%s answers with status %d and no JSON of LNURL", origin, resp.Status)
	case strings.EqualFold(a.Status, "ERROR"):
		return a, refusal.New(refusal.ErrRule, "address", "lnurl-error", "%s says %.*q", origin, maxReason, a.Reason)
	case resp.Status != 200:
		return a, refusal.New(refusal.ErrRule, "address", "lnurl-answer", "%s answers with status %d", origin, resp.Status)
	}
	return a, nil
}
