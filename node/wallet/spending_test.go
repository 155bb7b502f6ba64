package wallet_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/wallet"
)

// The sum of what is paid has a limit of its own. It counts routing fees, and the most
// that the next one may be: 10 sat for a small amount.
func TestTheSumIsLimited(t *testing.T) {
	n := newLightning(t)
	s := newShop(t, n)
	s.counted = true // every request costs 10 sat, and 7 msat for its route
	agree, asked := false, 0
	confirm := func(wallet.Price) bool { asked++; return agree }
	limited := func(total int64) *wallet.Wallet {
		return newWallet(t, n, func(c *wallet.Config) { c.MaxTotalSats, c.Confirm = total, confirm })
	}
	w := limited(40)
	require.NoError(t, call(t, w, "GET", s.URL+"/a", "").err)
	require.NoError(t, call(t, w, "GET", s.URL+"/a", "").err)
	require.Zero(t, asked)

	a := call(t, w, "GET", s.URL+"/a", "")
	require.ErrorIs(t, a.err, wallet.ErrTooDear)
	require.ErrorContains(t, a.err, "21 sat are spent already, the limit of the sum is 40 sat")
	var dear *wallet.PriceError
	require.ErrorAs(t, a.err, &dear)
	require.EqualValues(t, 41, dear.NeedsTotal(), "20.014 sat are spent; 10, and at most 10 for the route, would be")
	require.Equal(t, 2, n.payments())
	require.Equal(t, 1, asked)

	agree = true
	require.NoError(t, call(t, w, "GET", s.URL+"/a", "").err, "whoever is asked may agree")
	require.Equal(t, 3, n.payments())

	agree, w = false, limited(41)
	for range 3 {
		require.NoError(t, call(t, w, "GET", s.URL+"/a", "").err, "the limit itself may be reached")
	}
	require.Equal(t, 2, asked)
}

// A request that is to buy nothing takes a token that is there, and pays for none.
func TestWithoutBuying(t *testing.T) {
	n := newLightning(t)
	s := newShop(t, n)
	w := newWallet(t, n, nil)
	ask := func() error {
		req, err := http.NewRequestWithContext(wallet.WithoutBuying(t.Context()), http.MethodGet, s.URL+"/a", nil)
		require.NoError(t, err)
		resp, _, err := w.Do(req)
		if resp != nil {
			resp.Body.Close()
		}
		return err
	}
	require.ErrorIs(t, ask(), wallet.ErrNotBought)
	require.Zero(t, n.payments())
	require.NoError(t, call(t, w, "GET", s.URL+"/a", "").err)
	require.NoError(t, ask())
	require.Equal(t, 1, n.payments())
}

// What failed was not spent, what may still go through counts in full.
func TestWhatCountsAsSpent(t *testing.T) {
	n := newLightning(t)
	s := newShop(t, n)
	w := newWallet(t, n, func(c *wallet.Config) { c.MaxTotalSats = 30 })
	n.set(wallet.Failed)
	for range 3 {
		require.ErrorIs(t, call(t, w, "GET", s.URL+"/a", "").err, wallet.ErrPayment)
	}
	n.set(wallet.InFlight)
	require.ErrorIs(t, call(t, w, "GET", s.URL+"/a", "").err, wallet.ErrUnresolved)
	require.ErrorIs(t, call(t, w, "GET", s.URL+"/b", "").err, wallet.ErrTooDear, "10 and its 10 for the route may be spent")
}
