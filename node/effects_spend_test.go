package node_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/budget"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// seller is whom spends ask: it makes invoices over what they are to pay.
type seller struct {
	w *spender

	mu       sync.Mutex
	n        byte
	ask      func() error // fails asking; nil: it works
	invoices int
}

func (s *seller) Bill(_ context.Context, x view.Payment, _ op.SpendTexts) (node.Bill, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ask != nil {
		if err := s.ask(); err != nil {
			return node.Bill{}, err
		}
	}
	s.invoices++
	invoice, hash := s.w.invoice(x.AmountMsat)
	payee, _ := nodetest.SignMessage(s.w.T, payeeNode, "")
	return node.Bill{Invoice: invoice, PaymentHash: hash, AmountMsat: x.AmountMsat, Node: payee}, nil
}

func (s *seller) Deliver(context.Context, view.Payment, op.SpendTexts, node.Bill) (node.Answer, error) {
	return node.Answer{}, errors.New("nobody asks by the node")
}

func (s *seller) set(fn func()) { s.mu.Lock(); defer s.mu.Unlock(); fn() }

// spender is a world with a wallet of alice's.
type spender struct {
	*treasury
	wallet string
	seller *seller
	logged bytes.Buffer // of the handler alone, which locks; read it after Halt
}

func newSpender(t *testing.T) *spender {
	t.Helper()
	raw, err := yamlfile.Parse(yamlfile.Demo)
	require.NoError(t, err)
	var c map[string]any
	require.NoError(t, json.Unmarshal(raw, &c))
	c["version"] = 3
	c["wallets"] = map[string]any{"operator": map[string]any{"pools": []string{"performance"}, "day_sat": 1000, "cap_sat": 100, "life_s": 86400}}
	raw, err = json.Marshal(c)
	require.NoError(t, err)
	w := &spender{treasury: &treasury{world: &world{nodetest.New(t, raw)}, alice: nodetest.Key(t, 11)}}
	require.NoError(t, w.Halt())
	w.seller = &seller{w: w}
	w.Log = slog.New(slog.NewJSONHandler(&w.logged, nil))
	w.Payees = w.seller
	w.Start()
	w.submit(w.alice, op.KindRegister, op.Register{Name: "alice"})
	w.lock(w.alice, 20_000)
	deposit := w.submit(w.alice, op.KindDeposit, op.Deposit{Pool: "performance", AmountSat: 9000}).ID
	w.Lightning.Pay(w.offered(deposit), 9000)
	w.waitFor("the pool to be funded", func() bool { return w.pool() == 9000 })
	w.submit(w.alice, op.KindOpenWallet, op.OpenWallet{Name: "errands"})
	w.Node.View(func(s *ledger.State, now int64) { w.wallet = s.WalletAt(0, now).ID })
	require.NoError(t, w.Node.Fact(t.Context(), op.KindWalletBudget, op.WalletBudget{Wallet: w.wallet, Terms: &budget.Terms{Pool: "performance",
		RefillMsat: 100_000, CeilingMsat: 100_000, PeriodS: 86400, CapMsat: 50_000, Recipients: []string{"any"}, UntilMs: w.Clock.NowMs() + 3_600_000}}))
	return w
}

// invoice is one of the payee's, whose preimage the Lightning network knows.
func (w *spender) invoice(msat int64) (string, op.Hash) {
	w.seller.n++
	preimage := op.Hash(sha256.Sum256([]byte{byte(w.seller.n), 7}))
	hash := op.Hash(sha256.Sum256(preimage[:]))
	w.Lightning.Owe(preimage)
	return nodetest.Invoice(w.T, payeeNode, hash, msat, w.Clock.Now()), hash
}

