package payees_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil/bech32"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/mpp/mpptest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/outbound"
	"github.com/econd/econd/node/payees"
	"github.com/econd/econd/node/spendbook"
	"github.com/econd/econd/node/view"
)

// world is payees before servers on the loopback, and the Lightning network that they know.
type world struct {
	t         *testing.T
	key       *btcec.PrivateKey
	preimages map[op.Hash]op.Hash
	invoice   bolt11.Invoice // what all invoices have; amount, hash and time are set
	book      *spendbook.Book
	payees    *payees.Payees
}

func newWorld(t *testing.T) *world {
	key, err := btcec.NewPrivateKey()
	require.NoError(t, err)
	w := &world{t: t, key: key, preimages: map[op.Hash]op.Hash{}, invoice: bolt11.Invoice{Prefix: "lnbcrt", ExpiryS: 600}}
	w.book, err = spendbook.Open(filepath.Join(t.TempDir(), "spends.db"), time.Now)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.book.Close()) })
	http, err := outbound.New(outbound.Config{UserAgent: "econd/test", Timeout: 5 * time.Second, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	require.NoError(t, err)
	w.payees, err = payees.New(payees.Config{HTTP: http, Book: w.book, Prefix: "lnbcrt", Now: time.Now})
	require.NoError(t, err)
	return w
}

func (w *world) bill(amountMsat int64) (string, [32]byte, error) {
	preimage := op.Hash(sha256.Sum256(fmt.Appendf(nil, "%d", len(w.preimages))))
	hash := op.Hash(sha256.Sum256(preimage[:]))
	w.preimages[hash] = preimage
	inv := w.invoice
	inv.AmountMsat, inv.PaymentHash, inv.TimestampS = amountMsat, hash, time.Now().Unix()
	text, err := bolt11.Encode(inv, w.key)
	return text, hash, err
}

// serve starts a server.
func (w *world) serve(h http.Handler) string {
	s := httptest.NewServer(h)
	w.t.Cleanup(s.Close)
	return s.URL
}

// l402 sells under a token that is good for ever, until ended says otherwise.
func (w *world) l402(ended *bool) http.HandlerFunc {
	paid := map[string]bool{}
	return func(rw http.ResponseWriter, r *http.Request) {
		if a := r.Header.Get("Authorization"); paid[a] && !*ended {
			_, _ = io.WriteString(rw, r.Method+" goods at "+r.URL.Path)
			return
		}
		invoice, hash, err := w.bill(10_000)
		if err != nil {
			w.t.Error(err)
		}
		token := fmt.Sprint("token", len(w.preimages))
		paid["L402 "+token+":"+w.preimages[hash].String()] = true
		rw.Header().Set("WWW-Authenticate", `L402 token="`+token+`", invoice="`+invoice+`"`)
		rw.WriteHeader(http.StatusPaymentRequired)
	}
}

func spendAt(url, path string, amountMsat int64) (view.Payment, op.SpendTexts) {
	return view.Payment{ID: "spend-1", Wallet: "wallet-1", Type: op.SpendURL, Origin: url, AmountMsat: amountMsat}, op.SpendTexts{URL: url + path}
}

func (w *world) buy(s view.Payment, t op.SpendTexts) node.Answer {
	w.t.Helper()
	b, err := w.payees.Bill(w.t.Context(), s, t)
	require.NoError(w.t, err)
	s.Preimage = w.preimages[b.PaymentHash]
	a, err := w.payees.Deliver(w.t.Context(), s, t, b)
	require.NoError(w.t, err)
	return a
}

func (w *world) refuses(s view.Payment, t op.SpendTexts, says string) {
	w.t.Helper()
	_, err := w.payees.Bill(w.t.Context(), s, t)
	var final *node.FinalError
	require.ErrorAs(w.t, err, &final)
	require.ErrorContains(w.t, err, says)
}

// What is bought by L402 serves the wallet again under the path's first segment, until it is refused.
func TestL402IsBoughtOnce(t *testing.T) {
	w := newWorld(t)
	ended := false
	url := w.serve(w.l402(&ended))
	s, texts := spendAt(url, "/weather/today", 10_000)
	texts.Method, texts.Body = "POST", []byte("x")
	require.Equal(t, "POST goods at /weather/today", string(w.buy(s, texts).Body))
	for path, reused := range map[string]bool{"/weather/tomorrow": true, "/weather/today": true, "/news": false} {
		s, texts := spendAt(url, path, 10_000)
		s.ID += path
		if !reused {
			w.buy(s, texts)
			continue
		}
		w.refuses(s, texts, "takes a token that the wallet has: nothing was paid, and it answered with status 200")
		a, kept, err := w.book.Answer(s.ID, s.Tries)
		require.NoError(t, err)
		require.True(t, kept)
		require.Equal(t, "GET goods at "+path, string(a.Body))
	}
	// Not another wallet's, nor where a price is asked for.
	s, texts = spendAt(url, "/weather/today", 10_000)
	s.Wallet = "wallet-2"
	w.buy(s, texts)
	s, texts = spendAt(url, "/weather/today", 1<<40)
	s.ID = ""
	b, err := w.payees.Bill(t.Context(), s, texts)
	require.NoError(t, err)
	require.Equal(t, int64(10_000), b.AmountMsat)
	ended = true
	paid := len(w.preimages)
	s, texts = spendAt(url, "/weather/today", 10_000)
	_, err = w.payees.Bill(t.Context(), s, texts)
	require.NoError(t, err)
	require.Greater(t, len(w.preimages), paid)
}

// A charge of the Payment scheme is presented until it was served, and serves once.
func TestPaymentSchemeIsBought(t *testing.T) {
	w := newWorld(t)
	seller := &mpptest.Seller{PriceMsat: 7_000, Goods: "goods", Failing: 1,
		Invoice: func(_ context.Context, msat int64) (string, [32]byte, error) { return w.bill(msat) }}
	url := w.serve(seller)
	s, texts := spendAt(url, "/x", 10_000)
	b, err := w.payees.Bill(t.Context(), s, texts)
	require.NoError(t, err)
	require.Equal(t, int64(7_000), b.AmountMsat)
	s.Preimage = w.preimages[b.PaymentHash]
	_, err = w.payees.Deliver(t.Context(), s, texts, b)
	require.ErrorContains(t, err, "status 503: ask again")
	for _, status := range []int{200, 402} { // what was used is used
		a, err := w.payees.Deliver(t.Context(), s, texts, b)
		require.NoError(t, err)
		require.Equal(t, status, a.Status)
	}
	require.Equal(t, 1, seller.Sold)
	seller.Amount = func(sat int64) string { return fmt.Sprint(sat - 1) }
	w.refuses(s, texts, "the invoice is over 7000 msat, the challenge asks for 6000 msat")
}

func TestWhatIsNotPaid(t *testing.T) {
	w := newWorld(t)
	ended, reached := false, false
	elsewhere := w.serve(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	shop := w.l402(&ended)
	url := w.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(rw, r, elsewhere, http.StatusFound)
		case "/here":
			http.Redirect(rw, r, "/there", http.StatusFound)
		case "/loop":
			http.Redirect(rw, r, "/loop", http.StatusFound)
		case "/mute":
			rw.WriteHeader(http.StatusPaymentRequired)
		default:
			shop(rw, r)
		}
	}))
	at := func(path string, msat int64) (view.Payment, op.SpendTexts) { return spendAt(url, path, msat) }
	s, texts := at("/x", 9_999)
	w.refuses(s, texts, "is over 10000 msat, the spend over 9999")
	s, texts = at("/away", 10_000)
	w.refuses(s, texts, "another origin is not followed")
	require.False(t, reached)
	s, texts = at("/loop", 10_000)
	w.refuses(s, texts, "redirects more than 3 times")
	s, texts = at("/mute", 10_000)
	w.refuses(s, texts, "no L402 challenge")
	s, texts = at("/here", 10_000)
	require.Equal(t, "GET goods at /there", string(w.buy(s, texts).Body), "one on the origin is followed before the payment")
	s, texts = at("/x", 10_000)
	s.Origin = strings.Replace(url, "127.0.0.1", "127.0.0.2", 1)
	w.refuses(s, texts, "spend-origin")
	s, texts = at("/y", 10_000)
	w.invoice.Prefix = "lnbc"
	w.refuses(s, texts, "begins with lnbc, invoices of this economy's network with lnbcrt")
	w.invoice.Prefix, w.invoice.ExpiryS = "lnbcrt", 5
	w.refuses(s, texts, "15s must be left")
	s.Type = op.SpendKeysend
	w.refuses(s, texts, "nobody is asked")
}

