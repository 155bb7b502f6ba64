package crashtest

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/econd/econd/node/budget"
)

// input is one operation of a history: a caller's, the clock's or the Lightning node's.
type input struct {
	what string // "pay", "state", "balance", "tick", "ended"
	pay  Payment
	msat int64 // tick: the instant; ended: what was spent, -1 where it failed
}

// output is what was answered.
type output struct {
	unknown  bool
	accepted bool
	rule     string
	state    State
	msat     int64
}

// history collects operations, each with the places of its call and of its answer in one order of all.
type history struct {
	mu    sync.Mutex
	clock atomic.Int64
	ops   []porcupine.Operation
}

// open is the return of an operation that may come to pass until a later instant.
const open = -1

// do records an operation and what came of it. What a caller does not know, it may have done
// until the wallet is known to be at rest, see rested; a question without an answer is none.
func (h *history) do(client int, in input, fn func() output) {
	call := h.clock.Add(1)
	out := fn()
	back := h.clock.Add(1)
	if out.unknown && in.what != "pay" {
		return
	}
	if out.unknown {
		back = open
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, porcupine.Operation{ClientId: client, Input: in, Call: call, Output: out, Return: back})
}

// ended records that the Lightning node knows the end of a payment. The wallet hears of it
// sometime until it has finished.
func (h *history) ended(client int, key string, spentMsat int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, porcupine.Operation{ClientId: client, Input: input{what: "ended", pay: Payment{Key: key}, msat: spentMsat}, Call: h.clock.Add(1), Output: output{}, Return: open})
}

// rested says that no call is under way any more: the wallet was started anew. Finished, that
// it has heard of all ends, too.
func (h *history) rested(finished bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := h.clock.Add(1)
	for i := range h.ops {
		if h.ops[i].Return == open && (finished || h.ops[i].Input.(input).what == "pay") {
			h.ops[i].Return = at
		}
	}
}

// account is a state of the model.
type account struct {
	steady bool // its time never goes back
	nowMs  int64
	money  budget.Account
	keys   []entry // of all payments of the schedule
}

type entry struct {
	key   string
	state State
	held  budget.Reservation
}

func (a *account) clone() *account {
	return &account{a.steady, a.nowMs, *a.money.Clone(), append([]entry{}, a.keys...)}
}

func (a *account) at(key string) *entry {
	for i := range a.keys {
		if a.keys[i].key == key {
			return &a.keys[i]
		}
	}
	panic("crashtest: a payment of no schedule: " + key)
}

// model is a wallet that does one thing at a time and never dies.
func model(t *budget.Terms, pays []Payment, nowMs int64, steady bool) porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() []any {
			a := &account{nowMs: nowMs, steady: steady}
			for _, p := range pays {
				a.keys = append(a.keys, entry{key: p.Key, state: None})
			}
			return []any{a}
		},
		Step: func(state, in, out any) (next []any) {
			a := state.(*account).clone()
			if a.step(t, in.(input), out.(output)) {
				next = append(next, a)
			}
			if out.(output).unknown {
				next = append(next, state) // it never came to pass
			}
			return next
		},
		Equal: func(a, b any) bool { return reflect.DeepEqual(a, b) },
	}
	return m.ToModel()
}

func (a *account) step(t *budget.Terms, in input, out output) bool {
	switch in.what {
	case "tick":
		if !a.steady || in.msat > a.nowMs {
			a.nowMs = in.msat
		}
		return true
	case "balance":
		return out.msat == a.money.Available(t, a.nowMs)
	case "state":
		return out.state == a.at(in.pay.Key).state
	case "ended":
		return a.end(in)
	}
	return a.pay(t, in.pay, out)
}

func (a *account) pay(t *budget.Terms, p Payment, out output) bool {
	e := a.at(p.Key)
	if e.state == Pending || e.state == Settled {
		return out.unknown || out.accepted
	}
	r := budgetRequest(p)
	trace, err := budget.Check(t, &a.money, r, a.nowMs)
	if err != nil {
		return out.unknown || !out.accepted && (out.rule == "" || out.rule == trace.Decided)
	}
	e.held, e.state = a.money.Reserve(t, r, a.nowMs), Pending
	return out.unknown || out.accepted
}

// end books what the Lightning node said: only of what is reserved.
func (a *account) end(in input) bool {
	e := a.at(in.pay.Key)
	if e.state != Pending {
		return false
	}
	if e.state = Settled; in.msat < 0 {
		e.state = Failed
		a.money.Release(e.held, a.nowMs)
		return true
	}
	a.money.Settle(e.held, in.msat, a.nowMs)
	return true
}

// payee is whom everybody pays here.
const payee = "node:0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"

func budgetRequest(p Payment) budget.Request {
	return budget.Request{AmountMsat: p.AmountMsat, FeeLimitMsat: p.FeeLimitMsat, Recipients: []string{payee}, Purpose: "work", Approved: true}
}

// check holds the history against the model.
func (h *history) check(m porcupine.Model, within time.Duration) porcupine.CheckResult {
	h.mu.Lock()
	defer h.mu.Unlock()
	return porcupine.CheckOperationsTimeout(m, lighten(h.ops), within)
}

// lighten makes a history that is judged soon, and no less lenient: whatever the first one is
// a history of, this is one of, too.
//
//   - The end of a payment that settled lies between what saw it under way and what saw it
//     settled.
//   - Of callers that met and got the same answer to the same payment no more are kept than
//     could have brought something about: each but the first of them needs a failure before it. Those
//     that are kept may do it at any time while the others could.
//   - Of refusals, which bring nothing about, two are kept.
func lighten(ops []porcupine.Operation) (out []porcupine.Operation) {
	failures := map[string]int{}
	for _, o := range ops {
		if in := o.Input.(input); in.what == "ended" && in.msat < 0 {
			failures[in.pay.Key]++
		}
	}
	ops = slices.Clone(ops)
	slices.SortFunc(ops, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	groups := map[string][]int{} // places in out of those that met
	for _, o := range ops {
		in := o.Input.(input)
		if in.what == "ended" && in.msat >= 0 {
			o = between(o, ops)
		}
		if in.what != "pay" {
			out = append(out, o)
			continue
		}
		name := fmt.Sprintf("%s %+v", in.pay.Key, o.Output)
		group := groups[name]
		if len(group) > 0 && !slices.ContainsFunc(group, func(i int) bool { return o.Call < out[i].Return }) {
			group = nil
		}
		most := 2
		if r := o.Output.(output); r.accepted || r.unknown {
			most = 1 + failures[in.pay.Key]
		}
		if len(group) < most {
			groups[name] = append(group, len(out))
			out = append(out, o)
			continue
		}
		groups[name] = group
		if r := o.Output.(output); !r.accepted && !r.unknown {
			continue
		}
		for _, i := range group {
			out[i].Return = max(out[i].Return, o.Return)
		}
	}
	return out
}

// between narrows when the wallet can have heard of a settlement.
func between(o porcupine.Operation, ops []porcupine.Operation) porcupine.Operation {
	for _, seen := range ops {
		in, out := seen.Input.(input), seen.Output.(output)
		if in.what != "state" || in.pay.Key != o.Input.(input).pay.Key {
			continue
		}
		if out.state == Settled {
			o.Return = min(o.Return, seen.Return)
		} else {
			o.Call = max(o.Call, seen.Call)
		}
	}
	return o
}
