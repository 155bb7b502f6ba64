package l402_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/l402/l402test"
)

// attenuate returns a copy of m with raw caveats added.
func attenuate(t testing.TB, m *l402.Macaroon, caveats ...string) *l402.Macaroon {
	t.Helper()
	out, err := l402.ParseMacaroon(bin(t, m))
	require.NoError(t, err)
	for _, c := range caveats {
		condition, value, _ := strings.Cut(c, "=")
		require.NoError(t, out.AddCaveat(l402.Caveat{Condition: condition, Value: value}))
	}
	return out
}

func TestBoughtTokenGrants(t *testing.T) {
	h := newHouse(t, nil)
	m, p := h.buy(t, need)
	id, err := m.Identifier()
	require.NoError(t, err)
	g, err := h.gate.Check(context.Background(), t0, []string{header(t, m, p)}, need)
	require.NoError(t, err)
	require.Equal(t, l402.Grant{
		TokenID:     id.TokenID,
		PaymentHash: p.Hash(),
		Service:     "econd",
		ExpiresAt:   t0.Add(24 * time.Hour).Unix(),
		KeepUntil:   t0.Add(24 * time.Hour).Unix(),
		Agent:       agent,
		Uses:        1,
		Left:        1,
		For:         "vote",
	}, g)
	r, err := h.store.Get(id.TokenID)
	require.NoError(t, err)
	require.True(t, r.Paid, "the first presentation marks the token paid")
}

