package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/grpcapi"
	"github.com/econd/econd/node/httpapi"
	"github.com/econd/econd/node/read"
)

// docs/operating.md shows what `econd aperture` prints with the default configuration
// and prices, comments aside.
func TestPageShowsThePrintedService(t *testing.T) {
	var out bytes.Buffer
	if err := printAperture(&out, defaultConfig("/x"), false); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(page), "```yaml\nwritetimeout:")
	block, _, closed := strings.Cut("writetimeout:"+block, "```")
	if !found || !closed {
		t.Fatal("docs/operating.md has no service for aperture.yaml")
	}
	var shown, printed any
	if err := yaml.Unmarshal([]byte(block), &shown); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(out.Bytes(), &printed); err != nil {
		t.Fatal(err)
	}
	a, err := yaml.Marshal(shown)
	if err != nil {
		t.Fatal(err)
	}
	b, err := yaml.Marshal(printed)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Errorf("docs/operating.md:\n%s\nprinted:\n%s", a, b)
	}
}

// Whoever puts aperture in front without naming its URL is told what will not work.
func TestMissingURLOfApertureIsTold(t *testing.T) {
	cfg := defaultConfig(t.TempDir())
	var out bytes.Buffer
	warnOfURLs(&out, cfg)
	if !strings.Contains(out.String(), "public_urls has only 127.0.0.1:8402") {
		t.Errorf("said %q", out.String())
	}
	named, front := cfg, cfg
	named.PublicURLs = []string{"http://127.0.0.1:8402", "https://econ.example"}
	front.L402.ApertureURL = "http://127.0.0.1:8081"
	for _, c := range []config{named, front} {
		out.Reset()
		if warnOfURLs(&out, c); out.Len() > 0 {
			t.Errorf("said %q", out.String())
		}
	}
}

// aperture's limit lets a stream live as long as econd does, and passes the status
// pages on, but neither health nor metrics.
func TestApertureServesStreamsAndStatusPages(t *testing.T) {
	for name, lives := range map[string]time.Duration{"http": httpapi.DefaultLimits().StreamLifetime, "grpc": grpcapi.DefaultLimits().StreamLifetime} {
		if least := lives + time.Minute; apertureWriteTimeout() < least {
			t.Errorf("%s: writetimeout %v is below %v", name, apertureWriteTimeout(), least)
		}
	}
	paths := regexp.MustCompile(read.AperturePathRegexp)
	for path, want := range map[string]bool{"/": true, "/status": true, "/status/": true, "/status/proposals/1": true, "/status/static/style.css": true,
		"/v1/info": true, "/v1/": true, "/healthz": false, "/readyz": false, "/metrics": false, "/statuses": false, "/v1": false, "/v2/info": false,
		"/llms.txt": true, "/.well-known/l402.json": true, "/.well-known/": false, "/llmsxtxt": false, "/llms.txt/x": false} {
		if got := paths.MatchString(path); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
		if !strings.HasPrefix(path, "/v1/") && read.ResourceOf(path) != "" {
			t.Errorf("%s has a price", path)
		}
	}
}

// Whatever has a price, now or by governance, is never on the list.
func TestWhatHasAPriceIsNotWhitelisted(t *testing.T) {
	for _, free := range []bool{false, true} {
		for _, path := range read.AperturePaths(free) {
			list := regexp.MustCompile(path)
			for _, priced := range []string{"/v1/proposals", "/v1/agents", "/v1/log", "/v1/events", "/v1/agents/" + strings.Repeat("a", 64),
				"/v1/info", "/v1/proposals/x/ballots/y/proof", "/v1/agents/" + strings.Repeat("a", 64) + "/notifications"} {
				if list.MatchString(priced) {
					t.Errorf("%s lets %s through", path, priced)
				}
			}
			if list.MatchString("/v1/operations") != (free && strings.Contains(path, "operations")) {
				t.Errorf("%s and operations, free: %v", path, free)
			}
		}
	}
}

// A challenge is passed on as aperture writes it.
func TestChallengeIsAskedOfAperture(t *testing.T) {
	var asked *http.Request
	status, value := http.StatusPaymentRequired, `L402 macaroon="M", invoice="I"`
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r
		w.Header().Add("WWW-Authenticate", strings.Replace(value, "L402", "LSAT", 1))
		w.Header().Add("WWW-Authenticate", value)
		w.WriteHeader(status)
	}))
	defer front.Close()
	ask := askAperture(front.URL)
	a := l402.Ask{Method: http.MethodGet, URI: "/v1/proposals?limit=1", Uses: 7}
	got, err := ask(context.Background(), a)
	if err != nil || got != value {
		t.Errorf("got %q, %v", got, err)
	}
	if asked.URL.RequestURI() != a.URI || asked.Header.Get("L402-Uses") != "7" || asked.Header.Get("Authorization") != "" {
		t.Errorf("asked %v", asked)
	}
	status = http.StatusOK
	if _, err := ask(context.Background(), a); err == nil {
		t.Error("what is not asked for payment has no challenge")
	}
	front.Close()
	if _, err := ask(context.Background(), a); err == nil {
		t.Error("an aperture that is away has no challenge")
	}
}

// The command asks the running econd for the prices, also over TLS.
func TestOperationsFreeIsAskedOfEcond(t *testing.T) {
	answer := `{"prices":[{"resource":"operations","sat":10}]}`
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/info" {
			_, _ = w.Write([]byte(answer))
		}
	})
	plain, secret := httptest.NewServer(handler), httptest.NewTLSServer(handler)
	defer plain.Close()
	defer secret.Close()
	cfg := defaultConfig(t.TempDir())
	cfg.HTTPListen = strings.TrimPrefix(plain.URL, "http://")
	sealed := cfg
	sealed.HTTPListen = strings.TrimPrefix(secret.URL, "https://")
	sealed.TLSCert, sealed.TLSKey = t.TempDir()+"/cert.pem", t.TempDir()+"/key.pem"
	pair := secret.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{sealed.TLSCert: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, sealed.TLSKey: {Type: "PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []config{cfg, sealed} {
		for _, want := range []bool{false, true} {
			answer = `{"prices":[{"resource":"operations","sat":10}]}`
			if want {
				answer = `{"prices":[{"resource":"operations","sat":0}]}`
			}
			if free, err := operationsFree(context.Background(), c); err != nil || free != want {
				t.Errorf("free %v, %v, want %v", free, err, want)
			}
		}
		answer = "{}"
		if _, err := operationsFree(context.Background(), c); err == nil {
			t.Error("what is no econd has no prices")
		}
	}
	plain.Close()
	if _, err := operationsFree(context.Background(), cfg); err == nil || !strings.Contains(err.Error(), "econd run") {
		t.Errorf("an econd that is away: %v", err)
	}
}
