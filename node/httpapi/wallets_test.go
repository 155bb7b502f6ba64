package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/answers"
	"github.com/econd/econd/node/budget"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/spending"
	"github.com/econd/econd/node/view"
)

// walletWorld is a world by the newest rules, in which bob has a wallet with a budget of
// 100 sat a day, 50 at once, from a pool with 5,000.
type walletWorld struct {
	*world
	bob    op.SecretKey
	wallet string
}

func newWalletWorld(t *testing.T) *walletWorld {
	raw, err := yamlfile.Parse([]byte(string(yamlfile.Demo) + `
wallets:
  operator: {pools: [reserve], day_sat: 1000, cap_sat: 500, life_s: 864000}
`))
	require.NoError(t, err)
	w := &walletWorld{world: &world{World: nodetest.New(t, raw), log: new(lockedBuffer), spec: loadDocument(t)}, bob: nodetest.Key(t, 3)}
	w.serve(w.config())
	ada := nodetest.Key(t, 2)
	w.submit(ada, op.KindRegister, op.Register{Name: "ada"})
	w.submit(w.bob, op.KindRegister, op.Register{Name: "bob"})
	w.Lock(w.submit(ada, op.KindDeposit, op.Deposit{Pool: "reserve", AmountSat: 5000}))
	w.Until("the deposit arrived", func(s *ledger.State, _ int64) bool { return s.Pools()[2].Sat == 5000 })
	w.submit(w.bob, op.KindOpenWallet, op.OpenWallet{Name: "errands"})
	w.wallet = ledger.WalletID(nodetest.Economy, w.bob.Public(), "errands")
	w.submit(nodetest.Key(t, 1), op.KindWalletBudget, op.WalletBudget{Wallet: w.wallet, Terms: &budget.Terms{Pool: "reserve", RefillMsat: 100_000,
		CeilingMsat: 100_000, PeriodS: 86_400, CapMsat: 50_000, Recipients: []string{"any"}, UntilMs: w.Clock.NowMs() + 3_600_000}})
	return w
}

func (w *walletWorld) config() Config {
	store, err := answers.Open(w.T.TempDir() + "/answers.db")
	require.NoError(w.T, err)
	w.T.Cleanup(func() { store.Close() })
	return Config{Door: admission.Door{Node: w.Node, Version: "test", Now: w.Clock.Now, Mode: admission.Off}, Log: slog.New(slog.NewTextHandler(w.log, nil)),
		Metrics: prometheus.NewRegistry(), Limits: DefaultLimits(), BaseURLs: []string{adminBase}, Answers: store,
		Spending: &spending.Desk{Node: w.Node, Book: w.Spends, Payees: w.Payees, Now: w.Clock.Now}}
}

// check asks what would become of a spend.
func (w *walletWorld) check(by op.SecretKey, r view.SpendRequest) (view.SpendCheck, answer) {
	body, err := json.Marshal(r)
	require.NoError(w.T, err)
	path, sum := "/v1/wallets/"+w.wallet+"/check", sha256.Sum256(body)
	auth := authAt(w.T, by, w.Clock.Now().Unix(), []string{"u", adminBase + path}, []string{"method", "POST"}, []string{"payload", hex.EncodeToString(sum[:])})
	a := w.do("POST", path, body, "Authorization", "Nostr "+authText(auth))
	var v view.SpendCheck
	if a.status == http.StatusOK {
		require.NoError(w.T, json.Unmarshal(a.body, &v))
	}
	return v, a
}

// pay signs what a check said and hands it in.
func (w *walletWorld) pay(c op.Spend, texts op.SpendTexts) (view.SpendResult, answer) {
	body, err := json.Marshal(view.SpendOrder{Event: w.Event(w.bob, op.KindSpend, c).Marshal(), Texts: texts, WaitS: 20})
	require.NoError(w.T, err)
	a := w.do("POST", "/v1/wallets/"+w.wallet+"/payments", body, "Content-Type", "application/json")
	var v view.SpendResult
	if a.status < 300 {
		require.NoError(w.T, json.Unmarshal(a.body, &v))
	}
	return v, a
}