// spend asks for a spend of one sort over 20 sat and 2 sat of fees, with its texts kept before.
func (w *spender) spend(sort string) string {
	w.T.Helper()
	payee, _ := nodetest.SignMessage(w.T, payeeNode, "")
	c := op.Spend{Wallet: w.wallet, Type: sort, AmountMsat: 20_000, FeeLimitMsat: 2_000, Purpose: "food"}
	var texts op.SpendTexts
	switch sort {
	case op.SpendInvoice:
		texts.Invoice, c.PaymentHash = w.invoice(20_000)
		c.Node = payee
	case op.SpendKeysend:
		c.Node = payee
	case op.SpendAddress:
		c.Address = "bob@pay.example"
	case op.SpendURL:
		c.Origin, texts.URL = "https://shop.example", "https://shop.example/weather"
	}
	c.Commitment = texts.Commitment(w.Node.SpendSalt(c.Wallet))
	return w.ask(c, texts)
}

func (w *spender) ask(c op.Spend, texts op.SpendTexts) string {
	w.T.Helper()
	id := ledger.SpendID(&c)
	require.NoError(w.T, w.Spends.KeepTexts(id, c.Commitment, texts))
	w.submit(w.alice, op.KindSpend, c)
	return id
}

func (w *spender) at(id string) (x view.Payment) {
	w.Node.View(func(s *ledger.State, _ int64) { x, _ = s.Spend(id) })
	return x
}

func (w *spender) available() (msat int64) {
	w.Node.View(func(s *ledger.State, now int64) {
		x, _ := s.Wallet(w.wallet, now)
		msat = x.Budget.Figures.AvailableMsat
	})
	return msat
}

func (w *spender) untilSpend(id, state string) view.Payment {
	w.T.Helper()
	w.waitFor("the spend to be "+state, func() bool { return w.at(id).State == state })
	return w.at(id)
}

// A spend is paid once, whatever is lost on the way to the Lightning node or back, and whichever two
// steps a crash comes between.
func TestSpendIsPaidOnce(t *testing.T) {
	for _, sort := range []string{op.SpendInvoice, op.SpendKeysend, op.SpendAddress, op.SpendURL} {
		for _, fault := range []string{"none", "request lost", "answer lost", "tracking lost", "answer lost and crash", "request lost and crash", "stuck and crash",
			"nobody answers and crash"} {
			if !strings.HasPrefix(sort, "l") && fault == "nobody answers and crash" {
				continue // nobody is asked
			}
			t.Run(sort+"/"+fault, func(t *testing.T) {
				w := newSpender(t)
				crash := strings.HasSuffix(fault, "and crash")
				calls := 1
				if crash {
					calls = 1 << 20
				}
				switch {
				case strings.HasPrefix(fault, "request lost"):
					w.Lightning.Lose("send", calls)
				case strings.HasPrefix(fault, "answer lost"):
					w.Lightning.Mute("send", calls)
				case fault == "tracking lost":
					w.Lightning.Lose("track", 2)
				case fault == "stuck and crash":
					w.Lightning.StickPayments(true)
				case fault == "nobody answers and crash":
					w.seller.set(func() { w.seller.ask = func() error { return errors.New("no answer") } })
				}
				id := w.spend(sort)
				if crash {
					w.waitFor("the step before the crash", func() bool {
						switch fault {
						case "nobody answers and crash":
							return w.at(id).State == "reserved"
						case "request lost and crash":
							return w.at(id).State == "submitted"
						}
						return len(w.Lightning.Requests()) > 0
					})
					require.NoError(t, w.Halt())
					w.Lightning.Mute("send", 0)
					w.Lightning.Lose("send", 0)
					w.seller.set(func() { w.seller.ask = nil })
					w.Start()
					w.Lightning.StickPayments(false)
				}
				x := w.untilSpend(id, "settled")
				requests := w.Lightning.Requests()
				for _, r := range requests {
					require.Equal(t, requests[0], r, "a repeat differs")
				}
				require.Equal(t, 1, w.Lightning.Paid(x.PaymentHash))
				require.Equal(t, node.PaymentRequest{PaymentHash: x.PaymentHash, Invoice: requests[0].Invoice, Node: requests[0].Node, Preimage: requests[0].Preimage,
					AmountMsat: 20_000, FeeLimitMsat: 2_000, Label: nodetest.Economy + "/" + id}, requests[0])
				require.LessOrEqual(t, w.seller.invoices, 1)
				require.Equal(t, int64(100_000-20_000-1001), w.available())
				require.Equal(t, int64(9000-22), w.pool(), "21.001 sat are 22 whole ones")
				// A restart finds nothing to do.
				require.NoError(t, w.Halt())
				w.Start()
				require.Len(t, w.Lightning.Requests(), len(requests))
			})
		}
	}
}

