package httpapi

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/l402/l402test"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// invoicer sells tokens and knows the preimages, so that a test can pay.
type invoicer struct {
	mu   sync.Mutex
	last l402.Preimage
	msat int64
	memo string
	away bool
}

func (i *invoicer) AddInvoice(_ context.Context, msat int64, memo string, _ time.Duration) (string, l402.Hash, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.away {
		return "", l402.Hash{}, errors.New("connection refused")
	}
	binary.BigEndian.PutUint64(i.last[:], binary.BigEndian.Uint64(i.last[:])+1)
	i.msat, i.memo = msat, memo
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
	cfg.Balances = l402test.NewBalances()
	gate, err := l402.NewGate(cfg)
	require.NoError(t, err)
	c.Mode, c.Gate, c.Service = admission.Direct, gate, "econd"
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
	send := func(e *op.Event) answer {
		return w.do(http.MethodPost, "/v1/operations", e.Marshal(), "Content-Type", "application/json", "Authorization", token)
	}
	a = send(e)
	require.Equal(t, 201, a.status, "%s", a.body)
	require.Equal(t, "0", a.header.Get("L402-Uses-Left"))
	a = send(e)
	require.Equal(t, 200, a.status, "what was recorded is told again for nothing, in case the answer was lost")
	a = send(w.Event(nodetest.Key(t, 12), op.KindRegister, op.Register{Name: "bob"}))
	require.Equal(t, http.StatusPaymentRequired, a.status, "one payment, one operation")
	require.NotEmpty(t, a.header.Get("WWW-Authenticate"), "a foreign client pays anew")
	require.Equal(t, uint64(2), w.Node.Size())

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

// events returns n operations of one key that the ledger takes.
func (w *world) registrations(n int, from byte) []*op.Event {
	list := make([]*op.Event, n)
	for i := range list {
		list[i] = w.Event(nodetest.Key(w.T, from+byte(i)), op.KindRegister, op.Register{Name: "agent"})
	}
	return list
}

func ndjson(events ...*op.Event) (body []byte) {
	for _, e := range events {
		body = append(append(body, e.Marshal()...), '\n')
	}
	return body
}

// A batch costs its number: the challenge is for as many as it has, and a token
// for fewer pays for the first of them.
func TestBatchCostsItsNumber(t *testing.T) {
	w, inv := gated(t)
	events := w.registrations(5, 20)
	post := func(token string, events ...*op.Event) answer {
		header := []string{"Content-Type", ndjsonType}
		if token != "" {
			header = append(header, "Authorization", token)
		}
		return w.do(http.MethodPost, "/v1/operations", ndjson(events...), header...)
	}
	statuses := func(a answer) (list []int) {
		require.Equal(t, 200, a.status, "%s", a.body)
		for _, m := range regexp.MustCompile(`(?m)^\{"line":\d+,"status":(\d+)`).FindAllStringSubmatch(string(a.body), -1) {
			n, err := strconv.Atoi(m[1])
			require.NoError(t, err)
			list = append(list, n)
		}
		return list
	}
	a := post("", events[:3]...)
	require.Equal(t, 402, a.status)
	require.Equal(t, int64(30_000), inv.msat)
	require.Equal(t, int64(3), a.problem(t).Uses)
	token := inv.pay(t, a)
	require.Equal(t, []int{201, 201}, statuses(post(token, events[:2]...)))
	require.Equal(t, []int{200, 201, 402, 402}, statuses(post(token, events[1:]...)), "a repeated line is free, the third use is the last")
	require.Equal(t, uint64(4), w.Node.Size())
	require.Equal(t, []int{200, 402}, statuses(post(token, events[0], events[4])), "a batch whose answer was lost is told again")
	a = post(token, events[3:]...)
	require.Equal(t, 402, a.status, "nothing left: a challenge for the rest")
	require.Equal(t, int64(20_000), inv.msat)
	require.Equal(t, []int{201, 201}, statuses(post(inv.pay(t, a), events[3:]...)))
}

func TestBundlesAreSold(t *testing.T) {
	w, inv := gated(t)
	events := w.registrations(3, 20)
	post := func(e *op.Event, header ...string) answer {
		return w.do(http.MethodPost, "/v1/operations", e.Marshal(), append(header, "Content-Type", "application/json")...)
	}
	a := post(events[0], "L402-Uses", "2")
	require.Equal(t, 402, a.status)
	require.Equal(t, int64(20_000), inv.msat)
	token := inv.pay(t, a)
	for i, want := range []int{201, 201, 402} {
		require.Equal(t, want, post(events[i], "Authorization", token).status)
	}
	for _, bad := range []string{"0", "10001", "many"} {
		a = post(events[2], "L402-Uses", bad)
		require.Equal(t, 400, a.status)
		require.Equal(t, "L402-Uses", a.problem(t).Field)
	}
}

// What could not be read costs nothing, what a rule refused does.
func TestRefusedOperationsCountMalformedOnesDoNot(t *testing.T) {
	w, inv := gated(t)
	e := w.registrations(1, 20)[0]
	post := func(token string, body []byte, media string) answer {
		return w.do(http.MethodPost, "/v1/operations", body, "Content-Type", media, "Authorization", token)
	}
	token := inv.pay(t, w.post(e))
	for _, malformed := range [][]byte{[]byte("{"), []byte("{}"), nil} {
		require.Equal(t, 400, post(token, malformed, "application/json").status)
	}
	require.Equal(t, 415, post(token, e.Marshal(), "text/plain").status)
	require.Equal(t, 413, post(token, []byte(strings.Repeat(" ", op.MaxEventBytes+1)), "application/json").status)
	w.Stop()
	require.Equal(t, 503, post(token, e.Marshal(), "application/json").status, "the node's own trouble")

	w, inv = gated(t)
	e = w.registrations(1, 20)[0]
	token = inv.pay(t, w.post(e))
	refused := w.Event(nodetest.Key(t, 20), op.KindUndelegate, op.Undelegate{Track: "no-such"})
	require.Equal(t, 403, post(token, refused.Marshal(), "application/json").status)
	require.Equal(t, 402, post(token, e.Marshal(), "application/json").status, "a refusal by a rule is an answer")
}

// The invoice of a challenge names the customer that the request names, and the
// token stays a bearer token.
func TestInvoicesNameTheirCustomer(t *testing.T) {
	w, inv := gated(t)
	alice, bob := w.registrations(2, 20)[0], w.registrations(2, 20)[1]
	post := func(header ...string) answer {
		return w.do(http.MethodPost, "/v1/operations", bob.Marshal(), append([]string{"Content-Type", "application/json"}, header...)...)
	}
	a := post("L402-Customer", alice.PubKey.String())
	named, ok := op.CustomerOf(inv.memo)
	require.True(t, ok, inv.memo)
	require.Equal(t, alice.PubKey, named)
	require.Equal(t, 201, post("Authorization", inv.pay(t, a)).status)
	post("L402-Customer", alice.PubKey.String(), "L402-Agent", bob.PubKey.String())
	named, _ = op.CustomerOf(inv.memo)
	require.Equal(t, alice.PubKey, named)
	post("L402-Agent", bob.PubKey.String())
	named, _ = op.CustomerOf(inv.memo)
	require.Equal(t, bob.PubKey, named, "who binds a token is its customer")
	post()
	_, ok = op.CustomerOf(inv.memo)
	require.False(t, ok, inv.memo)
	a = post("L402-Customer", "alice")
	require.Equal(t, 400, a.status)
	require.Equal(t, "L402-Customer", a.problem(t).Field)
}

// A token bound to a key pays for what that key signs, in every form.
func TestBoundTokensPayForTheirAgentAlone(t *testing.T) {
	w, inv := gated(t)
	alice, bob := w.registrations(2, 20)[0], w.registrations(2, 20)[1]
	a := w.do(http.MethodPost, "/v1/operations", alice.Marshal(), "Content-Type", "application/json",
		"L402-Agent", alice.PubKey.String(), "L402-Uses", "3")
	token := inv.pay(t, a)
	post := func(body []byte, media string) answer {
		return w.do(http.MethodPost, "/v1/operations", body, "Content-Type", media, "Authorization", token)
	}
	a = post(bob.Marshal(), "application/json")
	require.Equal(t, 403, a.status)
	require.Equal(t, "token-agent", a.problem(t).Rule)
	forged := *alice
	forged.Sig = bob.Sig
	require.Equal(t, 422, post(forged.Marshal(), "application/json").status)
	a = post(ndjson(bob, &forged, alice), ndjsonType)
	require.Contains(t, string(a.body), `{"line":1,"status":403`)
	require.Contains(t, string(a.body), `{"line":2,"status":422`)
	require.Contains(t, string(a.body), `{"line":3,"status":201`)
	require.Equal(t, uint64(2), w.Node.Size())
	require.Equal(t, 200, post(alice.Marshal(), "application/json").status)
	alice = w.Event(nodetest.Key(t, 20), op.KindRegister, op.Register{Name: "alice"})
	require.Equal(t, 409, post(alice.Marshal(), "application/json").status)
	a = post(w.Event(nodetest.Key(t, 20), op.KindRegister, op.Register{Name: "again"}).Marshal(), "application/json")
	require.Equal(t, []any{409, "0"}, []any{a.status, a.header.Get("L402-Uses-Left")}, "what others signed took none of the three uses")
	a = w.do(http.MethodPost, "/v1/operations", alice.Marshal(), "Content-Type", "application/json", "L402-Agent", "alice")
	require.Equal(t, 400, a.status)
	require.Equal(t, "L402-Agent", a.problem(t).Field)
}
