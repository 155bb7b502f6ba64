package crashtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/econd/econd/node/budget"
)

// Scenario is what schedules of a kind meet.
type Scenario struct {
	Name                                                string
	replicas, kills, restarts, lost, stuck, fail, jumps bool
}

// Scenarios are those that docs/wallets.md lists.
func Scenarios() []Scenario {
	return []Scenario{
		{Name: "ten callers at once", replicas: true},
		{Name: "restarts", restarts: true, replicas: true},
		{Name: "killed at any step", kills: true, replicas: true},
		{Name: "lost requests and answers", lost: true, replicas: true},
		{Name: "stuck and failed payments", stuck: true, fail: true, replicas: true},
		{Name: "a clock that jumps", jumps: true, replicas: true},
		{Name: "all of it", replicas: true, kills: true, restarts: true, lost: true, stuck: true, fail: true, jumps: true},
	}
}

// Report is what came of one schedule.
type Report struct {
	Pays, Ends, Kills int
	OverMsat          int64    // that left beyond what the terms could allow
	Twice             int      // payments that left more than once
	Faults            []string // what a wallet must not do; empty: none
}

// periodMs of the terms of all schedules.
const periodMs = 60_000

// terms are a budget that is soon used up.
func terms(rng *rand.Rand) *budget.Terms {
	t := &budget.Terms{Pool: "main", RefillMsat: 40_000 + rng.Int64N(60_000), PeriodS: periodMs / 1000, CapMsat: 20_000 + rng.Int64N(20_000),
		Recipients: []string{payee}, UntilMs: 1 << 50}
	t.CeilingMsat = t.RefillMsat
	if rng.IntN(3) == 0 {
		t.Velocity = []budget.Velocity{{WindowS: 20, Count: 2 + rng.Int64N(4), Msat: 50_000}}
	}
	return t
}

// run is a schedule under way.
type run struct {
	rng   *rand.Rand
	s     Scenario
	h     *history
	w     Subject
	terms *budget.Terms
	pays  []Payment
	nowMs int64
	from  int64
	last  int64
	rep   Report
}

// Run plays one schedule on a new subject, and judges it. The same seed draws the same
// schedule; how its callers meet is for the machine to say.
func Run(seed uint64, s Scenario, start Start, fromMs int64) (Report, error) {
	rng := rand.New(rand.NewPCG(seed, 13))
	r := &run{rng: rng, s: s, h: &history{}, terms: terms(rng), nowMs: fromMs, from: fromMs, last: fromMs}
	for i := range 3 + rng.IntN(6) {
		r.pays = append(r.pays, Payment{fmt.Sprintf("k%d", i), 1000*(1+rng.Int64N(25)) + int64(i), 1001 + rng.Int64N(1000)})
	}
	var ends atomic.Int64
	w, err := start(Env{Terms: r.terms, Pays: r.pays, NowMs: fromMs, Ended: func(key string, spent int64) {
		r.h.ended(1000+int(ends.Add(1)), key, spent)
	}})
	if err != nil {
		return r.rep, err
	}
	defer w.Close()
	r.w = w
	for range 4 + rng.IntN(8) {
		r.step()
	}
	if err := r.finish(); err != nil {
		return r.rep, err
	}
	r.rep.Ends = int(ends.Load())
	r.judge()
	return r.rep, nil
}

func (r *run) step() {
	if r.w.Killed() && r.rng.IntN(3) > 0 {
		r.restart()
	}
	switch n := r.rng.IntN(12); {
	case n < 5:
		r.burst()
	case n < 6:
		r.look(0)
	case n < 8:
		r.trouble()
	case n < 9 && r.s.jumps:
		r.tick()
	case n < 11 && r.s.kills:
		r.w.KillAt(1 + r.rng.IntN(25))
		r.burst()
	case n < 12 && r.s.restarts && !r.w.Killed():
		r.w.Kill()
		r.rep.Kills++
		r.restart()
	default:
		r.burst()
	}
}

// restart starts it anew; what its callers were not told has happened by now or never will.
func (r *run) restart() {
	r.w.Restart()
	r.h.rested(false)
}

func (r *run) trouble() {
	t := Trouble{Fail: r.s.fail && r.rng.IntN(3) == 0, Stick: r.s.stuck && r.rng.IntN(2) == 0}
	if r.s.lost {
		t.LoseRequests, t.LoseAnswers = r.rng.IntN(3), r.rng.IntN(4)
	}
	r.w.Trouble(t)
}

// tick lets the clock jump: on, over the end of a period, or back.
func (r *run) tick() {
	jumps := []int64{1, 1000, 19_999, periodMs - 1, periodMs, 2*periodMs + r.rng.Int64N(1000), -r.rng.Int64N(30_000)}
	r.pass(jumps[r.rng.IntN(len(jumps))])
}