// TestCaveatRules gives each rule both sides of its border. Caveats are added
// to a token for service econd at tier 2, capabilities read and vote, good
// until t0 + 1000 s. Every row runs twice: uncached, then cached.
func TestCaveatRules(t *testing.T) {
	other := strings.Repeat("ab", 32)
	until := func(seconds int) string {
		return fmt.Sprintf("econd_valid_until=%d", t0.Unix()+int64(seconds))
	}
	for _, c := range []struct {
		name    string
		caveats []string
		need    l402.Need
		after   int // seconds after t0
		want    error
	}{
		{name: "as bought", need: l402.Need{Service: "econd", Tier: 2, Capability: "vote"}},
		{name: "no capability needed", need: l402.Need{Service: "econd"}},
		{name: "other service", need: l402.Need{Service: "weather"}, want: l402.ErrNotAuthorized},
		{name: "prefix of the service", need: l402.Need{Service: "econ"}, want: l402.ErrNotAuthorized},
		{name: "no service", need: l402.Need{}, want: l402.ErrNotAuthorized},
		{name: "tier above", need: l402.Need{Service: "econd", Tier: 3}, want: l402.ErrNotAuthorized},
		{name: "capability not sold", need: l402.Need{Service: "econd", Capability: "veto"}, want: l402.ErrNotAuthorized},

		{name: "last second", need: l402.Need{Service: "econd"}, after: 999},
		{name: "end", need: l402.Need{Service: "econd"}, after: 1000, want: l402.ErrExpired},
		{name: "shortened, before", caveats: []string{until(10)}, need: l402.Need{Service: "econd"}, after: 9},
		{name: "shortened, at", caveats: []string{until(10)}, need: l402.Need{Service: "econd"}, after: 10, want: l402.ErrExpired},
		{name: "same end again", caveats: []string{until(1000)}, need: l402.Need{Service: "econd"}},
		{name: "prolonged", caveats: []string{until(1001)}, need: l402.Need{Service: "econd"}, want: l402.ErrWidened},
		{name: "shortened then prolonged", caveats: []string{until(10), until(11)}, need: l402.Need{Service: "econd"}, want: l402.ErrWidened},
		{name: "end not a number", caveats: []string{"econd_valid_until=soon"}, need: l402.Need{Service: "econd"}, want: l402.ErrMalformed},
		{name: "other service's end", caveats: []string{"weather_valid_until=1"}, need: l402.Need{Service: "econd"}},

		{name: "tier lowered, enough", caveats: []string{"services=econd:1"}, need: l402.Need{Service: "econd", Tier: 1}},
		{name: "tier lowered, not enough", caveats: []string{"services=econd:1"}, need: l402.Need{Service: "econd", Tier: 2}, want: l402.ErrNotAuthorized},
		{name: "tier raised", caveats: []string{"services=econd:3"}, need: l402.Need{Service: "econd"}, want: l402.ErrWidened},
		{name: "service added", caveats: []string{"services=econd:2,weather:0"}, need: l402.Need{Service: "econd"}, want: l402.ErrWidened},
		{name: "service listed twice", caveats: []string{"services=econd:1,econd:2"}, need: l402.Need{Service: "econd", Tier: 2}},
		{name: "tier 256", caveats: []string{"services=econd:256"}, need: l402.Need{Service: "econd"}, want: l402.ErrMalformed},
		{name: "tier below 0", caveats: []string{"services=econd:-1"}, need: l402.Need{Service: "econd"}, want: l402.ErrMalformed},
		{name: "no tier", caveats: []string{"services=econd"}, need: l402.Need{Service: "econd"}, want: l402.ErrMalformed},
		{name: "empty services", caveats: []string{"services="}, need: l402.Need{Service: "econd"}, want: l402.ErrMalformed},
		{name: "list with an end comma", caveats: []string{"services=econd:0,"}, need: l402.Need{Service: "econd"}, want: l402.ErrMalformed},

		{name: "capability dropped, other used", caveats: []string{"econd_capabilities=read"}, need: l402.Need{Service: "econd", Capability: "read"}},
		{name: "capability dropped, used", caveats: []string{"econd_capabilities=read"}, need: l402.Need{Service: "econd", Capability: "vote"}, want: l402.ErrNotAuthorized},
		{name: "capability added", caveats: []string{"econd_capabilities=read,veto"}, need: l402.Need{Service: "econd"}, want: l402.ErrWidened},
		{name: "capability added back", caveats: []string{"econd_capabilities=read", "econd_capabilities=vote"}, need: l402.Need{Service: "econd"}, want: l402.ErrWidened},

		{name: "bound, no key proved", caveats: []string{"agent=" + agent.String()}, need: l402.Need{Service: "econd"}, want: l402.ErrAgent},
		{name: "bound, the key comes later", caveats: []string{"agent=" + agent.String()}, need: l402.Need{Service: "econd", AgentLater: true}},
		{name: "bound, its key proved", caveats: []string{"agent=" + agent.String()}, need: l402.Need{Service: "econd", Agent: agent, RequireAgent: true}},
		{name: "bound, other key proved", caveats: []string{"agent=" + other}, need: l402.Need{Service: "econd", Agent: agent}, want: l402.ErrAgent},
		{name: "bound twice to one", caveats: []string{"agent=" + agent.String(), "agent=" + agent.String()}, need: l402.Need{Service: "econd", Agent: agent}},
		{name: "bound to two", caveats: []string{"agent=" + agent.String(), "agent=" + other}, need: l402.Need{Service: "econd"}, want: l402.ErrWidened},
		{name: "not bound", need: l402.Need{Service: "econd", Agent: agent}},
		{name: "not bound, must be", need: l402.Need{Service: "econd", Agent: agent, RequireAgent: true}, want: l402.ErrAgent},
		{name: "agent in upper case", caveats: []string{"agent=" + strings.ToUpper(other)}, need: l402.Need{Service: "econd"}, want: l402.ErrMalformed},
		{name: "agent too short", caveats: []string{"agent=" + other[1:]}, need: l402.Need{Service: "econd"}, want: l402.ErrMalformed},
		{name: "agent zero", caveats: []string{"agent=" + strings.Repeat("0", 64)}, need: l402.Need{Service: "econd"}, want: l402.ErrMalformed},

		{name: "uses repeated", caveats: []string{"econd_uses=1"}, need: l402.Need{Service: "econd"}},
		{name: "uses raised", caveats: []string{"econd_uses=2"}, need: l402.Need{Service: "econd"}, want: l402.ErrWidened},
		{name: "uses 0", caveats: []string{"econd_uses=0"}, need: l402.Need{Service: "econd"}, want: l402.ErrMalformed},
		{name: "uses beyond the most", caveats: []string{"econd_uses=10001"}, need: l402.Need{Service: "econd"}, want: l402.ErrMalformed},
		{name: "other service's uses", caveats: []string{"weather_uses=many"}, need: l402.Need{Service: "econd"}},

		{name: "unknown caveats", caveats: []string{"colour=blue", "services_note=x", "=", "Agent=x"}, need: l402.Need{Service: "econd"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, nil)
			minter, err := l402.NewMinter(l402.MinterConfig{
				Store: h.store, Invoicer: h.ln, Rand: strings.NewReader(strings.Repeat("r", 64)), InvoiceExpiry: time.Second,
			})
			require.NoError(t, err)
			challenge, err := minter.Mint(context.Background(), t0, l402.Offer{
				Services:     []l402.Service{{Name: "econd", Tier: 2}},
				Capabilities: []string{"read", "vote"},
				PriceMsat:    1,
				Lifetime:     1000 * time.Second,
			})
			require.NoError(t, err)
			value := []string{header(t, attenuate(t, challenge.Macaroon, c.caveats...), h.ln.pay(t, challenge))}
			now := t0.Add(time.Duration(c.after) * time.Second)
			for _, round := range []string{"uncached", "cached"} {
				_, err = h.gate.Check(context.Background(), now, value, c.need)
				require.ErrorIs(t, err, c.want, round)
				// Fill the cache by a good need, if the token has one.
				_, _ = h.gate.Check(context.Background(), t0, value, l402.Need{Service: "econd"})
			}
		})
	}
}

