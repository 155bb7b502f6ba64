package budget

import (
	"flag"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// checkMany is rapid.Check with so many schedules, in place of the hundred of its default.
func checkMany(t *testing.T, schedules string, property func(*rapid.T)) {
	t.Helper()
	old := flag.Lookup("rapid.checks").Value.String()
	require.NoError(t, flag.Set("rapid.checks", schedules))
	defer func() { require.NoError(t, flag.Set("rapid.checks", old)) }()
	rapid.Check(t, property)
}

// slow is what an account is held against: it keeps all that ever happened and tells it
// again from the beginning for each question, one period after the other, with a sum over
// all reservations wherever a number is asked for.
type slow struct{ told []event }

// event is a call that changes an account.
type event struct {
	what  string // "reserve", "lower", "settle", "release", "change"
	terms *Terms // of reserve and change
	atMs  int64
	of    int   // which reservation
	msat  int64 // reserved, lowered to, spent
}

// booked is a reservation as the story so far has it.
type booked struct {
	atMs, period   int64
	reserved       int64 // still held
	spent          int64 // in its period
	over           int64 // spent above it when its period was over: in period overIn
	overIn         int64
	released, open bool
	forgotten      bool // no window counts it any more
}

// tale is where a story ends.
type tale struct {
	nowMs, startMs, period, carried int64
	terms                           Terms // that were brought last; all zero where there were none
	begun                           bool
	booked                          []booked
}

func (s *slow) tell(t *Terms, nowMs int64) *tale {
	w := &tale{}
	for _, e := range s.told {
		w.tell(e)
	}
	w.bring(t, nowMs)
	return w
}

func (w *tale) tell(e event) {
	switch e.what {
	case "change":
		w.bring(e.terms, e.atMs)
		return
	case "reserve":
		w.bring(e.terms, e.atMs)
		w.booked = append(w.booked, booked{atMs: w.nowMs, period: w.period, reserved: e.msat, open: true, forgotten: len(e.terms.Velocity) == 0})
		return
	}
	w.pass(e.atMs)
	b := &w.booked[e.of]
	switch {
	case e.what == "lower":
		b.reserved = e.msat
	case e.what == "release":
		b.reserved, b.released, b.open = 0, true, false
	case e.what == "settle" && b.period == w.period:
		b.spent, b.open = e.msat, false
	case e.what == "settle":
		b.over, b.overIn = max(0, e.msat-b.reserved), w.period
		b.spent, b.open = e.msat-b.over, false
	}
}

// pass lets the time go by under the terms that there are.
func (w *tale) pass(nowMs int64) {
	w.nowMs = max(w.nowMs, nowMs)
	for w.begun && w.nowMs >= w.startMs+w.terms.PeriodS*1000 {
		left := max(0, w.allowance()-w.used())
		w.carried = 0
		if w.terms.Rollover {
			w.carried = min(left, w.terms.CeilingMsat)
		}
		w.startMs += w.terms.PeriodS * 1000
		w.period++
	}
	w.forget()
}

func (w *tale) bring(t *Terms, nowMs int64) {
	w.pass(nowMs)
	if t == nil {
		w.terms.RefillMsat, w.terms.CeilingMsat, w.terms.Rollover, w.carried = 0, 0, false, 0
		return
	}
	if !w.begun || t.PeriodS != w.terms.PeriodS {
		w.begun = true
		w.startMs = w.nowMs / (t.PeriodS * 1000) * (t.PeriodS * 1000)
	}
	w.terms = *t
	if !t.Rollover {
		w.carried = 0
	}
	w.carried = min(w.carried, t.CeilingMsat)
	w.forget()
}

func (w *tale) forget() {
	if !w.begun {
		return
	}
	longest := int64(0)
	for _, v := range w.terms.Velocity {
		longest = max(longest, v.WindowS)
	}
	for i := range w.booked {
		w.booked[i].forgotten = w.booked[i].forgotten || w.nowMs-w.booked[i].atMs >= longest*1000
	}
}

func (w *tale) allowance() int64 { return min(w.carried+w.terms.RefillMsat, w.terms.CeilingMsat) }

// ofPeriod is what the running period reserved, and what it spent.
func (w *tale) ofPeriod() (reserved, spent int64) {
	for _, b := range w.booked {
		if b.period == w.period && b.open {
			reserved += b.reserved
		}
		if b.period == w.period && !b.open {
			spent += b.spent
		}
		if b.over > 0 && b.overIn == w.period {
			spent += b.over
		}
	}
	return reserved, spent
}

func (w *tale) used() int64 {
	reserved, spent := w.ofPeriod()
	return reserved + spent
}

func (w *tale) window(seconds int64) (count, msat int64) {
	for _, b := range w.booked {
		if b.forgotten || b.released || w.nowMs-b.atMs >= seconds*1000 {
			continue
		}
		count++
		if b.open {
			msat += b.reserved
		} else {
			msat += b.spent + b.over
		}
	}
	return count, msat
}

// figures are the account's, told slowly.
func (w *tale) figures() Figures {
	reserved, spent := w.ofPeriod()
	f := Figures{PeriodStartMs: w.startMs, CarriedMsat: w.carried, AllowanceMsat: w.allowance(), SpentMsat: spent, ReservedMsat: reserved,
		PeriodEndMs: w.startMs + w.terms.PeriodS*1000, AvailableMsat: max(0, w.allowance()-reserved-spent)}
	for _, b := range w.booked {
		if b.open {
			f.OpenMsat += b.reserved
		} else {
			f.TotalMsat += b.spent + b.over
		}
	}
	return f
}

// decide is the rule that refuses, "" for none.
func (w *tale) decide(t *Terms, r Request) string {
	asked := r.AmountMsat + r.FeeLimitMsat
	switch {
	case t == nil:
		return RuleBudget
	case r.AmountMsat < 1 || r.FeeLimitMsat < 0:
		return RuleAmount
	case w.nowMs > t.UntilMs:
		return RuleExpiry
	case t.Recipients[0] != Any && !slices.Contains(t.Recipients, r.Recipients[0]):
		return RuleRecipient
	case len(t.Purposes) > 0 && !slices.Contains(t.Purposes, r.Purpose):
		return RulePurpose
	case asked > t.CapMsat:
		return RuleCap
	case w.used()+asked > w.carried+t.RefillMsat:
		return RulePeriod
	case w.used()+asked > t.CeilingMsat:
		return RuleCeiling
	}
	for _, v := range t.Velocity {
		count, msat := w.window(v.WindowS)
		if count+1 > v.Count && v.Count > 0 || count+1 > MaxCount || v.Msat > 0 && msat+asked > v.Msat {
			return RuleVelocity
		}
	}
	if t.Approvals != nil && asked > t.Approvals.AboveMsat && !r.Approved {
		return RuleApprovals
	}
	return ""
}

// rngOf gives a schedule numbers, all from one seed and steps that rapid can take away.
func rngOf(t *rapid.T) *rand.Rand {
	return rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
}

func pick[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }

// someTerms are small, so that every limit is met soon.
func someTerms(rng *rand.Rand) *Terms {
	t := &Terms{RefillMsat: 1 + rng.Int64N(60), CeilingMsat: 1 + rng.Int64N(120), PeriodS: pick[int64](rng, 1, 2, 3, 6, 12), Rollover: rng.IntN(2) == 0,
		CapMsat: 1 + rng.Int64N(60), Recipients: pick(rng, []string{Any}, []string{Any}, []string{alice}), UntilMs: pick[int64](rng, 1<<50, 1<<50, 1<<50, rng.Int64N(40_000)+1)}
	for range pick(rng, 0, 0, 1, 2) {
		v := Velocity{WindowS: pick[int64](rng, 1, 2, 5, 9), Count: pick[int64](rng, 0, 1, 3)}
		if v.Count == 0 || rng.IntN(2) == 0 {
			v.Msat = 1 + rng.Int64N(100)
		}
		t.Velocity = append(t.Velocity, v)
	}
	if rng.IntN(4) == 0 {
		t.Purposes = []string{"work"}
	}
	if rng.IntN(4) == 0 {
		t.Approvals = &Approvals{AboveMsat: rng.Int64N(40), M: 1, Keys: []string{approver}}
	}
	return t
}

// someRequest asks mostly for what is just within, or a msat beyond, one limit.
func someRequest(rng *rand.Rand, t *Terms, a *Account, nowMs int64) Request {
	edge := rng.Int64N(60) + 1
	if t != nil {
		edge = pick(rng, edge, edge/4, t.CapMsat, t.CapMsat+1, a.Available(t, nowMs), a.Available(t, nowMs)+1)
		if t.Approvals != nil {
			edge = pick(rng, edge, t.Approvals.AboveMsat, t.Approvals.AboveMsat+1)
		}
	}
	fee := rng.Int64N(max(1, edge)) / 2
	return Request{AmountMsat: edge - fee, FeeLimitMsat: fee - pick[int64](rng, 0, 0, 0, 0, 0, 0, 0, 0, 0, fee+1),
		Recipients: []string{pick(rng, alice, alice, alice, "origin:https://shop.example")},
		Purpose:    pick(rng, "work", "work", "work", "play"), Approved: rng.IntN(2) == 0}
}

// someTime is a ms on either side of an edge, somewhere later, or earlier.
func someTime(rng *rand.Rand, nowMs, periodS int64) int64 {
	next := (nowMs/(periodS*1000) + 1) * periodS * 1000
	return max(0, pick(rng, nowMs, nowMs, nowMs, nowMs+1, next-1, next, nowMs+rng.Int64N(2000), nowMs+rng.Int64N(9)*1000, nowMs+rng.Int64N(30_000), nowMs-rng.Int64N(3000)))
}

// one is a wallet in a chain: its account, its terms and the slow account beside it.
type one struct {
	terms   *Terms
	account Account
	slow    slow
}

// chain is a wallet and those that it is a part of, through which every spend goes.
type chain struct {
	t     *rapid.T
	rng   *rand.Rand
	ones  []one
	open  [][]Reservation // of each open spend, the reservation on each wallet
	index []int           // of each open spend, its number among all
	count int
	nowMs int64
	seen  map[string]int
}

// Ten thousand schedules over one to three wallets: the account says what the slow one says,
// at every step, to the msat.
func TestAgreesWithTheSlowAccount(t *testing.T) {
	seen := map[string]int{}
	checkMany(t, "10000", func(t *rapid.T) {
		c := &chain{t: t, rng: rngOf(t), seen: seen}
		c.ones = make([]one, rapid.IntRange(1, 3).Draw(t, "wallets"))
		for i := range c.ones {
			c.ones[i].terms = someTerms(c.rng)
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			c.step()
		}
	})
	for _, what := range []string{"", RuleBudget, RuleAmount, RuleExpiry, RuleRecipient, RulePurpose, RuleCap, RulePeriod, RuleCeiling, RuleVelocity, RuleApprovals,
		"settled below", "settled above", "settled later", "released later", "lowered", "changed while open", "another period while open"} {
		require.Greater(t, seen[what], 100, "how often %q was met: the schedules do not say much", what)
	}
}

func (c *chain) step() {
	i := c.rng.IntN(len(c.ones))
	periodS := int64(1)
	if t := c.ones[i].terms; t != nil {
		periodS = t.PeriodS
	}
	c.nowMs = someTime(c.rng, c.nowMs, periodS)
	switch n := c.rng.IntN(20); {
	case n < 10:
		c.spend(i)
	case n < 17 && len(c.open) > 0:
		c.end(c.rng.IntN(len(c.open)))
	case n == 17:
		c.change(i)
	}
	for i := range c.ones {
		o := &c.ones[i]
		require.Equal(c.t, o.slow.tell(o.terms, c.nowMs).figures(), o.account.Figures(o.terms, c.nowMs), "wallet %d at %d", i, c.nowMs)
	}
}

// spend asks on every wallet, and reserves on all where none refuses.
func (c *chain) spend(i int) {
	r := someRequest(c.rng, c.ones[i].terms, &c.ones[i].account, c.nowMs)
	refused := false
	for i := range c.ones {
		o := &c.ones[i]
		before := o.account.Clone()
		trace, err := Check(o.terms, &o.account, r, c.nowMs)
		require.Equal(c.t, *before, o.account, "Check changed the account")
		want := o.slow.tell(o.terms, c.nowMs).decide(o.terms, r)
		require.Equal(c.t, want, trace.Decided, "wallet %d at %d: %v", i, c.nowMs, trace.Sentences())
		require.Equal(c.t, want == "", err == nil)
		c.numbers(o, trace)
		c.seen[want]++
		refused = refused || err != nil
	}
	if refused {
		return
	}
	held := make([]Reservation, len(c.ones))
	for i := range c.ones {
		o := &c.ones[i]
		held[i] = o.account.Reserve(o.terms, r, c.nowMs)
		o.slow.told = append(o.slow.told, event{what: "reserve", terms: o.terms, atMs: c.nowMs, msat: r.AmountMsat + r.FeeLimitMsat})
		f := o.account.Figures(o.terms, c.nowMs)
		require.LessOrEqual(c.t, f.SpentMsat+f.ReservedMsat, f.AllowanceMsat, "more is spent and reserved than the terms allow")
	}
	c.open, c.index = append(c.open, held), append(c.index, c.count)
	c.count++
}

// numbers holds what a trace says against the slow account.
func (c *chain) numbers(o *one, trace Trace) {
	w := o.slow.tell(o.terms, c.nowMs)
	windows := 0
	for _, s := range trace.Rules {
		switch {
		case s.Rule == RulePeriod:
			require.Equal(c.t, Step{Rule: s.Rule, Passed: s.Passed, LimitMsat: w.carried + o.terms.RefillMsat, UsedMsat: w.used(), AskedMsat: trace.AskedMsat,
				LeftMsat: max(0, w.carried+o.terms.RefillMsat-w.used())}, s)
		case s.Rule == RuleVelocity && s.LimitCount > 0:
			count, _ := w.window(s.WindowS)
			require.Equal(c.t, count, s.UsedCount)
			require.Equal(c.t, o.terms.Velocity[windows].WindowS, s.WindowS)
			windows++
		case s.Rule == RuleVelocity:
			_, msat := w.window(s.WindowS)
			require.Equal(c.t, []int64{msat, o.terms.Velocity[windows-1].Msat}, []int64{s.UsedMsat, s.LimitMsat})
		}
	}
}

// end lowers, settles or releases an open spend on every wallet.
func (c *chain) end(k int) {
	held, of := c.open[k], c.index[k]
	e := event{what: pick(c.rng, "lower", "settle", "settle", "settle", "release"), atMs: c.nowMs, of: of}
	reserved := held[0].Msat
	switch e.what {
	case "lower":
		e.msat = c.rng.Int64N(reserved + 1)
	case "settle":
		e.msat = pick(c.rng, reserved, c.rng.Int64N(reserved+1), reserved+1, reserved+c.rng.Int64N(90))
	}
	c.note(e, held)
	for i := range c.ones {
		o := &c.ones[i]
		o.slow.told = append(o.slow.told, e)
		switch e.what {
		case "lower":
			held[i] = o.account.Lower(held[i], e.msat, c.nowMs)
		case "settle":
			o.account.Settle(held[i], e.msat, c.nowMs)
		case "release":
			o.account.Release(held[i], c.nowMs)
		}
	}
	if e.what != "lower" {
		c.open, c.index = slices.Delete(c.open, k, k+1), slices.Delete(c.index, k, k+1)
	}
}

// note counts what the schedules meet.
func (c *chain) note(e event, held []Reservation) {
	later := held[0].Period < c.ones[0].account.period.no
	switch {
	case e.what == "lower":
		c.seen["lowered"]++
	case e.what == "settle" && e.msat > held[0].Msat:
		c.seen["settled above"]++
	case e.what == "settle":
		c.seen["settled below"]++
	}
	if later && e.what != "lower" {
		c.seen[map[string]string{"settle": "settled later", "release": "released later"}[e.what]]++
	}
}

// change brings new terms, said at once or with the next call.
func (c *chain) change(i int) {
	o := &c.ones[i]
	before := o.terms
	o.terms = someTerms(c.rng)
	if c.rng.IntN(6) == 0 {
		o.terms = nil
	}
	if len(c.open) > 0 {
		c.seen["changed while open"]++
		if o.terms != nil && before != nil && o.terms.PeriodS != before.PeriodS {
			c.seen["another period while open"]++
		}
	}
	if c.rng.IntN(3) > 0 {
		o.account.Change(o.terms, c.nowMs)
		o.slow.told = append(o.slow.told, event{what: "change", terms: o.terms, atMs: c.nowMs})
	}
}

// Whatever is asked for under terms that stay, no period, no window and no run of periods
// has more than the terms say: counted over what was paid, without the account.
func TestWhatIsSpentStaysWithin(t *testing.T) {
	type paid struct{ atMs, msat int64 }
	checkMany(t, "2000", func(t *rapid.T) {
		rng := rngOf(t)
		terms, account := someTerms(rng), Account{}
		var all []paid
		open := map[int]Reservation{}
		nowMs, seenMs, firstMs := int64(0), int64(0), int64(-1)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			nowMs = someTime(rng, nowMs, terms.PeriodS)
			r := someRequest(rng, terms, &account, nowMs)
			if _, err := Check(terms, &account, r, nowMs); err == nil {
				seenMs = max(seenMs, nowMs)
				if firstMs < 0 {
					firstMs = seenMs
				}
				open[len(all)] = account.Reserve(terms, r, nowMs)
				all = append(all, paid{seenMs, r.AmountMsat + r.FeeLimitMsat})
			}
			if k := rng.IntN(len(all) + 1); k < len(all) {
				if held, ok := open[k]; ok {
					seenMs = max(seenMs, nowMs)
					all[k].msat = rng.Int64N(held.Msat + 1)
					account.Settle(held, all[k].msat, nowMs)
					delete(open, k)
				}
			}
		}
		within := func(fromMs, beforeMs int64) (count, msat int64) {
			for _, p := range all {
				if fromMs <= p.atMs && p.atMs < beforeMs {
					count, msat = count+1, msat+p.msat
				}
			}
			return count, msat
		}
		lengthMs := terms.PeriodS * 1000
		first := firstMs / lengthMs * lengthMs
		for _, p := range all {
			start := p.atMs / lengthMs * lengthMs
			_, msat := within(start, start+lengthMs)
			require.LessOrEqual(t, msat, terms.CeilingMsat)
			if !terms.Rollover {
				require.LessOrEqual(t, msat, terms.RefillMsat)
			}
			_, msat = within(0, start+lengthMs)
			require.LessOrEqual(t, msat, ((start-first)/lengthMs+1)*terms.RefillMsat)
			for _, v := range terms.Velocity {
				count, msat := within(p.atMs-v.WindowS*1000+1, p.atMs+1)
				require.LessOrEqual(t, count, v.most())
				if v.Msat > 0 {
					require.LessOrEqual(t, msat, v.Msat)
				}
			}
		}
	})
}
