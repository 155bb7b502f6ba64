package webhook

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/econd/econd/node/op"
)

// received is one request as the receiver saw it.
type received struct {
	header http.Header
	body   []byte
	method string
	path   string
}

// receiver answers with what a test wants and keeps what it got.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	seen []received
}

func newReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		r.seen = append(r.seen, received{req.Header.Clone(), body, req.Method, req.URL.RequestURI()})
		r.mu.Unlock()
		answer(w, req)
	}))
	r.Server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are part of the play
	r.StartTLS()
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) got() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received{}, r.seen...)
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func operatorKey(t *testing.T) op.SecretKey {
	t.Helper()
	key, err := op.NewSecretKey(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// config trusts and allows the receiver; tests take away what they are about.
func config(t *testing.T, r *receiver) Config {
	t.Helper()
	c := Config{Root: Root{42}, Operator: operatorKey(t), Now: time.Now, UserAgent: "econd/test", Timeout: 5 * time.Second,
		AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, RootCAs: x509.NewCertPool()}
	if r != nil {
		c.RootCAs.AddCert(r.Certificate())
	}
	return c
}

func client(t *testing.T, cfg Config) *Client {
	t.Helper()
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const document = `{"type":"proposal.executed","note":"two words"}`

// Each class of status has its outcome; both sides of each border.
func TestStatus(t *testing.T) {
	for code, want := range map[int]Outcome{
		200: Delivered, 201: Delivered, 202: Delivered, 204: Delivered, 299: Delivered,
		300: Unsure, 301: Unsure, 302: Unsure, 304: Unsure, 307: Unsure, 308: Unsure, 399: Unsure,
		400: Unsure, 401: Unsure, 403: Unsure, 404: Unsure, 405: Unsure, 407: Unsure, 408: Unsure, 409: Unsure,
		410: Refused, 411: Unsure, 422: Unsure, 425: Unsure, 429: Unsure, 451: Unsure, 499: Unsure,
		500: Unsure, 502: Unsure, 503: Unsure, 504: Unsure, 599: Unsure,
	} {
		r := newReceiver(t, status(code))
		got := client(t, config(t, r)).Deliver(t.Context(), "id", r.URL+"/hook", []byte(document))
		if got.Outcome != want || got.Status != code {
			t.Errorf("%d: %+v, want %v", code, got, want)
		}
		if (got.Reason == "") != (want == Delivered) {
			t.Errorf("%d: reason %q", code, got.Reason)
		}
		if n := len(r.got()); n != 1 {
			t.Errorf("%d: %d requests", code, n)
		}
	}
}

// What arrives is the document itself, with signatures that Standard Webhooks'
// own library and a check written from BIP-340 accept; every attempt has the
// same id and its own timestamp.
func TestSignatures(t *testing.T) {
	r := newReceiver(t, status(503))
	cfg := config(t, r)
	at := time.Now()
	cfg.Now = func() time.Time { return at }
	c := client(t, cfg)
	for range 3 {
		c.Deliver(t.Context(), "whk_77", r.URL+"/hook?a=b", []byte(document))
		at = at.Add(time.Second)
	}
	_, secret, err := c.Secret(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	hook, err := standard.NewWebhook(secret.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	all := r.got()
	if len(all) != 3 {
		t.Fatalf("%d attempts arrived", len(all))
	}
	times := map[string]bool{}
	for _, a := range all {
		if a.method != "POST" || a.path != "/hook?a=b" || string(a.body) != document || a.header.Get("Content-Type") != "application/json" ||
			a.header.Get("User-Agent") != "econd/test" {
			t.Fatalf("%+v", a)
		}
		if err := hook.Verify(a.body, a.header); err != nil {
			t.Error(err)
		}
		if a.header.Get("webhook-id") != "whk_77" {
			t.Errorf("id %q", a.header.Get("webhook-id"))
		}
		times[a.header.Get("webhook-timestamp")] = true
		checkOperator(t, a)
	}
	if len(times) != 3 {
		t.Errorf("timestamps %v", times)
	}
	changed := append([]byte{}, all[0].body...)
	changed[3] ^= 1
	if hook.Verify(changed, all[0].header) == nil || VerifyOperator(cfg.Operator.Public(), all[0].header, changed) {
		t.Error("a changed document passes")
	}
	for _, name := range []string{HeaderID, HeaderTimestamp, HeaderOperator} {
		h := all[0].header.Clone()
		h.Set(name, "1"+h.Get(name))
		if VerifyOperator(cfg.Operator.Public(), h, all[0].body) {
			t.Errorf("a changed %s passes", name)
		}
	}
	_, other, err := c.Secret("https://example.com")
	if err != nil || other == secret {
		t.Errorf("two origins share a secret: %v", err)
	}
}

// checkOperator follows the documented preimage step by step.
func checkOperator(t *testing.T, a received) {
	t.Helper()
	tag := sha256.Sum256([]byte("econd/webhook"))
	h := sha256.New()
	h.Write(tag[:])
	h.Write(tag[:])
	fmt.Fprintf(h, "%s.%s.%s", a.header.Get("webhook-id"), a.header.Get("webhook-timestamp"), a.body)
	raw, err := hex.DecodeString(a.header.Get("econd-signature"))
	if err != nil {
		t.Fatal(err)
	}
	sig, err := schnorr.ParseSignature(raw)
	if err != nil {
		t.Fatal(err)
	}
	public := operatorKey(t).Public()
	key, err := schnorr.ParsePubKey(public[:])
	if err != nil {
		t.Fatal(err)
	}
	if !sig.Verify(h.Sum(nil), key) || !VerifyOperator(public, a.header, a.body) {
		t.Error("the operator's signature does not verify")
	}
}

// A redirect is an answer like any other: its target is never asked.
func TestRedirectIsNotFollowed(t *testing.T) {
	target := newReceiver(t, status(200))
	r := newReceiver(t, func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, target.URL, http.StatusTemporaryRedirect)
	})
	cfg := config(t, r)
	cfg.RootCAs.AddCert(target.Certificate())
	got := client(t, cfg).Deliver(t.Context(), "id", r.URL, []byte(document))
	if got.Outcome != Unsure || got.Status != 307 || !strings.Contains(got.Reason, "redirect") || len(target.got()) != 0 {
		t.Fatalf("%+v, the target was asked %d times", got, len(target.got()))
	}
}

// The time of an attempt is bounded, and a body without end costs nothing.
func TestSlowAndLongAnswers(t *testing.T) {
	ended := make(chan struct{})
	t.Cleanup(func() { close(ended) })
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		want   Outcome
		reason string
	}{
		"no head": {func(_ http.ResponseWriter, req *http.Request) {
			select {
			case <-ended:
			case <-req.Context().Done():
			}
		}, Unsure, "no answer within 500ms"},
		"endless body": {func(w http.ResponseWriter, req *http.Request) {
			for req.Context().Err() == nil {
				if _, err := w.Write(bytes.Repeat([]byte("x"), 4096)); err != nil {
					return
				}
			}
		}, Delivered, ""},
		"slow body": {func(w http.ResponseWriter, req *http.Request) {
			w.WriteHeader(200)
			w.(http.Flusher).Flush()
			<-req.Context().Done()
		}, Delivered, ""},
		"huge head": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("x", strings.Repeat("x", maxHead+1))
		}, Unsure, "the connection broke off without an answer in HTTP"},
		"no HTTP": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = io.WriteString(conn, "let me write your log\r\n\r\n")
			conn.Close()
		}, Unsure, "the connection broke off without an answer in HTTP"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, tc.answer)
			cfg := config(t, r)
			cfg.Timeout = 2 * time.Minute // reading on would take all of it
			if name == "no head" {
				cfg.Timeout = 500 * time.Millisecond
			}
			began := time.Now()
			got := client(t, cfg).Deliver(t.Context(), "id", r.URL, []byte(document))
			if got.Outcome != tc.want || got.Reason != tc.reason {
				t.Errorf("%+v", got)
			}
			if took := time.Since(began); took > time.Minute {
				t.Errorf("took %v", took)
			}
		})
	}
}

