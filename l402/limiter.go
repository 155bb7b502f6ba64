package l402

import (
	"net/netip"
	"sync"
	"time"
)

// Rate is a token bucket: on average one event per Interval, at most Burst at
// once.
type Rate struct {
	Interval time.Duration
	Burst    int
}

func (r Rate) check(field string) error {
	if r.Interval <= 0 || r.Interval > 24*time.Hour {
		return refuse(ErrConfig, "%s.Interval: want more than 0 and at most a day, got %s", field, r.Interval)
	}
	if r.Burst < 1 || r.Burst > 1_000_000 {
		return refuse(ErrConfig, "%s.Burst: want 1 to 1000000, got %d", field, r.Burst)
	}
	return nil
}

// wait returns how long an event at now has to wait (0: it may happen), and the
// bucket after the event. A bucket is the time at which it is full again; a
// full bucket is any time up to now. This is the virtual scheduling form of the
// bucket (GCRA, ITU-T I.371), exact in integer nanoseconds.
func (r Rate) wait(full, now int64) (wait, after int64) {
	after = max(full, now) + int64(r.Interval)
	return max(0, after-now-int64(r.Interval)*int64(r.Burst)), after
}

// Limits bounds how fast challenges are made that nobody has paid for: a token
// that is used for the first time gives back what its challenge took, at every
// level.
type Limits struct {
	// PerCaller holds for each address, PerBlock and PerRegion for the blocks
	// it was assigned from; see Caller. A caller whose token was used within
	// the last day is held to PerCaller alone: what its neighbours do not pay
	// is not its fault.
	PerCaller, PerBlock, PerRegion Rate

	// Total holds for all callers together; it protects the Lightning node.
	// Once half of its burst is gone, a region gets a challenge only while it
	// owes none, so that no region has more of the other half than another.
	// Callers who paid within the last day have a second bucket of that size
	// to themselves, and where that is empty they ask as everybody does.
	Total Rate

	// MaxCallers bounds the addresses and blocks that are told apart, at about
	// 150 B each. While that many have asked within the time their bucket
	// takes to fill, further ones share one bucket.
	MaxCallers int
}

// Share is whose limit a refused challenge met.
type Share string

// The shares.
const (
	ShareCaller Share = "caller" // the address's own
	ShareBlock  Share = "block"  // that of the addresses around it
	ShareTotal  Share = "total"  // everybody's
)

// payerFor is how long a caller counts as one who pays.
const payerFor = int64(24 * time.Hour)

// limiter applies Limits. Safe for concurrent use.
type limiter struct {
	limits Limits

	mu       sync.Mutex
	total    int64
	payers   int64         // the total of those who paid lately
	overflow [3]callerSlot // by level
	index    map[netip.Prefix]*callerSlot
	slots    []*callerSlot
	hand     int
}

type callerSlot struct {
	prefix    netip.Prefix
	full      int64
	paidUntil int64 // until when it counts as one who pays
}

// sweepSteps is how many slots are looked at for one that can be reused.
const sweepSteps = 16

func newLimiter(l Limits) (*limiter, error) {
	for _, r := range []struct {
		field string
		rate  Rate
	}{{"PerCaller", l.PerCaller}, {"PerBlock", l.PerBlock}, {"PerRegion", l.PerRegion}, {"Total", l.Total}} {
		if err := r.rate.check("Limits." + r.field); err != nil {
			return nil, err
		}
	}
	if l.MaxCallers < 1 || l.MaxCallers > 10_000_000 {
		return nil, refuse(ErrConfig, "Limits.MaxCallers: want 1 to 10000000, got %d", l.MaxCallers)
	}
	return &limiter{limits: l, index: make(map[netip.Prefix]*callerSlot)}, nil
}

// level is one bucket that a challenge has to fit into.
type level struct {
	prefix netip.Prefix
	rate   Rate
	share  Share
}

// levels returns the buckets of a caller, the widest first, so that addresses
// of a region that is at its limit take no memory.
func (l *limiter) levels(c Caller) [3]level {
	return [3]level{
		{c.region, l.limits.PerRegion, ShareBlock},
		{c.block, l.limits.PerBlock, ShareBlock},
		{c.address, l.limits.PerCaller, ShareCaller},
	}
}

