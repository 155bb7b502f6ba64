package httpapi

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/lightningnetwork/lnd/lnwire"
	"github.com/lightningnetwork/lnd/zpay32"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ballotstore"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

const economy = "test.0001"

func key(t testing.TB, b byte) op.SecretKey {
	t.Helper()
	k, err := op.NewSecretKey(bytes.Repeat([]byte{b}, 32))
	require.NoError(t, err)
	return k
}

// clock is a clock that tests set.
type clock struct {
	mu sync.Mutex
	ms int64
}

func (c *clock) NowMs() int64        { c.mu.Lock(); defer c.mu.Unlock(); return c.ms }
func (c *clock) now() time.Time      { return time.UnixMilli(c.NowMs()) }
func (c *clock) add(d time.Duration) { c.mu.Lock(); c.ms += d.Milliseconds(); c.mu.Unlock() }

// lightning keeps hold invoices in memory; a test pays and takes it away.
type lightning struct {
	mu      sync.Mutex
	holds   map[op.Hash]node.Hold
	changed chan struct{}
	away    bool
}

func (l *lightning) OpenHold(_ context.Context, r node.HoldRequest) (string, error) {
	l.set(r.PaymentHash, node.Hold{Status: node.HoldOpen})
	return invoiceFor(r.PaymentHash, r.AmountSat)
}

// invoiceFor signs a BOLT11 invoice as the operator's node would.
func invoiceFor(hash op.Hash, sat int64) (string, error) {
	priv, _ := btcec.PrivKeyFromBytes(bytes.Repeat([]byte{99}, 32))
	inv, err := zpay32.NewInvoice(&chaincfg.RegressionNetParams, hash, time.Now(),
		zpay32.Amount(lnwire.MilliSatoshi(sat*1000)), zpay32.Description("test"), zpay32.PaymentAddr([32]byte{1}),
		zpay32.Features(lnwire.NewFeatureVector(lnwire.NewRawFeatureVector(lnwire.TLVOnionPayloadRequired, lnwire.PaymentAddrRequired), lnwire.Features)))
	if err != nil {
		return "", err
	}
	return inv.Encode(zpay32.MessageSigner{SignCompact: func(msg []byte) ([]byte, error) {
		return ecdsa.SignCompact(priv, chainhash.HashB(msg), true), nil
	}})
}

func (l *lightning) SettleHold(_ context.Context, preimage op.Hash) error {
	l.set(sha256.Sum256(preimage[:]), node.Hold{Status: node.HoldSettled})
	return nil
}

func (l *lightning) CancelHold(_ context.Context, hash op.Hash) error {
	l.set(hash, node.Hold{Status: node.HoldCancelled})
	return nil
}

func (l *lightning) LookupHold(_ context.Context, hash op.Hash) (node.Hold, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.holds[hash], nil
}

