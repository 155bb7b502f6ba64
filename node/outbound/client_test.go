package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/refusal"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func newClient(t *testing.T, change func(*Config)) *Client {
	cfg := Config{UserAgent: "econd/test", Allow: loopback, Timeout: 10 * time.Second}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	require.NoError(t, err)
	return c
}

func refusedBy(t *testing.T, err error, rule string) {
	t.Helper()
	var r *refusal.Refusal
	require.ErrorAs(t, err, &r)
	require.Equal(t, rule, r.Rule, r.Text)
}

// serve starts a server that counts its calls.
func serve(t *testing.T, handle http.HandlerFunc) (url string, calls *int) {
	calls = new(int)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { *calls++; handle(w, r) }))
	t.Cleanup(s.Close)
	return s.URL, calls
}

func TestCall(t *testing.T) {
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", fmt.Sprint(r.Method, r.Header.Get("Content-Type"), r.Header.Get("Authorization"), r.Header.Get("Cookie"), r.Header.Get("X-Hop"),
			r.Header.Get("User-Agent"), string(body)))
		w.Header().Set("Set-Cookie", "a=b")
		w.Header().Set("WWW-Authenticate", "L402 x")
		w.WriteHeader(402)
	})
	got, err := newClient(t, nil).Do(t.Context(), Request{Method: "POST", URL: url, Body: []byte("body"), Header: http.Header{
		"content-type": {"text/plain"}, "Authorization": {"secret"}, "Cookie": {"c"}, "Connection": {"X-Hop"}, "X-Hop": {"h"}}})
	require.NoError(t, err)
	require.Equal(t, 402, got.Status)
	require.Equal(t, "POSTtext/plainecond/testbody", got.Header.Get("X-Seen"))
	require.Empty(t, got.Header.Values("Set-Cookie"))
	require.Equal(t, "L402 x", got.Header.Get("WWW-Authenticate"))
	require.Empty(t, got.Cut)
}

func TestWhatIsNotCalled(t *testing.T) {
	url, calls := serve(t, func(http.ResponseWriter, *http.Request) {})
	port := url[strings.LastIndex(url, ":"):]
	for _, c := range []struct {
		rule   string
		change func(*Config)
		r      Request
	}{
		{"https-only", func(c *Config) { c.Allow = nil }, Request{URL: url}},
		{"https-only", func(c *Config) { c.Allow = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} }, Request{URL: url}},
		{"https-only", func(c *Config) { c.Allow = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} }, Request{URL: "http://localhost" + port}},
		{"public-address", func(c *Config) { c.Allow = nil }, Request{URL: "https" + url[len("http"):]}},
		{"public-address", func(c *Config) { c.Allow = nil }, Request{URL: "https://localhost" + port}},
		{"public-address", func(c *Config) { c.Allow = nil }, Request{URL: "https://[::ffff:127.0.0.1]" + port}},
		{"public-address", func(c *Config) { c.Allow = nil }, Request{URL: "https://169.254.169.254/latest/meta-data"}},
		{"public-address", func(c *Config) { c.Allow = nil }, Request{URL: "https://0x7f000001" + port}},
		{"form", nil, Request{URL: "ftp://example.com"}},
		{"form", nil, Request{URL: "https://me@example.com"}},
		{"length", nil, Request{URL: url + "/" + strings.Repeat("a", MaxURL)}},
		{"form", nil, Request{URL: url, Method: "CONNECT"}},
		{"form", nil, Request{URL: url, Header: http.Header{"a b": {"c"}}}},
		{"form", nil, Request{URL: url, Header: http.Header{"A": {"c\r\nd"}}}},
		{"length", nil, Request{URL: url, Header: http.Header{"A": {strings.Repeat("c", 16<<10)}}}},
	} {
		_, err := newClient(t, c.change).Do(t.Context(), c.r)
		if strings.Contains(c.r.URL, "0x7f") && errors.Is(err, ErrNoAnswer) {
			continue // a resolver that takes it for a name
		}
		refusedBy(t, err, c.rule)
	}
	require.Zero(t, *calls)
}

