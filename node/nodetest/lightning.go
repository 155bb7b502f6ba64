package nodetest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/signmessage"
)

// Lightning plays an LND: it keeps hold invoices in memory, and can lose a
// request (nothing happened) or its answer (it happened). It may outlive the
// node in tests of crashes. Methods are named "open", "settle", "cancel",
// "lookup", "info", "track", "send".
type Lightning struct {
	Expiry uint32 // height at which the HTLCs of Pay expire; 0: 1000

	t     testing.TB
	clock *Clock
	mu    sync.Mutex

	holds    map[op.Hash]*node.Hold
	invoices map[op.Hash]string
	memos    map[op.Hash]string
	changed  chan struct{}
	settles  int
	lookups  int
	infos    int
	height   uint32
	unsynced bool
	away     bool
	hangs    bool
	lose     map[string]int // method -> calls to fail before doing anything
	mute     map[string]int // method -> calls to do and not answer
	broken   map[string]int // method -> calls to panic at

	preimages map[op.Hash]op.Hash // of invoices of others, by payment hash
	payments  map[op.Hash]*payment
	requests  []node.PaymentRequest
	refusal   string // why payments are not even sent
	failure   string // why payments that are sent fail
	stuck     bool   // whether payments that are sent stay under way
}

// NewLightning returns a Lightning without holds, whose invoices are of a clock's time.
func NewLightning(t testing.TB, clock *Clock) *Lightning {
	return &Lightning{t: t, clock: clock, holds: map[op.Hash]*node.Hold{}, invoices: map[op.Hash]string{}, memos: map[op.Hash]string{},
		changed: make(chan struct{}), lose: map[string]int{}, mute: map[string]int{}, broken: map[string]int{},
		preimages: map[op.Hash]op.Hash{}, payments: map[op.Hash]*payment{}}
}

var errLost = errors.New("connection lost")

// Lose makes the next calls of a method fail before anything happens.
func (l *Lightning) Lose(method string, calls int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lose[method] = calls
}

// Mute makes the next calls of a method happen and fail all the same.
func (l *Lightning) Mute(method string, calls int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mute[method] = calls
}

// Break makes the next calls of a method panic.
func (l *Lightning) Break(method string, calls int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken[method] = calls
}

// Leave takes the Lightning node away, or brings it back.
func (l *Lightning) Leave(away bool) { l.mu.Lock(); defer l.mu.Unlock(); l.away = away }

// Settles is how many holds were settled.
func (l *Lightning) Settles() int { l.mu.Lock(); defer l.mu.Unlock(); return l.settles }

// do runs one call under the faults that the test asked for.
func (l *Lightning) do(method string, work func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.away {
		return node.ErrLightningAway
	}
	if l.broken[method] > 0 {
		l.broken[method]--
		panic("planted: " + method)
	}
	if l.lose[method] > 0 {
		l.lose[method]--
		return errLost
	}
	err := work()
	close(l.changed)
	l.changed = make(chan struct{})
	if l.mute[method] > 0 {
		l.mute[method]--
		return errLost
	}
	return err
}

// OpenHold implements node.Lightning.
func (l *Lightning) OpenHold(_ context.Context, r node.HoldRequest) (string, error) {
	var invoice string
	err := l.do("open", func() error {
		if l.invoices[r.PaymentHash] == "" {
			l.invoices[r.PaymentHash] = signedInvoice(l.t, operatorNode, bolt11.Invoice{AmountMsat: r.AmountSat * 1000,
				TimestampS: l.clock.NowMs() / 1000, ExpiryS: r.ExpirySec, PaymentHash: r.PaymentHash, Description: r.Memo})
			l.holds[r.PaymentHash] = &node.Hold{Status: node.HoldOpen}
			l.memos[r.PaymentHash] = r.Memo
		}
		invoice = l.invoices[r.PaymentHash]
		return nil
	})
	return invoice, err
}

// SettleHold implements node.Lightning.
func (l *Lightning) SettleHold(_ context.Context, preimage op.Hash) error {
	return l.do("settle", func() error {
		h := l.holds[op.Hash(sha256.Sum256(preimage[:]))]
		switch {
		case h == nil || h.Status == node.HoldCancelled:
			return node.ErrHoldGone
		case h.Status == node.HoldAccepted:
			l.settles++
			h.Status = node.HoldSettled
		}
		return nil
	})
}

// CancelHold implements node.Lightning.
func (l *Lightning) CancelHold(_ context.Context, hash op.Hash) error {
	return l.do("cancel", func() error {
		switch h := l.holds[hash]; {
		case h == nil:
			return node.ErrHoldGone
		case h.Status == node.HoldSettled:
			return node.ErrHoldSettled
		default:
			h.Status = node.HoldCancelled
		}
		return nil
	})
}

// Take settles a hold invoice as an operator can by hand, whatever the log says.
func (l *Lightning) Take(hash op.Hash) {
	_ = l.do("take", func() error {
		l.holds[hash].Status = node.HoldSettled
		return nil
	})
}

