package wallet_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/wallet"
)

func TestPaysOnceAndReusesTheToken(t *testing.T) {
	n := newLightning(t)
	s := newShop(t, n)
	var told []wallet.Price
	dir := t.TempDir()
	w := newWallet(t, n, func(c *wallet.Config) {
		c.TokenStore = wallet.NewFileStore(dir)
		c.Notify = func(p wallet.Price) { told = append(told, p) }
	})
	first := call(t, w, "POST", s.URL+"/v1/things", "a body")
	require.NoError(t, first.err)
	require.Equal(t, http.StatusOK, first.status)
	require.Equal(t, "goods for a body", first.body)
	require.Equal(t, first.paid.Hash, sha(first.paid.Preimage[:]), "the answer comes with invoice and preimage")
	require.EqualValues(t, 10, first.paid.Sat())
	require.EqualValues(t, 7, first.paid.FeeMsat)
	require.False(t, first.paid.Reused)
	require.Len(t, told, 1)
	require.EqualValues(t, 10, told[0].Sat)
	require.Equal(t, strings.ToLower(s.URL), told[0].Origin)

	// Another process with the same directory.
	w = newWallet(t, n, func(c *wallet.Config) { c.TokenStore = wallet.NewFileStore(dir); c.Payer = nil })
	second := call(t, w, "POST", s.URL+"/v1/things", "more")
	require.NoError(t, second.err)
	require.Equal(t, "goods for more", second.body)
	require.True(t, second.paid.Reused)
	require.Equal(t, first.paid.Hash, second.paid.Hash)
	other := call(t, w, "POST", s.URL+"/v1/things/of/another/kind", "")
	require.NoError(t, other.err, "the token is tried elsewhere at the origin")
	require.Equal(t, 1, n.payments())
}

func TestFreeAnswersCostNothing(t *testing.T) {
	n := newLightning(t)
	s := newShop(t, n)
	s.setAlter(func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(http.StatusTeapot); return true })
	got := call(t, newWallet(t, n, nil), "GET", s.URL, "")
	require.NoError(t, got.err)
	require.Equal(t, http.StatusTeapot, got.status)
	require.True(t, got.paid.IsZero())
	require.Zero(t, n.payments())
}

func TestTokensOfTwoCapabilitiesDoNotDriveEachOtherOut(t *testing.T) {
	n := newLightning(t)
	s := newShop(t, n)
	w := newWallet(t, n, nil)
	for range 3 {
		require.NoError(t, call(t, w, "POST", s.URL+"/v1/things", "x").err)
		require.NoError(t, call(t, w, "GET", s.URL+"/v1/things", "").err)
		require.NoError(t, call(t, w, "GET", s.URL+"/v1/things/7", "").err)
	}
	require.Equal(t, 2, n.payments())
}

func TestGuessesLearnFromAnswers(t *testing.T) {
	n := newLightning(t)
	s := newShop(t, n)
	w := newWallet(t, n, nil)
	require.NoError(t, call(t, w, "POST", s.URL+"/v1/events", "").err)
	require.NoError(t, call(t, w, "GET", s.URL+"/v1/things/1", "").err)
	require.NoError(t, call(t, w, "GET", s.URL+"/v1/events", "").err, "the likelier token is the wrong one")
	before := s.seen()
	require.NoError(t, call(t, w, "GET", s.URL+"/v1/events", "").err)
	require.NoError(t, call(t, w, "GET", s.URL+"/v1/things/0123456789abcdef", "").err)
	require.Equal(t, before+2, s.seen(), "the second time the first guess is right")
	require.Equal(t, 2, n.payments())
}

