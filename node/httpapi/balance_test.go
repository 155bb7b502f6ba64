package httpapi

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lightninglabs/aperture/pricesrpc"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/l402/l402test"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/grpcapi"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/read"
)

// pricedReads is the demo constitution with a price of 3 sat on queries.
func pricedReads(t *testing.T) string {
	t.Helper()
	text := strings.Replace(string(yamlfile.Demo), "{resource: queries, sat: 0}", "{resource: queries, sat: 3}", 1)
	require.NotEqual(t, string(yamlfile.Demo), text)
	return text
}

func TestReadsCostOneUseEach(t *testing.T) {
	inv := &invoicer{}
	w := newWorldOf(t, pricedReads(t), func(_ *world, c *Config) { sells(t, c, inv) })
	a := w.get("/v1/proposals", "L402-Uses", "3")
	require.Equal(t, 402, a.status)
	require.Equal(t, int64(9_000), inv.msat)
	token := inv.pay(t, a)
	read := func(path string) answer { return w.get(path, "Authorization", token) }

	a = read("/v1/proposals")
	require.Equal(t, []any{200, "2"}, []any{a.status, a.header.Get("L402-Uses-Left")})
	a = read("/v1/proposals?limit=many")
	require.Equal(t, []any{400, "2"}, []any{a.status, a.header.Get("L402-Uses-Left")}, "what cannot be read costs nothing")
	a = read("/v1/proposals/" + strings.Repeat("0", 64))
	require.Equal(t, []any{404, "1"}, []any{a.status, a.header.Get("L402-Uses-Left")}, "nothing is an answer")
	require.Equal(t, 200, read("/v1/info").status)
	a = read("/v1/info?at=0")
	require.Equal(t, []any{200, "0"}, []any{a.status, a.header.Get("L402-Uses-Left")}, "the past has the price of a query")
	a = read("/v1/agents")
	require.Equal(t, 402, a.status)
	require.NotEmpty(t, a.header.Get("WWW-Authenticate"))
	e := w.registrations(1, 20)[0]
	a = w.do(http.MethodPost, "/v1/operations", e.Marshal(), "Content-Type", "application/json", "Authorization", token)
	require.Equal(t, 402, a.status, "a token for reads buys no operation")
}

// A token bound to a key reads with a NIP-98 event of that key.
func TestBoundTokenReadsWithItsKey(t *testing.T) {
	inv := &invoicer{}
	w := newWorldOf(t, pricedReads(t), func(_ *world, c *Config) {
		sells(t, c, inv)
		c.BaseURLs = []string{adminBase}
	})
	alice, bob := nodetest.Key(t, 20), nodetest.Key(t, 21)
	token := inv.pay(t, w.get("/v1/proposals", "L402-Uses", "2", "L402-Agent", alice.Public().String()))
	auth := func(by op.SecretKey) string {
		return "Nostr " + authText(authAt(t, by, w.Clock.Now().Unix(), []string{"u", adminBase + "/v1/proposals"}, []string{"method", "GET"}))
	}
	require.Equal(t, 401, w.get("/v1/proposals", "Authorization", token).status, "no key proved")
	require.Equal(t, 403, w.get("/v1/proposals", "Authorization", token, "Authorization", auth(bob)).status)
	proof := auth(alice)
	require.Equal(t, 200, w.get("/v1/proposals", "Authorization", token, "Authorization", proof).status)
	a := w.get("/v1/proposals", "Authorization", token, "Authorization", proof)
	require.Equal(t, []string{"0"}, a.header["L402-Uses-Left"], "a read changes nothing: the same again is one more use")
	require.Equal(t, 200, a.status)
	require.Equal(t, 402, w.get("/v1/proposals", "Authorization", token, "Authorization", proof).status)
}

