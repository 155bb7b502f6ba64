package grpcapi

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lightninglabs/aperture/pricer"
	"github.com/lightninglabs/aperture/pricesrpc"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/read"
)

// newPricer serves prices over loopback to aperture's own client.
func newPricer(t *testing.T, w *world) *pricer.GRPCPricer {
	t.Helper()
	p, err := NewPricer(PricerConfig{Node: w.Node, Log: slog.New(slog.DiscardHandler), Metrics: newMetrics(t)})
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, l) }()
	client, err := pricer.NewGRPCPricer(&pricer.Config{GRPCAddress: l.Addr().String(), Insecure: true})
	require.NoError(t, err)
	t.Cleanup(func() { client.Close(); cancel(); require.NoError(t, <-done) })
	return client
}

// prices of the demo constitution: operations cost 10, all else nothing.
func TestApertureIsToldThePrice(t *testing.T) {
	w := newWorld(t, nil)
	client := newPricer(t, w)
	for _, c := range []struct {
		method, path, body string
		sat                int64
		ok                 bool
	}{
		{"POST", "/v1/operations", `{"id":"00"}`, 10, true},
		{"POST", "/v1/operations", strings.Repeat("a line\n", 1<<18), 10, true}, // 1.75 MiB
		{"POST", "/v1/operations", strings.Repeat("a line\n", 1<<19), 0, false}, // 3.5 MiB: nobody makes the pricer hold more
		{"POST", "/v1/operations?x=1", "", 10, true},
		{"GET", "/v1/operations", "", 10, true}, // aperture's token opens the path for every method
		{"GET", "/v1/proposals", "", 0, true},
		{"GET", "/v1/info", "", 0, true},
		{"GET", "/healthz", "", 0, true},
		{"POST", "/econd.v1.Econd/Submit", "", 10, true},
		{"POST", "/econd.v1.Econd/Submit", "\x00\x00\x00\x01\x93\n\x90\x03", 0, false}, // not UTF-8
		{"POST", "/econd.v1.Econd/GetInfo", "", 0, true},
		{"POST", "/econd.v1.Econd/Unknown", "", 0, true},
		// No routes: econd itself says so.
		{"POST", "//v1/operations", "", 0, true},
		{"POST", "/v1/./operations", "", 0, true},
		{"POST", "/x/../v1/operations", "", 0, true},
		{"POST", "/v1%2Foperations", "", 0, true},
		{"POST", "/v1/%6fperations", "", 0, true},
		{"POST", "/v1//operations", "", 0, true},
		{"GET", "/v1/agents//", "", 0, true},
		{"HEAD", "/v1/info", "", 0, true},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		req, err := http.NewRequestWithContext(ctx, c.method, "http://econd.example"+c.path, strings.NewReader(c.body))
		require.NoError(t, err)
		sat, err := client.GetPrice(ctx, req)
		cancel()
		if !c.ok {
			require.Error(t, err, "%s %s", c.method, c.path)
			continue
		}
		require.NoError(t, err, "%s %s", c.method, c.path)
		require.Equal(t, c.sat, sat, "%s %s", c.method, c.path)
	}
}

// A batch costs its number, and a bundle what was asked for.
func TestApertureIsToldThePriceOfMany(t *testing.T) {
	w := newWorld(t, nil)
	client := newPricer(t, w)
	for _, c := range []struct {
		media, uses, body string
		sat               int64
		ok                bool
	}{
		{"application/x-ndjson", "", "{}\n{}\n\n{}", 30, true},
		{"application/x-ndjson; charset=utf-8", "", "{}\n{}\n", 20, true},
		{"application/json", "", "{}\n{}\n", 10, true},
		{"application/json", "25", "{}", 250, true},
		{"application/json", "10001", "{}", 0, false},
	} {
		req, err := http.NewRequestWithContext(w.ctx(), "POST", "http://econd.example/v1/operations", strings.NewReader(c.body))
		require.NoError(t, err)
		req.Header.Set("Content-Type", c.media)
		if c.uses != "" {
			req.Header.Set("L402-Uses", c.uses)
		}
		sat, err := client.GetPrice(w.ctx(), req)
		require.Equal(t, c.ok, err == nil, "%+v: %v", c, err)
		require.Equal(t, c.sat, sat, "%+v", c)
	}
}

