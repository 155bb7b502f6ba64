package l402_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/l402/l402test"
)

// t0 is the time of the tests.
var t0 = time.Unix(1_700_000_000, 0)

// lightning is an invoicer that knows its preimages, so that a test can pay.
type lightning struct {
	mu   sync.Mutex
	n    uint64
	paid map[l402.Hash]l402.Preimage
	memo string
	fail error
}

func newLightning() *lightning { return &lightning{paid: make(map[l402.Hash]l402.Preimage)} }

func (l *lightning) AddInvoice(_ context.Context, amountMsat int64, memo string, expiry time.Duration) (string, l402.Hash, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return "", l402.Hash{}, l.fail
	}
	l.n++
	var p l402.Preimage
	binary.BigEndian.PutUint64(p[:], l.n)
	l.paid[p.Hash()], l.memo = p, memo
	return "lnbcrt10u1pexampleinvoice0000", p.Hash(), nil
}

// pay returns the preimage of a challenge's invoice.
func (l *lightning) pay(t testing.TB, c l402.Challenge) l402.Preimage {
	t.Helper()
	id, err := c.Macaroon.Identifier()
	require.NoError(t, err)
	l.mu.Lock()
	p, ok := l.paid[id.PaymentHash]
	l.mu.Unlock()
	require.True(t, ok)
	return p
}

// house is a gate with its parts.
type house struct {
	gate     *l402.Gate
	store    *l402test.Memory
	balances *l402test.Balances
	ln       *lightning
}

func newHouse(t testing.TB, change func(*l402.Config)) *house {
	t.Helper()
	h := &house{store: l402test.NewMemory(), balances: l402test.NewBalances(), ln: newLightning()}
	cfg := l402.DefaultConfig()
	cfg.Store, cfg.Invoicer, cfg.Rand = h.store, h.ln, rand.NewChaCha8([32]byte{1})
	cfg.Balances = h.balances
	cfg.Location = "econd"
	if change != nil {
		change(&cfg)
	}
	var err error
	h.gate, err = l402.NewGate(cfg)
	require.NoError(t, err)
	return h
}

// agent is a key to bind tokens to.
var agent = l402.AgentKey(sha256.Sum256([]byte("agent")))

// somebody asks for most challenges.
var somebody = l402.CallerOf("192.0.2.7")

// need is the need of most tests; a token sold for it has five caveats.
var need = l402.Need{Service: "econd", Capability: "vote", Agent: agent}

// buy gets a challenge for a need and pays it.
func (h *house) buy(t testing.TB, n l402.Need) (*l402.Macaroon, l402.Preimage) {
	t.Helper()
	c, err := h.gate.Challenge(context.Background(), t0, l402.Ask{Caller: somebody, Need: n, PriceMsat: 10_000})
	require.NoError(t, err)
	return c.Macaroon, h.ln.pay(t, c)
}

func bin(t testing.TB, m *l402.Macaroon) []byte {
	t.Helper()
	b, err := m.MarshalBinary()
	require.NoError(t, err)
	return b
}

func b64(t testing.TB, m *l402.Macaroon) string {
	return base64.StdEncoding.EncodeToString(bin(t, m))
}

// header is the ordinary Authorization value.
func header(t testing.TB, m *l402.Macaroon, p l402.Preimage) string {
	return "L402 " + b64(t, m) + ":" + p.Reveal()
}

var errAway = errors.New("away")
