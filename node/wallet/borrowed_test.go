package wallet_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/wallet"
)

// borrower is a seller whose invoice has the payment hash of somebody else's.
func borrower(t *testing.T, n *lightning, hash l402.Hash) (url string, got *[]string) {
	got = new([]string)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a := r.Header.Get("Authorization"); a != "" {
			*got = append(*got, a)
			_, _ = io.WriteString(w, "thanks")
			return
		}
		invoice, err := n.invoice(hash, 1000, "mine")
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("WWW-Authenticate", `L402 token="opaque", invoice="`+invoice+`"`)
		w.WriteHeader(http.StatusPaymentRequired)
	}))
	t.Cleanup(s.Close)
	return s.URL, got
}

// The preimage of another payment is never handed out, whatever became of it and
// whenever it was made.
func TestThePreimageOfAnotherPaymentIsKept(t *testing.T) {
	n := newLightning(t)
	other, hash, err := n.AddInvoice(t.Context(), 5_000_000, "somebody's", 0)
	require.NoError(t, err)
	url, got := borrower(t, n, hash)
	for _, state := range []wallet.PaymentState{wallet.Succeeded, wallet.InFlight} {
		n.status[hash], n.invoices[hash] = state, other
		a := call(t, newWallet(t, n, nil), "GET", url, "")
		require.ErrorIs(t, a.err, wallet.ErrDemand)
		require.True(t, a.paid.IsZero())
		require.Empty(t, *got)
	}
	require.Zero(t, n.payments())
}

// So it is where the other payment is made between the look and this one, and where a
// crash came before this one was handed over.
func TestThePreimageOfALaterPaymentIsKept(t *testing.T) {
	n := newLightning(t)
	other, hash, err := n.AddInvoice(t.Context(), 5_000_000, "somebody's", 0)
	require.NoError(t, err)
	url, got := borrower(t, n, hash)
	store := wallet.NewFileStore(t.TempDir())
	paidMeanwhile := func() { n.status[hash], n.invoices[hash] = wallet.Succeeded, other }
	w := newWallet(t, n, func(c *wallet.Config) {
		c.TokenStore = store
		c.Notify = func(wallet.Price) { paidMeanwhile() }
	})
	a := call(t, w, "GET", url, "")
	require.ErrorIs(t, a.err, wallet.ErrDemand)
	require.True(t, a.paid.IsZero())

	n.status[hash] = wallet.Unknown
	n.loseAnswer, n.sendState = true, wallet.InFlight
	w = newWallet(t, n, func(c *wallet.Config) { c.TokenStore = store })
	require.ErrorIs(t, call(t, w, "GET", url, "").err, wallet.ErrUnresolved)
	paidMeanwhile()
	require.ErrorIs(t, call(t, w, "GET", url, "").err, wallet.ErrDemand, "after a crash only the own payment is resumed")
	require.Empty(t, *got)

	records, err := store.List(url)
	require.NoError(t, err)
	require.Empty(t, records)
}