// The operator's own operation needs no payment, and another's that names the
// operator does.
func TestOperatorsOperationIsFree(t *testing.T) {
	w, _ := gated(t)
	e := w.Event(nodetest.Key(t, 1), op.KindRegister, op.Register{Name: "operator"})
	require.NotEqual(t, 402, w.post(e).status)
	other := w.Event(nodetest.Key(t, 20), op.KindRegister, op.Register{Name: e.PubKey.String()[:30]})
	require.Equal(t, 402, w.post(other).status)
	forged := *e
	forged.Sig = other.Sig
	require.Equal(t, 402, w.post(&forged).status)
}

// paidInvoices answers for the operator's Lightning node.
type paidInvoices map[l402.Hash]l402.Invoice

func (p paidInvoices) Invoice(_ context.Context, payment l402.Hash) (l402.Invoice, error) {
	inv, ok := p[payment]
	if !ok {
		return inv, l402.ErrUnknownToken
	}
	return inv, nil
}

// Behind aperture the API relies on the payment alone: what aperture lets pass
// unpaid is refused, what was paid is counted, and the operator is told of a
// list that lets too much through.
func TestBehindAperture(t *testing.T) {
	paid := paidInvoices{}
	front := ""
	w := newWorldOf(t, pricedReads(t), func(w *world, c *Config) {
		f, err := l402.NewForwarded(l402.ForwardedConfig{Invoices: paid, Balances: l402test.NewBalances(), Memo: "L402",
			PriceSat: func(string, int64) int64 { return 10 }, TokenLifetime: time.Hour,
			Ask: func(_ context.Context, a l402.Ask) (string, error) {
				if front == "" {
					return "", context.DeadlineExceeded
				}
				return front + a.URI, nil
			}})
		require.NoError(t, err)
		c.Mode, c.Gate, c.Service = admission.Aperture, f, "econd"
		w.Node.UseProblems(func() []string { return f.Problems(w.Clock.Now()) })
	})
	require.Equal(t, 200, w.get("/readyz").status)
	require.Equal(t, 200, w.get("/v1/info").status)
	a := w.get("/v1/proposals")
	require.Equal(t, []any{402, "token-used-up"}, []any{a.status, a.problem(t).Rule})
	require.Empty(t, a.header.Get("WWW-Authenticate"))
	a = w.get("/readyz")
	require.Equal(t, 503, a.status)
	require.Contains(t, string(a.body), "authwhitelistpaths")
	w.Clock.Add(10 * time.Minute)
	require.Equal(t, 200, w.get("/readyz").status)

	// A stranger's broken request gets past aperture, and says nothing about it.
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	require.NoError(t, err)
	_, err = conn.Write([]byte("POST /v1/operations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{}"))
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	_, err = io.ReadAll(conn)
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	require.Equal(t, 200, w.get("/readyz").status)
	require.Equal(t, 402, w.post(w.registrations(1, 30)[0]).status)
	require.Equal(t, 503, w.get("/readyz").status)
	w.Clock.Add(10 * time.Minute)

	// A macaroon as a seller in front makes it, paid with 20 sat.
	other, seller := gated(t)
	events := w.registrations(3, 20)
	token := seller.pay(t, other.post(events[0]))
	now := w.Clock.Now().Unix()
	post := func(e *op.Event) answer {
		return w.do(http.MethodPost, "/v1/operations", e.Marshal(), "Content-Type", "application/json", "Authorization", token)
	}
	require.Equal(t, 402, post(events[0]).status, "nobody paid that invoice")
	paid[seller.last.Hash()] = l402.Invoice{Settled: true, Memo: "L402", PaidMsat: 20_000, CreatedAt: now, SettledAt: now}
	for i, want := range []int{201, 201, 402} {
		require.Equal(t, want, post(events[i]).status)
	}
	front = "L402 of aperture for "
	require.Equal(t, "L402 of aperture for /v1/operations", post(events[2]).header.Get("WWW-Authenticate"))
	w.Clock.Add(time.Hour)
	require.Equal(t, 402, post(events[2]).status, "expired")
}

