package grpcapi

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/lightningnetwork/lnd/lnwire"
	"github.com/lightningnetwork/lnd/zpay32"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ballotstore"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	econdv1 "github.com/econd/econd/proto/econd/v1"
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
	return invoiceFor(r.PaymentHash, r.AmountSat*1000)
}

// invoiceFor signs a BOLT11 invoice as the operator's node would.
func invoiceFor(hash op.Hash, msat int64) (string, error) {
	priv, _ := btcec.PrivKeyFromBytes(bytes.Repeat([]byte{99}, 32))
	inv, err := zpay32.NewInvoice(&chaincfg.RegressionNetParams, hash, time.Now(),
		zpay32.Amount(lnwire.MilliSatoshi(msat)), zpay32.Description("test"), zpay32.PaymentAddr([32]byte{1}),
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

func (l *lightning) leave(away bool) { l.mu.Lock(); defer l.mu.Unlock(); l.away = away }

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

// world is a real node on a real store, served to a gRPC client in memory.
type world struct {
	econdv1.EcondClient
	t        testing.TB
	clock    *clock
	ln       *lightning
	chain    *chain
	n        *node.Node
	server   *Server
	listener *bufconn.Listener
	conn     *grpc.ClientConn
	halt     func() error // ends the server and returns Run's error
}

// newWorld founds an economy and serves it; change may adapt the API's
// configuration.
func newWorld(t testing.TB, change func(*world, *Config), dial ...grpc.DialOption) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{ms: 1_800_000_000_000}, chain: &chain{make(chan node.Block, 10)},
		ln: &lightning{holds: map[op.Hash]node.Hold{}, changed: make(chan struct{})}}
	w.openNode()
	cfg := Config{Node: w.n, Version: "test", Log: slog.New(slog.DiscardHandler), Now: w.clock.now,
		Mode: ModeOff, Limits: DefaultLimits()}
	if change != nil {
		change(w, &cfg)
	}
	w.serve(cfg, dial)
	return w
}

func (w *world) openNode() {
	t := w.t
	store, err := ballotstore.Open(ballotstore.Config{Path: filepath.Join(t.TempDir(), "ballots.db")})
	require.NoError(t, err)
	t.Cleanup(func() { store.Close() })
	logKey := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32))
	verifier, err := anchor.VerifierKey(ledger.Origin(economy), logKey.Public().(ed25519.PublicKey))
	require.NoError(t, err)
	raw, err := constitution.Parse(constitution.Demo)
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

func (w *world) serve(cfg Config, dial []grpc.DialOption) {
	var err error
	w.server, err = New(cfg)
	require.NoError(w.t, err)
	w.listener = bufconn.Listen(1 << 20)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.server.Run(ctx, w.listener) }()
	w.halt = sync.OnceValue(func() error { cancel(); return <-done })
	w.t.Cleanup(func() { w.conn.Close(); w.halt() })
	dial = append(dial, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return w.listener.DialContext(ctx) }))
	w.conn, err = grpc.NewClient("passthrough:///econd", dial...)
	require.NoError(w.t, err)
	w.EcondClient = econdv1.NewEcondClient(w.conn)
}

// ctx bounds one test's calls.
func (w *world) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	w.t.Cleanup(cancel)
	return ctx
}

func (w *world) event(by op.SecretKey, kind op.Kind, content any) *op.Event {
	w.t.Helper()
	e := &op.Event{CreatedAt: w.clock.NowMs() / 1000, Kind: kind, Tags: [][]string{{"economy", economy}}, Content: op.EncodeContent(content)}
	require.NoError(w.t, e.Sign(by))
	return e
}

// submit records an operation over gRPC.
func (w *world) submit(by op.SecretKey, kind op.Kind, content any) op.ID {
	w.t.Helper()
	e := w.event(by, kind, content)
	got, err := w.Submit(w.ctx(), &econdv1.SubmitRequest{Event: e.Marshal()})
	require.NoError(w.t, err)
	require.Equal(w.t, e.ID[:], got.Receipt.Id)
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
	var hash op.Hash
	w.until("the hold is offered", func(s *ledger.State, _ int64) bool {
		h, _ := s.Hold(id)
		if h.PaymentHash != nil {
			hash = *h.PaymentHash
		}
		return h.State == "offered"
	})
	w.ln.set(hash, node.Hold{Status: node.HoldAccepted, AmountSat: sat, ExpiryHeight: 1000})
	w.until("the hold is locked", func(s *ledger.State, _ int64) bool {
		h, _ := s.Hold(id)
		return h.State == "locked"
	})
	return id
}

// vote opens a signal proposal, lets each agent vote for it, and closes it.
func (w *world) vote(agents ...op.SecretKey) op.ID {
	w.t.Helper()
	for i, a := range agents {
		w.submit(a, op.KindRegister, op.Register{Name: "agent " + string(rune('a'+i))})
		w.stake(a, 20_000)
	}
	w.clock.add(time.Second)
	id := w.submit(agents[0], op.KindPropose, op.Propose{Track: "signal", Title: "A question", Text: "Shall we?", Actions: []op.Raw{}})
	w.clock.add(3 * time.Second)
	for _, a := range agents {
		w.submit(a, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
	}
	w.clock.add(time.Minute)
	w.chain.tips <- tip
	w.until("the vote is closed", func(s *ledger.State, now int64) bool {
		p, _ := s.Proposal(id, now)
		return p.Outcome != nil
	})
	return id
}

// told is what a caller learns of a refusal.
type told struct {
	code          codes.Code
	reason        string
	rule, field   string
	retry         time.Duration
	message       string
	resource, sat string
}

func tell(t testing.TB, err error) told {
	t.Helper()
	st, ok := status.FromError(err)
	require.True(t, ok, "%v", err)
	got := told{code: st.Code(), message: st.Message()}
	for _, d := range st.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			require.Equal(t, "econd", d.Domain)
			got.reason, got.rule, got.field = d.Reason, d.Metadata["rule"], d.Metadata["field"]
			got.resource, got.sat = d.Metadata["resource"], d.Metadata["price_sat"]
		case *errdetails.RetryInfo:
			got.retry = d.RetryDelay.AsDuration()
		}
	}
	return got
}
