package wallet

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/econd/econd/l402"
)

// Defaults and bounds.
const (
	// DefaultPayTimeout is how long a route is looked for.
	DefaultPayTimeout = 60 * time.Second

	// DefaultCltvLimit bounds how long a stuck payment locks sats: about
	// five days of blocks.
	DefaultCltvLimit = 720

	// HoldCltvLimit bounds the payment of a hold invoice, which is meant to lie
	// for days: in blocks, the route included, more than LND ever sends.
	HoldCltvLimit = 2016

	// maxSaid is how much of the text beside a demand is kept.
	maxSaid = 1 << 10

	// maxGuesses is how many stored tokens of other requests are tried before
	// a new one is bought.
	maxGuesses = 2
)

// Config sets up a Wallet. TokenStore is required.
type Config struct {
	// Payer pays. Nil: whatever costs something fails with ErrNoPayer.
	Payer Payer

	// MaxSats is the highest price of one request that is paid without
	// asking, without the routing fee. 0: everything is asked for.
	MaxSats int64

	// MaxTotalSats is the most that this Wallet spends in any 24 hours without
	// asking, routing fees included. 0: no limit.
	MaxTotalSats int64

	// Confirm is asked about what is above a limit. Nil refuses it.
	Confirm func(Price) bool

	// Notify, if set, is told each price directly before it is paid.
	Notify func(Price)

	// TokenStore keeps tokens and payments under way.
	TokenStore TokenStore

	// HTTP sends the requests. Nil: a client without a timeout of its own.
	HTTP *http.Client

	// PayTimeout is how long a route is looked for. 0: DefaultPayTimeout.
	PayTimeout time.Duration

	// CltvLimit bounds a payment's time lock. 0: DefaultCltvLimit.
	CltvLimit uint32
}

// Wallet is an HTTP client that pays L402 challenges. Make it with New.
type Wallet struct {
	cfg  Config
	http *http.Client

	paying sync.Mutex // one payment at a time
	spent  spending   // guarded by paying
}

// New checks the configuration; ErrConfig names a bad field.
func New(cfg Config) (*Wallet, error) {
	if cfg.PayTimeout == 0 {
		cfg.PayTimeout = DefaultPayTimeout
	}
	if cfg.CltvLimit == 0 {
		cfg.CltvLimit = DefaultCltvLimit
	}
	switch {
	case cfg.TokenStore == nil:
		return nil, fmt.Errorf("%w: TokenStore is nil", ErrConfig)
	case cfg.MaxSats < 0:
		return nil, fmt.Errorf("%w: MaxSats %d is negative", ErrConfig, cfg.MaxSats)
	case cfg.MaxTotalSats < 0:
		return nil, fmt.Errorf("%w: MaxTotalSats %d is negative", ErrConfig, cfg.MaxTotalSats)
	case cfg.PayTimeout < time.Second || cfg.PayTimeout > time.Hour:
		return nil, fmt.Errorf("%w: PayTimeout %v is not from a second to an hour", ErrConfig, cfg.PayTimeout)
	}
	client := new(http.Client)
	if cfg.HTTP != nil {
		*client = *cfg.HTTP
	}
	// A redirect followed would carry the token to wherever it leads.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Wallet{cfg: cfg, http: client}, nil
}

// Paid is the payment behind an answer: the zero value if nothing was paid. Its
// preimage shows that the payee got it, and together with its macaroon it is a
// credential.
type Paid struct {
	Invoice    string
	Hash       l402.Hash
	Preimage   l402.Preimage
	AmountMsat int64
	FeeMsat    int64

	// Reused: an earlier call paid; this one spent nothing.
	Reused bool
}

// Sat is the amount in satoshis, rounded up, without the fee.
func (p Paid) Sat() int64 { return ceilSat(p.AmountMsat) }

// IsZero tells whether nothing was paid, now or before.
func (p Paid) IsZero() bool { return p.Invoice == "" }

