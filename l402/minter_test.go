package l402_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/l402/l402test"
)

func TestChallengeStoresWhatItSells(t *testing.T) {
	h := newHouse(t, nil)
	now := t0.Add(300 * time.Millisecond)
	c, err := h.gate.Challenge(context.Background(), now, l402.Ask{Caller: somebody, Need: l402.Need{Service: "econd", Tier: 2, Capability: "vote", Agent: agent}, PriceMsat: 10_000})
	require.NoError(t, err)
	require.Equal(t, []string{
		"services=econd:2",
		"econd_capabilities=vote",
		"econd_uses=1",
		"econd_valid_until=1700086401", // a day, rounded up to the second
		"agent=" + agent.String(),
	}, c.Macaroon.Caveats())
	r, err := h.store.Get(c.TokenID)
	require.NoError(t, err)
	require.Equal(t, t0.Unix(), r.CreatedAt)
	require.Equal(t, t0.Unix()+601, r.PayBy)
	require.Equal(t, t0.Unix()+86_401, r.ExpiresAt)
	require.False(t, r.Paid)
	require.NotEqual(t, l402.RootKey{}, r.RootKey)
	require.Equal(t, r.PayBy, c.PayBy)
	require.Equal(t, "L402 econd agent="+agent.String(), h.ln.memo, "the invoice names whom the token is bound to")
	require.NotContains(t, c.String(), b64(t, c.Macaroon))
}

func TestTokensDiffer(t *testing.T) {
	h := newHouse(t, nil)
	a, _ := h.buy(t, need)
	b, _ := h.buy(t, need)
	idA, err := a.Identifier()
	require.NoError(t, err)
	idB, err := b.Identifier()
	require.NoError(t, err)
	require.NotEqual(t, idA.TokenID, idB.TokenID)
	rA, err := h.store.Get(idA.TokenID)
	require.NoError(t, err)
	rB, err := h.store.Get(idB.TokenID)
	require.NoError(t, err)
	require.False(t, rA.RootKey == rB.RootKey)
}

func TestOneTokenForSeveralServices(t *testing.T) {
	ln, store := newLightning(), l402test.NewMemory()
	minter, err := l402.NewMinter(l402.MinterConfig{
		Store: store, Invoicer: ln, Rand: strings.NewReader(strings.Repeat("r", 64)), InvoiceExpiry: time.Minute,
	})
	require.NoError(t, err)
	offer := l402.Offer{Services: []l402.Service{{Name: "a"}, {Name: "b", Tier: 1}}, PriceMsat: 5, Lifetime: time.Hour}
	c, err := minter.Mint(context.Background(), t0, offer)
	require.NoError(t, err)
	v, err := l402.NewVerifier(l402.VerifierConfig{Store: store})
	require.NoError(t, err)
	value := []string{header(t, c.Macaroon, ln.pay(t, c))}
	for _, s := range offer.Services {
		for after, want := range map[time.Duration]error{time.Hour - 1: nil, time.Hour: l402.ErrExpired} {
			g, err := v.Check(t0.Add(after), value, l402.Need{Service: s.Name})
			require.ErrorIs(t, err, want)
			if err == nil {
				require.Equal(t, s, l402.Service{Name: g.Service, Tier: g.Tier})
			}
		}
	}

	_, err = minter.Mint(context.Background(), t0, offer)
	require.ErrorIs(t, err, l402.ErrUnavailable, "no token without randomness")
	offer.Services[1].Name = "a"
	_, err = minter.Mint(context.Background(), t0, offer)
	require.ErrorContains(t, err, "twice")
}

func TestConfigNamesTheBadField(t *testing.T) {
	for field, change := range map[string]func(*l402.Config){
		"Store":                     func(c *l402.Config) { c.Store = nil },
		"Invoicer":                  func(c *l402.Config) { c.Invoicer = nil },
		"Rand":                      func(c *l402.Config) { c.Rand = nil },
		"InvoiceExpiry":             func(c *l402.Config) { c.InvoiceExpiry = time.Millisecond },
		"Location":                  func(c *l402.Config) { c.Location = strings.Repeat("x", 129) },
		"TokenLifetime":             func(c *l402.Config) { c.TokenLifetime = 0 },
		"InvoiceExpiry, so a token": func(c *l402.Config) { c.TokenLifetime = time.Minute },
		"TokenCache":                func(c *l402.Config) { c.TokenCache = -1 },
		"KeyCache":                  func(c *l402.Config) { c.KeyCache = -1 },
		"PerCaller.Interval":        func(c *l402.Config) { c.Limits.PerCaller.Interval = 0 },
		"Balances":                  func(c *l402.Config) { c.Balances = nil },
		"PerBlock.Burst":            func(c *l402.Config) { c.Limits.PerBlock.Burst = 0 },
		"PerRegion.Interval":        func(c *l402.Config) { c.Limits.PerRegion.Interval = 0 },
		"Total.Burst":               func(c *l402.Config) { c.Limits.Total.Burst = 0 },
		"MaxCallers":                func(c *l402.Config) { c.Limits.MaxCallers = 0 },
	} {
		cfg := l402.DefaultConfig()
		cfg.Store, cfg.Invoicer, cfg.Rand = l402test.NewMemory(), newLightning(), strings.NewReader("")
		cfg.Balances = l402test.NewBalances()
		change(&cfg)
		_, err := l402.NewGate(cfg)
		require.ErrorIs(t, err, l402.ErrConfig, field)
		require.ErrorContains(t, err, field)
	}
}

// A challenge names its customer in the invoice, and binds the token to nobody.
func TestChallengeNamesItsCustomer(t *testing.T) {
	h := newHouse(t, nil)
	ask := l402.Ask{Caller: somebody, Need: l402.Need{Service: "econd"}, Customer: agent, PriceMsat: 10_000}
	c, err := h.gate.Challenge(t.Context(), t0, ask)
	require.NoError(t, err)
	require.Equal(t, "L402 econd agent="+agent.String(), h.ln.memo)
	for _, caveat := range c.Macaroon.Caveats() {
		require.NotContains(t, caveat, "agent=")
	}
	ask.Customer = l402.AgentKey{}
	_, err = h.gate.Challenge(t.Context(), t0, ask)
	require.NoError(t, err)
	require.Equal(t, "L402 econd", h.ln.memo)
}