func (l *lightning) WatchHold(ctx context.Context, hash op.Hash, fn func(node.Hold) bool) error {
	for {
		l.mu.Lock()
		h, changed := l.holds[hash], l.changed
		l.mu.Unlock()
		if !fn(h) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (l *lightning) Reachable() bool { l.mu.Lock(); defer l.mu.Unlock(); return !l.away }

func (l *lightning) set(hash op.Hash, h node.Hold) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.holds[hash] = h
	close(l.changed)
	l.changed = make(chan struct{})
}

// chain has one block, which it tells again when a test asks.
type chain struct{ tips chan node.Block }

func (c *chain) WatchBlocks(ctx context.Context, fn func(node.Block)) error {
	for {
		select {
		case b := <-c.tips:
			fn(b)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

var tip = node.Block{Height: 500, Hash: [32]byte{5}}

// bundled is a node whose ballot bundles are only the ledger's part: what the
// API adds to a bundle is nothing.
type bundled struct{ *node.Node }

func (b bundled) Bundle(_ context.Context, proposal op.ID, voter op.PublicKey) (out []byte, err error) {
	b.View(func(s *ledger.State, _ int64) {
		var p ledger.BallotProof
		if p, err = s.ProveBallot(proposal, voter); err == nil {
			out, err = json.Marshal(p)
		}
	})
	return out, err
}

// world is a real node on a real store, served over a real connection.
type world struct {
	t     testing.TB
	clock *clock
	ln    *lightning
	chain *chain
	n     *node.Node
	api   *API
	url   string
	log   *lockedBuffer // what the API logged
	spec  *document
}

// newWorld founds an economy and serves it; change may adapt the API's
// configuration.
func newWorld(t testing.TB, change func(*world, *Config)) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{ms: 1_800_000_000_000}, chain: &chain{make(chan node.Block, 10)},
		ln:  &lightning{holds: map[op.Hash]node.Hold{}, changed: make(chan struct{})},
		log: new(lockedBuffer), spec: loadDocument(t)}
	w.openNode()
	cfg := Config{Node: bundled{w.n}, Version: "test", Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Metrics: prometheus.NewRegistry(), Now: w.clock.now, Mode: ModeOff, Limits: DefaultLimits()}
	if change != nil {
		change(w, &cfg)
	}
	w.serve(cfg)
	return w
}

// pollTrack is a track between options, beside those of the demo.
const pollTrack = `
  - name: poll
    voting_delay_s: 2
    voting_period_s: 12
    late_quorum_s: 0
    propose_reputation: 0
    propose_stake_sat: 0
    collateral_sat: 0
    max_open_per_agent: 0
    counting: approval
    weight: {kind: one}
    quorum: {kind: eligible, share_ppm: 600000}
    pass: {kind: majority}
    final_votes: false
    honest_for_ppm: 0
    veto_forfeit_ppm: 0
    timelock_s: 0
    grace_s: 1
    vetoable: false
    actions: []
`

func (w *world) openNode() {
	t := w.t
	store, err := ballotstore.Open(ballotstore.Config{Path: filepath.Join(t.TempDir(), "ballots.db")})
	require.NoError(t, err)
	t.Cleanup(func() { store.Close() })
	logKey := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32))
	verifier, err := anchor.VerifierKey(ledger.Origin(economy), logKey.Public().(ed25519.PublicKey))
	require.NoError(t, err)
	raw, err := constitution.Parse(append(bytes.Clone(constitution.Demo), pollTrack...))
	require.NoError(t, err)
	require.NoError(t, node.Found(store, node.Founding{Operator: key(t, 1), LogVerifier: verifier, Economy: economy,
		Network: "regtest", Constitution: raw, NowMs: w.clock.ms, Tip: tip}))
	signer, err := anchor.NewSigner(ledger.Origin(economy), logKey)
	require.NoError(t, err)
	w.n, err = node.Open(node.Config{Operator: key(t, 1), LogSigner: signer, HoldSecret: [32]byte{9}, Store: store,
		Lightning: w.ln, Chain: w.chain, Clock: w.clock, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.n.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	w.chain.tips <- tip
	w.until("the node is ready", func(*ledger.State, int64) bool { return len(w.n.Ready()) == 0 })
}

func (w *world) serve(cfg Config) {
	var err error
	w.api, err = New(cfg)
	require.NoError(w.t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(w.t, err)
	w.url = "http://" + ln.Addr().String()
	srv := w.api.Server("")
	go srv.Serve(ln)
	w.t.Cleanup(func() { srv.Close() })
}

// lockedBuffer is a log that a test reads while the API writes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (w *world) logged() string {
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	return w.log.b.String()
}

// answer is a response whose body was read and held against openapi.yaml.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// problem decodes a refusal.
func (a answer) problem(t testing.TB) (p struct {
	Type, Title, Detail, Rule, Field, Instance, Resource string
	Status                                               int
	PriceSat                                             int64 `json:"price_sat"`
	RetryAfterS                                          int64 `json:"retry_after_s"`
	Problems                                             []string
}) {
	t.Helper()
	require.Equal(t, problemType, a.header.Get("Content-Type"), "%s", a.body)
	require.NoError(t, json.Unmarshal(a.body, &p))
	require.Equal(t, a.status, p.Status)
	return p
}

// into decodes a JSON answer.
func (a answer) into(t testing.TB, v any) {
	t.Helper()
	require.Equal(t, 200, a.status, "%s", a.body)
	require.NoError(t, json.Unmarshal(a.body, v))
}

// do sends a request; header is name, value, name, value.
func (w *world) do(method, path string, body []byte, header ...string) answer {
	w.t.Helper()
	req, err := http.NewRequest(method, w.url+path, bytes.NewReader(body))
	require.NoError(w.t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer res.Body.Close()
	a := answer{status: res.StatusCode, header: res.Header}
	a.body, err = io.ReadAll(res.Body)
	require.NoError(w.t, err)
	w.spec.check(w.t, method, path, a)
	return a
}

func (w *world) get(path string, header ...string) answer {
	w.t.Helper()
	return w.do(http.MethodGet, path, nil, header...)
}

func (w *world) post(e *op.Event) answer {
	w.t.Helper()
	return w.do(http.MethodPost, "/v1/operations", e.Marshal(), "Content-Type", "application/json")
}

func (w *world) event(by op.SecretKey, kind op.Kind, content any) *op.Event {
	w.t.Helper()
	e := &op.Event{CreatedAt: w.clock.NowMs() / 1000, Kind: kind, Tags: [][]string{{"economy", economy}}, Content: op.EncodeContent(content)}
	require.NoError(w.t, e.Sign(by))
	return e
}

// submit records an operation over HTTP.
func (w *world) submit(by op.SecretKey, kind op.Kind, content any) op.ID {
	w.t.Helper()
	e := w.event(by, kind, content)
	a := w.post(e)
	require.Equal(w.t, http.StatusCreated, a.status, "%s", a.body)
	return e.ID
}

// until waits for a condition on the state, up to ten seconds.
func (w *world) until(what string, cond func(s *ledger.State, now int64) bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for {
		size, ok := w.n.Size(), false
		w.n.View(func(s *ledger.State, now int64) { ok = cond(s, now) })
		if ok {
			return
		}
		wait, stop := context.WithTimeout(ctx, 50*time.Millisecond)
		_, _ = w.n.WaitSize(wait, size)
		stop()
		require.NoError(w.t, ctx.Err(), "waiting until %s", what)
	}
}

// stake makes an agent lock sats.
func (w *world) stake(by op.SecretKey, sat int64) op.ID {
	w.t.Helper()
	id := w.submit(by, op.KindLockStake, op.LockStake{AmountSat: sat})
	w.lock(id)
	return id
}

// lock pays the invoice of a stake or collateral.
func (w *world) lock(id op.ID) {
	w.t.Helper()
	var hash op.Hash
	var sat int64
	w.until("the hold is offered", func(s *ledger.State, _ int64) bool {
		h, _ := s.Hold(id)
		if h.PaymentHash != nil {
			hash, sat = *h.PaymentHash, h.AmountSat
		}
		return h.State == "offered"
	})
	w.ln.set(hash, node.Hold{Status: node.HoldAccepted, AmountSat: sat, ExpiryHeight: 1000})
	w.until("the hold is locked", func(s *ledger.State, _ int64) bool {
		h, _ := s.Hold(id)
		return h.State == "locked"
	})
}

// vote opens a signal proposal, lets each agent vote for it, and closes it.
func (w *world) vote(agents ...op.SecretKey) op.ID {
	w.t.Helper()
	for i, a := range agents {
		w.submit(a, op.KindRegister, op.Register{Name: "agent " + strings.Repeat("x", i)})
		w.stake(a, 20_000)
	}
	w.clock.add(time.Second)
	id := w.submit(agents[0], op.KindPropose, op.Propose{Track: "signal", Title: "A question", Text: "Shall we?", Actions: []op.Raw{}})
	w.clock.add(3 * time.Second)
	for _, a := range agents {
		w.submit(a, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
	}
	w.closed(id)
	return id
}

// closed lets the vote's time pass.
func (w *world) closed(id op.ID) {
	w.t.Helper()
	w.clock.add(time.Minute)
	w.chain.tips <- tip
	w.until("the vote is closed", func(s *ledger.State, now int64) bool {
		p, _ := s.Proposal(id, now)
		return p.Outcome != nil
	})
}
