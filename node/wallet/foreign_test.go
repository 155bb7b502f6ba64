package wallet_test

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/macaroon.v2"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/wallet"
)

// foreignShop is a seller that mints tokens in its own way and knows nothing of
// econd or aperture. A token opens the path that it was bought for.
type foreignShop struct {
	*httptest.Server
	n *lightning

	mu      sync.Mutex
	form    string // of its challenge, with {T} and {I}
	scheme  string // of the credential that it takes
	mint    func(t *testing.T, hash l402.Hash) string
	price   int64           // msat
	refusal int             // what it answers to a token that does not open a path
	paid    map[string]bool // Authorization value and path
	ended   bool            // no token is good any more
	accept  string          // Accept-Authenticate of the last request without a token
}

func newForeignShop(t *testing.T, n *lightning) *foreignShop {
	s := &foreignShop{n: n, form: `L402 token="{T}", invoice="{I}"`, scheme: "L402", price: 10_000,
		mint: func(*testing.T, l402.Hash) string { return "eyJhbGciOiJIUzI1NiJ9.e30.c2ln" },
		paid: map[string]bool{}, refusal: http.StatusUnauthorized}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch authorization := r.Header.Get("Authorization"); {
		case authorization == "":
			s.accept = r.Header.Get("Accept-Authenticate")
			s.challenge(t, w, r.URL.Path)
		case s.paid[authorization+r.URL.Path] && !s.ended:
			_, _ = io.WriteString(w, "foreign goods")
		default:
			w.WriteHeader(s.refusal)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *foreignShop) challenge(t *testing.T, w http.ResponseWriter, path string) {
	invoice, hash, err := s.n.AddInvoice(t.Context(), s.price, "", 0)
	if err != nil {
		t.Error(err)
	}
	token := s.mint(t, hash)
	s.n.mu.Lock()
	preimage := s.n.preimages[hash]
	s.n.mu.Unlock()
	s.paid[s.scheme+" "+token+":"+preimage.Reveal()+path] = true
	w.Header().Add("WWW-Authenticate", `Bearer realm="shop"`)
	w.Header().Add("WWW-Authenticate", strings.NewReplacer("{T}", token, "{I}", invoice).Replace(s.form))
	w.WriteHeader(http.StatusPaymentRequired)
}

// mintMacaroon makes a macaroon whose identifier encode makes of an L402 one.
func mintMacaroon(v macaroon.Version, encode func([]byte) []byte) func(*testing.T, l402.Hash) string {
	return func(t *testing.T, hash l402.Hash) string {
		id := l402.Identifier{PaymentHash: hash, TokenID: l402.TokenID{1}}.Bytes()
		m, err := macaroon.New([]byte("key"), encode(id[:]), "", v)
		if err != nil {
			t.Error(err)
			return ""
		}
		b, err := m.MarshalBinary()
		if err != nil {
			t.Error(err)
		}
		return base64.StdEncoding.EncodeToString(b)
	}
}

func asHex(id []byte) []byte { return []byte(hex.EncodeToString(id)) }

func plain(id []byte) []byte { return id }

// TestForeignSellersArePaid buys from sellers of every kind, keeps the token and uses
// it again, in another process too.
func TestForeignSellersArePaid(t *testing.T) {
	for _, c := range []struct {
		name, form, scheme string
		mint               func(*testing.T, l402.Hash) string
	}{
		{"JWT, new names", `L402 version="0", token="{T}", invoice="{I}"`, "L402", nil},
		{"bare, spaces alone", `L402 macaroon={T} invoice={I}`, "L402", mintMacaroon(macaroon.V2, plain)},
		{"LSAT, V1 macaroon, id in hex", `LSAT macaroon="{T}", invoice="{I}"`, "LSAT", mintMacaroon(macaroon.V1, asHex)},
		{"identifier of another kind", `L402 macaroon="{T}", invoice="{I}"`, "L402",
			mintMacaroon(macaroon.V1, func([]byte) []byte { return []byte("customer 12") })},
		{"single quotes, lower case", `l402 token='{T}', invoice='{I}'`, "L402", nil},
		{"colon at the end", `LSAT macaroon="{T}" invoice="{I}"`, "LSAT", func(*testing.T, l402.Hash) string { return "3yLh0wVXTnlq:" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newLightning(t)
			s := newForeignShop(t, n)
			s.form, s.scheme = c.form, c.scheme
			if c.mint != nil {
				s.mint = c.mint
			}
			dir := t.TempDir()
			for i := range 3 {
				w := newWallet(t, n, func(cfg *wallet.Config) { cfg.TokenStore = wallet.NewFileStore(dir); cfg.MaxSats = 10 })
				got := call(t, w, "GET", s.URL+"/weather", "")
				require.NoError(t, got.err)
				require.Equal(t, "foreign goods", got.body)
				require.Equal(t, i > 0, got.paid.Reused)
				require.Equal(t, got.paid.Hash, sha(got.paid.Preimage[:]))
			}
			require.Equal(t, 1, n.payments())
			require.Equal(t, "L402, Payment", s.accept, "some sellers send a challenge only to who says that it can pay")
		})
	}
}

// TestForeignInvoiceMustBeTheTokens: where a token names a payment hash, in whatever
// known form, another invoice is not paid; and the price limit holds for all.
func TestForeignInvoiceMustBeTheTokens(t *testing.T) {
	for name, mint := range map[string]func(*testing.T, l402.Hash) string{
		"V2":        mintMacaroon(macaroon.V2, plain),
		"V2 in hex": mintMacaroon(macaroon.V2, asHex),
		"V1 in hex": mintMacaroon(macaroon.V1, asHex),
		"Alby's kit": func(_ *testing.T, hash l402.Hash) string {
			return base64.RawURLEncoding.EncodeToString([]byte(`{"paymentHash":"`+hash.String()+`"}`)) + "." + strings.Repeat("0a", 32)
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := newLightning(t)
			s := newForeignShop(t, n)
			s.mint = func(t *testing.T, hash l402.Hash) string { hash[0] ^= 1; return mint(t, hash) }
			got := call(t, newWallet(t, n, nil), "GET", s.URL, "")
			require.ErrorIs(t, got.err, wallet.ErrDemand)
			require.ErrorContains(t, got.err, "payment hash")
			require.Zero(t, n.payments())
		})
	}
	t.Run("price", func(t *testing.T) {
		n := newLightning(t)
		s := newForeignShop(t, n)
		s.price = 10_001
		got := call(t, newWallet(t, n, func(c *wallet.Config) { c.MaxSats = 10 }), "GET", s.URL, "")
		require.ErrorIs(t, got.err, wallet.ErrTooDear)
		require.Zero(t, n.payments())
	})
}