// A payee that does not answer is asked for a minute; then nothing was sent, and all of it returns.
func TestSpendWhosePayeeIsSilent(t *testing.T) {
	w := newSpender(t)
	w.seller.ask = func() error { return errors.New("no answer") }
	id := w.spend(op.SpendURL)
	w.waitFor("the payee to be asked", func() bool { return w.at(id).State == "reserved" })
	require.Equal(t, int64(100_000-22_000), w.available())
	w.waitFor("the payee to be given up", func() bool {
		w.tick(10 * time.Second)
		return w.at(id).State != "reserved"
	})
	require.Equal(t, "no answer", w.untilSpend(id, "failed").Reason)
	require.Equal(t, int64(100_000), w.available())
	require.Equal(t, int64(9000), w.pool())
	require.Empty(t, w.Lightning.Requests())
}

// A failure is believed after a while; the same request may then be made again, and is paid.
func TestSpendThatFailedIsAskedForAgain(t *testing.T) {
	for _, sort := range []string{op.SpendInvoice, op.SpendKeysend, op.SpendAddress} {
		t.Run(sort, func(t *testing.T) {
			w := newSpender(t)
			w.Lightning.FailPayments("no route")
			id := w.spend(sort)
			w.waitFor("a request", func() bool { return len(w.Lightning.Requests()) > 0 })
			require.Equal(t, "submitted", w.at(id).State)
			w.grace()
			require.Equal(t, "no route", w.untilSpend(id, "failed").Reason)
			require.Equal(t, int64(100_000), w.available())
			w.Lightning.FailPayments("")
			w.Clock.Add(time.Second)
			var c op.Spend
			w.Node.View(func(s *ledger.State, _ int64) {
				x, _ := s.Spend(id)
				c = op.Spend{Wallet: x.Wallet, Type: x.Type, AmountMsat: x.AmountMsat, FeeLimitMsat: x.FeeLimitMsat, Purpose: x.Purpose, Address: x.Address,
					Commitment: x.Commitment}
				if sort != op.SpendAddress {
					c.Node = x.Node
				}
				if sort == op.SpendInvoice {
					c.PaymentHash = x.PaymentHash
				}
			})
			require.Equal(t, id, ledger.SpendID(&c))
			w.submit(w.alice, op.KindSpend, c)
			x := w.untilSpend(id, "settled")
			require.Equal(t, int64(2), x.Tries)
			require.Equal(t, 1, w.Lightning.Paid(x.PaymentHash))
		})
	}
}

// Each step of a spend has a line in the program's log, and none has what is secret.
func TestSpendsAreLogged(t *testing.T) {
	w := newSpender(t)
	id := w.spend(op.SpendURL)
	x := w.untilSpend(id, "settled")
	bill, kept, err := w.Spends.Bill(id, x.Tries)
	require.NoError(t, err)
	require.True(t, kept)
	require.NoError(t, w.Halt())
	lines := w.logged.String()
	w.Start()
	for _, event := range []string{"spend-reserved", "spend-submitted", "spend-settled"} {
		require.Contains(t, lines, `"event":"`+event+`","spend":"`+id+`"`)
	}
	for _, event := range []string{"wallet-opened", "budget-set"} {
		require.Contains(t, lines, `"event":"`+event+`","wallet":"`+w.wallet+`"`)
	}
	for _, secret := range []string{bill.Invoice, "weather", x.Preimage.String()} {
		require.NotContains(t, lines, secret)
	}
}