func TestPriceLimit(t *testing.T) {
	for _, c := range []struct {
		msat, limit int64
		confirm     string
		asked, pays bool
	}{
		{10_000, 10, "", false, true},
		{10_001, 10, "", false, false}, // 11 sat, rounded up
		{10_000, 9, "", false, false},
		{10_000, 9, "no", true, false},
		{10_000, 9, "yes", true, true},
		{10_000, 10, "no", false, true},
		{1, 0, "", false, false},
	} {
		t.Run(fmt.Sprintf("%d msat, limit %d %s", c.msat, c.limit, c.confirm), func(t *testing.T) {
			n := newLightning(t)
			s := newShop(t, n)
			s.price = c.msat
			asked := false
			w := newWallet(t, n, func(cfg *wallet.Config) {
				cfg.MaxSats = c.limit
				if c.confirm != "" {
					cfg.Confirm = func(p wallet.Price) bool { asked = true; return c.confirm == "yes" }
				}
			})
			got := call(t, w, "GET", s.URL, "")
			require.Equal(t, c.asked, asked)
			if c.pays {
				require.NoError(t, got.err)
				require.Equal(t, 1, n.payments())
				return
			}
			var dear *wallet.PriceError
			require.ErrorAs(t, got.err, &dear)
			require.ErrorIs(t, got.err, wallet.ErrTooDear)
			require.Equal(t, c.limit, dear.MaxSats)
			require.Equal(t, (c.msat+999)/1000, dear.Price.Sat)
			require.Zero(t, n.payments())
		})
	}
}

func TestLostAnswerIsLookedUpNotPaidAgain(t *testing.T) {
	n := newLightning(t)
	s := newShop(t, n)
	n.loseAnswer = true
	got := call(t, newWallet(t, n, nil), "GET", s.URL, "")
	require.NoError(t, got.err)
	require.Equal(t, 1, n.payments())
}

func TestCrashBetweenPaymentAndAnswer(t *testing.T) {
	for _, c := range []struct {
		name    string
		later   wallet.PaymentState // what the next call finds
		pays    int                 // payments in all
		invoice string              // whether the invoice is the first one
	}{
		{"paid", wallet.Succeeded, 1, "same"},
		{"failed", wallet.Failed, 2, "other"},
		{"never arrived", wallet.Unknown, 2, "same"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newLightning(t)
			s := newShop(t, n)
			dir := t.TempDir()
			open := func() *wallet.Wallet {
				return newWallet(t, n, func(cfg *wallet.Config) { cfg.TokenStore = wallet.NewFileStore(dir) })
			}
			n.loseAnswer, n.trackErr = true, errors.New("node is away")
			got := call(t, open(), "GET", s.URL+"/a", "")
			require.ErrorIs(t, got.err, wallet.ErrUnresolved)

			// While the node is away nothing is paid and nothing forgotten.
			before := s.seen()
			got = call(t, open(), "GET", s.URL+"/a", "")
			require.ErrorIs(t, got.err, wallet.ErrUnresolved)
			require.Equal(t, before, s.seen(), "no new challenge is asked for")
			require.Equal(t, 1, n.payments())

			n.trackErr = nil
			n.set(c.later)
			n.sendState = wallet.Unknown
			records, err := wallet.NewFileStore(dir).List(s.URL)
			require.NoError(t, err)
			require.Len(t, records, 1)
			got = call(t, open(), "GET", s.URL+"/a", "")
			require.NoError(t, got.err)
			require.Equal(t, http.StatusOK, got.status)
			require.False(t, got.paid.Reused, "this is where the payment is reported first")
			require.Equal(t, c.pays, n.payments())
			require.Equal(t, c.invoice == "same", records[0].Invoice == got.paid.Invoice)
		})
	}
}

func TestPaymentInFlightIsNotPaidAgain(t *testing.T) {
	n := newLightning(t)
	s := newShop(t, n)
	w := newWallet(t, n, nil)
	n.set(wallet.InFlight)
	for range 3 {
		require.ErrorIs(t, call(t, w, "GET", s.URL, "").err, wallet.ErrUnresolved)
	}
	require.Equal(t, 1, n.payments())
	n.set(wallet.Succeeded)
	require.NoError(t, call(t, w, "GET", s.URL, "").err)
	require.Equal(t, 1, n.payments())
}