// What aperture lets pass for nothing costs nothing here either, whatever a
// stranger writes: no request that came through it makes the node unready.
func TestStrangersThroughApertureDoNotMakeUnready(t *testing.T) {
	w := newWorldOf(t, strings.Replace(pricedReads(t), "{resource: proofs, sat: 2}", "{resource: proofs, sat: 0}", 1),
		func(w *world, c *Config) { forwardedFor(t, c, paidInvoices{}) })
	metrics, err := grpcapi.NewMetrics(prometheus.NewRegistry())
	require.NoError(t, err)
	pricer, err := grpcapi.NewPricer(grpcapi.PricerConfig{Node: w.Node, Log: slog.New(slog.DiscardHandler), Metrics: metrics})
	require.NoError(t, err)
	key := nodetest.Key(t, 3).Public().String()
	for _, target := range []string{"/v1/agents/" + key + "/webhook?at=0", "/v1/agents/" + key + "%2Fwebhook", "/v1/agents/" + key + "/webhook/secret?at=0",
		"/v1/admin/webhook-secret?at=0", "/v1/info?at=0;", "/v1/info?x=%zz&at=0", "/v1/info?%61t=0", "/v1/info?at", "/v1/registry/service/proof",
		"/v1/proposals/" + key + "/exits/proof", "/v1/constitution/versions/proof", "/v1/agents/" + key, "/v1/proposals"} {
		u, err := url.Parse(target)
		require.NoError(t, err)
		free := false
		for _, path := range read.AperturePaths(false) {
			free = free || regexp.MustCompile(path).MatchString(u.Path)
		}
		price, err := pricer.GetPrice(context.Background(), &pricesrpc.GetPriceRequest{Path: u.Path,
			HttpRequestText: "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n"})
		if !free && (err != nil || price.PriceSats > 0) {
			continue // aperture asks for a payment, or answers an error
		}
		a := w.get(target)
		require.NotEqual(t, 402, a.status, target)
		require.Equal(t, 200, w.get("/readyz").status, target)
	}
}

// A question to aperture that comes back, because its list lets the path through,
// is not asked again; and nobody without a token makes econd ask.
func TestChallengeIsAskedForOnce(t *testing.T) {
	var front string
	var asked, forwarded atomic.Int64
	w := newWorldOf(t, pricedReads(t), func(_ *world, c *Config) {
		f, err := l402.NewForwarded(l402.ForwardedConfig{Invoices: paidInvoices{}, Balances: l402test.NewBalances(), Memo: "L402",
			PriceSat: func(string, int64) int64 { return 10 }, TokenLifetime: time.Hour,
			Ask: func(ctx context.Context, a l402.Ask) (string, error) {
				asked.Add(1)
				req, err := http.NewRequestWithContext(ctx, a.Method, front+a.URI, nil)
				require.NoError(t, err)
				res, err := http.DefaultClient.Do(req)
				if err == nil {
					res.Body.Close()
				}
				return "", errors.New("no challenge")
			}})
		require.NoError(t, err)
		c.Mode, c.Gate, c.Service = admission.Aperture, f, "econd"
	})
	back, err := url.Parse(w.url)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(back)
	lets := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if forwarded.Add(1) > 20 {
			http.Error(rw, "enough", http.StatusBadGateway)
			return
		}
		proxy.ServeHTTP(rw, r)
	}))
	defer lets.Close()
	front = lets.URL
	other, seller := gated(t)
	token := seller.pay(t, other.post(w.registrations(1, 20)[0]))
	for _, c := range []struct {
		authorization    string
		asked, forwarded int64
	}{{"", 0, 1}, {"Basic eDp5", 0, 1}, {token, 1, 2}} {
		asked.Store(0)
		forwarded.Store(0)
		req, err := http.NewRequest(http.MethodGet, front+"/v1/proposals", nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", c.authorization)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		res.Body.Close()
		require.Equal(t, 402, res.StatusCode)
		require.Equal(t, []int64{c.asked, c.forwarded}, []int64{asked.Load(), forwarded.Load()}, "%.10s", c.authorization)
	}
}
