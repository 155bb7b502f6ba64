package node_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// payeeNode is the byte that the payee's node key is made of.
const payeeNode = 77

// treasury is a world whose signal track pays and calls webhooks, with a funded
// pool.
type treasury struct {
	*world
	alice  op.SecretKey
	invoke int // invoices made
}

func newTreasury(t *testing.T) *treasury {
	t.Helper()
	raw, err := yamlfile.Parse(yamlfile.Demo)
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	for _, item := range c["tracks"].([]any) {
		if track := item.(map[string]any); track["name"] == "signal" {
			track["actions"], track["grace_s"], track["max_open_per_agent"] = []string{"pay", "webhook"}, 300, 10
		}
	}
	if raw, err = json.Marshal(c); err != nil {
		t.Fatal(err)
	}
	w := &treasury{world: &world{nodetest.New(t, raw)}, alice: nodetest.Key(t, 11)}
	w.submit(w.alice, op.KindRegister, op.Register{Name: "alice"})
	node, sig := nodetest.SignMessage(t, payeeNode, op.BindStatement(nodetest.Economy, w.alice.Public()))
	w.submit(w.alice, op.KindBindNode, op.BindNode{Node: node, Signature: sig})
	w.lock(w.alice, 20_000)
	deposit := w.submit(w.alice, op.KindDeposit, op.Deposit{Pool: "performance", AmountSat: 9000}).ID
	w.Lightning.Pay(w.offered(deposit), 9000)
	w.waitFor("the pool to be funded", func() bool { return w.pool() == 9000 })
	w.Clock.Add(time.Second)
	return w
}

func (w *treasury) offered(id op.ID) (hash op.Hash) {
	w.Until("the hold is offered", func(s *ledger.State, _ int64) bool {
		h, _ := s.Hold(id)
		if h.PaymentHash != nil {
			hash = *h.PaymentHash
		}
		return h.PaymentHash != nil
	})
	return hash
}

func (w *treasury) pool() (sat int64) {
	w.Node.View(func(s *ledger.State, _ int64) {
		for _, p := range s.Pools() {
			if p.Name == "performance" {
				sat = p.Sat
			}
		}
	})
	return sat
}

// decide has an action proposed, voted and executed.
func (w *treasury) decide(action any) op.ID {
	w.T.Helper()
	id := w.submit(w.alice, op.KindPropose, op.Propose{Track: "signal", Title: "Do it", Actions: []op.Raw{op.Raw(op.EncodeContent(action))}}).ID
	w.tick(3 * time.Second)
	w.submit(w.alice, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
	w.tick(13 * time.Second)
	w.untilState(id, "queued")
	w.tick(time.Second)
	w.untilState(id, "executed")
	return id
}

func (w *treasury) result(id op.ID) (r view.ActionResult) {
	w.Node.View(func(s *ledger.State, now int64) {
		p, _ := s.Proposal(id, now)
		r = p.Results[0]
	})
	return r
}

func (w *treasury) untilResult(id op.ID, want string) view.ActionResult {
	w.T.Helper()
	w.waitFor("the action to be "+want, func() bool { return w.result(id).State == want })
	return w.result(id)
}

func (w *treasury) pay() op.ID {
	return w.decide(ledger.Pay{Type: "pay", Pool: "performance", To: w.alice.Public(), Sat: 1000})
}

func (w *treasury) keysend() op.ID {
	node, _ := nodetest.SignMessage(w.T, payeeNode, "")
	return w.decide(ledger.Pay{Type: "pay", Pool: "performance", To: w.alice.Public(), Sat: 1000, Node: node})
}

// claim names an invoice for the payout of a proposal and returns its payment
// hash.
func (w *treasury) claim(id op.ID) op.Hash {
	w.T.Helper()
	w.invoke++
	preimage := op.Hash(sha256.Sum256([]byte{byte(w.invoke)}))
	hash := op.Hash(sha256.Sum256(preimage[:]))
	w.Lightning.Owe(preimage)
	w.submit(w.alice, op.KindClaim, op.Claim{Payout: w.result(id).Ref, Invoice: nodetest.Invoice(w.T, payeeNode, hash, 1_000_000, w.Clock.Now())})
	return hash
}

// grace lets the time pass after which a failure is believed.
func (w *treasury) grace() { w.tick(21 * time.Second) }

// A payment is made once, whatever is lost on the way to the Lightning node or
// back, and across a restart of the node.
func TestPaymentIsMadeOnce(t *testing.T) {
	for _, sort := range []string{"invoice", "keysend"} {
		for _, fault := range []string{"none", "request lost", "answer lost", "tracking lost", "answer lost and crash", "request lost and crash", "stuck and crash"} {
			t.Run(sort+"/"+fault, func(t *testing.T) {
				w := newTreasury(t)
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
				}
				var id op.ID
				if sort == "keysend" {
					id = w.keysend()
				} else {
					id = w.pay()
					w.claim(id)
				}
				if crash {
					w.waitFor("a request", func() bool { return len(w.Lightning.Requests()) > 0 || strings.HasPrefix(fault, "request lost") })
					w.Halt()
					w.Lightning.Mute("send", 0)
					w.Lightning.Lose("send", 0)
					w.Start()
					w.Lightning.StickPayments(false)
				}
				w.untilResult(id, "done")
				requests := w.Lightning.Requests()
				first := requests[0]
				for _, r := range requests {
					if r != first {
						t.Errorf("a repeat differs: %+v, %+v", first, r)
					}
				}
				if n := w.Lightning.Paid(first.PaymentHash); n != 1 {
					t.Errorf("paid %d times", n)
				}
				if first.AmountMsat != 1_000_000 || first.FeeLimitMsat != 20_000 {
					t.Errorf("%+v", first)
				}
				// 1000 sat and 2 sat of fees have left, the rest of what was
				// set aside is back.
				if got := w.pool(); got != 7998 {
					t.Errorf("the pool holds %d sat", got)
				}
				w.checkPayout(id, first.PaymentHash)
			})
		}
	}
}