func TestFailedPaymentSpendsNothingAndIsForgotten(t *testing.T) {
	n := newLightning(t)
	s := newShop(t, n)
	store := wallet.NewFileStore(t.TempDir())
	w := newWallet(t, n, func(c *wallet.Config) { c.TokenStore = store })
	n.set(wallet.Failed)
	got := call(t, w, "GET", s.URL, "")
	require.ErrorIs(t, got.err, wallet.ErrPayment)
	require.ErrorContains(t, got.err, "no route")
	records, err := store.List(s.URL)
	require.NoError(t, err)
	require.Empty(t, records)
}

func TestRefusedTokens(t *testing.T) {
	t.Run("directly after paying", func(t *testing.T) {
		n := newLightning(t)
		s := newShop(t, n)
		store := wallet.NewFileStore(t.TempDir())
		w := newWallet(t, n, func(c *wallet.Config) { c.TokenStore = store })
		s.setAlter(func(_ http.ResponseWriter, r *http.Request) bool { r.Header.Del("Authorization"); return false })
		got := call(t, w, "GET", s.URL, "")
		require.ErrorIs(t, got.err, wallet.ErrTokenRefused)
		require.Equal(t, 1, n.payments(), "one request is paid once")
		require.False(t, got.paid.IsZero(), "the payment comes with the error")
		records, err := store.List(s.URL)
		require.NoError(t, err)
		require.Len(t, records, 1)
		require.Equal(t, wallet.Refused, records[0].State)
		s.setAlter(nil)
		require.NoError(t, call(t, w, "GET", s.URL, "").err)
		require.Equal(t, 2, n.payments())
	})
	t.Run("revoked after use", func(t *testing.T) {
		n := newLightning(t)
		s := newShop(t, n)
		store := wallet.NewFileStore(t.TempDir())
		w := newWallet(t, n, func(c *wallet.Config) { c.TokenStore = store })
		require.NoError(t, call(t, w, "GET", s.URL+"/x", "").err)
		old, err := store.List(s.URL)
		require.NoError(t, err)
		fresh := newShop(t, n) // knows none of the tokens
		s.setAlter(func(w http.ResponseWriter, r *http.Request) bool { fresh.serve(w, r); return true })
		got := call(t, w, "GET", s.URL+"/x", "")
		require.NoError(t, got.err)
		require.False(t, got.paid.Reused)
		require.Equal(t, 2, n.payments())
		now, err := store.List(s.URL)
		require.NoError(t, err)
		require.Len(t, now, 1, "the refused token is dropped")
		require.NotEqual(t, old[0].Hash, now[0].Hash)
	})
}

func TestAnswerLostAfterPaying(t *testing.T) {
	n := newLightning(t)
	s := newShop(t, n)
	w := newWallet(t, n, nil)
	s.setAlter(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") == "" {
			return false
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		require.NoError(t, err)
		conn.Close()
		return true
	})
	got := call(t, w, "POST", s.URL+"/p", "")
	require.Error(t, got.err)
	require.False(t, got.paid.IsZero())
	s.setAlter(nil)
	got = call(t, w, "POST", s.URL+"/p", "")
	require.NoError(t, got.err)
	require.Equal(t, 1, n.payments())
}