func (w *walletWorld) invoice(b byte, msat int64) (string, op.Hash) {
	preimage := op.Hash{b}
	w.Lightning.Owe(preimage)
	hash := op.Hash(sha256.Sum256(preimage[:]))
	return nodetest.Invoice(w.T, 7, hash, msat, w.Clock.Now()), hash
}

func TestAgentSpendsWithinItsBudget(t *testing.T) {
	w := newWalletWorld(t)
	invoice, hash := w.invoice(1, 20_000)
	r := view.SpendRequest{Type: op.SpendInvoice, Purpose: "food", Texts: op.SpendTexts{Invoice: invoice, Memo: "lunch"}}

	// A check says what to sign, by which rules it is allowed, and enters nothing.
	size := w.Node.Size()
	c, _ := w.check(w.bob, r)
	require.True(t, c.Allowed, c.Refused)
	require.EqualValues(t, 20_000, c.Content.AmountMsat)
	require.Equal(t, hash, c.Content.PaymentHash)
	require.EqualValues(t, 10_000, c.Content.FeeLimitMsat)
	require.Equal(t, size, w.Node.Size())
	require.Equal(t, c.Content.Commitment, r.Texts.Commitment(c.Salt))
	_, refused := w.check(nodetest.Key(t, 2), r)
	require.Equal(t, "spender", refused.problem(t).Rule)

	v, a := w.pay(c.Content, r.Texts)
	require.Equal(t, 200, a.status, "%s", a.body)
	require.Equal(t, "settled", v.Payment.State)
	require.Equal(t, c.ID, v.Payment.ID)
	require.EqualValues(t, 1001, v.Payment.FeeMsat)
	require.Equal(t, 1, w.Lightning.Paid(hash))
	var wallet view.Wallet
	w.get("/v1/wallets/"+w.wallet).into(t, &wallet)
	require.EqualValues(t, 100_000-21_001, wallet.Budget.Figures.AvailableMsat)

	// The same request again, signed anew: the same payment.
	v, a = w.pay(c.Content, r.Texts)
	require.Equal(t, 200, a.status, "%s", a.body)
	require.True(t, v.Replay)
	require.Equal(t, 1, w.Lightning.Paid(hash))
	require.Len(t, w.Lightning.Requests(), 1)

	// What the log says of it has none of the texts.
	log := w.get("/v1/log")
	require.NotContains(t, string(log.body), invoice)
	require.NotContains(t, string(log.body), "lunch")
	require.NotContains(t, w.logged(), invoice)
}

func TestSpendBeyondTheBudgetIsRefused(t *testing.T) {
	w := newWalletWorld(t)
	fee := int64(0)
	for _, c := range []struct {
		msat int64
		rule string
	}{{50_001, "cap"}, {50_000, ""}, {50_000, ""}, {1, "period"}} {
		invoice, hash := w.invoice(byte(w.Node.Size()), c.msat)
		r := view.SpendRequest{Type: op.SpendInvoice, Purpose: "food", FeeLimitMsat: &fee, Texts: op.SpendTexts{Invoice: invoice}}
		check, _ := w.check(w.bob, r)
		v, a := w.pay(check.Content, r.Texts)
		if c.rule != "" {
			require.Equal(t, c.rule, check.Refused.Rule)
			require.Equal(t, http.StatusUnprocessableEntity, a.status, "%s", a.body)
			require.Equal(t, c.rule, a.problem(t).Rule)
			require.Contains(t, a.problem(t).Detail, "msat")
			require.Zero(t, w.Lightning.Paid(hash))
			continue
		}
		require.Equal(t, "settled", v.Payment.State, "%s", a.body)
	}
	var payments struct{ Items []view.Payment }
	w.get("/v1/payments?wallet="+w.wallet+"&state=settled").into(t, &payments)
	require.Len(t, payments.Items, 2)
	require.Equal(t, http.StatusNotFound, w.get("/v1/payments?wallet=wallet-00").status)
}

