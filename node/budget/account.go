package budget

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
)

// Account is what one wallet has reserved and spent. The zero value is an account that was
// never used.
type Account struct {
	seenMs int64 // latest instant that a call brought
	under  frame // what the terms of the latest call say of periods and windows
	period period

	openMsat  int64 // reserved and neither settled nor released, of whatever period
	spentMsat int64 // ever
	reserved  int64 // how many reservations there were
	uses      []use // of the longest window, in their order
}

// frame is what of terms an account goes on by while nobody brings them.
type frame struct {
	refillMsat, ceilingMsat int64
	periodS, longestS       int64
	rollover                bool
}

// period is the running one.
type period struct {
	no                                   int64 // counts the periods of the account; 0: there was none
	startMs                              int64
	carriedMsat, spentMsat, reservedMsat int64
}

// use is a reservation that windows count, or what became of it.
type use struct{ no, atMs, msat int64 }

// Reservation is what was taken out of an account for a payment, to be handed back to the
// same account once, to Settle or Release. It is a value: the caller keeps it.
type Reservation struct {
	No     int64 // which of the account's reservations
	Period int64 // which of the account's periods
	Msat   int64 // amount and fee limit
}

// Clone returns an account that shares nothing with this one.
func (a *Account) Clone() *Account {
	c := *a
	c.uses = slices.Clone(a.uses)
	return &c
}

// Change brings new terms from an instant on; nil where there are none any more. It may be
// left out: then they hold from the next call on that brings them, and until then the
// periods go on by the old ones.
func (a *Account) Change(t *Terms, nowMs int64) { a.advance(t, nowMs) }

// Available says how much is left of the period at an instant: what Check's rules period
// and ceiling allow, whatever the others do. It changes nothing.
func (a *Account) Available(t *Terms, nowMs int64) int64 { return a.Figures(t, nowMs).AvailableMsat }

// Reserve takes amount and fee limit of a request out of the account. It panics where Check
// refuses the request, and changes nothing then.
func (a *Account) Reserve(t *Terms, r Request, nowMs int64) Reservation {
	if _, err := Check(t, a, r, nowMs); err != nil {
		panic(fmt.Sprintf("budget: reserved against the rules: %v", err))
	}
	a.advance(t, nowMs)
	asked := r.askedMsat()
	a.period.reservedMsat += asked
	a.openMsat = add(a.openMsat, asked)
	a.reserved++
	if a.under.longestS > 0 {
		a.uses = append(a.uses, use{a.reserved, a.seenMs, asked})
	}
	return Reservation{a.reserved, a.period.no, asked}
}

// Lower makes a reservation smaller, once the amount is known, and returns what stands in
// its place. It panics unless the new one is between 0 and the old one.
func (a *Account) Lower(r Reservation, toMsat, nowMs int64) Reservation {
	if toMsat < 0 || toMsat > r.Msat {
		panic(fmt.Sprintf("budget: %d msat of %d cannot be lowered to", toMsat, r.Msat))
	}
	a.touch(nowMs)
	back := r.Msat - toMsat
	a.openMsat -= back
	if r.Period == a.period.no {
		a.period.reservedMsat -= back
	}
	a.amend(r, -back)
	r.Msat = toMsat
	return r
}

// Settle ends a reservation: so much was spent, fees included, which is whatever the
// payment had cost, also where that is more than was reserved. It panics on fewer than 0 or more
// than MaxMsat.
func (a *Account) Settle(r Reservation, spentMsat, nowMs int64) {
	if spentMsat < 0 || spentMsat > MaxMsat {
		panic(fmt.Sprintf("budget: %d msat cannot be spent", spentMsat))
	}
	a.touch(nowMs)
	a.openMsat -= r.Msat
	a.spentMsat = add(a.spentMsat, spentMsat)
	if r.Period == a.period.no {
		a.period.reservedMsat -= r.Msat
		a.period.spentMsat = add(a.period.spentMsat, spentMsat)
	} else {
		a.period.spentMsat = add(a.period.spentMsat, max(0, spentMsat-r.Msat))
	}
	a.amend(r, spentMsat-r.Msat)
}

// Release ends a reservation of which nothing was spent: it counts in no window any more.
func (a *Account) Release(r Reservation, nowMs int64) {
	a.touch(nowMs)
	a.openMsat -= r.Msat
	if r.Period == a.period.no {
		a.period.reservedMsat -= r.Msat
	}
	if i, kept := a.find(r); kept {
		a.uses = slices.Delete(a.uses, i, i+1)
	}
}