func (w *treasury) waitFor(what string, cond func() bool) {
	w.T.Helper()
	for began := time.Now(); !cond(); time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			w.T.Fatalf("waited in vain for %s", what)
		}
	}
}

func (w *treasury) checkPayout(id op.ID, hash op.Hash) {
	w.T.Helper()
	ref := w.result(id).Ref
	w.Node.View(func(s *ledger.State, _ int64) {
		p, ok := s.Payout(ref)
		if got := op.Hash(sha256.Sum256(p.Preimage[:])); !ok || p.State != "paid" || p.FeeMsat != 1001 || got != hash {
			w.T.Errorf("payout %+v, its preimage hashes to %s, want %s", p, got, hash)
		}
	})
}

// A payment that is refused or fails on its way is recorded as failed, with the
// Lightning node's reason, once it has looked so for the grace time; then the
// sats are back, and never leave.
func TestPaymentFailsAfterItsGrace(t *testing.T) {
	for name, arm := range map[string]func(*nodetest.Lightning){
		"refused":          func(l *nodetest.Lightning) { l.RefusePayments("invoice expired") },
		"fails on its way": func(l *nodetest.Lightning) { l.FailPayments("no route") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newTreasury(t)
			arm(w.Lightning)
			id := w.keysend()
			w.waitFor("two attempts or a failure", func() bool { return len(w.Lightning.Requests()) > 0 })
			w.tick(19 * time.Second)
			time.Sleep(600 * time.Millisecond) // more than two attempts
			if got := w.result(id).State; got != "pending" {
				t.Fatalf("the action is %s within the grace", got)
			}
			if got := w.pool(); got != 7980 {
				t.Fatalf("the pool holds %d sat while the payment may be under way", got)
			}
			w.grace()
			got := w.untilResult(id, "failed")
			if want := map[string]string{"refused": "invoice expired", "fails on its way": "no route"}[name]; got.Reason != want {
				t.Errorf("reason %q", got.Reason)
			}
			if got := w.pool(); got != 9000 {
				t.Errorf("the pool holds %d sat", got)
			}
			if n := w.Lightning.Paid(w.Lightning.Requests()[0].PaymentHash); n != 0 {
				t.Errorf("paid %d times", n)
			}
			if name == "fails on its way" && len(w.Lightning.Requests()) != 1 {
				t.Errorf("sent %d times after a failure", len(w.Lightning.Requests()))
			}
		})
	}
}