// Do sends a request and pays if it has to. The payment is returned with the
// answer, and with an error that came after it.
//
// A request with the header l402.CustomerHeader says for whom it is: an invoice
// that names another agent as its customer is not paid (ErrDemand), for then this
// one could not complain.
//
// A stored token is tried first, unless the request brings a credential of its own
// (NIP-98): a proxy such as aperture forwards one of two, so a token goes beside it
// only where the credential alone is answered 402. Errors: ErrTooDear, ErrNotBought, ErrNoPayer, ErrPayment,
// ErrUnresolved, ErrTokenRefused, ErrDemand, ErrStore, and those of net/http.
// After any of them the same call may be made again: it goes on where this one
// stopped.
func (w *Wallet) Do(req *http.Request) (*http.Response, Paid, error) {
	if req.URL.User != nil {
		return nil, Paid{}, fmt.Errorf("%w: the URL holds a user name or password", ErrConfig)
	}
	if err := keepBody(req); err != nil {
		return nil, Paid{}, err
	}
	s, err := scopeOf(req)
	if err != nil {
		return nil, Paid{}, err
	}
	if rec, found, err := w.resume(req.Context(), s); err != nil {
		return nil, Paid{}, err
	} else if found {
		return w.spend(req, s, rec, false)
	}
	tried := make(map[string]bool)
	try := w.tryStored
	if len(req.Header.Values("Authorization")) > 0 {
		try = w.tryOwn
	}
	resp, paid, err := try(req, s, tried)
	if err != nil || resp.StatusCode != http.StatusPaymentRequired {
		return resp, paid, err
	}
	return w.buy(req, s, resp, tried)
}

// tryStored sends the request with the likeliest stored tokens in turn, or
// without any if there are none, until it is not refused for want of payment.
// It returns the last answer.
func (w *Wallet) tryStored(req *http.Request, s scope, tried map[string]bool) (*http.Response, Paid, error) {
	candidates, err := w.candidates(s)
	if err != nil {
		return nil, Paid{}, err
	}
	if len(candidates) == 0 {
		resp, err := w.ask(req)
		return resp, Paid{}, err
	}
	for i, rec := range candidates {
		tried[rec.Hash] = true
		resp, paid, err := w.spend(req, s, rec, true)
		if err != nil || resp.StatusCode != http.StatusPaymentRequired || i == len(candidates)-1 {
			return resp, paid, err
		}
		discard(resp)
	}
	panic("wallet: unreachable")
}

// tryOwn sends a request that brings a credential of its own as it is.
func (w *Wallet) tryOwn(req *http.Request, _ scope, _ map[string]bool) (*http.Response, Paid, error) {
	resp, err := w.ask(req)
	return resp, Paid{}, err
}

// buy answers a challenge: with a token that another call bought meanwhile, or
// by paying. Each round tries a token not tried before, and paying ends it.
func (w *Wallet) buy(req *http.Request, s scope, resp *http.Response, tried map[string]bool) (*http.Response, Paid, error) {
	if len(resp.Header.Values("WWW-Authenticate")) == 0 {
		// Whoever refused is not who sells: a server behind a proxy that takes
		// any paid token and asks for payment where there is none, or that
		// let the request pass just before a price rose from 0.
		discard(resp)
		var err error
		if resp, err = w.ask(req); err != nil || resp.StatusCode != http.StatusPaymentRequired {
			return resp, Paid{}, err
		}
	}
	for {
		challenges := resp.Header.Values("WWW-Authenticate")
		said := saidIn(resp, maxSaid)
		rec, fresh, err := w.obtain(req, s, challenges, tried)
		if errors.Is(err, ErrDemand) {
			err = &DemandError{Err: err, Said: said}
		}
		if err != nil {
			return nil, Paid{}, err
		}
		tried[rec.Hash] = true
		var paid Paid
		resp, paid, err = w.spend(req, s, rec, !fresh)
		if err != nil || fresh || resp.StatusCode != http.StatusPaymentRequired {
			return resp, paid, err
		}
	}
}

// obtain returns a token not tried yet, or pays for one: then it is fresh.
func (w *Wallet) obtain(req *http.Request, s scope, challenges []string, tried map[string]bool) (rec Record, fresh bool, err error) {
	ctx := req.Context()
	w.paying.Lock()
	defer w.paying.Unlock()
	if err := w.lookUp(ctx, s); err != nil {
		return rec, false, err
	}
	candidates, err := w.candidates(s)
	if err != nil {
		return rec, false, err
	}
	for _, rec := range candidates {
		if !tried[rec.Hash] {
			return rec, false, nil
		}
	}
	if err := mayBuy(ctx); err != nil {
		return rec, false, err
	}
	demand, price, err := choose(req, s, challenges, time.Now())
	if err != nil {
		return rec, false, err
	}
	rec, err = w.pay(ctx, s, demand, price)
	return rec, true, err
}