func TestDemandsThatAreNotPaid(t *testing.T) {
	challenge := func(t *testing.T, n *lightning, msat int64) string {
		invoice, _, err := n.AddInvoice(t.Context(), msat, "", 0)
		require.NoError(t, err)
		return invoice
	}
	for name, header := range map[string]func(t *testing.T, s *shop, n *lightning, good string) string{
		"invoice of another macaroon": func(t *testing.T, s *shop, n *lightning, good string) string {
			return replaceInvoice(good, challenge(t, n, 10_000))
		},
		"no amount": func(t *testing.T, s *shop, n *lightning, good string) string {
			return replaceInvoice(good, challenge(t, n, 0))
		},
		"no challenge": func(*testing.T, *shop, *lightning, string) string { return `Basic realm="x"` },
		"not an invoice": func(t *testing.T, s *shop, n *lightning, good string) string {
			return replaceInvoice(good, "lnxx1"+strings.Repeat("q", 60))
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := newLightning(t)
			s := newShop(t, n)
			s.setAlter(func(w http.ResponseWriter, r *http.Request) bool {
				c, err := s.gate.Challenge(t.Context(), time.Now(), l402.Ask{Need: l402.Need{Service: "shop"}, PriceMsat: 10_000})
				require.NoError(t, err)
				w.Header().Set("WWW-Authenticate", header(t, s, n, c.Header()))
				w.WriteHeader(http.StatusPaymentRequired)
				return true
			})
			got := call(t, newWallet(t, n, nil), "GET", s.URL, "")
			require.ErrorIs(t, got.err, wallet.ErrDemand)
			require.Zero(t, n.payments())
		})
	}
	t.Run("expired", func(t *testing.T) {
		n := newLightning(t)
		n.misdated, n.expiry = -2*time.Second, time.Second
		got := call(t, newWallet(t, n, nil), "GET", newShop(t, n).URL, "")
		require.ErrorIs(t, got.err, wallet.ErrDemand)
		require.ErrorContains(t, got.err, "expired")
	})
	// The payee's clock may be a little off. Further back, and the invoice could
	// be too old to complain about as soon as it is paid.
	for _, off := range []time.Duration{-169 * time.Hour, -5*time.Minute - time.Second, -4 * time.Minute, 4 * time.Minute, 6 * time.Minute} {
		t.Run("dated "+off.String(), func(t *testing.T) {
			n := newLightning(t)
			n.misdated, n.expiry = off, 200*time.Hour
			got := call(t, newWallet(t, n, nil), "GET", newShop(t, n).URL, "")
			if off.Abs() < 5*time.Minute {
				require.NoError(t, got.err)
				require.Equal(t, 1, n.payments())
				return
			}
			require.ErrorIs(t, got.err, wallet.ErrDemand)
			require.ErrorContains(t, got.err, "dated")
			require.Zero(t, n.payments())
		})
	}
}

// replaceInvoice puts another invoice into a challenge.
func replaceInvoice(challenge, invoice string) string {
	head, rest, _ := strings.Cut(challenge, `invoice="`)
	_, tail, _ := strings.Cut(rest, `"`)
	return head + `invoice="` + invoice + `"` + tail
}

func TestNoNodeToPayWith(t *testing.T) {
	n := newLightning(t)
	w := newWallet(t, n, func(c *wallet.Config) { c.Payer = nil })
	require.ErrorIs(t, call(t, w, "GET", newShop(t, n).URL, "").err, wallet.ErrNoPayer)
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	n := newLightning(t)
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("request reached the thief") }))
	defer thief.Close()
	s := newShop(t, n)
	w := newWallet(t, n, nil)
	require.NoError(t, call(t, w, "GET", s.URL, "").err)
	s.setAlter(func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, thief.URL, http.StatusTemporaryRedirect)
		return true
	})
	got := call(t, w, "GET", s.URL, "")
	require.NoError(t, got.err)
	require.Equal(t, http.StatusTemporaryRedirect, got.status)
}

func TestTokensStayAtTheirOrigin(t *testing.T) {
	n := newLightning(t)
	s := newShop(t, n)
	w := newWallet(t, n, nil)
	require.NoError(t, call(t, w, "GET", s.URL, "").err)
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("a token was sent to another origin")
		}
	}))
	defer other.Close()
	require.NoError(t, call(t, w, "GET", other.URL, "").err)
}

func TestConcurrentCallersShareOnePayment(t *testing.T) {
	n := newLightning(t)
	s := newShop(t, n)
	w := newWallet(t, n, nil)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got := call(t, w, "GET", s.URL+"/same", ""); got.err != nil || got.status != http.StatusOK {
				t.Errorf("%d %v", got.status, got.err)
			}
		})
	}
	group.Wait()
	require.Equal(t, 1, n.payments())
}

