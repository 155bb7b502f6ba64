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

	Limits     Limits
	TokenCache int
	KeyCache   int
}

// DefaultConfig returns the settings of one node: challenges payable for 10
// minutes, tokens good for a day, 5 challenges at once and then one every 10 s
// per caller, 50 per second for all callers, about 20 MB of caches at most.
// Store, Invoicer and Rand are left to the caller.
func DefaultConfig() Config {
	return Config{
		InvoiceExpiry: 10 * time.Minute,
		TokenLifetime: 24 * time.Hour,
		Limits: Limits{
			PerCaller:  Rate{Interval: 10 * time.Second, Burst: 5},
			Total:      Rate{Interval: 20 * time.Millisecond, Burst: 200},
			MaxCallers: 1 << 16,
		},
		TokenCache: 4096,
		KeyCache:   1 << 14,
	}
}

// Gate is what a server's adapters call: Check on each request, and Challenge
// where NeedsPayment says so. It is a Verifier, a Minter and a rate limit over
// one store. Safe for concurrent use.
type Gate struct {
	verifier *Verifier
	minter   *Minter
	limiter  *limiter
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
	if cfg.TokenLifetime < time.Second {
		return nil, refuse(ErrConfig, "TokenLifetime: at least 1 s, got %s", cfg.TokenLifetime)
	}
	if cfg.TokenLifetime < cfg.InvoiceExpiry {
		return nil, refuse(ErrConfig, "TokenLifetime: %s is less than InvoiceExpiry, so a token could be paid after its end", cfg.TokenLifetime)
	}
	return &Gate{verifier: verifier, minter: minter, limiter: limiter, lifetime: cfg.TokenLifetime}, nil
}

// Check decides on the values of a request's Authorization fields (all of
// them, as they came). See Verifier.Check. What to answer to an error:
// NeedsPayment: 402 with a Challenge; ErrUnavailable: 503; else 401.
func (g *Gate) Check(now time.Time, authorization []string, need Need) (Grant, error) {
	return g.verifier.Check(now, authorization, need)
}

// CheckMacaroon decides on the gRPC metadata value "macaroon" of a request
// without an Authorization field. See Verifier.CheckMacaroon.
func (g *Gate) CheckMacaroon(now time.Time, value string, need Need) (Grant, error) {
	return g.verifier.CheckMacaroon(now, value, need)
}

// Challenge sells a token that satisfies the need and nothing more: the service
// at the tier needed, limited to the capability if the need names one, and
// bound to the agent if the need names one. caller tells those who ask apart
// for the rate limit; an address or a key, not something that a caller can
// change at will. A *RateLimitError says when to ask again.
func (g *Gate) Challenge(ctx context.Context, now time.Time, caller string, need Need, priceMsat int64) (Challenge, error) {
	if need.RequireAgent && need.Agent.IsZero() {
		return Challenge{}, refuse(ErrAgent, "the request needs a token bound to an agent, and proves no agent's key to bind to")
	}
	offer := Offer{
		Services:  []Service{{Name: need.Service, Tier: need.Tier}},
		Agent:     need.Agent,
		PriceMsat: priceMsat,
		Lifetime:  g.lifetime,
	}
	if need.Capability != "" {
		offer.Capabilities = []string{need.Capability}
	}
	if _, err := offer.caveats(now.Add(g.lifetime)); err != nil {
		return Challenge{}, err
	}
	if err := g.limiter.allow(now, caller); err != nil {
		return Challenge{}, err
	}
	return g.minter.Mint(ctx, now, offer)
}