func TestRevokedTokenIsRefusedAtOnce(t *testing.T) {
	h := newHouse(t, nil)
	m, p := h.buy(t, need)
	other, otherP := h.buy(t, need)
	value, otherValue := []string{header(t, m, p)}, []string{header(t, other, otherP)}
	for range 2 {
		_, err := h.gate.Check(context.Background(), t0, value, need)
		require.NoError(t, err)
		_, err = h.gate.Check(context.Background(), t0, otherValue, need)
		require.NoError(t, err)
	}
	id, err := m.Identifier()
	require.NoError(t, err)
	require.NoError(t, h.store.Revoke(id.TokenID))
	_, err = h.gate.Check(context.Background(), t0, value, need)
	require.ErrorIs(t, err, l402.ErrUnknownToken)
	_, err = h.gate.Check(context.Background(), t0, otherValue, need)
	require.NoError(t, err, "other tokens stay good")
}

// brokenStore fails as a disk does.
type brokenStore struct{ *l402test.Memory }

func (brokenStore) Get(l402.TokenID) (l402.Record, error) { return l402.Record{}, errAway }
func (brokenStore) Put(l402.Record) error                 { return errAway }

func TestFailedBackEndsAreNotRefusals(t *testing.T) {
	h := newHouse(t, nil)
	m, p := h.buy(t, need)
	broken := newHouse(t, func(c *l402.Config) { c.Store = brokenStore{l402test.NewMemory()} })
	_, err := broken.gate.Check(context.Background(), t0, []string{header(t, m, p)}, need)
	require.ErrorIs(t, err, l402.ErrUnavailable)
	require.ErrorIs(t, err, errAway)
	require.False(t, l402.NeedsPayment(err), "nobody pays again because a disk failed")

	_, err = broken.gate.Challenge(context.Background(), t0, l402.Ask{Caller: somebody, Need: need, PriceMsat: 1})
	require.ErrorIs(t, err, l402.ErrUnavailable, "no challenge without a durable root key")
	h.ln.fail = errAway
	_, err = h.gate.Challenge(context.Background(), t0, l402.Ask{Caller: somebody, Need: need, PriceMsat: 1})
	require.ErrorIs(t, err, l402.ErrUnavailable)
}