func TestSecretsAreNotShown(t *testing.T) {
	n := newLightning(t)
	s := newShop(t, n)
	store := wallet.NewFileStore(t.TempDir())
	w := newWallet(t, n, func(c *wallet.Config) { c.TokenStore = store })
	got := call(t, w, "GET", s.URL, "")
	require.NoError(t, got.err)
	records, err := store.List(s.URL)
	require.NoError(t, err)
	secret := records[0]
	s.Close()
	failed := call(t, w, "GET", s.URL, "")
	require.Error(t, failed.err)
	for _, shown := range []string{fmt.Sprintf("%v %+v %#v", secret, secret, secret), failed.err.Error(), fmt.Sprintf("%v %+v", got.paid, failed.err)} {
		require.NotContains(t, shown, secret.Preimage)
		require.NotContains(t, shown, secret.Token)
	}
	require.ErrorIs(t, call(t, w, "GET", "http://me:pw@localhost/", "").err, wallet.ErrConfig)
}

func TestStoreContract(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) wallet.TokenStore{
		"files":  func(t *testing.T) wallet.TokenStore { return wallet.NewFileStore(filepath.Join(t.TempDir(), "new")) },
		"memory": func(*testing.T) wallet.TokenStore { return new(wallet.Memory) },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			list, err := s.List("http://a")
			require.NoError(t, err)
			require.Empty(t, list)
			rec := wallet.Record{Version: 1, State: wallet.Pending, Origin: "http://a", Method: "GET", Path: "/",
				Hash: strings.Repeat("ab", 32), Token: "AAAA", AmountMsat: 5}
			require.NoError(t, s.Put(rec))
			other := rec
			other.Origin = "http://b"
			require.NoError(t, s.Put(other))
			rec.State, rec.Preimage = wallet.Bought, strings.Repeat("cd", 32)
			require.NoError(t, s.Put(rec))
			list, err = s.List("http://a")
			require.NoError(t, err)
			require.Equal(t, []wallet.Record{rec}, list)
			require.NoError(t, s.Delete("http://a", rec.Hash))
			require.NoError(t, s.Delete("http://a", rec.Hash), "deleting twice is fine")
			list, err = s.List("http://a")
			require.NoError(t, err)
			require.Empty(t, list)
			list, err = s.List("http://b")
			require.NoError(t, err)
			require.Len(t, list, 1)
			for _, bad := range []wallet.Record{{}, {Version: 1, State: "x", Hash: rec.Hash}, {Version: 1, State: wallet.Bought, Hash: "../../etc"}} {
				require.ErrorIs(t, s.Put(bad), wallet.ErrStore)
			}
		})
	}
}

func TestTokenFilesArePrivate(t *testing.T) {
	n := newLightning(t)
	s := newShop(t, n)
	dir := filepath.Join(t.TempDir(), "tokens")
	w := newWallet(t, n, func(c *wallet.Config) { c.TokenStore = wallet.NewFileStore(dir) })
	require.NoError(t, call(t, w, "GET", s.URL, "").err)
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Dir(files[0]): 0o700, files[0]: 0o600} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, want, info.Mode().Perm(), path)
	}
	require.NoError(t, os.Chmod(files[0], 0o644))
	require.ErrorIs(t, call(t, w, "GET", s.URL, "").err, wallet.ErrStore)
	require.NoError(t, os.Chmod(files[0], 0o600))
	require.NoError(t, os.WriteFile(files[0], []byte("{"), 0o600))
	require.ErrorIs(t, call(t, w, "GET", s.URL, "").err, wallet.ErrStore)
}

func TestConfigIsChecked(t *testing.T) {
	for _, cfg := range []wallet.Config{{}, {TokenStore: new(wallet.Memory), MaxSats: -1}, {TokenStore: new(wallet.Memory), PayTimeout: time.Millisecond}} {
		_, err := wallet.New(cfg)
		require.ErrorIs(t, err, wallet.ErrConfig)
	}
}

