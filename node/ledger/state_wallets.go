package ledger

import (
	"github.com/econd/econd/node/budget"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
)

// wallets are what agents spend from the pools by budgets, and what was spent.
type wallets struct {
	list  []wallet
	at    map[string]int // by id
	named map[walletName]int
	open  map[slot]int64 // how many an agent has that are not closed

	spends  []spend
	spendAt map[string]int  // by id
	paying  map[op.Hash]int // the spend that a payment hash is set aside for, or was paid by

	operators []operatorBudget // that the operator set: those that hold, and of those that do not the latest

	trips  []trip
	tripAt map[op.ID]int
	onNode int          // trips of the node that are not reset
	onAt   map[slot]int // those of an agent

	// For monitoring: read by no rule.
	counts   map[spendSort]int64 // spends
	paid     map[string]paid     // by type
	onCause  map[tripSort]int    // trips that are not reset
	budgeted []int               // wallets whose budgets the latest entry set that set any
}

// operatorBudget is what a budget that the operator set adds in a day, and until when it holds.
type operatorBudget struct {
	wallet  int
	msat    int64
	untilMs int64
}

// spendSort is what spends are counted by, tripSort trips.
type spendSort struct {
	kind  string
	state spendState
}

type tripSort struct{ scope, cause string }

// paid is what settled spends cost.
type paid struct{ msat, feeMsat int64 }

// walletName names a wallet: each name once among an owner's.
type walletName struct {
	owner slot
	name  string
}

// wallet is one wallet. A part of another spends from the accounts of both.
type wallet struct {
	id      string // see stableID
	name    string
	owner   slot
	parent  int // index, or -1
	spender op.PublicKey
	service string
	seq     uint64
	closed  uint64 // the entry by which it ended, or 0
	onWait  []int  // spends that wait for approvals
	onTrip  int    // trips that are not reset
	spent   []int  // all that was asked for, in order
	parts   []int  // wallets that are parts of it

	budget  walletBudget
	account budget.Account
}

// walletBudget is what may be spent from a wallet, and who said so.
type walletBudget struct {
	terms    *budget.Terms  // nil: nothing may be
	approve  []op.PublicKey // who approves; nil: nobody is asked
	version  int64          // counts from 1
	by       budgetAuthor
	proposal int // index, of a decision
	seq      uint64
}

// budgetAuthor is who set a budget.
type budgetAuthor uint8

const (
	byNobody budgetAuthor = iota
	byDecision
	byOperator
	byOwner // of a part
	byGenesis
)

var budgetAuthors = [...]string{"", "decision", "operator", "owner", "genesis"}

// String names the author.
func (b budgetAuthor) String() string { return budgetAuthors[b] }

// spendState says how far a spend is.
type spendState uint8

const (
	spendAsked     spendState = iota // waits for approvals
	spendReserved                    // its sats are set aside
	spendSubmitted                   // its payment is known and may be under way
	spendSettled
	spendFailed
)

var spendStates = [...]string{"asked", "reserved", "submitted", "settled", "failed"}

// SpendStates lists the names of a spend's states.
func SpendStates() []string { return spendStates[:] }

// String returns the state's name.
func (x spendState) String() string { return spendStates[x] }

// spend is one payment from a wallet.
type spend struct {
	id     string
	wallet int
	by     op.PublicKey
	asks   op.Spend
	seq    uint64 // of the operation that asks for it, the last where it had failed before
	tries  int64
	state  spendState

	held     []budget.Reservation // of the wallet and of those that it is a part of, upwards
	heldSat  int64                // out of the pool
	pool     int
	paidBack []paidBack
	approved []assent

	hash       op.Hash
	node       op.NodeKey
	amountMsat int64 // that is paid
	preimage   op.Hash
	feeMsat    int64
	reason     string
	steps      []spendStep
}

// spendStep is one transition of a spend, as its entry made it.
type spendStep struct {
	seq           uint64
	timeMs        int64
	state         spendState
	version       int64 // of the wallet's budget
	before, after int64 // what the wallet had available, in msat
	trace         budget.Trace
}

// trip is a breaker that opened.
type trip struct {
	id     op.ID
	fact   op.BreakerTripped
	wallet int  // index, or -1
	agent  slot // or nobody
	seq    uint64
	timeMs int64
	resets []assent
	closed uint64 // the entry that closed it, or 0
}

func newWallets() wallets {
	return wallets{at: map[string]int{}, named: map[walletName]int{}, open: map[slot]int64{}, spendAt: map[string]int{},
		paying: map[op.Hash]int{}, tripAt: map[op.ID]int{}, onAt: map[slot]int{},
		counts: map[spendSort]int64{}, paid: map[string]paid{}, onCause: map[tripSort]int{}}
}

// add records a wallet and returns its place.
func (s *wallets) add(w wallet) int {
	i := len(s.list)
	s.list = append(s.list, w)
	s.at[w.id] = i
	s.named[walletName{w.owner, w.name}] = i
	s.open[w.owner]++
	if w.parent >= 0 {
		p := &s.list[w.parent]
		p.parts = append(p.parts, i)
	}
	return i
}

// endOperators ends what the operator set for a wallet, and forgets what ended more than a day ago.
func (s *wallets) endOperators(i int, nowMs int64) {
	var kept []operatorBudget
	for _, o := range s.operators {
		if o.wallet == i {
			o.untilMs = min(o.untilMs, nowMs)
		}
		if nowMs-o.untilMs < dayS*1000 {
			kept = append(kept, o)
		}
	}
	s.operators = kept
}