// What was paid for is asked for at the origin that sold it alone, and a redirect is not followed.
func TestCredentialsStay(t *testing.T) {
	w := newWorld(t)
	ended := false
	shop, away := w.l402(&ended), false
	reached := false
	elsewhere := w.serve(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	url := w.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if away {
			http.Redirect(rw, r, elsewhere, http.StatusTemporaryRedirect)
			return
		}
		shop(rw, r)
	}))
	s, texts := spendAt(url, "/x", 10_000)
	b, err := w.payees.Bill(t.Context(), s, texts)
	require.NoError(t, err)
	s.Preimage = w.preimages[b.PaymentHash]
	away = true
	a, err := w.payees.Deliver(t.Context(), s, texts, b)
	require.NoError(t, err)
	require.Equal(t, http.StatusTemporaryRedirect, a.Status)
	require.False(t, reached)
	s.Origin = elsewhere
	_, err = w.payees.Deliver(t.Context(), s, texts, b)
	require.ErrorContains(t, err, "spend-origin")
	require.False(t, reached)
}

func lnurlOf(t *testing.T, url string) string {
	t.Helper()
	groups, err := bech32.ConvertBits([]byte(url), 8, 5, true)
	require.NoError(t, err)
	text, err := bech32.Encode("lnurl", groups)
	require.NoError(t, err)
	return text
}