// TestForeignTokensThatEnd: sellers answer 401 or 403 instead of 402 to a token that
// has ended or opens another path. One that worked is replaced, one that is tried
// elsewhere is not the last word, and one that never worked is not bought again.
func TestForeignTokensThatEnd(t *testing.T) {
	for _, refusal := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusPaymentRequired} {
		t.Run(http.StatusText(refusal), func(t *testing.T) {
			n := newLightning(t)
			s := newForeignShop(t, n)
			serial := byte(0)
			s.mint = func(*testing.T, l402.Hash) string { serial++; return "token-" + string('a'+serial) }
			s.refusal = refusal
			w := newWallet(t, n, nil)
			get := func(path, want string, payments int) {
				t.Helper()
				got := call(t, w, "GET", s.URL+path, "")
				require.NoError(t, got.err)
				require.Equal(t, want, got.body)
				require.Equal(t, payments, n.payments())
			}
			get("/one", "foreign goods", 1)
			get("/two", "foreign goods", 2)
			get("/one", "foreign goods", 2)
			s.mu.Lock()
			clear(s.paid)
			s.mu.Unlock()
			get("/one", "foreign goods", 3)
			get("/one", "foreign goods", 3)
		})
	}
	t.Run("a server that denies everybody is paid once", func(t *testing.T) {
		n := newLightning(t)
		s := newForeignShop(t, n)
		s.ended = true
		w := newWallet(t, n, nil)
		for range 3 {
			got := call(t, w, "GET", s.URL+"/one", "")
			require.NoError(t, got.err)
			require.Equal(t, http.StatusUnauthorized, got.status)
			require.Equal(t, 1, n.payments())
		}
	})
}

// TestTheCheapestChallengeIsPaid: of several good ones, beside one that must not be paid.
func TestTheCheapestChallengeIsPaid(t *testing.T) {
	n := newLightning(t)
	var sold string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			sold = r.Header.Get("Authorization")
			return
		}
		for _, c := range []struct {
			token string
			msat  int64
		}{{"dear", 500_000}, {"open", 0}, {"cheap", 10_000}, {"same", 10_000}, {"middle", 20_000}} {
			invoice, _, err := n.AddInvoice(t.Context(), c.msat, "", 0)
			if err != nil {
				t.Error(err)
			}
			w.Header().Add("WWW-Authenticate", `L402 token="`+c.token+`", invoice="lightning:`+strings.ToUpper(invoice)+`"`)
		}
		w.WriteHeader(http.StatusPaymentRequired)
	}))
	defer s.Close()
	got := call(t, newWallet(t, n, func(c *wallet.Config) { c.MaxSats = 10 }), "GET", s.URL, "")
	require.NoError(t, got.err)
	require.True(t, strings.HasPrefix(sold, "L402 cheap:"), "the first of the cheapest")
	require.EqualValues(t, 10, got.paid.Sat())
	require.Equal(t, 1, n.payments())
}
