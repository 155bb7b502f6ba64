package l402

import (
	"context"
	"io"
	"time"
)

// Config sets up a Gate. See MinterConfig, VerifierConfig and Limits for the
// fields of the same names.
type Config struct {
	Store         RootKeys
	Invoicer      Invoicer
	Rand          io.Reader
	InvoiceExpiry time.Duration
	Location      string

	// TokenLifetime is how long a token is good after its challenge.
	TokenLifetime time.Duration

	// Balances counts the uses of tokens. Required.
	Balances Balances

	Limits     Limits
	TokenCache int
	KeyCache   int
}

// DefaultConfig returns the settings of one node: challenges payable for 10
// minutes, tokens good for a day, 5 unpaid challenges at once and then one every
// 10 s per caller, more for the blocks of addresses around it, 50 per second for
// all callers, about 20 MB of caches at most. Store, Invoicer, Balances and Rand
// are left to the caller.
func DefaultConfig() Config {
	return Config{
		InvoiceExpiry: 10 * time.Minute,
		TokenLifetime: 24 * time.Hour,
		Limits: Limits{
			PerCaller:  Rate{Interval: 10 * time.Second, Burst: 5},
			PerBlock:   Rate{Interval: 2 * time.Second, Burst: 20},
			PerRegion:  Rate{Interval: 500 * time.Millisecond, Burst: 60},
			Total:      Rate{Interval: 20 * time.Millisecond, Burst: 200},
			MaxCallers: 1 << 16,
		},
		TokenCache: 4096,
		KeyCache:   1 << 14,
	}
}

// Gate is what a server's adapters call: Check on each request and Take before
// it is served, and Challenge where NeedsPayment says so. It is a Verifier, a
// Minter, a count of uses and a rate limit over one store. Safe for concurrent
// use.
type Gate struct {
	verifier *Verifier
	minter   *Minter
	balances Balances
	limiter  *limiter
	asked    *asked
	lifetime time.Duration
}

// NewGate checks the configuration; ErrConfig names a bad field.
func NewGate(cfg Config) (*Gate, error) {
	verifier, err := NewVerifier(VerifierConfig{Store: cfg.Store, TokenCache: cfg.TokenCache, KeyCache: cfg.KeyCache})
	if err != nil {
		return nil, err
	}
	minter, err := NewMinter(MinterConfig{
		Store:         cfg.Store,
		Invoicer:      cfg.Invoicer,
		Rand:          cfg.Rand,
		InvoiceExpiry: cfg.InvoiceExpiry,
		Location:      cfg.Location,
	})
	if err != nil {
		return nil, err
	}
	limiter, err := newLimiter(cfg.Limits)
	if err != nil {
		return nil, err
	}
	switch {
	case cfg.Balances == nil:
		return nil, refuse(ErrConfig, "Balances: required")
	case cfg.TokenLifetime < time.Second:
		return nil, refuse(ErrConfig, "TokenLifetime: at least 1 s, got %s", cfg.TokenLifetime)
	case cfg.TokenLifetime < cfg.InvoiceExpiry:
		return nil, refuse(ErrConfig, "TokenLifetime: %s is less than InvoiceExpiry, so a token could be paid after its end", cfg.TokenLifetime)
	}
	return &Gate{verifier: verifier, minter: minter, balances: cfg.Balances, limiter: limiter,
		asked: newAsked(), lifetime: cfg.TokenLifetime}, nil
}

// Check decides on the values of a request's Authorization fields (all of
// them, as they came); see Verifier.Check. The token must also have uses left;
// of several that are good the first that has is granted. ErrUsedUp comes with
// the grant of one that has none. What to answer to an error: NeedsPayment: 402
// with a Challenge; ErrUnavailable: 503; ErrAgent: 403; else 401.
func (g *Gate) Check(_ context.Context, now time.Time, authorization []string, need Need) (Grant, error) {
	return g.verifier.checkAll(now, authorization, need, g.balances)
}

// CheckMacaroon decides on the gRPC metadata value "macaroon" of a request
// without an Authorization field. See Verifier.CheckMacaroon and Check.
func (g *Gate) CheckMacaroon(_ context.Context, now time.Time, value string, need Need) (Grant, error) {
	grant, err := g.verifier.CheckMacaroon(now, value, need)
	if err == nil {
		err = look(g.balances, &grant)
	}
	return grant, err
}

// Take counts up to n uses of a grant, durably, and returns how many; fewer
// than n if no more are left, and ErrUsedUp if none is. The first use of a token
// shows that its challenge was paid, and gives back what that took of the rate
// limit.
func (g *Gate) Take(now time.Time, grant *Grant, n int64) (taken int64, err error) {
	taken, err = take(g.balances, grant, n)
	if err == nil {
		if caller, ok := g.asked.take(grant.PaymentHash); ok {
			g.limiter.credit(now, caller)
		}
	}
	return taken, err
}

// GiveBack returns uses that were taken and not served.
func (g *Gate) GiveBack(grant *Grant, n int64) {
	g.balances.GiveBack(grant.PaymentHash, n)
	grant.Left += n
}

// Unasked does nothing: a request without a token is asked to pay here.
func (g *Gate) Unasked(time.Time) {}

// Ask is what a challenge is asked for.
type Ask struct {
	// Caller tells those who ask apart for the rate limit.
	Caller Caller

	// Need is what the token has to satisfy: it is sold for the service at the
	// tier needed, limited to the capability if the need names one, and bound
	// to the agent if the need names one.
	Need Need

	// Customer is whom the invoice names as the one who is to pay it, by the
	// caller's word; zero names the need's agent, if there is one.
	Customer AgentKey

	// Uses is how often the token shall be good; 0 means 1.
	Uses int64

	// PriceMsat is the price of all uses.
	PriceMsat int64

	// Method and URI (path and query) of the request, for a seller in front.
	Method, URI string

	// Tokenless: the request brought no L402 credential. A seller in front is then
	// not asked: it let the request pass, and would let the question pass, too.
	Tokenless bool
}

// Challenge sells a token. A *RateLimitError says when to ask again.
func (g *Gate) Challenge(ctx context.Context, now time.Time, a Ask) (Challenge, error) {
	need := a.Need
	if need.RequireAgent && need.Agent.IsZero() {
		return Challenge{}, refuse(ErrAgent, "the request needs a token bound to an agent, and proves no agent's key to bind to")
	}
	offer := Offer{
		Services:  []Service{{Name: need.Service, Tier: need.Tier}},
		Agent:     need.Agent,
		Customer:  a.Customer,
		Uses:      a.Uses,
		PriceMsat: a.PriceMsat,
		Lifetime:  g.lifetime,
	}
	if need.Capability != "" {
		offer.Capabilities = []string{need.Capability}
	}
	if _, err := offer.caveats(now.Add(g.lifetime)); err != nil {
		return Challenge{}, err
	}
	if err := g.limiter.allow(now, a.Caller); err != nil {
		return Challenge{}, err
	}
	c, err := g.minter.Mint(ctx, now, offer)
	if err == nil {
		g.asked.put(c.PaymentHash, a.Caller)
	}
	return c, err
}
