package crashtest

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/econd/econd/node/budget"
)

// Bug is what a wallet can do wrong.
type Bug string

// Bugs, each of which the harness must find.
const (
	NoBug        Bug = ""
	PayAnew      Bug = "pays anew after a lost answer"       // with another payment hash
	ReleaseEarly Bug = "releases what may still be paid"     // takes unknown for failed
	Race         Bug = "checks before it holds the lock"     // and reserves afterwards
	SendFirst    Bug = "sends before it has written down"    // what it reserved
	FeesOutside  Bug = "reserves the amount without the fee" // that it lets LND pay
	ClockBack    Bug = "begins its period anew with a clock that goes back"
	ForgetKeys   Bug = "forgets the keys of its callers when it starts"
)

// Bugs are all of them.
func Bugs() []Bug {
	return []Bug{PayAnew, ReleaseEarly, Race, SendFirst, FeesOutside, ClockBack, ForgetKeys}
}

// disk is what outlives the process: one record, replaced at once.
type disk struct {
	mu    sync.Mutex
	state books
}

// books are what a wallet keeps.
type books struct {
	money budget.Account
	pays  []paying
	sends int
}

type paying struct {
	Payment
	state State
	held  budget.Reservation
	hash  string
}

func (b *books) clone() books {
	return books{*b.money.Clone(), append([]paying{}, b.pays...), b.sends}
}

func (b *books) find(key string) *paying {
	for i := range b.pays {
		if b.pays[i].Key == key {
			return &b.pays[i]
		}
	}
	return nil
}

// reference is the smallest wallet that does it right: one lock, one record on disk that is
// written before anything leaves, the payment hash of a try fixed by then.
type reference struct {
	bug   Bug
	terms *budget.Terms
	ln    *lightning
	disk  *disk

	mu    sync.Mutex // of the clock and the process
	nowMs int64
	p     *process
}

// process is what dies.
type process struct {
	w      *reference
	killer Killer
	mu     sync.Mutex
	books  books
	underW sync.Mutex // one at a time goes to the Lightning node for a payment
}

// died ends a call of a process that was killed.
type died struct{}

// Reference returns how to start the wallet, with a bug.
func Reference(bug Bug) Start {
	return func(env Env) (Subject, error) {
		w := &reference{bug: bug, terms: env.Terms, ln: newLightning(env.Ended), disk: &disk{}, nowMs: env.NowMs}
		w.p = &process{w: w}
		return w, nil
	}
}

func (w *reference) process() (*process, int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.p, w.nowMs
}

func (w *reference) Pay(p Payment) (accepted bool, rule string, err error) {
	proc, _ := w.process()
	err = proc.alive(func() { accepted, rule = proc.pay(p) })
	return accepted, rule, err
}

func (w *reference) State(key string) (s State, err error) {
	proc, _ := w.process()
	err = proc.alive(func() {
		proc.mu.Lock()
		defer proc.mu.Unlock()
		s = None
		if x := proc.books.find(key); x != nil {
			s = x.state
		}
	})
	return s, err
}

func (w *reference) Balance() (msat int64, err error) {
	proc, _ := w.process()
	err = proc.alive(func() {
		proc.mu.Lock()
		defer proc.mu.Unlock()
		_, now := w.process()
		msat = proc.books.money.Available(w.terms, now)
	})
	return msat, err
}

func (w *reference) Kill() { p, _ := w.process(); p.killer.Die() }

func (w *reference) KillAt(step int) { p, _ := w.process(); p.killer.At(step, nil) }

func (w *reference) Killed() bool { p, _ := w.process(); return p.killer.Dead() }

func (w *reference) Tick(nowMs int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.bug == ClockBack && nowMs < w.nowMs {
		w.disk.mu.Lock()
		w.disk.state.money = budget.Account{}
		w.p.mu.Lock()
		w.p.books.money = budget.Account{}
		w.p.mu.Unlock()
		w.disk.mu.Unlock()
	}
	w.nowMs = nowMs
}

func (w *reference) Trouble(t Trouble) { w.ln.set(t) }

func (w *reference) Left() []Left {
	w.ln.mu.Lock()
	defer w.ln.mu.Unlock()
	return append([]Left{}, w.ln.left...)
}

// Steady: its budget goes by the clock, and sees to it that time does not go back.
func (w *reference) Steady() bool { return false }

func (w *reference) Close() { w.Kill() }

// Restart reads the disk, and takes up what was under way.
func (w *reference) Restart() {
	w.Kill()
	w.disk.mu.Lock()
	books := w.disk.state.clone()
	w.disk.mu.Unlock()
	if w.bug == ForgetKeys {
		kept := books.pays[:0]
		for _, x := range books.pays {
			if x.state == Pending {
				kept = append(kept, x)
			}
		}
		books.pays = kept
	}
	p := &process{w: w, books: books}
	w.mu.Lock()
	w.p = p
	w.mu.Unlock()
	_ = p.alive(p.takeUp)
}

