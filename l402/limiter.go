package l402

import (
	"crypto/sha256"
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

// Limits bounds how fast challenges are made.
type Limits struct {
	// PerCaller holds for each caller.
	PerCaller Rate

	// Total holds for all callers together; it protects the Lightning node.
	Total Rate

	// MaxCallers bounds the callers that are told apart, at about 150 B each.
	// While that many have asked within the time their bucket takes to fill,
	// further ones share one bucket.
	MaxCallers int
}

// limiter applies Limits. Safe for concurrent use.
type limiter struct {
	limits Limits

	mu       sync.Mutex
	total    int64
	overflow int64
	index    map[[32]byte]int
	slots    []callerSlot
	hand     int
}

type callerSlot struct {
	caller [32]byte
	full   int64
}

// sweepSteps is how many slots are looked at for one that can be reused.
const sweepSteps = 16

func newLimiter(l Limits) (*limiter, error) {
	if err := l.PerCaller.check("Limits.PerCaller"); err != nil {
		return nil, err
	}
	if err := l.Total.check("Limits.Total"); err != nil {
		return nil, err
	}
	if l.MaxCallers < 1 || l.MaxCallers > 10_000_000 {
		return nil, refuse(ErrConfig, "Limits.MaxCallers: want 1 to 10000000, got %d", l.MaxCallers)
	}
	return &limiter{limits: l, index: make(map[[32]byte]int)}, nil
}

// allow counts one event of the caller, or returns a *RateLimitError and counts
// nothing. A clock that goes backwards only makes callers wait longer.
func (l *limiter) allow(now time.Time, caller string) error {
	t := now.UnixNano()
	key := sha256.Sum256([]byte(caller))

	l.mu.Lock()
	defer l.mu.Unlock()
	bucket := l.bucket(key, t)
	callerWait, callerAfter := l.limits.PerCaller.wait(*bucket, t)
	totalWait, totalAfter := l.limits.Total.wait(l.total, t)
	if w := max(callerWait, totalWait); w > 0 {
		return &RateLimitError{RetryAfter: time.Duration(w)}
	}
	*bucket, l.total = callerAfter, totalAfter
	return nil
}

// bucket finds or makes the caller's bucket. A slot whose bucket is full again
// is as good as free: forgetting it changes no answer.
func (l *limiter) bucket(key [32]byte, now int64) *int64 {
	if i, ok := l.index[key]; ok {
		return &l.slots[i].full
	}
	if len(l.slots) < l.limits.MaxCallers {
		l.index[key] = len(l.slots)
		l.slots = append(l.slots, callerSlot{caller: key})
		return &l.slots[len(l.slots)-1].full
	}
	for range min(sweepSteps, len(l.slots)) {
		i := l.hand
		l.hand = (l.hand + 1) % len(l.slots)
		if s := &l.slots[i]; s.full <= now {
			delete(l.index, s.caller)
			*s = callerSlot{caller: key}
			l.index[key] = i
			return &s.full
		}
	}
	return &l.overflow
}