func TestLightningAddresses(t *testing.T) {
	w := newWorld(t)
	const metadata = `[["text/plain","for bob"],["text/identifier","bob@pay.example"]]`
	offer := map[string]any{"tag": "payRequest", "minSendable": 1000, "maxSendable": 50_000, "metadata": metadata, "commentAllowed": 10}
	about, extra, broken := sha256.Sum256([]byte(metadata)), int64(0), ""
	var base string
	base = w.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if broken != "" {
			http.Redirect(rw, r, broken, http.StatusFound)
			return
		}
		if r.URL.Path == "/pay" {
			offer["callback"] = base + "/invoice?k=1"
			_ = json.NewEncoder(rw).Encode(offer)
			return
		}
		if r.FormValue("k") != "1" {
			t.Error("the callback's own query is gone")
		}
		var msat int64
		_, _ = fmt.Sscan(r.FormValue("amount"), &msat)
		w.invoice.DescriptionHash = &about
		invoice, _, err := w.bill(msat + extra)
		if err != nil {
			t.Error(err)
		}
		_ = json.NewEncoder(rw).Encode(map[string]any{"pr": strings.ToUpper(invoice), "routes": []any{}})
	}))
	s := view.Payment{ID: "spend-1", Wallet: "wallet-1", Type: op.SpendAddress, Address: strings.TrimPrefix(base, "http://"), AmountMsat: 20_000}
	texts := op.SpendTexts{URL: lnurlOf(t, base+"/pay")}
	b, err := w.payees.Bill(t.Context(), s, texts)
	require.NoError(t, err)
	require.Equal(t, int64(20_000), b.AmountMsat)
	require.Contains(t, w.preimages, b.PaymentHash)
	require.Equal(t, hex.EncodeToString(w.key.PubKey().SerializeCompressed()), b.Node.String())

	for says, change := range map[string]func(){
		"is over 20001 msat, 20000 were asked for": func() { extra = 1 },
		"lnurl-metadata": func() { about[0] ^= 1 },
		"is 20000, the service takes 1000 to 19999": func() { offer["maxSendable"] = 19_999 },
		"lnurl-tag":      func() { offer["tag"] = "withdrawRequest" },
		"says \"no\"":    func() { offer["status"], offer["reason"] = "ERROR", "no" },
		"redirects":      func() { broken = base + "/elsewhere" },
		"spend-address":  func() { s.Address = "127.0.0.1:1" },
		"no LNURL":       func() { texts.URL = "lnurl1dp68gurn8ghj7" },
		"no lightning a": func() { s.Address = "Bob@pay.example" },
		"public-address": func() { s.Address = "bob@10.0.0.1" },
	} {
		wasS, wasT, wasAbout, wasOffer := s, texts, about, map[string]any{}
		for k, v := range offer {
			wasOffer[k] = v
		}
		change()
		w.refuses(s, texts, says)
		s, texts, about, offer, extra, broken = wasS, wasT, wasAbout, wasOffer, 0, ""
	}
	_, err = w.payees.Bill(t.Context(), s, texts)
	require.NoError(t, err)
}