// A request that was slow on its way arrives after the Lightning node said that
// it failed: within the grace it is noticed, and the payment counts.
func TestPaymentThatArrivesLate(t *testing.T) {
	w := newTreasury(t)
	w.Lightning.FailPayments("no route")
	id := w.keysend()
	w.waitFor("the failure", func() bool { return len(w.Lightning.Requests()) == 1 })
	w.tick(10 * time.Second)
	w.Lightning.FailPayments("")
	r := w.Lightning.Requests()[0]
	if _, err := w.Lightning.SendPayment(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	w.tick(11 * time.Second)
	w.untilResult(id, "done")
	if n := w.Lightning.Paid(r.PaymentHash); n != 1 || w.pool() != 7998 {
		t.Fatalf("paid %d times, the pool holds %d sat", n, w.pool())
	}
}

// After a failed invoice the payee names another; both are looked after apart.
func TestSecondClaimAfterFailure(t *testing.T) {
	w := newTreasury(t)
	w.Lightning.FailPayments("no route")
	id := w.pay()
	first := w.claim(id)
	w.waitFor("the failure", func() bool { return len(w.Lightning.Requests()) == 1 })
	w.grace()
	ref := w.result(id).Ref
	w.Until("the payout can be claimed again", func(s *ledger.State, _ int64) bool {
		p, _ := s.Payout(ref)
		return p.State == "claimable"
	})
	w.Lightning.FailPayments("")
	second := w.claim(id)
	w.untilResult(id, "done")
	if w.Lightning.Paid(first) != 0 || w.Lightning.Paid(second) != 1 || w.pool() != 7998 {
		t.Fatalf("paid %d and %d times, the pool holds %d", w.Lightning.Paid(first), w.Lightning.Paid(second), w.pool())
	}
}

// Payees whose payments hang keep nobody else waiting: neither holds nor other
// payments.
func TestHangingPaymentsKeepNobodyWaiting(t *testing.T) {
	w := newTreasury(t)
	w.Lightning.StickPayments(true)
	var hanging []op.ID
	for i := range 9 { // more than are attempted at a time
		hanging = append(hanging, w.submit(w.alice, op.KindPropose, op.Propose{Track: "signal", Title: "Do it " + strconv.Itoa(i),
			Actions: []op.Raw{op.Raw(op.EncodeContent(w.small()))}}).ID)
	}
	w.tick(3 * time.Second)
	for _, id := range hanging {
		w.submit(w.alice, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
	}
	w.tick(13 * time.Second)
	for _, id := range hanging {
		w.untilState(id, "queued")
	}
	w.tick(time.Second)
	w.waitFor("all requests", func() bool { return len(w.Lightning.Requests()) >= 9 })
	w.lock(w.alice, 5000)
	w.Lightning.StickPayments(false)
	for _, id := range hanging {
		w.untilResult(id, "done")
	}
}

func (w *treasury) small() ledger.Pay {
	node, _ := nodetest.SignMessage(w.T, payeeNode, "")
	return ledger.Pay{Type: "pay", Pool: "performance", To: w.alice.Public(), Sat: 100, Node: node}
}

// Without the right to pay everything else goes on; the payment waits, the log
// and the readiness say for what, and the next start with the right makes it.
func TestPaymentsOff(t *testing.T) {
	w := newTreasury(t)
	var out syncBuffer
	w.Halt()
	w.Payments, w.Log = nil, slog.New(slog.NewTextHandler(&out, nil))
	w.Start()
	if len(w.Node.Ready()) != 0 {
		t.Fatalf("not ready although nothing waits: %v", w.Node.Ready())
	}
	id := w.keysend()
	w.waitFor("the log line", func() bool { return strings.Contains(out.String(), "payments are off") })
	if o := w.Node.Outside(); o.Payments || o.PaymentsPending != 1 || !o.Webhooks || o.WebhooksPending != 0 {
		t.Errorf("%+v", o)
	}
	if p := w.Node.Ready(); len(p) != 1 || !strings.Contains(p[0], "lnd.pay_macaroon") {
		t.Errorf("%v", p)
	}
	w.Halt()
	w.Payments = w.Lightning
	w.Start()
	w.untilResult(id, "done")
	if o := w.Node.Outside(); !o.Payments || o.PaymentsPending != 0 {
		t.Errorf("%+v", o)
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}
func (s *syncBuffer) String() string { s.mu.Lock(); defer s.mu.Unlock(); return s.b.String() }

// The preimage of a keysend is the same for the same payment, and another for
// any other.
func TestKeysendPreimage(t *testing.T) {
	e := ledger.Effect{ID: "7/0", Kind: ledger.EffectKeysend, Payout: "pay-1a", AmountSat: 1000, Node: op.NodeKey{2, 1}}
	base := node.KeysendPreimage([32]byte{9}, "test.0001", e)
	elsewhere := e
	elsewhere.ID = "9/2" // in the log
	if node.KeysendPreimage([32]byte{9}, "test.0001", e) != base || node.KeysendPreimage([32]byte{9}, "test.0001", elsewhere) != base {
		t.Fatal("drawn anew")
	}
	for name, change := range map[string]func(*ledger.Effect){
		"payout": func(e *ledger.Effect) { e.Payout = "pay-1b" },
		"amount": func(e *ledger.Effect) { e.AmountSat++ }, "node": func(e *ledger.Effect) { e.Node[32]++ },
	} {
		other := e
		change(&other)
		if node.KeysendPreimage([32]byte{9}, "test.0001", other) == base {
			t.Errorf("another %s, the same preimage", name)
		}
	}
	if node.KeysendPreimage([32]byte{8}, "test.0001", e) == base || node.KeysendPreimage([32]byte{9}, "test.0002", e) == base {
		t.Error("another secret or economy, the same preimage")
	}
	if node.PreimageOf([32]byte{9}, "test.0001", op.ID{}) == base {
		t.Error("a hold has the preimage of a payment")
	}
}
