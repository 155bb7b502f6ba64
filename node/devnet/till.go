package devnet

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/l402/l402test"
)

// Till sells Weather without an aperture, with this project's own gate: its
// invoices name the customer that a request names in l402.CustomerHeader, which an
// aperture cannot. Tokens are good once and kept in memory.
type Till struct {
	Addr string // host:port, plain HTTP on loopback

	weather *Weather
	gate    *l402.Gate
	sat     int64
}

// weatherInvoices makes the Lightning node of a provider the gate's invoicer.
type weatherInvoices struct{ lnd *LND }

func (w weatherInvoices) AddInvoice(ctx context.Context, amountMsat int64, memo string, _ time.Duration) (string, l402.Hash, error) {
	made, err := w.lnd.NewInvoice(ctx, amountMsat/1000, memo)
	if err != nil {
		return "", l402.Hash{}, err
	}
	return made.PaymentRequest, l402.Hash(made.RHash), nil
}

// StartTill sells the observations for sat each, paid to a node, on a port of its
// own until the network is closed.
func (n *Net) StartTill(w *Weather, lnd *LND, sat int64) (*Till, error) {
	cfg := l402.DefaultConfig()
	cfg.Store, cfg.Balances, cfg.Invoicer, cfg.Rand = l402test.NewMemory(), l402test.NewBalances(), weatherInvoices{lnd}, rand.Reader
	gate, err := l402.NewGate(cfg)
	if err != nil {
		return nil, fmt.Errorf("till: %w", err)
	}
	l, err := listenLoopback()
	if err != nil {
		return nil, fmt.Errorf("till: %w", err)
	}
	t := &Till{Addr: l.Addr().String(), weather: w, gate: gate, sat: sat}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/weather/{city}", t.answer)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.Serve(l) }()
	n.onClose(func() { server.Close() })
	return t, nil
}

// URL is where the till answers, without a path.
func (t *Till) URL() string { return "http://" + t.Addr }

func (t *Till) answer(rw http.ResponseWriter, r *http.Request) {
	now, need := time.Now(), l402.Need{Service: "weather", AgentLater: true}
	grant, err := t.gate.Check(r.Context(), now, r.Header.Values("Authorization"), need)
	if err == nil {
		_, err = t.gate.Take(now, &grant, 1)
	}
	switch {
	case err == nil:
		t.weather.answer(rw, r)
	case l402.NeedsPayment(err) || errors.Is(err, l402.ErrUsedUp):
		t.challenge(rw, r, now, need)
	case errors.Is(err, l402.ErrUnavailable):
		http.Error(rw, "try again later", http.StatusServiceUnavailable)
	default:
		http.Error(rw, err.Error(), http.StatusUnauthorized)
	}
}

func (t *Till) challenge(rw http.ResponseWriter, r *http.Request, now time.Time, need l402.Need) {
	ask := l402.Ask{Need: need, PriceMsat: t.sat * 1000}
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	ask.Caller = l402.CallerOf(host)
	if named := r.Header.Get(l402.CustomerHeader); named != "" {
		var err error
		if ask.Customer, err = l402.ParseAgentKey(named); err != nil {
			http.Error(rw, l402.CustomerHeader+": "+err.Error(), http.StatusBadRequest)
			return
		}
	}
	c, err := t.gate.Challenge(r.Context(), now, ask)
	if err != nil {
		http.Error(rw, "no challenge now", http.StatusServiceUnavailable)
		return
	}
	rw.Header().Set("WWW-Authenticate", c.Header())
	http.Error(rw, fmt.Sprintf("an observation costs %d sat", t.sat), http.StatusPaymentRequired)
}
