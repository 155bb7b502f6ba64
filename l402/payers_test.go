package l402

import (
	"fmt"
	"testing"
	"time"
)

// Callers who paid and then ask without end cannot make another payer worse off
// than somebody who never paid.
func TestPayersFallBackToEverybodysShare(t *testing.T) {
	l, err := newLimiter(DefaultConfig().Limits)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_800_000_000, 0)
	honest := CallerOf("198.51.100.7")
	if err := l.allow(now, honest); err != nil {
		t.Fatal(err)
	}
	l.credit(now, honest)
	for i := range 1024 {
		c := CallerOf(fmt.Sprintf("2001:db8:1:%x::1", i))
		for l.allow(now, c) != nil {
			now = now.Add(time.Second)
		}
		l.credit(now, c)
	}
	now = now.Add(time.Minute)
	for i := range 200 {
		_ = l.allow(now, CallerOf(fmt.Sprintf("2001:db8:1:%x::1", i)))
	}
	if wait, _ := l.limits.Total.wait(l.payers, now.UnixNano()); wait == 0 {
		t.Fatal("the payers' share is not used up")
	}
	if err := l.allow(now, honest); err != nil {
		t.Error(err)
	}
}