// pass sets the clock. A wallet that is dead is started first: it has to see the instant.
func (r *run) pass(ms int64) {
	if r.w.Killed() {
		r.restart()
	}
	r.nowMs = max(r.from, r.nowMs+ms)
	r.last = max(r.last, r.nowMs)
	r.h.do(0, input{what: "tick", msat: r.nowMs}, func() output { r.w.Tick(r.nowMs); return output{} })
}

// burst has callers at once: replicas of one, that all mean the same payment, or some that
// mean different ones.
func (r *run) burst() {
	n, same := 1+r.rng.IntN(4), r.rng.IntN(2) == 0
	if r.s.replicas && same {
		n = 10
	}
	which := r.rng.IntN(len(r.pays))
	wasDead := r.w.Killed()
	var callers sync.WaitGroup
	for i := range n {
		p := r.pays[(which+i)%len(r.pays)]
		if same {
			p = r.pays[which]
		}
		look := r.rng.IntN(4) == 0
		callers.Add(1)
		go func() {
			defer callers.Done()
			r.pay(i+1, p)
			if look {
				r.state(i+1, p.Key)
			}
		}()
	}
	callers.Wait()
	r.rep.Pays += n
	if !wasDead && r.w.Killed() {
		r.rep.Kills++
	}
}

func (r *run) pay(client int, p Payment) {
	r.h.do(client, input{what: "pay", pay: p}, func() output {
		accepted, rule, err := r.w.Pay(p)
		return output{unknown: err != nil, accepted: accepted, rule: rule}
	})
}

func (r *run) state(client int, key string) {
	r.h.do(client, input{what: "state", pay: Payment{Key: key}}, func() output {
		s, err := r.w.State(key)
		return output{unknown: err != nil, state: s}
	})
}

// look reads the balance and every payment.
func (r *run) look(client int) {
	r.h.do(client, input{what: "balance"}, func() output {
		msat, err := r.w.Balance()
		return output{unknown: err != nil, msat: msat}
	})
	for _, p := range r.pays {
		r.state(client, p.Key)
	}
}

// finish ends all trouble, and lets the wallet come to rest.
func (r *run) finish() error {
	r.w.KillAt(0)
	r.w.Trouble(Trouble{})
	if r.w.Killed() {
		r.restart()
	}
	r.h.rested(false)
	if err := r.w.Finish(r.pass); err != nil {
		return err
	}
	r.h.rested(true)
	r.look(0)
	return r.again()
}

// again asks once more for what failed, now that nothing is in its way.
func (r *run) again() error {
	var failed []string
	for _, p := range r.pays {
		if s, _ := r.w.State(p.Key); s == Failed {
			r.pay(1, p)
			failed = append(failed, p.Key)
		}
	}
	if err := r.w.Finish(r.pass); err != nil {
		return err
	}
	r.h.rested(true)
	r.look(0)
	for _, key := range failed {
		if s, _ := r.w.State(key); s != Settled && !r.refused(key) {
			r.fault("payment %s failed, was asked for again with nothing in its way, and is %s", key, s)
		}
	}
	return nil
}

// refused tells whether the last answer to a payment was that the budget has not enough.
func (r *run) refused(key string) (refused bool) {
	for _, o := range r.h.ops {
		if in, out := o.Input.(input), o.Output.(output); in.what == "pay" && in.pay.Key == key {
			refused = !out.accepted && !out.unknown
		}
	}
	return refused
}

// judge counts what left, and holds the history against the model.
func (r *run) judge() {
	times, total := map[string]int{}, int64(0)
	for _, l := range r.w.Left() {
		times[l.Key]++
		total += l.SpentMsat
		if times[l.Key] == 2 {
			r.rep.Twice++
			r.fault("payment %s left twice", l.Key)
		}
	}
	periods := r.last/periodMs - r.from/periodMs + 1
	if over := total - periods*r.terms.RefillMsat; over > 0 {
		r.rep.OverMsat = over
		r.fault("%d msat left in %d periods of %d msat", total, periods, r.terms.RefillMsat)
	}
	switch r.h.check(r.model(), 20*time.Second) {
	case porcupine.Illegal:
		r.fault("the history is of no wallet that does one thing at a time:\n%s", r.tell())
	case porcupine.Unknown:
		r.fault("the history could not be judged in 20 s:\n%s", r.tell())
	}
}

// model is what the history is held against.
func (r *run) model() porcupine.Model { return model(r.terms, r.pays, r.from, r.w.Steady()) }

func (r *run) fault(format string, args ...any) {
	r.rep.Faults = append(r.rep.Faults, fmt.Sprintf(format, args...))
}

// tell writes the history, one operation a line.
func (r *run) tell() string {
	var b strings.Builder
	fmt.Fprintf(&b, "terms %+v\n", *r.terms)
	for _, o := range r.h.ops {
		fmt.Fprintf(&b, "%d..%d client %d: %+v -> %+v\n", o.Call, o.Return, o.ClientId, o.Input, o.Output)
	}
	return b.String()
}