// operatorMsat is what budgets that the operator set add in a day: also those that ended less than
// a day ago, for what they added may be spent.
func (s *wallets) operatorMsat(nowMs int64) (msat int64) {
	for _, o := range s.operators {
		if nowMs-o.untilMs < dayS*1000 {
			msat += o.msat
		}
	}
	return msat
}

// end closes a wallet.
func (s *wallets) end(i int, seq uint64, nowMs int64) {
	s.endOperators(i, nowMs)
	w := &s.list[i]
	w.closed = seq
	s.open[w.owner]--
}

// setBudget puts other terms in force, and counts what the operator's add in a day.
func (s *wallets) setBudget(i int, b walletBudget, nowMs int64) {
	w := &s.list[i]
	s.endOperators(i, nowMs)
	if b.by == byOperator && b.terms != nil {
		s.operators = append(s.operators, operatorBudget{i, constitution.DayMsat(b.terms.RefillMsat, b.terms.PeriodS), b.terms.UntilMs})
	}
	b.version = w.budget.version + 1
	w.budget = b
	w.account.Change(b.terms, nowMs)
	if len(s.budgeted) > 0 && s.list[s.budgeted[0]].budget.seq != b.seq {
		s.budgeted = nil
	}
	s.budgeted = append(s.budgeted, i)
}

// ask records a spend, in place of one that had failed, and returns its place.
func (s *wallets) ask(x spend) int {
	i, again := s.spendAt[x.id]
	if !again {
		i = len(s.spends)
		s.spends = append(s.spends, spend{})
		s.spendAt[x.id] = i
		w := &s.list[x.wallet]
		w.spent = append(w.spent, i)
	} else {
		x.tries, x.steps = s.spends[i].tries, s.spends[i].steps
	}
	x.tries++
	s.spends[i] = x
	return i
}

// wait notes a spend that waits for approvals, and drops those that wait no more.
func (s *wallets) wait(i int, over func(int) bool) {
	w := &s.list[s.spends[i].wallet]
	var kept []int
	for _, j := range w.onWait {
		if !over(j) {
			kept = append(kept, j)
		}
	}
	w.onWait = append(kept, i)
}

// step records a transition.
func (s *wallets) step(x *spend, t spendStep) {
	kind := x.asks.Type
	if n := len(x.steps); n > 0 {
		s.counts[spendSort{kind, x.steps[n-1].state}]--
	}
	s.counts[spendSort{kind, t.state}]++
	if t.state == spendSettled {
		p := s.paid[kind]
		s.paid[kind] = paid{p.msat + x.amountMsat, p.feeMsat + x.feeMsat}
	}
	x.state = t.state
	x.steps = append(x.steps, t)
}

// hold keeps what is set aside for it.
func (x *spend) hold(held []budget.Reservation, sat int64, pool int) {
	x.held, x.heldSat, x.pool = held, sat, pool
}

func (x *spend) setPaidBack(list []paidBack) { x.paidBack = list }

// approve keeps the approvals.
func (x *spend) approve(list []assent) { x.approved = list }

// submit keeps the payment that is about to be sent.
func (s *wallets) submit(i int, c *op.SpendSubmitted) {
	x := &s.spends[i]
	x.hash, x.node, x.amountMsat = c.PaymentHash, c.Node, c.AmountMsat
	s.paying[c.PaymentHash] = i
}

// settle keeps how it ended.
func (x *spend) settle(preimage op.Hash, feeMsat int64) {
	x.preimage, x.feeMsat = preimage, feeMsat
	x.held = nil
}

// take keeps a payment hash for a spend that names it, from when its sats are set aside.
func (s *wallets) take(i int) {
	if hash := s.spends[i].hash; hash != (op.Hash{}) {
		s.paying[hash] = i
	}
}

// fail says why it did not come to a payment. Its payment hash is free again.
func (s *wallets) fail(i int, reason string) {
	x := &s.spends[i]
	x.reason, x.held, x.paidBack = reason, nil, nil
	if s.paying[x.hash] == i {
		delete(s.paying, x.hash)
	}
}

// identify gives a wallet its id.
func (w *wallet) identify(id string) { w.id = id }

// asked says what the wallet's own budget says to a request.
func (w *wallet) asked(r budget.Request, nowMs int64) (budget.Trace, error) {
	return budget.Check(w.budget.terms, &w.account, r, nowMs)
}

// reserve, settled and released change what a wallet's account says.
func (w *wallet) reserve(r budget.Request, nowMs int64) budget.Reservation {
	return w.account.Reserve(w.budget.terms, r, nowMs)
}

func (w *wallet) settled(r budget.Reservation, spentMsat, nowMs int64) {
	w.account.Settle(r, spentMsat, nowMs)
}

func (w *wallet) released(r budget.Reservation, nowMs int64) { w.account.Release(r, nowMs) }

// trip records a breaker that opened.
func (s *wallets) trip(t trip) {
	s.tripAt[t.id] = len(s.trips)
	s.trips = append(s.trips, t)
	s.count(&t, 1)
}

// reset keeps who signed that a breaker be closed, and closes it by an entry, or not yet.
func (s *wallets) reset(i int, list []assent, seq uint64) {
	t := &s.trips[i]
	t.resets, t.closed = list, seq
	if seq != 0 {
		s.count(t, -1)
	}
}

func (s *wallets) count(t *trip, by int) {
	s.onCause[tripSort{t.fact.Scope, t.fact.Cause}] += by
	switch {
	case t.wallet >= 0:
		s.list[t.wallet].onTrip += by
	case t.agent != nobody:
		s.onAt[t.agent] += by
	default:
		s.onNode += by
	}
}