// LookupHold implements node.Lightning.
func (l *Lightning) LookupHold(ctx context.Context, hash op.Hash) (node.Hold, error) {
	var h node.Hold
	err := l.ask(ctx, "lookup", func() {
		l.lookups++
		if l.holds[hash] != nil {
			h = *l.holds[hash]
		}
	})
	return h, err
}

// Info implements node.Lightning.
func (l *Lightning) Info(ctx context.Context) (node.LightningInfo, error) {
	var info node.LightningInfo
	err := l.ask(ctx, "info", func() { l.infos++; info = node.LightningInfo{Height: l.height, Synced: !l.unsynced} })
	return info, err
}

// Hang makes calls that only look take for ever, as behind a proxy that forwards
// no more, or lets them go on.
func (l *Lightning) Hang(hangs bool) { l.mu.Lock(); defer l.mu.Unlock(); l.hangs = hangs }

// ask is do for calls that change nothing.
func (l *Lightning) ask(ctx context.Context, method string, work func()) error {
	l.mu.Lock()
	hangs := l.hangs
	l.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.away {
		return node.ErrLightningAway
	}
	if l.lose[method] > 0 {
		l.lose[method]--
		return errLost
	}
	work()
	return nil
}

// SetHeight is how far the Lightning node says it has come, and whether it is
// synced to the chain.
func (l *Lightning) SetHeight(height uint32, synced bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.height, l.unsynced = height, !synced
}

// Forget drops an invoice, as an LND may that was told to forget what it cancels.
func (l *Lightning) Forget(hash op.Hash) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.holds, hash)
}

// Infos is how often the Lightning node was asked for its height.
func (l *Lightning) Infos() int { l.mu.Lock(); defer l.mu.Unlock(); return l.infos }

// Lookups is how often holds were looked up.
func (l *Lightning) Lookups() int { l.mu.Lock(); defer l.mu.Unlock(); return l.lookups }

// watch calls fn with the state of a hold and with each change.
func (l *Lightning) watch(ctx context.Context, hash op.Hash, fn func(node.Hold) bool) error {
	for {
		l.mu.Lock()
		h, changed := node.Hold{}, l.changed
		if l.holds[hash] != nil {
			h = *l.holds[hash]
		}
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

// Reachable implements node.Lightning.
func (l *Lightning) Reachable() bool { l.mu.Lock(); defer l.mu.Unlock(); return !l.away }

// Pay locks a hold invoice, as an agent's node would.
func (l *Lightning) Pay(hash op.Hash, sat int64) {
	l.PayUntil(hash, sat*1000, cmp.Or(l.Expiry, 1000))
}

// PayUntil locks an amount to an HTLC that expires at a height.
func (l *Lightning) PayUntil(hash op.Hash, msat int64, expiry uint32) {
	_ = l.do("pay", func() error {
		*l.holds[hash] = node.Hold{Status: node.HoldAccepted, AmountSat: msat / 1000, RestMsat: msat % 1000, ExpiryHeight: expiry}
		return nil
	})
}

// Status is where a hold stands.
func (l *Lightning) Status(hash op.Hash) node.HoldStatus {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.holds[hash]; h != nil {
		return h.Status
	}
	return node.HoldUnknown
}

// Until waits until a hold has a status, up to two minutes.
func (l *Lightning) Until(hash op.Hash, want node.HoldStatus) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	err := l.watch(ctx, hash, func(h node.Hold) bool { return h.Status != want })
	if err != nil {
		l.t.Fatalf("hold never got status %d: %v", want, err)
	}
}

// operatorNode is the byte that the key of the operator's node is made of.
const operatorNode = 99

// NodeKey is the identity of the operator's node.
func NodeKey() op.NodeKey {
	_, pub := btcec.PrivKeyFromBytes(bytes.Repeat([]byte{operatorNode}, 32))
	return op.NodeKey(pub.SerializeCompressed())
}

// Invoice signs a regtest BOLT11 invoice with the node key made of byte b.
func Invoice(t testing.TB, b byte, hash op.Hash, msat int64, at time.Time) string {
	t.Helper()
	return signedInvoice(t, b, bolt11.Invoice{AmountMsat: msat, TimestampS: at.Unix(), PaymentHash: hash, Description: "test"})
}

func signedInvoice(t testing.TB, b byte, inv bolt11.Invoice) string {
	t.Helper()
	priv, _ := btcec.PrivKeyFromBytes(bytes.Repeat([]byte{b}, 32))
	inv.Prefix, inv.PaymentSecret, inv.Features = "lnbcrt", [32]byte{1}, bolt11.FeatureBits(8, 14)
	text, err := bolt11.Encode(inv, priv)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// SignMessage signs as LND's SignMessage does with the node key made of byte b,
// and returns that key beside the signature.
func SignMessage(t testing.TB, b byte, message string) (op.NodeKey, string) {
	t.Helper()
	priv, _ := btcec.PrivKeyFromBytes(bytes.Repeat([]byte{b}, 32))
	return op.NodeKey(priv.PubKey().SerializeCompressed()), signmessage.Sign(priv, message)
}