// What is free now costs a query in the past, however the parameter is spelled.
func TestApertureIsToldThatThePastHasAPrice(t *testing.T) {
	for target, want := range map[string]bool{"/v1/info": false, "/v1/info?at=0": true, "/v1/info?x=1&%61t=": true, "/v1/info?att=1": false} {
		r, err := requestOf("/v1/info", "GET "+target+" HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
		require.Equal(t, want, r.URL.Query().Has("at"), target)
	}
}

func TestPricerFailsClosed(t *testing.T) {
	w := newWorld(t, nil)
	p, err := NewPricer(PricerConfig{Node: w.Node, Log: slog.New(slog.DiscardHandler), Metrics: newMetrics(t)})
	require.NoError(t, err)
	const good = "POST /v1/operations HTTP/1.1\r\nHost: x\r\n\r\n"
	for _, c := range []struct{ path, text, field string }{
		{"/v1/operations", "", "http_request_text"},
		{"/v1/operations", "POST", "http_request_text"},
		{"/v1/operations", "POST /v1/operations\r\n\r\n", "http_request_text"},
		{"", good, "path"},
		{"/v1/info", good, "path"},
		{"v1/operations", strings.Replace(good, "/v1", "v1", 1), "http_request_text"},
	} {
		_, err := p.GetPrice(context.Background(), &pricesrpc.GetPriceRequest{Path: c.path, HttpRequestText: c.text})
		require.Error(t, err, "%q", c)
		got := tell(t, failureOf(err).status().Err())
		require.Equal(t, codes.InvalidArgument, got.code, "%q", c)
		require.Equal(t, c.field, got.field, "%q", c)
	}
	got, err := p.GetPrice(context.Background(), &pricesrpc.GetPriceRequest{Path: "/v1/operations", HttpRequestText: good})
	require.NoError(t, err)
	require.Equal(t, int64(10), got.PriceSats)
}

// Nobody gets a lower price by the way a request is written: whatever has a
// price has the one that the API itself would ask.
func FuzzPricer(f *testing.F) {
	f.Add("/v1/operations", "POST /v1/operations HTTP/1.1\r\nHost: x\r\n\r\n")
	f.Add("/v1/operations", "POST /v1%2foperations HTTP/1.1\r\nHost: x\r\n\r\n")
	f.Add("//v1/operations", "POST //v1/operations HTTP/1.1\r\nHost: x\r\n\r\n")
	f.Add("/econd.v1.Econd/Submit", "POST /econd.v1.Econd/Submit HTTP/1.1\r\nHost: x\r\nTrailer: a\r\n\r\n")
	f.Fuzz(func(t *testing.T, path, text string) {
		r, err := requestOf(path, text)
		if err != nil {
			return
		}
		method := r.Method
		resource := pricedResource(r)
		if !read.Canonical(r.URL) {
			require.Empty(t, resource)
			return
		}
		want := read.ResourceOfURL(r.URL)
		if strings.HasPrefix(path, methodPrefix) {
			if want, _ = ResourceOf(path); read.AsksPast(r.URL.RawQuery) {
				want = read.ResourceOfPast(want)
			}
		}
		require.Equal(t, want, resource)
		if path == "/v1/operations" && method == http.MethodPost {
			require.Equal(t, constitution.ResourceOperations, resource)
		}
	})
}

func TestConfigNamesTheBadField(t *testing.T) {
	_, err := NewPricer(PricerConfig{})
	require.ErrorContains(t, err, "PricerConfig.Node")
	_, err = New(Config{})
	require.ErrorContains(t, err, "Config.Node")
	w := newWorld(t, nil)
	good := Config{Door: admission.Door{Node: w.Node, Now: time.Now, Mode: admission.Off}, Log: slog.New(slog.DiscardHandler), Metrics: newMetrics(t), Limits: DefaultLimits()}
	for field, change := range map[string]func(*Config){
		"Config.Log":                   func(c *Config) { c.Log = nil },
		"Config.Metrics":               func(c *Config) { c.Metrics = nil },
		"Config.Now":                   func(c *Config) { c.Now = nil },
		"Config.Mode":                  func(c *Config) { c.Mode = "" },
		"Config.Gate":                  func(c *Config) { c.Mode = admission.Direct },
		"Config.Limits.Stall":          func(c *Config) { c.Limits.Stall = 0 },
		"Config.Limits.StreamLifetime": func(c *Config) { c.Limits.StreamLifetime = 0 },
		"Config.Limits.SubmitStreams":  func(c *Config) { c.Limits.SubmitStreams = 0 },
	} {
		bad := good
		change(&bad)
		_, err := New(bad)
		require.ErrorContains(t, err, field)
	}
	_, err = New(good)
	require.NoError(t, err)
}
