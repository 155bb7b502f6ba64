package main

import (
	"fmt"
	"time"
)

// pace turns progress into words: how long what is left will take if it goes on
// as it went.
type pace struct {
	now   func() time.Time
	start time.Time
}

func newPace(now func() time.Time) *pace {
	return &pace{now: now, start: now()}
}

// left says how long the rest takes after some work is done; empty as long as
// nobody can tell, which is in the first two seconds.
func (p *pace) left(done, rest int64) string {
	const early = 2 * time.Second
	gone := p.now().Sub(p.start)
	if gone < early || done <= 0 {
		return ""
	}
	return about(time.Duration(float64(gone)*float64(rest)/float64(done))) + " left"
}

// about spells a time to come, no finer than it can be known.
func about(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return "a few seconds"
	case d < 2*time.Minute:
		return fmt.Sprintf("about %d s", d.Round(10*time.Second)/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("about %d min", d.Round(time.Minute)/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("about %d h", d.Round(time.Hour)/time.Hour)
	}
	return fmt.Sprintf("about %d days", d.Round(24*time.Hour)/(24*time.Hour))
}
