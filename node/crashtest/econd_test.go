package crashtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
)

// econd is a wallet of a real node on a real store, with a Lightning node in memory. It dies
// before and after each write of the log and each call of the Lightning node; nothing of the
// process is left then, and the store is opened anew.
type econd struct {
	t      *testing.T
	w      *nodetest.World
	env    Env
	owner  op.SecretKey
	wallet string
	payee  op.NodeKey
	killer Killer
	pins   int64
	latest int64 // clock of a pin

	mu    sync.Mutex
	ended map[op.Hash]bool
	asked map[op.Hash]int64 // amount and fees of what was sent
	fault error
}

func startEcond(t *testing.T, env Env) *econd {
	raw, err := yamlfile.Parse([]byte(string(yamlfile.Demo) + `
wallets:
  operator: {pools: [reserve], day_sat: 100000000, cap_sat: 100000, life_s: 8640000}
`))
	require.NoError(t, err)
	e := &econd{t: t, w: nodetest.New(t, raw), env: env, owner: nodetest.Key(t, 3), ended: map[op.Hash]bool{}, asked: map[op.Hash]int64{}}
	require.NoError(t, e.payee.UnmarshalText([]byte(payee[len("node:"):])))
	ada := nodetest.Key(t, 2)
	e.submit(ada, op.KindRegister, op.Register{Name: "ada"})
	e.submit(e.owner, op.KindRegister, op.Register{Name: "bob"})
	e.w.Lock(e.submit(ada, op.KindDeposit, op.Deposit{Pool: "reserve", AmountSat: 5000}))
	e.w.Until("the deposit arrived", func(s *ledger.State, _ int64) bool { return s.Pools()[2].Sat == 5000 })
	e.submit(e.owner, op.KindOpenWallet, op.OpenWallet{Name: "errands"})
	e.wallet = ledger.WalletID(nodetest.Economy, e.owner.Public(), "errands")
	terms := *env.Terms
	terms.Pool, terms.UntilMs = "reserve", e.w.Clock.NowMs()+8_000_000_000
	e.submit(nodetest.Key(t, 1), op.KindWalletBudget, op.WalletBudget{Wallet: e.wallet, Terms: &terms})
	require.GreaterOrEqual(t, env.NowMs, e.w.Clock.NowMs())
	e.w.Clock.Add(time.Duration(env.NowMs-e.w.Clock.NowMs()) * time.Millisecond)
	e.w.Payments = mortalPayments{e}
	e.w.Wrapped = func(s node.Store) node.Store { return &mortalStore{s, e} }
	e.Restart()
	return e
}

func (e *econd) submit(by op.SecretKey, kind op.Kind, content any) op.ID {
	e.t.Helper()
	r, err := e.w.Node.Submit(context.Background(), e.w.Event(by, kind, content))
	require.NoError(e.t, err)
	return r.ID
}

func (e *econd) spend(p Payment) op.Spend {
	return op.Spend{Wallet: e.wallet, Type: op.SpendKeysend, AmountMsat: p.AmountMsat, FeeLimitMsat: p.FeeLimitMsat, Purpose: "work", Node: e.payee, Key: p.Key}
}

func (e *econd) Pay(p Payment) (accepted bool, rule string, err error) {
	if e.killer.Dead() {
		return false, "", ErrUnknown
	}
	_, err = e.w.Node.Submit(context.Background(), e.w.Event(e.owner, op.KindSpend, e.spend(p)))
	var refused *refusal.Refusal
	switch {
	case err == nil:
		return true, "", nil
	case !errors.As(err, &refused), e.killer.Dead():
		return false, "", ErrUnknown
	case refused.Rule == "spend-once":
		return true, "", nil
	}
	return false, refused.Rule, nil
}

func (e *econd) state(key string) (v view.Payment, known bool) {
	s := e.spend(Payment{Key: key})
	e.w.Node.View(func(st *ledger.State, _ int64) { v, known = st.Spend(ledger.SpendID(&s)) })
	return v, known
}

func (e *econd) State(key string) (State, error) {
	v, known := e.state(key)
	switch {
	case e.killer.Dead():
		return None, ErrUnknown
	case !known:
		return None, nil
	case v.State == "settled":
		return Settled, nil
	case v.State == "failed":
		return Failed, nil
	}
	return Pending, nil
}

func (e *econd) Balance() (msat int64, err error) {
	e.w.Node.View(func(s *ledger.State, nowMs int64) {
		v, _ := s.Wallet(e.wallet, nowMs)
		msat = v.Budget.Figures.AvailableMsat
	})
	if e.killer.Dead() {
		return 0, ErrUnknown
	}
	return msat, nil
}

func (e *econd) Kill()           { e.killer.Die() }
func (e *econd) KillAt(step int) { e.killer.At(step, nil) }
func (e *econd) Killed() bool    { return e.killer.Dead() }

// Steady: no entry is stamped before the one before it.
func (e *econd) Steady() bool { return true }

// Restart drops the process and opens the store anew.
func (e *econd) Restart() {
	e.killer.Die()
	_ = e.w.Halt() // it stopped at a write that failed, or stops now
	e.killer.Live()
	e.w.Start()
	e.pin()
}

// Tick sets the clock, and has the log see it.
func (e *econd) Tick(nowMs int64) {
	e.w.Clock.Add(time.Duration(nowMs-e.w.Clock.NowMs()) * time.Millisecond)
	e.pin()
}