func TestTextsAreWhatWasSigned(t *testing.T) {
	w := newWalletWorld(t)
	invoice, _ := w.invoice(1, 20_000)
	dearer, _ := w.invoice(2, 30_000)
	r := view.SpendRequest{Type: op.SpendInvoice, Purpose: "food", Texts: op.SpendTexts{Invoice: invoice}}
	c, _ := w.check(w.bob, r)
	for rule, change := range map[string]func(*op.Spend, *op.SpendTexts){
		"commitment":   func(_ *op.Spend, x *op.SpendTexts) { x.Invoice = dearer },
		"spend-amount": func(s *op.Spend, _ *op.SpendTexts) { s.AmountMsat-- },
		"spend-node":   func(s *op.Spend, _ *op.SpendTexts) { s.Node = nodetest.NodeKey() },
		"bolt11": func(s *op.Spend, x *op.SpendTexts) {
			x.Invoice = strings.Replace(invoice, "lnbcrt", "lnbc", 1)
			s.Commitment = x.Commitment(c.Salt)
		},
	} {
		content, texts := c.Content, r.Texts
		change(&content, &texts)
		_, a := w.pay(content, texts)
		require.Equal(t, rule, a.problem(t).Rule, "%s", a.body)
	}
	require.Empty(t, w.Lightning.Requests())

	// The key of the client with another body is a conflict.
	r.Key = "k1"
	c, _ = w.check(w.bob, r)
	v, _ := w.pay(c.Content, r.Texts)
	require.Equal(t, "settled", v.Payment.State)
	r.Texts.Invoice = dearer
	c, _ = w.check(w.bob, r)
	require.Equal(t, "spend-key", c.Refused.Rule)
	_, a := w.pay(c.Content, r.Texts)
	require.Equal(t, http.StatusConflict, a.status)
}

// Whatever is lost on the way, a keysend is paid once.
func TestSpendIsPaidOnceAcrossStops(t *testing.T) {
	w := newWalletWorld(t)
	r := view.SpendRequest{Type: op.SpendKeysend, AmountMsat: 20_000, Purpose: "food", Node: nodetest.NodeKey()}
	c, _ := w.check(w.bob, r)
	w.Lightning.StickPayments(true)
	e := w.Event(w.bob, op.KindSpend, c.Content)
	w.post(e)
	w.Until("the payment is submitted", func(s *ledger.State, _ int64) bool { p, ok := s.Spend(c.ID); return ok && p.State == "submitted" })
	w.Until("it is sent", func(*ledger.State, int64) bool { return len(w.Lightning.Requests()) == 1 })
	require.NoError(t, w.Halt())
	w.Lightning.StickPayments(false)
	w.Start()
	w.Until("the payment is settled", func(s *ledger.State, _ int64) bool { p, _ := s.Spend(c.ID); return p.State == "settled" })
	require.Equal(t, 1, w.Lightning.Paid(w.Lightning.Requests()[0].PaymentHash))
}

// Who asks again and again for what its budget refuses is held back, until somebody looked.
func TestBurstOfDenialsOpensTheBreaker(t *testing.T) {
	w := newWalletWorld(t)
	fee := int64(0)
	refused := view.SpendRequest{Type: op.SpendKeysend, AmountMsat: 50_001, FeeLimitMsat: &fee, Purpose: "food", Node: nodetest.NodeKey()}
	c, _ := w.check(w.bob, refused)
	for range 30 {
		_, a := w.pay(c.Content, op.SpendTexts{})
		require.Equal(t, "cap", a.problem(t).Rule)
	}
	var breakers struct{ Items []view.Trip }
	w.get("/v1/breakers").into(t, &breakers)
	require.Len(t, breakers.Items, 1)
	require.Equal(t, []string{"wallet", w.wallet, "denials"}, []string{breakers.Items[0].Scope, breakers.Items[0].Subject, breakers.Items[0].Cause})

	fine := view.SpendRequest{Type: op.SpendKeysend, AmountMsat: 1000, FeeLimitMsat: &fee, Purpose: "food", Node: nodetest.NodeKey()}
	c, _ = w.check(w.bob, fine)
	require.Equal(t, "breaker", c.Refused.Rule)
	_, a := w.pay(c.Content, op.SpendTexts{})
	require.Equal(t, "breaker", a.problem(t).Rule)
	w.submit(nodetest.Key(t, 1), op.KindResetBreaker, op.ResetBreaker{Trip: breakers.Items[0].ID, Reason: "a fault in the agent, mended"})
	v, a := w.pay(c.Content, op.SpendTexts{})
	require.Equal(t, "settled", v.Payment.State, "%s", a.body)
}