func TestCachedPathAllocatesNothing(t *testing.T) {
	h := newHouse(t, nil)
	m, p := h.buy(t, need)
	values := []string{"LSAT " + b64(t, m) + ":" + p.Reveal(), header(t, m, p)}
	check := func() {
		if _, err := h.gate.Check(context.Background(), t0, values, need); err != nil {
			t.Error(err)
		}
	}
	check()
	require.Zero(t, testing.AllocsPerRun(100, check))
}

// TestCacheIsBounded keeps more tokens in use than the caches hold: all stay
// good, whether remembered or not.
func TestCacheIsBounded(t *testing.T) {
	h := newHouse(t, func(c *l402.Config) {
		c.TokenCache, c.KeyCache = 16, 16
		c.Limits = l402.Limits{PerCaller: wide, PerBlock: wide, PerRegion: wide, Total: wide, MaxCallers: 10}
	})
	var values [][]string
	for range 100 {
		m, p := h.buy(t, need)
		values = append(values, []string{header(t, m, p)})
	}
	for range 3 {
		for _, v := range values {
			_, err := h.gate.Check(context.Background(), t0, v, need)
			require.NoError(t, err)
		}
	}
}

func TestHexMacaroonOfGRPCClients(t *testing.T) {
	h := newHouse(t, nil)
	m, p := h.buy(t, need)
	value := func(caveats ...string) string { return hex.EncodeToString(bin(t, attenuate(t, m, caveats...))) }

	g, err := h.gate.CheckMacaroon(context.Background(), t0, value("preimage="+p.Reveal()), need)
	require.NoError(t, err)
	require.Equal(t, agent, g.Agent)
	for name, bad := range map[string]string{
		"no preimage":    value(),
		"short preimage": value("preimage=ab"),
		"last one bad":   value("preimage="+p.Reveal(), "preimage=00"),
		"odd hex":        value("preimage="+p.Reveal()) + "a",
		"trailing":       value("preimage="+p.Reveal()) + "00",
	} {
		_, err := h.gate.CheckMacaroon(context.Background(), t0, bad, need)
		require.ErrorIs(t, err, l402.ErrMalformed, name)
	}
	_, err = h.gate.CheckMacaroon(context.Background(), t0, value("preimage="+strings.Repeat("00", 32)), need)
	require.ErrorIs(t, err, l402.ErrPreimage)
	_, err = h.gate.CheckMacaroon(context.Background(), t0, "", need)
	require.ErrorIs(t, err, l402.ErrNoCredentials)
}

// TestConcurrentUse lets checks, challenges, revocations and evictions meet;
// the race detector watches, and a revoked token must stay refused.
func TestConcurrentUse(t *testing.T) {
	h := newHouse(t, func(c *l402.Config) {
		c.TokenCache, c.KeyCache = 16, 16
		c.Rand = rand.Reader
		c.Limits = l402.Limits{PerCaller: wide, PerBlock: wide, PerRegion: wide, Total: wide, MaxCallers: 10}
	})
	var wg sync.WaitGroup
	for worker := range 8 {
		m, p := h.buy(t, need)
		id, err := m.Identifier()
		require.NoError(t, err)
		value := []string{header(t, m, p)}
		wg.Go(func() {
			for range 50 {
				if _, err := h.gate.Check(context.Background(), t0, value, need); err != nil {
					t.Error(err)
				}
				if _, err := h.gate.Challenge(context.Background(), t0, l402.Ask{Caller: somebody, Need: need, PriceMsat: 1}); err != nil {
					t.Error(err)
				}
			}
			if worker%2 == 1 {
				return
			}
			if err := h.store.Revoke(id.TokenID); err != nil {
				t.Error(err)
			}
			for range 50 {
				if _, err := h.gate.Check(context.Background(), t0, value, need); !errors.Is(err, l402.ErrUnknownToken) {
					t.Errorf("revoked token: %v", err)
				}
			}
		})
	}
	wg.Wait()
}
