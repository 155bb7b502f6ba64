package node_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"log/slog"
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
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// manualClock is a clock that tests set.
type manualClock struct {
	mu sync.Mutex
	ms int64
}

func (c *manualClock) NowMs() int64 { c.mu.Lock(); defer c.mu.Unlock(); return c.ms }

func (c *manualClock) add(d time.Duration) { c.mu.Lock(); c.ms += d.Milliseconds(); c.mu.Unlock() }

// fakeLightning plays an LND: it keeps hold invoices in memory, and can lose a
// request (nothing happened) or its answer (it happened). It outlives the node
// in tests of crashes.
type fakeLightning struct {
	t  testing.TB
	mu sync.Mutex

	holds    map[op.Hash]*node.Hold
	invoices map[op.Hash]string
	changed  chan struct{}
	settles  int
	away     bool
	lose     map[string]int // method -> calls to fail before doing anything
	mute     map[string]int // method -> calls to do and not answer
}

func newLightning(t testing.TB) *fakeLightning {
	return &fakeLightning{t: t, holds: map[op.Hash]*node.Hold{}, invoices: map[op.Hash]string{},
		changed: make(chan struct{}), lose: map[string]int{}, mute: map[string]int{}}
}

var errLost = errors.New("connection lost")

// do runs one call under the faults that the test asked for.
func (f *fakeLightning) do(method string, work func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.away {
		return node.ErrLightningAway
	}
	if f.lose[method] > 0 {
		f.lose[method]--
		return errLost
	}
	err := work()
	close(f.changed)
	f.changed = make(chan struct{})
	if f.mute[method] > 0 {
		f.mute[method]--
		return errLost
	}
	return err
}

func (f *fakeLightning) OpenHold(_ context.Context, r node.HoldRequest) (string, error) {
	var invoice string
	err := f.do("open", func() error {
		if f.invoices[r.PaymentHash] == "" {
			f.invoices[r.PaymentHash] = invoiceFor(f.t, 99, r.PaymentHash, r.AmountSat, time.Now())
			f.holds[r.PaymentHash] = &node.Hold{Status: node.HoldOpen}
		}
		invoice = f.invoices[r.PaymentHash]
		return nil
	})
	return invoice, err
}

func (f *fakeLightning) SettleHold(_ context.Context, preimage op.Hash) error {
	return f.do("settle", func() error {
		h := f.holds[op.Hash(sha256.Sum256(preimage[:]))]
		switch {
		case h == nil || h.Status == node.HoldCancelled:
			return node.ErrHoldGone
		case h.Status == node.HoldAccepted:
			f.settles++
			h.Status = node.HoldSettled
		}
		return nil
	})
}

func (f *fakeLightning) CancelHold(_ context.Context, hash op.Hash) error {
	return f.do("cancel", func() error {
		if f.holds[hash] == nil {
			return node.ErrHoldGone
		}
		f.holds[hash].Status = node.HoldCancelled
		return nil
	})
}

func (f *fakeLightning) LookupHold(_ context.Context, hash op.Hash) (node.Hold, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if h := f.holds[hash]; h != nil {
		return *h, nil
	}
	return node.Hold{}, nil
}