// What is set aside waits while LND is away, and goes on by itself.
func TestSpendWaitsForLightning(t *testing.T) {
	w := newWalletWorld(t)
	r := view.SpendRequest{Type: op.SpendKeysend, AmountMsat: 20_000, Purpose: "food", Node: nodetest.NodeKey()}
	c, _ := w.check(w.bob, r)
	w.Lightning.Leave(true)
	w.post(w.Event(w.bob, op.KindSpend, c.Content))
	time.Sleep(300 * time.Millisecond)
	require.Empty(t, w.Lightning.Requests())
	require.NoError(t, w.Halt())
	w.Lightning.Leave(false)
	w.Start()
	w.Until("the payment is settled", func(s *ledger.State, _ int64) bool { p, _ := s.Spend(c.ID); return p.State == "settled" })
	require.Equal(t, 1, w.Lightning.Paid(w.Lightning.Requests()[0].PaymentHash))
}

// One invoice is paid by one spend, whatever it is called: the others are refused or fail, and cost nothing.
func TestInvoiceServesOneSpend(t *testing.T) {
	w := newWalletWorld(t)
	invoice, hash := w.invoice(1, 10_000)
	var wait sync.WaitGroup
	states := make(chan string, 6)
	for i := range 6 {
		r := view.SpendRequest{Type: op.SpendInvoice, Purpose: "food", Key: fmt.Sprint("k", i), Texts: op.SpendTexts{Invoice: invoice}}
		c, _ := w.check(w.bob, r)
		pay := func() {
			v, _ := w.pay(c.Content, r.Texts)
			states <- v.Payment.State
		}
		if i < 4 {
			wait.Go(pay)
			continue
		}
		wait.Wait()
		pay()
	}
	close(states)
	settled := 0
	for s := range states {
		if s == "settled" {
			settled++
		}
	}
	require.Equal(t, 1, settled)
	require.Equal(t, 1, w.Lightning.Paid(hash))
	w.Node.View(func(s *ledger.State, _ int64) { require.EqualValues(t, 10_000, s.Books().Paid) })
}

// What LND paid for something else settles no spend.
func TestForeignPaymentSettlesNoSpend(t *testing.T) {
	w := newWalletWorld(t)
	invoice, hash := w.invoice(1, 20_000)
	_, err := w.Lightning.SendPayment(t.Context(), node.PaymentRequest{PaymentHash: hash, Invoice: invoice, AmountMsat: 20_000})
	require.NoError(t, err)
	r := view.SpendRequest{Type: op.SpendInvoice, Purpose: "food", Texts: op.SpendTexts{Invoice: invoice}}
	c, _ := w.check(w.bob, r)
	v, a := w.pay(c.Content, r.Texts)
	require.Equal(t, "failed", v.Payment.State, "%s", a.body)
	require.NotContains(t, string(a.body), "preimage")
}

// What was paid is answered also when its invoice has expired; what the log refuses leaves nothing on the disk.
func TestPaidIsAnsweredForEver(t *testing.T) {
	w := newWalletWorld(t)
	invoice, _ := w.invoice(1, 20_000)
	r := view.SpendRequest{Type: op.SpendInvoice, Purpose: "food", Texts: op.SpendTexts{Invoice: invoice}}
	c, _ := w.check(w.bob, r)
	v, _ := w.pay(c.Content, r.Texts)
	require.Equal(t, "settled", v.Payment.State)
	w.Clock.Add(3601 * time.Second)
	c, a := w.check(w.bob, r)
	require.NotNil(t, c.Payment, "%s", a.body)
	v, a = w.pay(c.Content, r.Texts)
	require.True(t, v.Replay, "%s", a.body)

	dear, _ := w.invoice(2, 1000)
	r.Texts.Invoice = dear
	r.Texts.Header = map[string]string{"X-One": "1"}
	r.Texts.Body = op.Base64("\xffbody")
	c, a = w.check(w.bob, r)
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	old := w.Event(w.bob, op.KindSpend, c.Content)
	old.CreatedAt -= 30 * 86_400
	require.NoError(t, old.Sign(w.bob))
	body, err := json.Marshal(view.SpendOrder{Event: old.Marshal(), Texts: r.Texts})
	require.NoError(t, err)
	a = w.do("POST", "/v1/wallets/"+w.wallet+"/payments", body, "Content-Type", "application/json")
	require.Equal(t, "max-age", a.problem(t).Rule, "%s", a.body)
	_, err = w.Spends.Texts(c.ID, c.Content.Commitment)
	require.ErrorIs(t, err, node.ErrNoTexts)
}

