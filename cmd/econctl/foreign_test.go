package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCallPaysForeignSellers: a seller with its own header and its own tokens is paid,
// its token is kept and used again, and the payment makes a receipt.
func TestCallPaysForeignSellers(t *testing.T) {
	const token = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ3ZWF0aGVyIn0.c2lnbmF0dXJl"
	s := newEcond(t)
	sold := make(map[string]bool)
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authorization := r.Header.Get("Authorization")
		switch {
		case sold[authorization]:
			_, _ = io.WriteString(w, "sunny")
		case authorization != "":
			w.WriteHeader(http.StatusUnauthorized)
		default:
			invoice, hash, err := s.node.AddInvoice(r.Context(), 7000, "weather", 0)
			if err != nil {
				t.Error(err)
			}
			sold["L402 "+token+":"+s.node.preimages[hash].Reveal()] = true
			w.Header().Add("WWW-Authenticate", `Bearer realm="weather"`)
			w.Header().Add("WWW-Authenticate", "l402 version=0 token="+token+" invoice="+strings.ToUpper(invoice))
			w.WriteHeader(http.StatusPaymentRequired)
		}
	}))
	defer shop.Close()

	g := newAgent(t, s)
	path := filepath.Join(t.TempDir(), "payment.json")
	dear := g.run("--max-sats", "6", "call", shop.URL)
	require.Equal(t, exitUnpaid, dear.code)
	require.Contains(t, dear.err, "--max-sats 7")
	v := g.json("call", shop.URL, "--save-payment", path)
	require.Equal(t, "sunny", v["body"])
	require.EqualValues(t, 7, v["paid_sat"])
	again := g.json("call", shop.URL)
	require.Equal(t, "sunny", again["body"])
	require.Equal(t, true, again["reused"])
	require.EqualValues(t, 0, again["paid_sat"])

	g.json("receipt", "--provider", g.key.Public().String(), "--rating", "5", "--payment", path)
	require.Contains(t, s.last().Content, v["preimage"].(string))
}

// TestCallSaysWhyItCannotPay: what a seller offers instead of L402 and what it says, made
// safe for a terminal; and a redirect is no success.
func TestCallSaysWhyItCannotPay(t *testing.T) {
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			w.Header().Set("Location", "https://elsewhere.example/x")
			w.WriteHeader(http.StatusPermanentRedirect)
			return
		}
		w.Header().Add("WWW-Authenticate", `Payment id="x", realm="shop", method="card", intent="charge", request="e30"`)
		w.WriteHeader(http.StatusPaymentRequired)
		_, _ = io.WriteString(w, "buy a \x1b[31mplan\nfirst"+strings.Repeat(".", 5000))
	}))
	defer shop.Close()
	g := newAgent(t, newEcond(t))
	for _, json := range []bool{false, true} {
		flags := []string{"call"}
		if json {
			flags = append(flags, "--json")
		}
		moved := g.run(append(flags, shop.URL+"/moved")...)
		require.Equal(t, exitFailed, moved.code)
		require.Contains(t, moved.err, "https://elsewhere.example/x")
		other := g.run(append(flags, shop.URL+"/plan")...)
		require.Equal(t, exitUnpaid, other.code)
		require.Contains(t, other.err, "only lightning with charge is paid here")
		require.Contains(t, other.err, "buy a \uFFFD[31mplan first...")
		require.Less(t, len(other.err), 2000)
	}
}