func FuzzReadInvoice(f *testing.F) {
	f.Add("lnbcrt100n1p")
	f.Add("LNBC1")
	f.Add("lntbs1")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := wallet.ReadInvoice(text)
		if err != nil {
			if !errors.Is(err, wallet.ErrDemand) {
				t.Error(err)
			}
			return
		}
		if p.AmountMsat <= 0 || p.Sat < 1 || p.Sat*1000 < p.AmountMsat {
			t.Errorf("price %+v", p)
		}
	})
}

func FuzzTokenFile(f *testing.F) {
	f.Add([]byte(`{"version":1,"state":"bought","origin":"http://a","payment_hash":"` + strings.Repeat("ab", 32) + `"}`))
	f.Add([]byte(`{}`))
	dir := f.TempDir()
	s := wallet.NewFileStore(dir)
	if err := s.Put(wallet.Record{Version: 1, State: wallet.Pending, Origin: "http://a", Hash: strings.Repeat("ab", 32)}); err != nil {
		f.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.json"))
	if err != nil || len(files) != 1 {
		f.Fatal(files, err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		require.NoError(t, os.WriteFile(files[0], data, 0o600))
		list, err := s.List("http://a")
		if err != nil {
			require.ErrorIs(t, err, wallet.ErrStore)
			return
		}
		for _, r := range list {
			require.NoError(t, s.Put(r), "what is read can be stored")
			again, err := s.List("http://a")
			require.NoError(t, err)
			require.Contains(t, again, r)
		}
		for _, extra := range list {
			require.NoError(t, s.Delete("http://a", extra.Hash))
		}
	})
}

// A token that says it is used up is not sent again; one that is found used up
// is bought anew, also where whoever counts is not who sells.
func TestTokensThatAreGoodOnce(t *testing.T) {
	for name, behind := range map[string]bool{"the seller counts": false, "one behind the seller counts": true} {
		t.Run(name, func(t *testing.T) {
			n := newLightning(t)
			s := newShop(t, n)
			s.counted, s.behind = true, behind
			store := &wallet.Memory{}
			w := newWallet(t, n, func(c *wallet.Config) { c.TokenStore = store })
			for i := 1; i <= 3; i++ {
				before := s.seen()
				a := call(t, w, http.MethodPost, s.URL+"/things", "x")
				require.NoError(t, a.err)
				require.Equal(t, http.StatusOK, a.status)
				require.Equal(t, i, n.payments())
				require.Equal(t, 2, s.seen()-before, "asked, paid and asked again")
			}
			left, err := store.List(s.URL)
			require.NoError(t, err)
			require.Empty(t, left)

			// Somebody else uses up what is stored.
			kept := &wallet.Memory{}
			s.counted = false
			w = newWallet(t, n, func(c *wallet.Config) { c.TokenStore = kept })
			require.Equal(t, http.StatusOK, call(t, w, http.MethodPost, s.URL+"/things", "x").status)
			records, err := kept.List(s.URL)
			require.NoError(t, err)
			require.Len(t, records, 1)
			s.counted = true
			other := &wallet.Memory{}
			require.NoError(t, other.Put(records[0]))
			for _, w := range []*wallet.Wallet{newWallet(t, n, func(c *wallet.Config) { c.TokenStore = other }), w} {
				a := call(t, w, http.MethodPost, s.URL+"/things", "x")
				require.NoError(t, a.err)
				require.Equal(t, http.StatusOK, a.status)
			}
			require.Equal(t, 5, n.payments())
		})
	}
}

// An invoice that names another customer than the request is not paid: whoever
// paid it could not complain. One that names nobody, or its payer, is.
func TestInvoicesOfOthersAreNotPaid(t *testing.T) {
	me, other := publicKey(t, 1), publicKey(t, 2)
	for _, c := range []struct {
		name        string
		header      string
		named       l402.AgentKey
		wantRefused bool
	}{
		{"its payer", me.String(), l402.AgentKey(me), false},
		{"nobody", me.String(), l402.AgentKey{}, false},
		{"another", me.String(), l402.AgentKey(other), true},
		{"somebody, and the payer does not say who it is", "", l402.AgentKey(other), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newLightning(t)
			s := newShop(t, n)
			s.setAlter(func(w http.ResponseWriter, r *http.Request) bool {
				if r.Header.Get("Authorization") != "" {
					return false
				}
				require.Equal(t, c.header, r.Header.Get(l402.CustomerHeader))
				ch, err := s.gate.Challenge(t.Context(), time.Now(), l402.Ask{Need: l402.Need{Service: "shop"}, Customer: c.named, PriceMsat: 10_000})
				require.NoError(t, err)
				w.Header().Set("WWW-Authenticate", ch.Header())
				w.WriteHeader(http.StatusPaymentRequired)
				return true
			})
			req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/a", nil)
			require.NoError(t, err)
			if c.header != "" {
				req.Header.Set(l402.CustomerHeader, c.header)
			}
			resp, paid, err := newWallet(t, n, nil).Do(req)
			if c.wantRefused {
				require.ErrorIs(t, err, wallet.ErrDemand)
				require.ErrorContains(t, err, other.String())
				require.Zero(t, n.payments())
				return
			}
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.False(t, paid.IsZero())
		})
	}
}

