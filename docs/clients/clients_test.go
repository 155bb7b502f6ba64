//go:build clients

package clients

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/l402/l402test"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/httpapi"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// priceSat is what a read costs here, feeSat what each payment costs on the way, as
// LND's default base fee of one hop.
const (
	priceSat = 2
	feeSat   = 1
)

// payee makes real invoices, and a wallet pays them over HTTP.
type payee struct {
	t *testing.T
	w *nodetest.World

	mu       sync.Mutex
	open     map[string]l402.Preimage
	msat     map[string]int64
	payments int
	paidMsat int64
}

func (p *payee) AddInvoice(_ context.Context, msat int64, _ string, _ time.Duration) (string, l402.Hash, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	preimage := l402.Preimage{1, byte(len(p.open)), byte(len(p.open) >> 8)}
	invoice := nodetest.Invoice(p.t, 7, op.Hash(preimage.Hash()), msat, p.w.Clock.Now())
	p.open[invoice], p.msat[invoice] = preimage, msat
	return invoice, preimage.Hash(), nil
}

// ServeHTTP pays the invoice in the body.
func (p *payee) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	preimage, ok := p.open[string(body)]
	if err != nil || !ok {
		http.Error(w, "not an invoice of this payee", http.StatusBadRequest)
		return
	}
	p.payments++
	p.paidMsat += p.msat[string(body)]
	_ = json.NewEncoder(w).Encode(map[string]any{"preimage": preimage.Reveal(), "fees_paid": 1000 * feeSat})
}

// world is an econd that sells reads, and a wallet.
func world(t *testing.T) (econd, wallet string, p *payee) {
	t.Helper()
	text := strings.Replace(string(yamlfile.Demo), "{resource: queries, sat: 0}", fmt.Sprintf("{resource: queries, sat: %d}", priceSat), 1)
	raw, err := yamlfile.Parse([]byte(text))
	require.NoError(t, err)
	w := nodetest.New(t, raw)
	p = &payee{t: t, w: w, open: map[string]l402.Preimage{}, msat: map[string]int64{}}
	cfg := l402.DefaultConfig()
	cfg.Store, cfg.Balances, cfg.Invoicer, cfg.Rand = l402test.NewMemory(), l402test.NewBalances(), p, rand.NewChaCha8([32]byte{1})
	// Nobody gives an address its challenges back here faster than it asks.
	many := l402.Rate{Interval: time.Millisecond, Burst: 1000}
	cfg.Limits = l402.Limits{PerCaller: many, PerBlock: many, PerRegion: many, Total: many, MaxCallers: 10}
	gate, err := l402.NewGate(cfg)
	require.NoError(t, err)
	api, err := httpapi.New(httpapi.Config{Door: admission.Door{Node: w.Node, Version: "test", Now: w.Clock.Now, Mode: admission.Direct, Gate: gate, Service: "econd"},
		Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Limits: httpapi.DefaultLimits()})
	require.NoError(t, err)
	served := httptest.NewServer(api.Server("").Handler)
	t.Cleanup(served.Close)
	pays := httptest.NewServer(p)
	t.Cleanup(pays.Close)
	return served.URL, pays.URL, p
}

// installed copies the programs beside the packages that package.json names.
var installed = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "econd-clients-")
	if err != nil {
		return "", err
	}
	files, err := filepath.Glob("*.mjs")
	for _, name := range append(files, "package.json") {
		text, readErr := os.ReadFile(name)
		if err == nil {
			err = readErr
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o600)
		}
	}
	if err != nil {
		return dir, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--silent")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		return dir, fmt.Errorf("npm install: %w\n%s", err, out)
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, _ := installed(); dir != "" {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// run runs a program with the URLs, a number of reads, a number of uses and what else
// it takes.
func run(t *testing.T, program, econd, wallet string, reads, uses int, more ...string) (said struct{ Reads, Payments, Kept int }) {
	t.Helper()
	dir, err := installed()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	args := append([]string{program, econd, wallet, strconv.Itoa(reads), strconv.Itoa(uses)}, more...)
	cmd := exec.CommandContext(ctx, "node", args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); ok {
		t.Fatalf("%s: %s", program, exit.Stderr)
	}
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(out, &said), "%s", out)
	return said
}

// TestAlbyReusesWhatItPaidFor: docs/l402.md tells these figures.
func TestAlbyReusesWhatItPaidFor(t *testing.T) {
	const reads = 50
	for _, c := range []struct{ uses, payments, kept int }{
		{0, reads, 0}, // each call pays anew
		{1, reads, 0},
		{25, 2, 0},
		{30, 2, 1}, // ten uses are left
	} {
		t.Run(fmt.Sprint(c.uses, " uses"), func(t *testing.T) {
			econd, wallet, p := world(t)
			said := run(t, "reuse_test.mjs", econd, wallet, reads, c.uses)
			require.Equal(t, c.payments, said.Payments)
			require.Equal(t, c.payments, p.payments)
			require.Equal(t, c.kept, said.Kept)
			require.Equal(t, int64(1000*priceSat*max(reads, c.payments*c.uses)), p.paidMsat)
			t.Logf("%d reads, %d uses a payment: %d payments, %d sat and %d sat of fees", reads, c.uses, p.payments, p.paidMsat/1000, feeSat*p.payments)
		})
	}
}

// TestAlbyWithoutCredentialsLosesUses is the other row of docs/l402.md.
func TestAlbyWithoutCredentialsLosesUses(t *testing.T) {
	econd, wallet, p := world(t)
	said := run(t, "reuse_test.mjs", econd, wallet, 50, 25, "drop")
	require.Equal(t, 50, said.Payments)
	require.Equal(t, int64(2_500_000), p.paidMsat)
}

// TestAxiosGoesOn: the npm package l402 pays the challenge that comes with a token that is used up.
func TestAxiosGoesOn(t *testing.T) {
	econd, wallet, p := world(t)
	said := run(t, "axios_test.mjs", econd, wallet, 20, 8)
	require.Equal(t, 3, said.Payments)
	require.Equal(t, 3, p.payments)
}
