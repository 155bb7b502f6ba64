// Package backoff waits between attempts: for a fixed time, until woken, or with
// pauses that double. Every wait ends with its context. It knows nothing of what
// is attempted, and nobody's errors.
package backoff

import (
	"context"
	"time"
)

// Sleep waits for d. It returns the error of ctx where that ends first, even
// where d is not above 0.
func Sleep(ctx context.Context, d time.Duration) error {
	_, err := Wait(ctx, d, nil)
	return err
}

// Wait is Sleep that ends early, woken, once something is received from wake or
// wake is closed. A nil wake never wakes.
func Wait(ctx context.Context, d time.Duration, wake <-chan struct{}) (woken bool, err error) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-wake:
		woken = true
	case <-timer.C:
	case <-ctx.Done():
	}
	return woken, ctx.Err()
}

// Pauses are the waits between attempts: First, then always twice the one
// before, and Longest from there on. A copy goes on by itself; one value serves
// one goroutine. Both bounds must be above 0.
type Pauses struct {
	First, Longest time.Duration

	next time.Duration // 0 before the first
}

// Next returns how long to wait now, and doubles the pause after it.
func (p *Pauses) Next() time.Duration {
	now := max(p.next, p.First)
	p.next = min(2*now, p.Longest)
	return now
}

// Raise makes the next pause at least d long.
func (p *Pauses) Raise(d time.Duration) { p.next = max(p.next, p.First, d) }

// Reset begins again with First: something went well.
func (p *Pauses) Reset() { p.next = 0 }

// Sleep waits for the next pause.
func (p *Pauses) Sleep(ctx context.Context) error { return Sleep(ctx, p.Next()) }
