package wallet_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/mpp/mpptest"
	"github.com/econd/econd/node/wallet"
)

// newPaymentShop sells by the Payment scheme.
func newPaymentShop(t *testing.T, n *lightning) (*mpptest.Seller, string) {
	s := &mpptest.Seller{PriceMsat: 10_000, Goods: "goods", Invoice: func(ctx context.Context, msat int64) (string, [32]byte, error) {
		text, hash, err := n.AddInvoice(ctx, msat, "", 0)
		return text, hash, err
	}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL
}

// A charge is paid once and buys one request; the next one is paid anew.
func TestPaymentSchemeIsPaid(t *testing.T) {
	n := newLightning(t)
	s, url := newPaymentShop(t, n)
	w := newWallet(t, n, nil)
	for i := range 2 {
		got := call(t, w, "POST", url+"/x", "the same")
		require.NoError(t, got.err)
		require.Equal(t, answer{200, "goods", got.paid, nil}, got)
		require.False(t, got.paid.Reused)
		require.Equal(t, int64(10), got.paid.Sat())
		require.Equal(t, i+1, n.payments())
	}
	require.Equal(t, 2, s.Sold)
}

// What was paid and not served is asked for with the same charge, over a restart too.
func TestPaymentSchemeAfterAFailure(t *testing.T) {
	n := newLightning(t)
	s, url := newPaymentShop(t, n)
	s.Failing = 1
	dir := t.TempDir()
	for _, status := range []int{503, 200} {
		w := newWallet(t, n, func(cfg *wallet.Config) { cfg.TokenStore = wallet.NewFileStore(dir) })
		got := call(t, w, "GET", url, "")
		require.NoError(t, got.err)
		require.Equal(t, status, got.status)
	}
	n.loseAnswer = true
	n.trackErr = context.DeadlineExceeded
	got := call(t, newWallet(t, n, func(cfg *wallet.Config) { cfg.TokenStore = wallet.NewFileStore(dir) }), "GET", url, "")
	require.ErrorIs(t, got.err, wallet.ErrUnresolved)
	n.trackErr = nil
	got = call(t, newWallet(t, n, func(cfg *wallet.Config) { cfg.TokenStore = wallet.NewFileStore(dir) }), "GET", url, "")
	require.NoError(t, got.err)
	require.Equal(t, 200, got.status)
	require.Equal(t, 2, n.payments())
}

// A charge that serves one request is no token for another one.
func TestPaymentSchemeIsNoTokenForOthers(t *testing.T) {
	n := newLightning(t)
	s, url := newPaymentShop(t, n)
	s.Failing = 1
	w := newWallet(t, n, nil)
	require.Equal(t, 503, call(t, w, "GET", url+"/a/1", "").status)
	require.Equal(t, 200, call(t, w, "GET", url+"/a/2", "").status)
	require.Equal(t, 2, n.payments())
	require.Equal(t, 200, call(t, w, "GET", url+"/a/1", "").status)
	require.Equal(t, 2, n.payments())
}

func TestL402GoesBeforePayment(t *testing.T) {
	n := newLightning(t)
	s, url := newPaymentShop(t, n)
	var asked []string
	s.Beside = func(r *http.Request) []string {
		invoice, _, err := n.AddInvoice(r.Context(), 20_000, "", 0)
		if err != nil {
			t.Error(err)
		}
		asked = append(asked, r.Header.Get("Authorization"))
		return []string{`L402 token="opaque", invoice="` + invoice + `"`}
	}
	got := call(t, newWallet(t, n, nil), "GET", url, "")
	require.ErrorIs(t, got.err, wallet.ErrTokenRefused, "this seller takes no L402")
	require.Equal(t, int64(20), got.paid.Sat())
	require.Contains(t, asked[1], "L402 opaque:")
}

func TestPaymentSchemeMustFitItsInvoice(t *testing.T) {
	for says, change := range map[string]func(*mpptest.Seller){
		"10000 msat, the challenge asks for 9000": func(s *mpptest.Seller) { s.Amount = func(sat int64) string { return fmt.Sprint(sat - 1) } },
		"is not a whole number":                   func(s *mpptest.Seller) { s.Amount = func(int64) string { return "0" } },
		"payment hash":                            func(s *mpptest.Seller) { s.Hash = func(h [32]byte) [32]byte { h[0] ^= 1; return h } },
		`one of "regtest"`:                        func(s *mpptest.Seller) { s.Network = "mainnet" },
		"expired":                                 func(s *mpptest.Seller) { s.Expires = time.Now().Add(-time.Second) },
		"must name an amount":                     func(s *mpptest.Seller) { s.PriceMsat = 0; s.Amount = func(int64) string { return "1" } },
	} {
		t.Run(says, func(t *testing.T) {
			n := newLightning(t)
			s, url := newPaymentShop(t, n)
			change(s)
			got := call(t, newWallet(t, n, nil), "GET", url, "")
			require.ErrorIs(t, got.err, wallet.ErrDemand)
			require.ErrorContains(t, got.err, says)
			require.Zero(t, n.payments())
		})
	}
}