// allow counts one challenge of the caller, or returns a *RateLimitError and
// counts nothing. A clock that goes backwards only makes callers wait longer.
func (l *limiter) allow(now time.Time, c Caller) error {
	t := now.UnixNano()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pays(c, t) {
		err := l.fit(t, c, 2, &l.payers)
		if err == nil || err.Whose != ShareTotal {
			return asError(err)
		}
		// Who paid is never worse off than who did not.
	}
	return asError(l.fit(t, c, 0, &l.total))
}

func asError(err *RateLimitError) error {
	if err == nil {
		return nil
	}
	return err
}

// fit counts one challenge in a total and in the caller's levels from first on, or
// says what it does not fit into. The caller holds l.mu.
func (l *limiter) fit(t int64, c Caller, first int, total *int64) *RateLimitError {
	levels := l.levels(c)
	wait, after := l.limits.Total.wait(*total, t)
	if first == 0 && wait == 0 && l.pressed(after, t) {
		wait = max(0, l.slot(0, c.region, t).full-t)
	}
	if wait > 0 {
		return &RateLimitError{RetryAfter: time.Duration(wait), Whose: ShareTotal}
	}
	var slots [3]*callerSlot
	var afters [3]int64
	for i := first; i < len(levels); i++ {
		slots[i] = l.slot(i, levels[i].prefix, t)
		if wait, afters[i] = levels[i].rate.wait(slots[i].full, t); wait > 0 {
			return &RateLimitError{RetryAfter: time.Duration(wait), Whose: levels[i].share}
		}
	}
	for i := first; i < len(levels); i++ {
		slots[i].full = afters[i]
	}
	*total = after
	return nil
}

// pressed tells whether more than half of the total's burst is gone.
func (l *limiter) pressed(after, now int64) bool {
	return 2*(after-now) > int64(l.limits.Total.Interval)*int64(l.limits.Total.Burst)
}

// credit takes back one challenge of a caller who paid for it.
func (l *limiter) credit(now time.Time, c Caller) {
	t := now.UnixNano()
	l.mu.Lock()
	defer l.mu.Unlock()
	total := &l.total
	if l.pays(c, t) {
		total = &l.payers
	}
	*total -= int64(l.limits.Total.Interval)
	for i, v := range l.levels(c) {
		s := l.slot(i, v.prefix, t)
		s.full -= int64(v.rate.Interval)
		if v.share == ShareCaller && c != (Caller{}) {
			s.paidUntil = t + payerFor
		}
	}
}

// pays tells whether the caller used a token lately.
func (l *limiter) pays(c Caller, now int64) bool {
	s := l.index[c.address]
	return s != nil && s.paidUntil > now
}

// slot finds or makes the bucket of a prefix. One whose bucket is full again is
// as good as free: forgetting it changes no answer.
func (l *limiter) slot(i int, prefix netip.Prefix, now int64) *callerSlot {
	if !prefix.IsValid() {
		return &l.overflow[i]
	}
	if s := l.index[prefix]; s != nil {
		return s
	}
	s := &callerSlot{prefix: prefix}
	if len(l.slots) < l.limits.MaxCallers {
		l.index[prefix] = s
		l.slots = append(l.slots, s)
		return s
	}
	for range min(sweepSteps, len(l.slots)) {
		at := l.hand
		l.hand = (l.hand + 1) % len(l.slots)
		if old := l.slots[at]; old.full <= now && old.paidUntil <= now {
			delete(l.index, old.prefix)
			l.index[prefix], l.slots[at] = s, s
			return s
		}
	}
	return &l.overflow[i]
}

// asked remembers who asked for the challenges that are not paid yet, the
// latest maxAsked of them. Safe for concurrent use.
type asked struct {
	mu    sync.Mutex
	who   map[Hash]Caller
	order []Hash // a ring
	next  int
}

const maxAsked = 1 << 16

func newAsked() *asked { return &asked{who: make(map[Hash]Caller)} }

func (a *asked) put(payment Hash, c Caller) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.who[payment] = c
	if len(a.order) < maxAsked {
		a.order = append(a.order, payment)
		return
	}
	delete(a.who, a.order[a.next])
	a.order[a.next] = payment
	a.next = (a.next + 1) % maxAsked
}

// take forgets a challenge and returns who asked for it.
func (a *asked) take(payment Hash) (Caller, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c, ok := a.who[payment]
	delete(a.who, payment)
	return c, ok
}