func (f *fakeLightning) WatchHold(ctx context.Context, hash op.Hash, fn func(node.Hold) bool) error {
	for {
		f.mu.Lock()
		h, changed := node.Hold{}, f.changed
		if f.holds[hash] != nil {
			h = *f.holds[hash]
		}
		f.mu.Unlock()
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

func (f *fakeLightning) Reachable() bool { f.mu.Lock(); defer f.mu.Unlock(); return !f.away }

// pay locks a hold invoice, as an agent's node would.
func (f *fakeLightning) pay(hash op.Hash, sat int64) {
	_ = f.do("pay", func() error {
		*f.holds[hash] = node.Hold{Status: node.HoldAccepted, AmountSat: sat, ExpiryHeight: 1000}
		return nil
	})
}

func (f *fakeLightning) status(hash op.Hash) node.HoldStatus {
	h, _ := f.LookupHold(context.Background(), hash)
	return h.Status
}

// until waits until a hold has a status, up to ten seconds.
func (f *fakeLightning) until(hash op.Hash, want node.HoldStatus) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := f.WatchHold(ctx, hash, func(h node.Hold) bool { return h.Status != want })
	if err != nil {
		f.t.Fatalf("hold never got status %d: %v", want, err)
	}
}

// invoiceFor signs a BOLT11 invoice with the node key made of byte b.
func invoiceFor(t testing.TB, b byte, hash op.Hash, sat int64, at time.Time) string {
	t.Helper()
	priv, _ := btcec.PrivKeyFromBytes(bytes.Repeat([]byte{b}, 32))
	inv, err := zpay32.NewInvoice(&chaincfg.RegressionNetParams, hash, at,
		zpay32.Amount(lnwire.MilliSatoshi(sat*1000)), zpay32.Description("test"),
		zpay32.PaymentAddr([32]byte{1}),
		zpay32.Features(lnwire.NewFeatureVector(lnwire.NewRawFeatureVector(lnwire.TLVOnionPayloadRequired, lnwire.PaymentAddrRequired), lnwire.Features)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := inv.Encode(zpay32.MessageSigner{SignCompact: func(msg []byte) ([]byte, error) {
		return ecdsa.SignCompact(priv, chainhash.HashB(msg), true), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// fakeChain has one block until the test mines another.
type fakeChain struct{ tips chan node.Block }

func newChain() *fakeChain {
	c := &fakeChain{make(chan node.Block, 10)}
	c.tips <- node.Block{Height: 500, Hash: [32]byte{5}}
	return c
}

func (c *fakeChain) WatchBlocks(ctx context.Context, fn func(node.Block)) error {
	for {
		select {
		case b := <-c.tips:
			fn(b)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// world is an economy whose node can be stopped and started again.
type world struct {
	t     testing.TB
	path  string
	clock *manualClock
	ln    *fakeLightning
	chain *fakeChain
	store *ballotstore.Store
	n     *node.Node
	stop  func() error
}

func logKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32))
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, path: filepath.Join(t.TempDir(), "ballots.db"), clock: &manualClock{ms: 1_800_000_000_000}, ln: newLightning(t), chain: newChain()}
	w.ln.t = t
	store, err := ballotstore.Open(ballotstore.Config{Path: w.path})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := constitution.Parse(constitution.Demo)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := anchor.VerifierKey(ledger.Origin(economy), logKey().Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	err = node.Found(store, node.Founding{Operator: key(t, 1), LogVerifier: verifier, Economy: economy, Network: "regtest",
		Constitution: raw, NowMs: w.clock.ms, Tip: node.Block{Height: 500, Hash: [32]byte{5}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	w.start()
	t.Cleanup(func() {
		if w.stop != nil {
			w.halt()
		}
	})
	return w
}

func (w *world) start() {
	w.t.Helper()
	store, err := ballotstore.Open(ballotstore.Config{Path: w.path})
	if err != nil {
		w.t.Fatal(err)
	}
	w.store = store
	w.startOn(store)
}

func (w *world) startOn(store node.Store) {
	signer, err := anchor.NewSigner(ledger.Origin(economy), logKey())
	if err != nil {
		w.t.Fatal(err)
	}
	w.n, err = node.Open(node.Config{Operator: key(w.t, 1), LogSigner: signer, HoldSecret: [32]byte{9}, Store: store,
		Lightning: w.ln, Chain: w.chain, Clock: w.clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.n.Run(ctx) }()
	w.stop = func() error { cancel(); return <-done }
}

// halt ends the node and closes the store; what it returns is Run's error.
func (w *world) halt() error {
	err := w.stop()
	w.stop = nil
	w.store.Close()
	return err
}

func (w *world) event(by op.SecretKey, kind op.Kind, content any) *op.Event {
	w.t.Helper()
	e := &op.Event{CreatedAt: w.clock.NowMs() / 1000, Kind: kind, Tags: [][]string{{"economy", economy}}, Content: op.EncodeContent(content)}
	if err := e.Sign(by); err != nil {
		w.t.Fatal(err)
	}
	return e
}

func (w *world) submit(by op.SecretKey, kind op.Kind, content any) node.Receipt {
	w.t.Helper()
	r, err := w.n.Submit(context.Background(), w.event(by, kind, content))
	if err != nil {
		w.t.Fatalf("%v: %v", kind, err)
	}
	return r
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
		if _, err := w.n.WaitSize(ctx, size); err != nil {
			w.t.Fatalf("waiting until %s: %v", what, err)
		}
	}
}

// lock makes an agent stake and pay.
func (w *world) lock(by op.SecretKey, sat int64) op.ID {
	w.t.Helper()
	id := w.submit(by, op.KindLockStake, op.LockStake{AmountSat: sat}).ID
	w.payHold(id, sat)
	return id
}

func (w *world) payHold(id op.ID, sat int64) op.Hash {
	w.t.Helper()
	var hash op.Hash
	w.until("the hold is offered", func(s *ledger.State, _ int64) bool {
		h, _ := s.Hold(id)
		if h.PaymentHash != nil {
			hash = *h.PaymentHash
		}
		return h.State == "offered"
	})
	w.ln.pay(hash, sat)
	w.until("the hold is locked", func(s *ledger.State, _ int64) bool {
		h, _ := s.Hold(id)
		return h.State == "locked"
	})
	return hash
}