// pin enters an operation of now, so that the log's time is the clock's, unless that went back.
func (e *econd) pin() {
	if e.w.Clock.NowMs() < e.latest {
		return
	}
	e.latest = e.w.Clock.NowMs()
	e.pins++
	_, err := e.w.Node.Submit(context.Background(), e.w.Event(nodetest.Key(e.t, 2), op.KindDelegate, op.Delegate{To: e.owner.Public(), ExpiresMs: 1<<50 + e.pins}))
	if err != nil && !e.killer.Dead() {
		e.blame(fmt.Errorf("the log takes no operation: %w", err))
	}
}

func (e *econd) blame(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fault = errors.Join(e.fault, err)
}

func (e *econd) Trouble(t Trouble) {
	why := ""
	if t.Fail {
		why = "no route"
	}
	e.w.Lightning.FailPayments(why)
	e.w.Lightning.Lose("send", t.LoseRequests)
	e.w.Lightning.Lose("track", t.LoseRequests)
	e.w.Lightning.Mute("send", t.LoseAnswers)
	e.w.Lightning.StickPayments(t.Stick)
	e.arrived()
}

// arrived says of each payment that left that it did.
func (e *econd) arrived() {
	for _, l := range e.payments() {
		e.mu.Lock()
		told := e.ended[l.hash]
		e.ended[l.hash] = true
		e.mu.Unlock()
		if !told {
			e.env.Ended(l.key, l.spent)
		}
	}
}

type arrived struct {
	hash  op.Hash
	key   string
	spent int64
	times int
}

// payments are those that left, by the amounts, of which each is of one key.
func (e *econd) payments() (list []arrived) {
	seen := map[op.Hash]bool{}
	for _, r := range e.w.Lightning.Requests() {
		times := e.w.Lightning.Paid(r.PaymentHash)
		if times == 0 || seen[r.PaymentHash] {
			continue
		}
		seen[r.PaymentHash] = true
		for _, p := range e.env.Pays {
			if p.AmountMsat == r.AmountMsat {
				list = append(list, arrived{r.PaymentHash, p.Key, r.AmountMsat + 1001, times})
			}
		}
	}
	return list
}

func (e *econd) Left() (list []Left) {
	for _, l := range e.payments() {
		for range l.times {
			list = append(list, Left{l.key, l.spent})
		}
	}
	return list
}

// Finish waits until no spend is under way, and lets the time go by that a failure must be old.
func (e *econd) Finish(pass func(int64)) error {
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		pending := 0
		e.w.Node.View(func(s *ledger.State, _ int64) {
			for i := range s.Spends() {
				if x := s.SpendAt(i); x.State != "settled" && x.State != "failed" {
					pending++
				}
			}
		})
		if pending == 0 {
			return e.fault
		}
		if time.Since(began) > 2*time.Minute {
			return fmt.Errorf("%d spends are under way after two minutes", pending)
		}
		pass(5000)
	}
}

func (e *econd) Close() { _ = e.w.Halt() }

// mortalStore dies before or after a write.
type mortalStore struct {
	node.Store
	e *econd
}

var errDead = errors.New("the process is gone")

func (s *mortalStore) Append(b node.Batch) (root [32]byte, err error) {
	if s.e.killer.Step() {
		return root, errDead
	}
	if root, err = s.Store.Append(b); err != nil {
		return root, err
	}
	for _, raw := range b.Entries {
		s.failed(raw)
	}
	if s.e.killer.Step() {
		return root, errDead
	}
	return root, nil
}

// failed tells of a spend that the log has as failed now.
func (s *mortalStore) failed(raw []byte) {
	entry, err := op.DecodeEntry(raw)
	if err != nil || entry.Event.Kind != op.KindSpendFailed {
		return
	}
	var c op.SpendFailed
	if err := json.Unmarshal([]byte(entry.Event.Content), &c); err != nil {
		s.e.blame(err)
		return
	}
	for _, p := range s.e.env.Pays {
		if x := s.e.spend(p); ledger.SpendID(&x) == c.Spend {
			s.e.env.Ended(p.Key, -1)
		}
	}
}

// mortalPayments dies before or after a call.
type mortalPayments struct{ e *econd }

func (m mortalPayments) SendPayment(ctx context.Context, r node.PaymentRequest) (node.Payment, error) {
	return m.call(func() (node.Payment, error) { return m.e.w.Lightning.SendPayment(ctx, r) })
}

func (m mortalPayments) TrackPayment(ctx context.Context, hash op.Hash) (node.Payment, error) {
	return m.call(func() (node.Payment, error) { return m.e.w.Lightning.TrackPayment(ctx, hash) })
}

func (m mortalPayments) call(fn func() (node.Payment, error)) (node.Payment, error) {
	if m.e.killer.Step() {
		return node.Payment{}, errDead
	}
	p, err := fn()
	m.e.arrived()
	if m.e.killer.Step() {
		return node.Payment{}, errDead
	}
	return p, err
}

// econdStartMs is later than what a world needs until it has a wallet.
const econdStartMs = (1_800_000_000_000/periodMs + 10) * periodMs

// econd's own node, on its own store.
func TestEcond(t *testing.T) {
	count := 1
	if *long {
		count = 20
	}
	for _, s := range Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			var sum Report
			for seed := range uint64(count) {
				t.Run(fmt.Sprint(seed), func(t *testing.T) {
					rep, err := Run(seed, s, func(env Env) (Subject, error) { return startEcond(t, env), nil }, econdStartMs)
					require.NoError(t, err)
					for _, fault := range rep.Faults {
						t.Error(fault)
					}
					sum.add(rep)
				})
			}
			row("econd", s.Name, count, sum)
		})
	}
}
