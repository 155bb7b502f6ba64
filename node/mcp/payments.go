package mcp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/wallet"
)

// MaxBody is how much of a service's answer is read, in bytes.
const MaxBody = 256 << 10

// maxPayments is how many payments can be rated by their hash.
const maxPayments = 256

// Request is a call of a service.
type Request struct {
	Method, URL, ContentType string
	Body                     []byte
}

// Response is a service's answer.
type Response struct {
	Status      int
	ContentType string
	Location    string // of a redirect, which is not followed
	Body        []byte // at most MaxBody
	More        bool   // the body goes on
	Paid        wallet.Paid
}

// maxSat is the most that one payment of a call may cost.
func (s *Server) maxSat(asked int64) (int64, error) {
	if asked > s.cfg.MaxSats {
		return 0, badInput("max_sats", "is %d, this run allows at most %d in one payment", asked, s.cfg.MaxSats)
	}
	if asked <= 0 {
		return s.cfg.MaxSats, nil
	}
	return asked, nil
}

// CallIn is a call of a paid service.
type CallIn struct {
	URL         string `json:"url" is:"min=8,max=2048" jsonschema:"http or https"`
	Method      string `json:"method,omitempty" is:"enum=GET|HEAD|POST|PUT|PATCH|DELETE" jsonschema:"GET if left out, POST with a body"`
	Body        string `json:"body,omitempty" is:"max=65536"`
	ContentType string `json:"content_type,omitempty" is:"max=128" jsonschema:"of the body, application/json if left out"`
	Wallet      string `json:"wallet,omitempty" is:"max=64" jsonschema:"wallet of the economy that pays, within its budget; the agent's own Lightning node if left out"`
	Purpose     string `json:"purpose,omitempty" is:"max=64" jsonschema:"with wallet: what for, a-z, 0-9, - and _"`
	MaxSats     int64  `json:"max_sats,omitempty" is:"min=0" jsonschema:"most sats to pay for it, without the routing fee; max_sats of the tool economy if left out"`
	BodyFrom    int    `json:"body_from,omitempty" is:"min=0,max=262144" jsonschema:"byte of the answer to show it from, where an earlier result cut it"`
	Once
}

// CallOut is the answer of a service and what it cost.
type CallOut struct {
	Marks
	Status      int      `json:"status,omitempty" jsonschema:"of HTTP"`
	ContentType string   `json:"content_type,omitempty"`
	Body        *Text    `json:"body,omitempty"`
	Binary      bool     `json:"binary,omitempty" jsonschema:"the body is no text and is not shown"`
	BodyBytes   int      `json:"body_bytes"`
	BodyMore    bool     `json:"body_more,omitempty" jsonschema:"the answer is longer than what was read"`
	RedirectsTo *Text    `json:"redirects_to,omitempty" jsonschema:"not followed: call it yourself if you trust it"`
	PaidSat     int64    `json:"paid_sat" jsonschema:"by this call, without the fee"`
	FeeMsat     int64    `json:"fee_msat,omitempty"`
	Payment     string   `json:"payment,omitempty" jsonschema:"hash of the payment behind the answer, to rate it by"`
	Repeated    bool     `json:"repeated,omitempty" jsonschema:"the answer to the same call before; nothing was sent"`
	PriceSat    int64    `json:"price_sat,omitempty" jsonschema:"of a dry run: what it asks"`
	FeeLimitSat int64    `json:"fee_limit_sat,omitempty" jsonschema:"of a dry run: most that the route may cost"`
	Rules       []string `json:"rules,omitempty" jsonschema:"of a dry run: what the limits say"`
	Next        string   `json:"next,omitempty"`

	WalletPayment *SpendOut `json:"wallet_payment,omitempty" jsonschema:"the payment from a wallet"`
}

func (s *Server) fetch(ctx context.Context, in CallIn) (func(*pen) CallOut, error) {
	u, err := url.Parse(in.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return nil, badInput("url", "must start with http:// or https:// and name a host, without a password")
	}
	most, err := s.maxSat(in.MaxSats)
	if err != nil {
		return nil, err
	}
	r := Request{Method: in.Method, URL: in.URL, ContentType: in.ContentType, Body: []byte(in.Body)}
	if r.Method == "" {
		r.Method = http.MethodGet
		if in.Body != "" {
			r.Method = http.MethodPost
		}
	}
	if r.ContentType == "" && in.Body != "" {
		r.ContentType = "application/json"
	}
	if in.Wallet != "" {
		return s.fetchByWallet(ctx, in, r, most)
	}
	asked := fingerprint([]any{r, in.Key})
	place := fmt.Sprintf("call/%x", asked)
	if did, again := s.kept.find(place, asked).(Response); again && !in.DryRun {
		return answered(did, in.BodyFrom, true), nil
	}
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	if in.DryRun {
		return s.dryCall(ctx, r, most, reads)
	}
	did, err := s.cfg.Agent.Fetch(ctx, r, most)
	if !did.Paid.IsZero() {
		s.remember(payment{did.Paid.Hash.String(), did.Paid.Invoice, op.Hash(did.Paid.Preimage)})
	}
	if err != nil {
		return nil, err
	}
	if !did.Paid.IsZero() && !did.Paid.Reused || !reads {
		s.kept.put(place, asked, did)
	}
	return answered(did, in.BodyFrom, false), nil
}