// silent is whoever never says what it wants.
type silent struct{}

func (silent) Bill(ctx context.Context, _ view.Payment, _ op.SpendTexts) (node.Bill, error) {
	<-ctx.Done()
	return node.Bill{}, ctx.Err()
}

func (silent) Deliver(context.Context, view.Payment, op.SpendTexts, node.Bill) (node.Answer, error) {
	return node.Answer{}, nil
}

// Whom one agent pays may be silent; others' payments go on meanwhile.
func TestSilentPayeesKeepNobodyElseWaiting(t *testing.T) {
	w := newWalletWorld(t)
	ada := nodetest.Key(t, 2)
	w.submit(ada, op.KindOpenWallet, op.OpenWallet{Name: "own"})
	own := ledger.WalletID(nodetest.Economy, ada.Public(), "own")
	w.submit(nodetest.Key(t, 1), op.KindWalletBudget, op.WalletBudget{Wallet: own, Terms: &budget.Terms{Pool: "reserve", RefillMsat: 50_000,
		CeilingMsat: 50_000, PeriodS: 86_400, CapMsat: 50_000, Recipients: []string{"any"}, UntilMs: w.Clock.NowMs() + 3_600_000}})
	require.NoError(t, w.Halt())
	w.Payees = silent{}
	w.Start()

	texts := op.SpendTexts{URL: "https://shop.example/x"}
	for i := range 32 {
		c := op.Spend{Wallet: w.wallet, Type: op.SpendURL, AmountMsat: 1, Purpose: "food", Origin: "https://shop.example", Key: fmt.Sprint(i),
			Commitment: texts.Commitment(w.Node.SpendSalt(w.wallet))}
		require.NoError(t, w.Spends.KeepTexts(ledger.SpendID(&c), c.Commitment, texts))
		_, err := w.Node.Submit(t.Context(), w.Event(w.bob, op.KindSpend, c))
		require.NoError(t, err)
	}
	c := op.Spend{Wallet: own, Type: op.SpendKeysend, AmountMsat: 1000, Purpose: "food", Node: nodetest.NodeKey()}
	began := time.Now()
	_, err := w.Node.Submit(t.Context(), w.Event(ada, op.KindSpend, c))
	require.NoError(t, err)
	w.Until("ada's is settled", func(s *ledger.State, _ int64) bool { p, _ := s.Spend(ledger.SpendID(&c)); return p.State == "settled" })
	require.Less(t, time.Since(began), 20*time.Second, "an attempt at a silent payee takes thirty")
}

// An agent is found by a key that it gave up.
func TestFormerKeyFindsItsAgent(t *testing.T) {
	w := newWalletWorld(t)
	fresh := nodetest.Key(t, 30)
	e := op.TakeOver(nodetest.Economy, w.bob.Public(), fresh.Public())
	require.NoError(t, e.Sign(fresh))
	w.submit(w.bob, op.KindRotateKey, op.RotateKey{NewKey: fresh.Public(), Signature: e.Sig})
	for _, key := range []op.SecretKey{w.bob, fresh} {
		var wallets struct{ Items []view.Wallet }
		w.get("/v1/wallets?owner="+key.Public().String()).into(t, &wallets)
		require.Len(t, wallets.Items, 1)
		require.Equal(t, fresh.Public(), wallets.Items[0].Owner)
	}
}