// Finish asks after everything until nothing is under way.
func (w *reference) Finish(func(int64)) error {
	p, _ := w.process()
	return p.alive(p.takeUp)
}

// alive runs a call; a process that dies in it answers nothing.
func (p *process) alive(fn func()) (err error) {
	defer func() {
		if x := recover(); x != nil {
			if _, ok := x.(died); !ok {
				panic(x)
			}
			err = ErrUnknown
		}
	}()
	p.step()
	fn()
	p.step()
	return nil
}

// step is where the process can die.
func (p *process) step() {
	runtime.Gosched()
	if p.killer.Step() {
		panic(died{})
	}
}

// write puts the books on the disk, whole or not at all. Who calls holds the lock.
func (p *process) write() {
	p.step()
	p.w.disk.mu.Lock()
	current, _ := p.w.process()
	if current != p || p.killer.Dead() {
		p.w.disk.mu.Unlock()
		panic(died{})
	}
	p.w.disk.state = p.books.clone()
	p.w.disk.mu.Unlock()
	p.step()
}

func (p *process) pay(ask Payment) (accepted bool, rule string) {
	if p.w.bug == Race {
		_, now := p.w.process()
		p.mu.Lock()
		seen := *p.books.money.Clone()
		p.mu.Unlock()
		if trace, err := budget.Check(p.w.terms, &seen, budgetRequest(ask), now); err != nil {
			return false, trace.Decided
		}
		runtime.Gosched()
	}
	accepted, rule = p.reserve(ask)
	if accepted {
		p.send(ask.Key)
	}
	return accepted, rule
}

func (p *process) reserve(ask Payment) (accepted bool, rule string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, now := p.w.process()
	x := p.books.find(ask.Key)
	if x != nil && x.state != Failed {
		return true, ""
	}
	r := budgetRequest(ask)
	if p.w.bug == FeesOutside {
		r.FeeLimitMsat = 0
	}
	terms := p.w.terms
	trace, err := budget.Check(terms, &p.books.money, r, now)
	switch {
	case err != nil && p.w.bug == Race:
		wide := *terms
		wide.RefillMsat, wide.CeilingMsat, wide.Velocity = budget.MaxMsat, budget.MaxMsat, nil
		terms = &wide
	case err != nil:
		return false, trace.Decided
	}
	if x == nil {
		p.books.pays = append(p.books.pays, paying{Payment: ask})
		x = p.books.find(ask.Key)
	}
	p.books.sends++
	x.state, x.hash = Pending, fmt.Sprintf("%s/%d", ask.Key, p.books.sends)
	x.held = p.books.money.Reserve(terms, r, now)
	if terms != p.w.terms {
		p.books.money.Change(p.w.terms, now)
	}
	if p.w.bug != SendFirst {
		p.write()
	}
	return true, ""
}

// send brings a payment as far as the Lightning node says. It looks before it sends, and what
// it does not hear of stays under way.
func (p *process) send(key string) {
	p.underW.Lock()
	defer p.underW.Unlock()
	for range 8 {
		p.mu.Lock()
		x := *p.books.find(key)
		p.mu.Unlock()
		if x.state != Pending {
			return
		}
		p.step()
		o, err := p.w.ln.track(x.hash)
		if err == nil && !o.known {
			p.step()
			o, err = p.w.ln.send(x.hash, x.Payment)
		}
		p.step()
		switch {
		case err != nil && p.w.bug == PayAnew:
			p.change(key, func(x *paying) { x.hash += "+" })
		case err != nil && p.w.bug == ReleaseEarly:
			p.book(key, outcome{known: true, state: Failed})
			return
		case err == nil && o.state == Pending:
			return
		case err == nil:
			p.book(key, o)
			return
		}
	}
}

func (p *process) change(key string, fn func(*paying)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fn(p.books.find(key))
	p.write()
}

// book writes down how a payment ended.
func (p *process) book(key string, o outcome) {
	_, now := p.w.process()
	p.change(key, func(x *paying) {
		x.state = o.state
		if o.state == Failed {
			p.books.money.Release(x.held, now)
			return
		}
		p.books.money.Settle(x.held, o.spent, now)
	})
}

// takeUp goes after all that is under way.
func (p *process) takeUp() {
	p.mu.Lock()
	var keys []string
	for _, x := range p.books.pays {
		if x.state == Pending {
			keys = append(keys, x.Key)
		}
	}
	p.mu.Unlock()
	for _, key := range keys {
		p.send(key)
	}
}