// answered writes a service's answer.
func answered(r Response, from int, again bool) func(*pen) CallOut {
	return func(p *pen) CallOut {
		out := CallOut{Status: r.Status, ContentType: word(r.ContentType), BodyBytes: len(r.Body), BodyMore: r.More, RedirectsTo: p.long(r.Location, 0), Repeated: again}
		if out.Binary = !utf8.Valid(r.Body); !out.Binary {
			out.Body = p.long(string(r.Body), from)
		}
		if !r.Paid.IsZero() {
			out.Payment, out.Next = r.Paid.Hash.String(), "Judge whether the service was good and rate it by this payment: rate."
		}
		if !r.Paid.Reused && !again {
			out.PaidSat, out.FeeMsat = r.Paid.Sat(), r.Paid.FeeMsat
		}
		return out
	}
}

// dryCall asks for the price, where asking changes nothing.
func (s *Server) dryCall(ctx context.Context, r Request, most int64, reads bool) (func(*pen) CallOut, error) {
	var price *wallet.PriceError
	out := CallOut{Next: "To call and pay, call again without dry_run."}
	if !reads {
		out.Rules = []string{fmt.Sprintf("nothing was sent: a %s may change something where it costs nothing. It would be paid for with at most %d sat and the routing fee", r.Method, most)}
		return func(*pen) CallOut { return out }, nil
	}
	did, err := s.cfg.Agent.Fetch(ctx, r, 0)
	switch {
	case errors.As(err, &price):
		out.PriceSat, out.FeeLimitSat = price.Price.Sat, price.Price.FeeLimitSat
		out.Rules = []string{fmt.Sprintf("the price is within max_sats, %d", most)}
		if out.PriceSat > most {
			out.Rules = []string{fmt.Sprintf("refused: the price is above max_sats, %d", most)}
		}
		if l := s.cfg.Purse.now(most); out.PriceSat+out.FeeLimitSat > l.SessionSats-l.SpentSats {
			out.Rules = append(out.Rules, fmt.Sprintf("refused: it may come to %d sat with its fee, and this run has %d left", out.PriceSat+out.FeeLimitSat, l.SessionSats-l.SpentSats))
		}
		return func(*pen) CallOut { return out }, nil
	case err != nil:
		return nil, err
	}
	out.Rules = []string{"it costs nothing more: it is free, or paid for already"}
	out.Status, out.BodyBytes = did.Status, len(did.Body)
	return func(*pen) CallOut { return out }, nil
}

// payment is one that can be rated. It is a secret: whoever has the preimage can rate it.
type payment struct {
	hash, invoice string
	preimage      op.Hash
}

// remember keeps a payment, so that it can be rated.
func (s *Server) remember(p payment) {
	if slices.ContainsFunc(s.payments, func(of payment) bool { return of.hash == p.hash }) {
		return
	}
	if len(s.payments) >= maxPayments {
		s.payments = slices.Delete(s.payments, 0, 1)
	}
	s.payments = append(s.payments, p)
}

// RateIn rates a service.
type RateIn struct {
	Payment  string `json:"payment" is:"min=64,max=64" jsonschema:"hash of a payment that call_paid_url or pay made in this run"`
	Provider string `json:"provider" is:"min=64,max=64" jsonschema:"public key of the agent that provides the service"`
	Rating   int64  `json:"rating" is:"min=-10,max=10" jsonschema:"-10 to 10, not 0"`
	Once
}

func (s *Server) rate(ctx context.Context, in RateIn) (func(*pen) OperationOut, error) {
	provider, err := agentKey("provider", in.Provider)
	if err != nil {
		return nil, err
	}
	if in.Rating == 0 {
		return nil, badInput("rating", "must be from -10 to 10 and not 0")
	}
	i := slices.IndexFunc(s.payments, func(p payment) bool { return p.hash == in.Payment })
	if i < 0 {
		return nil, badInput("payment", "this run made no such payment; one of an earlier run is rated by a person: econctl receipt")
	}
	once, p := in.Once, s.payments[i]
	w, err := s.operate(ctx, operation{kind: op.KindReceipt, content: op.Receipt{Provider: provider, Invoice: p.invoice, Preimage: p.preimage, Rating: in.Rating},
		once: once, place: "rate/" + in.Payment, asked: own(&in, &in.Once), next: "It counts from the next epoch on."})
	if err != nil || !once.DryRun {
		return w, err
	}
	return func(pen *pen) OperationOut {
		out := w(pen)
		out.Unsigned.Content = "(holds the preimage of the payment, which is a secret until it is handed in)"
		return out
	}, nil
}