// What cannot be reached is tried again, also what a name leads to that may not be
// reached: names change. What may never be reached is not.
func TestUnreachable(t *testing.T) {
	r := newReceiver(t, status(200))
	dead, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := dead.Addr().String()
	dead.Close()
	_, port, _ := net.SplitHostPort(r.Listener.Addr().String())
	for name, tc := range map[string]struct {
		change func(*Config)
		url    string
		want   Outcome
		reason string
	}{
		"nobody listens":   {nil, "https://" + closed, Unsure, "no connection: connection refused"},
		"no such name":     {nil, "https://nobody.invalid", Unsure, "the host's name does not resolve"},
		"foreign CA":       {func(c *Config) { c.RootCAs = x509.NewCertPool() }, r.URL, Unsure, "the host's certificate is not trusted"},
		"loopback":         {func(c *Config) { c.AllowNetworks = nil }, r.URL, Refused, "127.0.0.1 is not an address of the internet, and its network is not allowed"},
		"name of loopback": {func(c *Config) { c.AllowNetworks = nil }, "https://localhost:" + port, Unsure, "is not an address of the internet"},
		"mapped loopback":  {func(c *Config) { c.AllowNetworks = nil }, "https://[::ffff:127.0.0.1]:" + port, Refused, "127.0.0.1 is not"},
		"other network": {func(c *Config) { c.AllowNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")} }, r.URL, Refused,
			"is not an address of the internet"},
		"http":     {nil, "http://" + closed, Refused, "the URL is not https, and http is not allowed"},
		"http on":  {func(c *Config) { c.AllowHTTP = true }, "http://" + closed, Unsure, "no connection: connection refused"},
		"other":    {nil, "ftp://example.com", Refused, "must begin with https://"},
		"relative": {nil, "/hook", Refused, "must begin with https://"},
		"user":     {nil, "https://me:you@example.com", Refused, "must not name a user"},
		"port 0":   {nil, "https://example.com:0", Refused, "the port must be from 1 to 65535"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(t, r)
			if tc.change != nil {
				tc.change(&cfg)
			}
			before := len(r.got())
			got := client(t, cfg).Deliver(t.Context(), "id", tc.url, []byte(document))
			if got.Outcome != tc.want || !strings.Contains(got.Reason, tc.reason) || got.Status != 0 {
				t.Errorf("%+v", got)
			}
			if len(r.got()) != before {
				t.Error("the request was sent")
			}
		})
	}
}