// candidates returns the tokens worth a try, best first: what was bought for this
// request, and what was bought for others where one server seems to sell both.
func (w *Wallet) candidates(s scope) ([]Record, error) {
	records, err := w.cfg.TokenStore.List(s.origin)
	if err != nil {
		return nil, err
	}
	now := time.Now().UnixMilli()
	records = slices.DeleteFunc(records, func(r Record) bool {
		return r.State != Bought || !s.bought(r) && (!s.neighbour(r) || r.stale(now))
	})
	slices.SortFunc(records, func(a, b Record) int {
		if d := s.likeness(b) - s.likeness(a); d != 0 {
			return d
		}
		if a.CreatedMs != b.CreatedMs {
			return int(max(-1, min(1, b.CreatedMs-a.CreatedMs)))
		}
		return bytes.Compare([]byte(a.Hash), []byte(b.Hash))
	})
	return records[:min(len(records), maxGuesses)], nil
}

// spend sends the request with a token. A refusal, 402, is an answer for a
// guess, and ErrTokenRefused otherwise. A guess that is denied counts as refused if
// the server asks for payment without it. A token that is refused where it was
// bought is never sent again.
func (w *Wallet) spend(req *http.Request, s scope, rec Record, guess bool) (*http.Response, Paid, error) {
	paid, err := rec.paid(guess)
	if err != nil {
		return nil, Paid{}, err
	}
	authorization, err := rec.authorization()
	if err != nil {
		return nil, paid, err
	}
	resp, err := w.send(req, authorization)
	if err != nil {
		return nil, paid, err
	}
	if guess && denied(resp) && rec.doubtful(s) {
		discard(resp)
		resp, err = w.ask(req)
		if err != nil || resp.StatusCode != http.StatusPaymentRequired {
			return resp, Paid{}, err
		}
	}
	if resp.StatusCode != http.StatusPaymentRequired {
		w.note(rec, s, resp)
		return resp, paid, nil
	}
	if err := w.refused(s, rec); err != nil {
		discard(resp)
		return nil, paid, err
	}
	if guess {
		return resp, Paid{}, nil
	}
	discard(resp)
	return nil, paid, fmt.Errorf("%w: %s took the payment %s and refuses its token; it will not be sent again, and another call pays anew",
		ErrTokenRefused, rec.Origin, rec.Hash)
}

// note keeps what an answer says of a token. What cannot be noted costs a guess
// later, no more.
func (w *Wallet) note(rec Record, s scope, resp *http.Response) {
	if resp.Header.Get(l402.UsesLeftHeader) == "0" || rec.once() && served(resp) {
		_ = w.cfg.TokenStore.Delete(rec.Origin, rec.Hash)
	} else if rec.once() {
		return // the same request tries it once more
	} else if rec, changed := rec.accepted(s, time.Now().UnixMilli()); changed && !denied(resp) {
		_ = w.cfg.TokenStore.Put(rec)
	}
}

// refused notes that a token was refused. For the request that it was bought for
// that is the end: a token that worked before is forgotten, and the payment of one
// that never did is kept, the only proof that the server owes something. For any
// other, be it only another query or body, the guess may have been wrong.
func (w *Wallet) refused(s scope, rec Record) error {
	rec.Misses++
	switch {
	case s.bought(rec) && rec.Used:
		return w.cfg.TokenStore.Delete(rec.Origin, rec.Hash)
	case s.bought(rec):
		rec.State = Refused
	}
	return w.cfg.TokenStore.Put(rec)
}

// paid is the payment that a record proves.
func (r Record) paid(reused bool) (Paid, error) {
	preimage, err := l402.ParsePreimage(r.Preimage)
	if err != nil {
		return Paid{}, fmt.Errorf("%w: token %s has no preimage", ErrStore, r.Hash)
	}
	return Paid{Invoice: r.Invoice, Hash: preimage.Hash(), Preimage: preimage,
		AmountMsat: r.AmountMsat, FeeMsat: r.FeeMsat, Reused: reused}, nil
}
