package nodetest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"log/slog"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ballotstore"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/spendbook"
	"golang.org/x/mod/sumdb/note"
)

// Economy is the id of every world's economy.
const Economy = "test.0001"

// Key is the signing key made of byte b; the operator's is Key(t, 1).
func Key(t testing.TB, b byte) op.SecretKey {
	t.Helper()
	k, err := op.NewSecretKey(bytes.Repeat([]byte{b}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// bound ends waits for what never comes; a busy machine takes long for what does.
const bound = 2 * time.Minute

// Clock is a clock that tests set.
type Clock struct {
	mu sync.Mutex
	ms int64
}

// NowMs implements node.Clock.
func (c *Clock) NowMs() int64 { c.mu.Lock(); defer c.mu.Unlock(); return c.ms }

// Now is the same instant as a time.Time.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.NowMs()) }

// Add lets time pass.
func (c *Clock) Add(d time.Duration) { c.mu.Lock(); c.ms += d.Milliseconds(); c.mu.Unlock() }

// World is an economy on a ballot store whose node can be stopped and started
// again; what stands around the node outlives it.
type World struct {
	T         testing.TB
	Clock     *Clock
	Lightning *Lightning
	Chain     *Chain
	Store     *ballotstore.Store
	Node      *node.Node

	// Payments and Webhooks are what the next start gets; nil is off.
	Payments    node.Payments
	Webhooks    node.Webhooks
	Schedule    node.WebhookSchedule
	Spends      *spendbook.Book // outlives the node
	Payees      node.Payees     // nil: nobody is asked
	Log         *slog.Logger
	Restored    string     // why the next start is in recovery mode; "" is why it is not
	Heads       *Heads     // outlive a restore
	HeadFile    node.Heads // in their place at the next start; nil: they are
	Anchors     node.AnchorSource
	Cosigner    node.Cosigner               // nil: heads count once signed
	PromiseWait time.Duration               // node.Config's, of the next start
	Opened      func(*node.Node)            // is shown the next node before it runs
	Wrapped     func(node.Store) node.Store // what the next start runs on, around the store; nil: the store

	LogKeys int // how many keys of the log the next start has besides that of the genesis, see LogVerifierOf

	Tip          node.Block           // is told first at the next start
	Steady       func() time.Duration // node.Config's, of the next start
	ClockIsRight bool

	path   string
	stop   func() error
	signed atomic.Int64
}

// New founds an economy with a constitution (strict JSON) and starts its node,
// which ends with the test.
func New(t testing.TB, constitution []byte) *World { return NewOn(t, "regtest", constitution) }

// NewOn is New on a network. On others than regtest the node believes Clock only as far as
// Steady and the blocks told go.
func NewOn(t testing.TB, network string, constitution []byte) *World {
	t.Helper()
	clock := &Clock{ms: startMs}
	w := &World{T: t, Tip: Tip, path: filepath.Join(t.TempDir(), "ballots.db"), Clock: clock,
		Lightning: NewLightning(t, clock), Chain: &Chain{Tips: make(chan node.Block, 10)}, Log: slog.New(slog.DiscardHandler),
		Schedule: node.WebhookSchedule{First: time.Millisecond, Longest: time.Millisecond, GiveUp: time.Hour}}
	w.Payments, w.Webhooks, w.Heads = w.Lightning, NewReceiver(), &Heads{}
	book, err := spendbook.Open(filepath.Join(t.TempDir(), "spends.db"), clock.Now)
	w.must(err)
	w.Spends = book
	verifier, err := anchor.VerifierKey(ledger.Origin(Economy), logKey(0).Public().(ed25519.PublicKey))
	w.must(err)
	w.openStore()
	w.must(node.Found(w.Store, node.Founding{Operator: Key(t, 1), LogVerifier: verifier, Economy: Economy,
		Network: network, Constitution: constitution, NowMs: w.Clock.NowMs(), Tip: Tip, NodeKey: NodeKey()}))
	w.must(w.Store.Close())
	w.Start()
	t.Cleanup(func() {
		if w.stop != nil {
			_ = w.Halt()
		}
		_ = book.Close()
	})
	return w
}

// LogVerifier is the key of the log.
func LogVerifier(t testing.TB) note.Verifier { t.Helper(); return LogVerifierOf(t, 0) }

// LogVerifierOf is the i-th key of the log, 0: that of the genesis.
func LogVerifierOf(t testing.TB, i int) note.Verifier {
	t.Helper()
	v, err := anchor.NewVerifier(ledger.Origin(Economy), logKey(i).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// LogSignerOf signs by the i-th key of the log.
func LogSignerOf(t testing.TB, i int) note.Signer {
	t.Helper()
	s, err := anchor.NewSigner(ledger.Origin(Economy), logKey(i))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// LogKeyOf is the text of the i-th key of the log.
func LogKeyOf(t testing.TB, i int) string {
	t.Helper()
	text, err := anchor.VerifierKey(ledger.Origin(Economy), logKey(i).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func logKey(i int) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(3 + 40*i)}, 32))
}

// HandOver lets the log of a halted world go over to its i-th key, as econd rotate-log-key does.
func (w *World) HandOver(i int) error {
	w.T.Helper()
	return w.WithNode(func(n *node.Node) error {
		_, err := n.HandOver(LogKeyOf(w.T, i))
		return err
	})
}

// WithNode opens a halted world's node and does not run it.
func (w *World) WithNode(fn func(*node.Node) error) error {
	w.T.Helper()
	w.openStore()
	n, err := w.Open(w.Store)
	if err == nil {
		err = fn(n)
	}
	w.must(w.Store.Close())
	return err
}

func (w *World) must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

func (w *World) openStore() {
	w.T.Helper()
	store, err := ballotstore.Open(ballotstore.Config{Path: w.path})
	w.must(err)
	w.Store = store
}

// Start opens the store and runs a node on it.
func (w *World) Start() {
	w.T.Helper()
	w.openStore()
	if w.Wrapped != nil {
		w.StartOn(w.Wrapped(w.Store))
		return
	}
	w.StartOn(w.Store)
}

// StartOn runs a node on another store, such as one that fails.
func (w *World) StartOn(store node.Store) {
	w.T.Helper()
	w.openNode(store)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Node.Run(ctx) }()
	w.stop = func() error { cancel(); return <-done }
	w.Chain.Tips <- w.Tip
	w.awaitReady()
}

// Open opens a node on a store, and does not run it.
func (w *World) Open(store node.Store) (*node.Node, error) {
	var signers []note.Signer
	for i := range 1 + w.LogKeys {
		signers = append(signers, LogSignerOf(w.T, i))
	}
	var heads node.Heads = w.Heads
	if w.HeadFile != nil {
		heads = w.HeadFile
	}
	return node.Open(node.Config{Operator: Key(w.T, 1), LogSigner: signers[0], LaterLogSigners: signers[1:], HoldSecret: [32]byte{9}, Store: store,
		Lightning: w.Lightning, Chain: w.Chain, Clock: w.Clock, Log: w.Log,
		Steady: w.Steady, ClockIsRight: w.ClockIsRight,
		Payments: w.Payments, Webhooks: w.Webhooks, WebhookSchedule: w.Schedule, Spends: w.Spends, Payees: w.Payees, PastStates: 2,
		Listing: w.Lightning, Heads: heads, Restored: w.Restored, Cosigner: w.Cosigner, PromiseWait: w.PromiseWait})
}

func (w *World) openNode(store node.Store) {
	w.T.Helper()
	var err error
	w.Node, err = w.Open(store)
	w.must(err)
	if w.Anchors != nil {
		w.Node.UseAnchors(w.Anchors)
	}
	if w.Opened != nil {
		w.Opened(w.Node)
	}
}

// awaitReady waits until nothing keeps the node from its work but what the test
// took from it.
func (w *World) awaitReady() {
	w.T.Helper()
	for began := time.Now(); w.Lightning.Reachable() && slices.ContainsFunc(w.Node.Ready(), notClock) && len(w.Node.Recovery()) == 0; time.Sleep(time.Millisecond) {
		if time.Since(began) > bound {
			w.T.Fatalf("the node is not ready: %v", w.Node.Ready())
		}
	}
}

// notClock tells of a problem that is not about the clock, which only tests set.
func notClock(problem string) bool { return node.PartOf(problem) != "clock" }

// Stop ends the node and leaves the store open; it returns Run's error.
func (w *World) Stop() error {
	err := w.stop()
	w.stop = nil
	return err
}

// Halt ends the node and closes the store; it returns Run's error.
func (w *World) Halt() error {
	err := w.Stop()
	_ = w.Store.Close()
	return err
}

// Event signs an event of the economy at the present instant.
func (w *World) Event(by op.SecretKey, kind op.Kind, content any) *op.Event {
	w.T.Helper()
	e := &op.Event{CreatedAt: w.Clock.NowMs() / 1000, Kind: kind, Tags: [][]string{{op.EconomyTag, Economy}, {op.OrderTag, strconv.FormatInt(w.signed.Add(1), 10)}}, Content: op.EncodeContent(content)}
	w.must(e.Sign(by))
	return e
}

// Until waits for a condition on the state, up to two minutes.
func (w *World) Until(what string, cond func(s *ledger.State, now int64) bool) {
	w.T.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	for {
		size, ok := w.Node.Size(), false
		w.Node.View(func(s *ledger.State, now int64) { ok = cond(s, now) })
		if ok {
			return
		}
		wait, stop := context.WithTimeout(ctx, 50*time.Millisecond)
		_, _ = w.Node.WaitSize(wait, size)
		stop()
		if ctx.Err() != nil {
			w.T.Fatalf("waited in vain until %s", what)
		}
	}
}

// Lock pays the hold invoice of a stake or collateral, once it is there, and
// waits until the record has it locked.
func (w *World) Lock(id op.ID) op.Hash {
	w.T.Helper()
	var hash op.Hash
	var sat int64
	w.Until("the hold is offered", func(s *ledger.State, _ int64) bool {
		h, _ := s.Hold(id)
		if h.PaymentHash != nil {
			hash, sat = *h.PaymentHash, h.AmountSat
		}
		return h.State == "offered"
	})
	w.Lightning.Pay(hash, sat)
	w.Until("the hold is locked", func(s *ledger.State, _ int64) bool {
		h, _ := s.Hold(id)
		return h.LockedMs != 0
	})
	return hash
}