// A proxy of the environment would connect where the guard does not look.
func TestProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	proxy := newReceiver(t, status(200))
	t.Setenv("HTTPS_PROXY", proxy.URL)
	t.Setenv("https_proxy", proxy.URL)
	got := client(t, config(t, proxy)).Deliver(t.Context(), "id", "https://nobody.invalid/", []byte(document))
	if got.Outcome != Unsure || len(proxy.got()) != 0 {
		t.Fatalf("%+v, the proxy was asked %d times", got, len(proxy.got()))
	}
}

// The caller's own end is no verdict about the receiver.
func TestCancelledAttemptIsUnsure(t *testing.T) {
	r := newReceiver(t, func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if got := client(t, config(t, r)).Deliver(ctx, "id", r.URL, []byte(document)); got.Outcome != Unsure || got.Status != 0 {
		t.Fatalf("%+v", got)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for text, want := range map[string]time.Duration{
		"": 0, "30": 30 * time.Second, "0": 0, "-5": 0, "soon": 0, "86401": 24 * time.Hour, "99999999999999": 0,
		now.Add(time.Minute).UTC().Format(http.TimeFormat):     time.Minute,
		now.Add(-time.Minute).UTC().Format(http.TimeFormat):    0,
		now.Add(100 * time.Hour).UTC().Format(http.TimeFormat): 24 * time.Hour,
	} {
		r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", text)
			w.WriteHeader(429)
		})
		cfg := config(t, r)
		cfg.Now = func() time.Time { return now }
		if got := client(t, cfg).Deliver(t.Context(), "id", r.URL, []byte(document)); got.RetryAfter != want {
			t.Errorf("%q: %v, want %v", text, got.RetryAfter, want)
		}
	}
}