func TestRedirects(t *testing.T) {
	elsewhere, reached := serve(t, func(http.ResponseWriter, *http.Request) {})
	var to func(r *http.Request) (int, string)
	url, calls := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if status, location := to(r); location != "" {
			w.Header().Set("Location", location)
			w.WriteHeader(status)
		}
		_, _ = io.WriteString(w, r.Method)
	})
	c := newClient(t, nil)
	count := func(n int) func(*http.Request) (int, string) {
		return func(r *http.Request) (int, string) {
			if len(r.URL.Path) > n {
				return 0, ""
			}
			return 302, r.URL.Path + "x#fragment"
		}
	}
	to = count(3)
	got, err := c.Do(t.Context(), Request{URL: url + "/", Redirects: 3})
	require.NoError(t, err)
	require.Equal(t, url+"/xxx", got.URL)
	to = count(4)
	_, err = c.Do(t.Context(), Request{URL: url + "/", Redirects: 3})
	refusedBy(t, err, "redirects")
	for _, location := range []string{elsewhere, strings.Replace(url, "http:", "https:", 1), "//example.com/", "mailto:a@b", "https://u:p@" + url[7:],
		strings.Replace(url, "127.0.0.1", "localhost", 1), "/" + strings.Repeat("a", MaxURL)} {
		to = func(*http.Request) (int, string) { return 307, location }
		_, err = c.Do(t.Context(), Request{URL: url, Redirects: 3})
		if len(location) > MaxURL {
			refusedBy(t, err, "length")
			continue
		}
		refusedBy(t, err, "redirect-origin")
	}
	require.Zero(t, *reached)

	// Not followed: with a credential, with no redirects allowed, and where the method would change.
	to = count(1)
	*calls = 0
	for _, r := range []Request{{URL: url + "/", Redirects: 3, Authorization: "L402 a:b"}, {URL: url + "/"}, {URL: url + "/", Redirects: 3, Method: "POST"}} {
		got, err = c.Do(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, 302, got.Status)
	}
	require.Equal(t, 3, *calls)
	to = func(r *http.Request) (int, string) {
		return 308, strings.Repeat("/a", 1-strings.Count(r.URL.Path, "a"))
	}
	got, err = c.Do(t.Context(), Request{URL: url + "/", Redirects: 3, Method: "POST", Body: []byte("x")})
	require.NoError(t, err)
	require.Equal(t, "POST", string(got.Body))
}

func TestAnswersWithoutEnd(t *testing.T) {
	endless, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	})
	got, err := newClient(t, nil).Do(t.Context(), Request{URL: endless, MaxBody: 10_000})
	require.NoError(t, err)
	require.Len(t, got.Body, 10_000)
	require.Equal(t, "size", got.Cut)

	trickle, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "one")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	got, err = newClient(t, func(c *Config) { c.Timeout = 300 * time.Millisecond }).Do(t.Context(), Request{URL: trickle})
	require.NoError(t, err)
	require.Equal(t, "one", string(got.Body))
	require.Equal(t, "time", got.Cut)

	silent, _ := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	_, err = newClient(t, func(c *Config) { c.Timeout = 100 * time.Millisecond }).Do(t.Context(), Request{URL: silent + "/?secret"})
	require.ErrorIs(t, err, ErrNoAnswer)
	require.NotContains(t, err.Error(), "secret")

	head, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := range 100 {
			w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("a", 1000))
		}
	})
	_, err = newClient(t, nil).Do(t.Context(), Request{URL: head})
	require.ErrorIs(t, err, ErrNoAnswer)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = newClient(t, nil).Do(ctx, Request{URL: silent})
	require.ErrorIs(t, err, ErrNoAnswer)
}

func TestConfig(t *testing.T) {
	_, err := New(Config{})
	require.ErrorContains(t, err, "UserAgent")
	_, err = New(Config{UserAgent: "a", Timeout: -1})
	require.ErrorContains(t, err, "Timeout")
}
