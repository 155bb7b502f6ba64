package httpapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/dashboard"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/read"
	"github.com/econd/econd/node/shares"
)

// behind serves a world as aperture would forward to it.
func behind(t *testing.T, change func(c *Config)) *world {
	return newWorldOf(t, string(yamlfile.Demo), func(_ *world, c *Config) {
		sells(t, c, &invoicer{})
		forwardedFor(t, c, paidInvoices{})
		change(c)
	})
}

const forwardedHeader = "X-Forwarded-For"

// What an address holds keeps no other address out, in any room.
func TestOneAddressLeavesRoomForOthers(t *testing.T) {
	w := behind(t, func(c *Config) {
		c.Limits.Exports, c.Limits.Streams, c.Limits.Batches, c.Limits.Heavy, c.Limits.Requests, c.Limits.Pages = 12, 12, 12, 12, 12, 12
		c.Home = dashboard.New(c.Node.(dashboard.Node), "v1")
	})
	for _, r := range []struct {
		room *shares.Room
		path string
	}{{&w.api.rooms.exports, "/v1/log"}, {&w.api.rooms.streams, "/v1/events?after=x"}, {&w.api.rooms.heavy, "/v1/info?at=0"}, {&w.api.rooms.requests, "/v1/info"},
		{&w.api.rooms.pages, "/"}, {&w.api.rooms.pages, "/status/agents"}, {&w.api.rooms.heavy, "/status/proposals/" + strings.Repeat("0a", 32)}} {
		leave := fill(t, w, r.room, "203.0.113.7")
		a := w.get(r.path, forwardedHeader, "203.0.113.7")
		require.Equal(t, 503, a.status, r.path)
		require.Equal(t, r.room.Rule, a.problem(t).Rule)
		require.Equal(t, "1", a.header.Get("Retry-After"))
		a = w.get(r.path, forwardedHeader, "198.51.100.9, 203.0.113.7")
		require.Equal(t, 503, a.status, "what a caller claims is not whom aperture saw: %s", r.path)
		a = w.send(http.MethodGet, r.path, nil, forwardedHeader, "203.0.113.7, 198.51.100.9")
		require.NotEqual(t, 503, a.status, r.path)
		leave()
		require.NotEqual(t, 503, w.send(http.MethodGet, r.path, nil, forwardedHeader, "203.0.113.7").status, r.path)
	}
}

// fill lets an address take all that it gets in a room.
func fill(t *testing.T, w *world, r *shares.Room, ip string) (leave func()) {
	t.Helper()
	var all []func()
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.RemoteAddr = "127.0.0.1:1"
	req.Header.Set(forwardedHeader, ip)
	for {
		leave, err := w.api.enter(w.api.echo.NewContext(req, httptest.NewRecorder()), r)
		if err != nil {
			break
		}
		all = append(all, leave)
	}
	require.NotEmpty(t, all)
	return func() {
		for _, leave := range all {
			leave()
		}
	}
}

// Without aperture in front the header is anybody's claim.
func TestForwardedAddressesAreBelievedBehindApertureAlone(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.Limits.Requests = 1 })
	leave := fill(t, w, &w.api.rooms.requests, "203.0.113.7")
	defer leave()
	require.Equal(t, 503, w.get("/v1/info", forwardedHeader, "198.51.100.9").status)
	require.Equal(t, 200, w.get("/healthz").status, "the operator's own look is not held up")
	require.Equal(t, 200, w.get("/metrics").status)
}

// Every place is given back, whatever became of the request.
func TestPlacesAreGivenBack(t *testing.T) {
	w := newWorld(t, nil)
	for _, path := range []string{"/v1/info", "/v1/info?at=0", "/v1/info?at=99", "/v1/log", "/v1/log?from=x", "/v1/events?after=77", "/v1/operations/00/proof", "/v1/none"} {
		w.get(path)
	}
	w.post(w.registrations(1, 40)[0])
	w.postMany([]byte("x\n"))
	w.Until("all is given back", func(*ledger.State, int64) bool {
		r := &w.api.rooms
		return r.requests.Places.Used()+r.heavy.Places.Used()+r.exports.Places.Used()+r.streams.Places.Used()+r.batches.Places.Used()+r.pages.Places.Used() == 0
	})
}

// Where the heavy places of a caller are taken, no spelling of a path gets it what
// is heavy, nor is what is free sold.
func TestOddSpellingsAreNoWayAround(t *testing.T) {
	w := behind(t, func(c *Config) {
		c.Limits.Heavy = 12
		c.Home = dashboard.New(c.Node.(dashboard.Node), "v1")
	})
	leave := fill(t, w, &w.api.rooms.heavy, "203.0.113.7")
	defer leave()
	paths := []string{"/status/proposals/" + strings.Repeat("0a", 32)}
	for _, r := range w.api.routes() {
		path := strings.NewReplacer("{id}", strings.Repeat("0a", 32), "{pubkey}", strings.Repeat("0b", 32), "{voter}", strings.Repeat("0c", 32)).Replace(r.Path)
		if r.Verb() != http.MethodGet || !strings.HasPrefix(path, "/v1/") || r.stream || strings.HasPrefix(path, "/v1/admin/") {
			continue
		}
		if !strings.HasSuffix(path, "/proof") && !strings.HasSuffix(path, "/explain") {
			path += "?at=0"
		}
		paths = append(paths, path)
	}
	for _, path := range paths {
		require.Equal(t, "heavy-requests", w.send(http.MethodGet, path, nil, forwardedHeader, "203.0.113.7").problem(t).Rule, path)
		for _, odd := range oddly(path) {
			a := w.send(http.MethodGet, odd, nil, forwardedHeader, "203.0.113.7")
			require.Contains(t, []int{308, 400, 402, 404, 503}, a.status, odd)
			require.NotContains(t, string(a.body), "<html", odd)
			if a.status == 402 {
				require.NotEmpty(t, resourceOf(t, path), "%s is sold as %s", path, odd)
			}
		}
	}
}

func resourceOf(t *testing.T, path string) string {
	u, err := url.Parse(path)
	require.NoError(t, err)
	return read.ResourceOfURL(u)
}

// oddly spells a path in other ways that some servers take for the same.
func oddly(path string) []string {
	bare, query, _ := strings.Cut(path, "?")
	first, rest, _ := strings.Cut(bare[1:], "/")
	last := bare[:len(bare)-1]
	odd := []string{"//" + bare[1:], "/" + first + "//" + rest, "/" + first + "/%2F" + rest, "/" + first + "%2F" + rest, "/" + first + "/./" + rest,
		"/" + first + "/" + fmt.Sprintf("%%%02x", rest[0]) + rest[1:], last + fmt.Sprintf("%%%02X", bare[len(bare)-1]), bare + "/", bare + "//", bare + "%2F",
		bare + "%00", bare + ";x", strings.ToUpper(bare), "/" + first + "/x/../" + rest, strings.Replace(bare, "/", "\\", 2)[1:]}
	for i := range odd {
		if !strings.HasPrefix(odd[i], "/") {
			odd[i] = "/" + odd[i]
		}
		if query != "" {
			odd[i] += "?" + strings.Replace(query, "at=", "%61t=", 1)
		}
	}
	return odd
}