// Figures are an account at an instant, as people are shown it.
type Figures struct {
	PeriodStartMs int64 `json:"period_start_ms"` // of the running period
	PeriodEndMs   int64 `json:"period_end_ms"`   // first instant of the next
	CarriedMsat   int64 `json:"carried_msat"`    // what earlier periods left
	AllowanceMsat int64 `json:"allowance_msat"`  // of the running period: refill and what was carried, at most the ceiling
	SpentMsat     int64 `json:"spent_msat"`      // of the running period
	ReservedMsat  int64 `json:"reserved_msat"`   // of the running period
	AvailableMsat int64 `json:"available_msat"`

	OpenMsat  int64 `json:"open_msat"`        // reserved, of whatever period
	TotalMsat int64 `json:"total_spent_msat"` // ever
}

// Figures returns the account as of an instant, under the terms that hold then. It changes
// nothing.
func (a *Account) Figures(t *Terms, nowMs int64) Figures {
	b := a.at(t, nowMs)
	allowance := b.allowanceMsat()
	return Figures{b.period.startMs, add(b.period.startMs, b.under.periodS*1000), b.period.carriedMsat, allowance,
		b.period.spentMsat, b.period.reservedMsat, max(0, allowance-b.usedMsat()), b.openMsat, b.spentMsat}
}

// at is a copy that was brought to an instant, to be read only: it shares the uses.
func (a *Account) at(t *Terms, nowMs int64) Account {
	b := *a
	b.advance(t, nowMs)
	return b
}

// advance brings the account to an instant and under terms.
func (a *Account) advance(t *Terms, nowMs int64) {
	a.touch(nowMs)
	f := frame{periodS: a.under.periodS, longestS: a.under.longestS}
	if t != nil {
		f = frame{t.RefillMsat, t.CeilingMsat, t.PeriodS, t.longestS(), t.Rollover}
	}
	if f == a.under {
		return
	}
	if f.periodS != a.under.periodS {
		a.period.startMs = a.seenMs - a.seenMs%(f.periodS*1000)
		a.period.no = max(a.period.no, 1)
	}
	a.under = f
	if !f.rollover {
		a.period.carriedMsat = 0
	}
	a.period.carriedMsat = min(a.period.carriedMsat, f.ceilingMsat)
	a.prune()
}

// touch brings the account to an instant, under the terms that it knows.
func (a *Account) touch(nowMs int64) {
	a.seenMs = max(a.seenMs, nowMs)
	a.roll()
	a.prune()
}

// roll begins the period of now, if it is another one.
func (a *Account) roll() {
	lengthMs := a.under.periodS * 1000
	if lengthMs == 0 || a.seenMs-a.period.startMs < lengthMs {
		return
	}
	passed := (a.seenMs - a.period.startMs) / lengthMs
	carried := int64(0)
	if a.under.rollover {
		carried = max(0, a.allowanceMsat()-a.usedMsat())
		if more := passed - 1; more > (a.under.ceilingMsat-carried)/max(1, a.under.refillMsat) {
			carried = a.under.ceilingMsat
		} else {
			carried += more * a.under.refillMsat
		}
	}
	a.period = period{no: a.period.no + 1, startMs: a.period.startMs + passed*lengthMs, carriedMsat: carried}
}

func (a *Account) allowanceMsat() int64 {
	return min(a.under.ceilingMsat, a.period.carriedMsat+a.under.refillMsat)
}

// usedMsat is what the running period has reserved and spent.
func (a *Account) usedMsat() int64 { return add(a.period.spentMsat, a.period.reservedMsat) }

// prune forgets what no window counts any more.
func (a *Account) prune() {
	first := a.firstIn(a.under.longestS)
	if a.uses = a.uses[first:]; len(a.uses) == 0 {
		a.uses = nil
	}
}

// firstIn is the place of the first use in a window that ends now.
func (a *Account) firstIn(windowS int64) int {
	after := a.seenMs - windowS*1000
	return sort.Search(len(a.uses), func(i int) bool { return a.uses[i].atMs > after })
}

// inWindow is what a window that ends now has of payments and msat.
func (a *Account) inWindow(windowS int64) (count, msat int64) {
	uses := a.uses[a.firstIn(windowS):]
	for _, u := range uses {
		msat = add(msat, u.msat)
	}
	return int64(len(uses)), msat
}

// amend changes what was noted of a reservation, if that is still kept.
func (a *Account) amend(r Reservation, msat int64) {
	if i, kept := a.find(r); kept {
		a.uses[i].msat = add(a.uses[i].msat, msat)
	}
}

func (a *Account) find(r Reservation) (place int, kept bool) {
	return slices.BinarySearchFunc(a.uses, r.No, func(u use, no int64) int { return cmp.Compare(u.no, no) })
}

func (t *Terms) longestS() (windowS int64) {
	for _, v := range t.Velocity {
		windowS = max(windowS, v.WindowS)
	}
	return windowS
}

// add returns a+b, or the largest number where that is above it. a is at least 0.
func add(a, b int64) int64 {
	if b > math.MaxInt64-a {
		return math.MaxInt64
	}
	return a + b
}