func publicKey(t *testing.T, n byte) op.PublicKey {
	key, err := op.NewSecretKey(append(make([]byte, 31), n))
	require.NoError(t, err)
	return key.Public()
}

// A 402 without a challenge is asked for once more: a price may have risen from
// 0 between the seller's look and the server's. Without an end it is refused.
func TestAnswersWithoutAChallenge(t *testing.T) {
	for name, bare := range map[string]int{"once": 1, "always": 100} {
		t.Run(name, func(t *testing.T) {
			n := newLightning(t)
			s := newShop(t, n)
			var asked atomic.Int64
			s.setAlter(func(w http.ResponseWriter, _ *http.Request) bool {
				if asked.Add(1) > int64(bare) {
					return false
				}
				w.WriteHeader(http.StatusPaymentRequired)
				return true
			})
			a := call(t, newWallet(t, n, nil), http.MethodGet, s.URL+"/a", "")
			if bare == 1 {
				require.NoError(t, a.err)
				require.Equal(t, http.StatusOK, a.status)
				require.Equal(t, 1, n.payments())
				return
			}
			require.ErrorIs(t, a.err, wallet.ErrDemand)
			require.EqualValues(t, 2, asked.Load())
			require.Zero(t, n.payments())
		})
	}
}

// A long batch is not sent before it is paid for: whoever sells may have to hold
// all of what it cannot take yet. Where it has no price it is sent whole.
func TestLongBatchesAreAskedForByTheirNumber(t *testing.T) {
	const size = 2 << 20
	for _, c := range []struct {
		name   string
		length int
		free   bool
		want   []string
	}{
		{"long", size, false, []string{"0 bytes, 4 uses", "2097152 bytes,  uses"}},
		{"long and free", size, true, []string{"0 bytes, 4 uses", "2097152 bytes,  uses"}},
		{"short", 1 << 20, false, []string{"1048576 bytes,  uses", "1048576 bytes,  uses"}},
	} {
		n := newLightning(t)
		s := newShop(t, n)
		if c.free {
			s.setAlter(func(http.ResponseWriter, *http.Request) bool { return true })
		}
		text := strings.Repeat(strings.Repeat("x", c.length/4-1)+"\n", 4)
		req, err := http.NewRequest(http.MethodPost, s.URL+"/v1/operations", strings.NewReader(text))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/x-ndjson")
		resp, _, err := newWallet(t, n, nil).Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, 200, resp.StatusCode)
		var seen []string
		for i, r := range s.requests {
			seen = append(seen, fmt.Sprintf("%d bytes, %s uses", len(s.bodies[i]), r.Header.Get("L402-Uses")))
		}
		require.Equal(t, c.want, seen, c.name)
	}
}
