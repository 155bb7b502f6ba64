package wallet_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/l402/l402test"
	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/wallet"
)

// lightning is a Lightning network of one payee and one payer: it makes real
// BOLT11 invoices and "pays" them, with the faults that a test asks for.
type lightning struct {
	mu        sync.Mutex
	key       *btcec.PrivateKey
	preimages map[l402.Hash]l402.Preimage
	status    map[l402.Hash]wallet.PaymentState
	sends     map[l402.Hash]int
	invoices  map[l402.Hash]string // that were paid

	expiry     time.Duration
	misdated   time.Duration       // of its invoices, ahead of the clock
	loseAnswer bool                // the next payment happens, its answer does not arrive
	sendState  wallet.PaymentState // what a payment becomes; Unknown means Succeeded
	trackErr   error               // once a payment was sent
}

func newLightning(t *testing.T) *lightning {
	key, err := btcec.NewPrivateKey()
	require.NoError(t, err)
	return &lightning{key: key, preimages: map[l402.Hash]l402.Preimage{}, status: map[l402.Hash]wallet.PaymentState{},
		sends: map[l402.Hash]int{}, invoices: map[l402.Hash]string{}, expiry: time.Hour}
}

// AddInvoice implements l402.Invoicer.
func (n *lightning) AddInvoice(_ context.Context, amountMsat int64, memo string, _ time.Duration) (string, l402.Hash, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var preimage l402.Preimage
	_, _ = rand.Read(preimage[:])
	hash := preimage.Hash()
	n.preimages[hash] = preimage
	text, err := n.invoice(hash, amountMsat, memo)
	return text, hash, err
}

// invoice makes one for a payment hash, which others may have as well.
func (n *lightning) invoice(hash l402.Hash, amountMsat int64, memo string) (string, error) {
	return bolt11.Encode(bolt11.Invoice{Prefix: "lnbcrt", AmountMsat: amountMsat, TimestampS: time.Now().Add(n.misdated).Unix(), PaymentHash: hash,
		Description: memo, ExpiryS: int64(n.expiry / time.Second)}, n.key)
}

// Pay implements wallet.Payer the way a node does: one hash is paid once.
func (n *lightning) Pay(_ context.Context, r wallet.PayRequest) (wallet.Payment, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.status[r.Hash] == wallet.Unknown {
		n.sends[r.Hash]++
		n.invoices[r.Hash] = r.Invoice
		n.status[r.Hash] = wallet.Succeeded
		if n.sendState != wallet.Unknown {
			n.status[r.Hash] = n.sendState
		}
	}
	if n.loseAnswer {
		n.loseAnswer = false
		return wallet.Payment{}, errors.New("connection reset")
	}
	return n.payment(r.Hash), nil
}

// Track implements wallet.Payer.
func (n *lightning) Track(_ context.Context, hash l402.Hash, _ bool) (wallet.Payment, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.trackErr != nil && n.status[hash] != wallet.Unknown {
		return wallet.Payment{}, n.trackErr
	}
	return n.payment(hash), nil
}

func (n *lightning) payment(hash l402.Hash) wallet.Payment {
	switch state := n.status[hash]; state {
	case wallet.Unknown:
		return wallet.Payment{State: wallet.NotFound}
	case wallet.Succeeded:
		return wallet.Payment{State: state, Invoice: n.invoices[hash], Preimage: n.preimages[hash], FeeMsat: 7}
	default:
		return wallet.Payment{State: state, Reason: "no route"}
	}
}

// set changes what is known of every payment.
func (n *lightning) set(state wallet.PaymentState) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sendState = state
	for hash := range n.status {
		n.status[hash] = state
	}
}

// payments counts the payments that were ever sent.
func (n *lightning) payments() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	total := 0
	for _, k := range n.sends {
		total += k
	}
	return total
}

// shop is a server that sells two capabilities with the product's own gate.
type shop struct {
	*httptest.Server
	gate  *l402.Gate
	roots *l402test.Memory

	mu       sync.Mutex
	price    int64 // msat
	counted  bool  // tokens are good once
	behind   bool  // with counted: whoever counts is not who sells
	requests []*http.Request
	bodies   []string
	alter    func(w http.ResponseWriter, r *http.Request) bool // true: answered
}

func newShop(t *testing.T, n *lightning) *shop {
	s := &shop{price: 10_000, roots: l402test.NewMemory()}
	cfg := l402.DefaultConfig()
	cfg.Store, cfg.Invoicer, cfg.Rand = s.roots, n, rand.Reader
	cfg.Balances = l402test.NewBalances()
	many := l402.Rate{Interval: time.Millisecond, Burst: 1000}
	cfg.Limits = l402.Limits{PerCaller: many, PerBlock: many, PerRegion: many, Total: many, MaxCallers: 10}
	gate, err := l402.NewGate(cfg)
	require.NoError(t, err)
	s.gate = gate
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *shop) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.requests, s.bodies = append(s.requests, r), append(s.bodies, string(body))
	alter, price, counted, behind := s.alter, s.price, s.counted, s.behind
	s.mu.Unlock()
	if alter != nil && alter(w, r) {
		return
	}
	capability := "read"
	if r.Method == http.MethodPost {
		capability = "write"
	}
	need := l402.Need{Service: "shop", Capability: capability}
	grant, err := s.gate.Check(r.Context(), time.Now(), r.Header.Values("Authorization"), need)
	if err == nil && counted {
		_, err = s.gate.Take(time.Now(), &grant, 1)
		w.Header().Set("L402-Uses-Left", strconv.FormatInt(grant.Left, 10))
	}
	switch {
	case errors.Is(err, l402.ErrUsedUp) && behind:
		w.WriteHeader(http.StatusPaymentRequired)
	case err == nil:
		_, _ = io.WriteString(w, "goods for "+string(body))
	case l402.NeedsPayment(err):
		c, err := s.gate.Challenge(r.Context(), time.Now(), l402.Ask{Need: need, PriceMsat: price})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("WWW-Authenticate", c.Header())
		w.WriteHeader(http.StatusPaymentRequired)
	default:
		w.WriteHeader(http.StatusUnauthorized)
	}
}

func (s *shop) setAlter(f func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alter = f
}

func (s *shop) seen() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

func newWallet(t *testing.T, n *lightning, change func(*wallet.Config)) *wallet.Wallet {
	cfg := wallet.Config{Payer: n, MaxSats: 100, TokenStore: wallet.NewFileStore(t.TempDir()), PayTimeout: time.Second}
	if change != nil {
		change(&cfg)
	}
	w, err := wallet.New(cfg)
	require.NoError(t, err)
	return w
}

type answer struct {
	status int
	body   string
	paid   wallet.Paid
	err    error
}

func call(t *testing.T, w *wallet.Wallet, method, url, body string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, io.NopCloser(strings.NewReader(body)))
	require.NoError(t, err)
	resp, paid, err := w.Do(req)
	if err != nil {
		return answer{paid: paid, err: err}
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return answer{resp.StatusCode, string(data), paid, nil}
}

func sha(b []byte) l402.Hash { return sha256.Sum256(b) }
