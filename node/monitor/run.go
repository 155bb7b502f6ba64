package monitor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/econd/econd/node/backoff"
)

// ErrAlarm says that an alarm stands, ErrUnreached that none does and that something could not be looked
// at.
var (
	ErrAlarm     = errors.New("an alarm stands")
	ErrUnreached = errors.New("not everything could be looked at")
)

// Exit codes of the commands that watch, beside those of every command.
const (
	ExitAlarm     = 3
	ExitUnreached = 4
)

// ExitCode is that of what Once or Run returned; 0: the code of any error.
func ExitCode(err error) int {
	switch {
	case errors.Is(err, ErrAlarm):
		return ExitAlarm
	case errors.Is(err, ErrUnreached):
		return ExitUnreached
	}
	return 0
}

// longestPause bounds the pause between two rounds of which something could not be done.
const longestPause = 10 * time.Minute

// Once makes one round and tells its report; nil, ErrAlarm, ErrUnreached, or an error of the monitor's
// own.
func (m *Monitor) Once(ctx context.Context, tell func(Report)) error {
	r, err := m.Round(ctx)
	if err != nil {
		return err
	}
	tell(r)
	return r.verdict()
}

// verdict is the report as an error.
func (r Report) verdict() error {
	switch {
	case len(r.Alarms) > 0:
		return fmt.Errorf("%w: %d of them", ErrAlarm, len(r.Alarms))
	case len(r.Faults) > 0:
		return fmt.Errorf("%w: %s", ErrUnreached, r.Faults[0])
	}
	return nil
}

// Run makes a round every so often until ctx ends, and tells each report. Pauses grow while something cannot
// be done. When ctx ends it returns what Once would have after the last round; an error of the monitor's own ends it.
func (m *Monitor) Run(ctx context.Context, every time.Duration, tell func(Report)) error {
	pauses := backoff.Pauses{First: every, Longest: max(every, longestPause)}
	var last error
	for {
		r, err := m.Round(ctx)
		if ctx.Err() != nil {
			return last
		}
		if err != nil {
			return err
		}
		tell(r)
		last = r.verdict()
		if len(r.Faults) == 0 {
			pauses.Reset()
		}
		if pauses.Sleep(ctx) != nil {
			return last
		}
	}
}

// Line is the report in one line.
func (r Report) Line() string {
	if r.LogKey == "" {
		return "nothing is known of the log yet"
	}
	text := fmt.Sprintf("%s: %d entries recomputed, of %d that were signed; the last came at %s", r.Economy, r.Entries, r.HeadSize, clock(r.LastMs))
	if r.StampedTo > 0 {
		text += fmt.Sprintf("; times checked up to block %d", r.StampedTo)
	}
	for _, n := range []struct {
		n    int
		what string
	}{{len(r.Alarms), "alarms"}, {len(r.Faults), "faults"}, {len(r.Due), "facts due"}, {len(r.Unanswered), "effects unanswered"}} {
		if n.n > 0 {
			text += fmt.Sprintf("; %d %s", n.n, n.what)
		}
	}
	return text
}

// Text is the whole report for people.
func (r Report) Text() string {
	var b strings.Builder
	b.WriteString(r.Line() + "\n")
	for _, a := range r.Alarms {
		b.WriteString(a.String() + "\n")
	}
	for _, f := range r.Faults {
		b.WriteString("could not be done: " + f + "\n")
	}
	for _, d := range r.Due {
		b.WriteString("has been due for long: " + d + "\n")
	}
	for _, u := range r.Unanswered {
		fmt.Fprintf(&b, "unanswered for %v: %s, effect %s\n", time.Duration(u.AgeS)*time.Second, u.Kind, u.Effect)
	}
	if r.Unjudged != "" {
		b.WriteString("checked in form and signatures alone, for this program is too old: " + r.Unjudged + "\n")
	}
	return b.String()
}
