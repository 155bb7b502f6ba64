package httpapi

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/l402/l402test"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// invoicer sells tokens and knows the preimages, so that a test can pay.
type invoicer struct {
	mu   sync.Mutex
	last l402.Preimage
	msat int64
	away bool
}

func (i *invoicer) AddInvoice(_ context.Context, msat int64, _ string, _ time.Duration) (string, l402.Hash, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.away {
		return "", l402.Hash{}, errors.New("connection refused")
	}
	binary.BigEndian.PutUint64(i.last[:], binary.BigEndian.Uint64(i.last[:])+1)
	i.msat = msat
	return "lnbcrt1invoice", i.last.Hash(), nil
}

// gated is a world that charges; the demo constitution asks 10 sat for
// operations.
func gated(t *testing.T) (*world, *invoicer) {
	inv := &invoicer{}
	return newWorld(t, func(_ *world, c *Config) { sells(t, c, inv) }), inv
}

// sells makes an API charge.
func sells(t *testing.T, c *Config, inv *invoicer) {
	t.Helper()
	cfg := l402.DefaultConfig()
	cfg.Store, cfg.Invoicer, cfg.Rand = l402test.NewMemory(), inv, rand.NewChaCha8([32]byte{1})
	gate, err := l402.NewGate(cfg)
	require.NoError(t, err)
	c.Mode, c.Gate, c.Service = ModeDirect, gate, "econd"
}

var challengeForm = regexp.MustCompile(`^L402 macaroon="([^"]+)", invoice="([^"]+)", version="0", token="([^"]+)"$`)

// pay turns a challenge into an Authorization header.
func (i *invoicer) pay(t *testing.T, a answer) string {
	t.Helper()
	m := challengeForm.FindStringSubmatch(a.header.Get("WWW-Authenticate"))
	require.NotNil(t, m, a.header.Get("WWW-Authenticate"))
	return "L402 " + m[1] + ":" + i.last.Reveal()
}

func TestPricedResourceIsSoldAndThenServed(t *testing.T) {
	w, inv := gated(t)
	e := w.Event(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	a := w.post(e)
	require.Equal(t, http.StatusPaymentRequired, a.status)
	p := a.problem(t)
	require.Equal(t, int64(10), p.PriceSat)
	require.Equal(t, "operations", p.Resource)
	require.Contains(t, p.Detail, "10 sat")
	require.Equal(t, int64(10_000), inv.msat)
	require.Equal(t, uint64(1), w.Node.Size(), "not paid, not recorded")

	token := inv.pay(t, a)
	for _, status := range []int{201, 200} { // a token buys more than one call
		a = w.do(http.MethodPost, "/v1/operations", e.Marshal(), "Content-Type", "application/json", "Authorization", token)
		require.Equal(t, status, a.status, "%s", a.body)
	}
	a = w.do(http.MethodPost, "/v1/operations", append(e.Marshal(), '\n'), "Content-Type", ndjsonType, "Authorization", token)
	require.Equal(t, 200, a.status)

	// Free resources stay free, whatever the caller sends along.
	require.Equal(t, 200, w.get("/v1/info").status)
	require.Equal(t, 200, w.get("/v1/agents", "Authorization", "L402 junk:junk").status)
	require.NotContains(t, w.logged(), token[10:50])
}

func TestCredentialsThatPayingDoesNotCureAre401(t *testing.T) {
	w, inv := gated(t)
	body := w.Event(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"}).Marshal()
	try := func(authorization string) answer {
		return w.do(http.MethodPost, "/v1/operations", body, "Content-Type", "application/json", "Authorization", authorization)
	}
	token := inv.pay(t, try("Basic eDp5"))
	for name, authorization := range map[string]string{
		"malformed":      "L402 !!!:" + strings.Repeat("00", 32),
		"wrong preimage": token[:len(token)-64] + strings.Repeat("00", 32),
		"trailing junk":  token + "00",
	} {
		a := try(authorization)
		require.Equal(t, http.StatusUnauthorized, a.status, "%s: %s", name, a.body)
		require.Equal(t, "Authorization", a.problem(t).Field, name)
		require.NotContains(t, string(a.body), token[10:50], name)
	}
	w.Clock.Add(25 * time.Hour)
	require.Equal(t, http.StatusPaymentRequired, try(token).status, "expired: buy another")
	require.Equal(t, uint64(1), w.Node.Size())
}

func TestChallengesAreLimitedPerCaller(t *testing.T) {
	w, _ := gated(t)
	e := w.Event(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	for range l402.DefaultConfig().Limits.PerCaller.Burst {
		require.Equal(t, http.StatusPaymentRequired, w.post(e).status)
	}
	a := w.post(e)
	require.Equal(t, http.StatusTooManyRequests, a.status)
	require.Equal(t, "10", a.header.Get("Retry-After"))
	require.Empty(t, a.header.Get("WWW-Authenticate"))
}

func TestChallengeWithLightningAwayIs503(t *testing.T) {
	w, inv := gated(t)
	inv.away = true
	a := w.post(w.Event(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"}))
	require.Equal(t, 503, a.status)
	require.Equal(t, "5", a.header.Get("Retry-After"))
	require.Equal(t, "lightning-away", a.problem(t).Rule)
	require.NotContains(t, string(a.body), "connection refused")
	require.Equal(t, 200, w.get("/v1/agents").status, "what is free goes on")
}