func TestOrigin(t *testing.T) {
	for raw, want := range map[string]string{
		"https://example.com":              "https://example.com",
		"HTTPS://Example.COM/Path?q":       "https://example.com",
		"https://example.com:443/x":        "https://example.com",
		"https://example.com:0443/x":       "https://example.com",
		"https://example.com:8443":         "https://example.com:8443",
		"https://example.com:80":           "https://example.com:80",
		"http://example.com:80":            "http://example.com",
		"http://example.com":               "http://example.com",
		"https://[2001:DB8::1]":            "https://[2001:db8::1]",
		"https://[2001:db8::1]:8443/x":     "https://[2001:db8::1]:8443",
		"https://xn--bcher-kva.example/ok": "https://xn--bcher-kva.example",
	} {
		if got, err := Origin(raw); err != nil || got != want {
			t.Errorf("%s: %q %v, want %q", raw, got, err, want)
		}
	}
	for _, raw := range []string{"", "example.com", "//example.com", "https://", "https:///x", "https://:443", "https://u@example.com",
		"https://example.com#", "https://example.com#x", "https://example.com:", "https://example.com:65536", "https://example.com:x",
		"https://b\u00fccher.example", "mailto:me@example.com", "https://exa mple.com", "https:example.com"} {
		if got, err := Origin(raw); !errors.Is(err, ErrURL) {
			t.Errorf("%q: %q %v", raw, got, err)
		}
	}
}

// What New needs, and secrets that do not print.
func TestConfigAndSecrets(t *testing.T) {
	for field, change := range map[string]func(*Config){
		"Root":      func(c *Config) { c.Root = Root{} },
		"Operator":  func(c *Config) { c.Operator = op.SecretKey{} },
		"Now":       func(c *Config) { c.Now = nil },
		"UserAgent": func(c *Config) { c.UserAgent = "" },
		"Timeout":   func(c *Config) { c.Timeout = -1 },
	} {
		cfg := config(t, nil)
		change(&cfg)
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), "Config."+field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	root := Root{42}
	secret := root.Secret("https://example.com")
	for _, s := range []string{fmt.Sprintf("%v %+v %#v %s", root, root, root, root), fmt.Sprintf("%v %+v %#v %s", secret, secret, secret, secret)} {
		if strings.Contains(s, "42") || strings.Contains(s, hex.EncodeToString(secret[:4])) || strings.Contains(s, "whsec_") {
			t.Errorf("a secret prints: %s", s)
		}
	}
	if got := secret.Reveal(); !strings.HasPrefix(got, "whsec_") || len(got) != 6+44 {
		t.Errorf("Reveal: %q", got)
	}
}

// An origin is an origin of itself, names no path, and keeps the guard's terms.
func FuzzOrigin(f *testing.F) {
	for _, seed := range []string{"https://example.com/x?y", "HTTP://EXAMPLE.com:080", "https://[::1]:443/", "https://[fe80::1%25eth0]/",
		"https://a@b", "https://a#b", "https://:1", "//a", "https://b\u00fccher.example"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		origin, err := Origin(raw)
		if err != nil {
			if !errors.Is(err, ErrURL) || origin != "" {
				t.Fatalf("%q: %q %v", raw, origin, err)
			}
			return
		}
		again, err := Origin(origin)
		if err != nil || again != origin {
			t.Fatalf("%q has origin %q, which has %q, %v", raw, origin, again, err)
		}
		if rest := strings.SplitN(origin, "://", 2); len(rest) != 2 || strings.ContainsAny(rest[1], "/?#@ ") || strings.ToLower(origin) != origin {
			t.Fatalf("%q has origin %q", raw, origin)
		}
	})
}
