package notifier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/notify"
)

// Feed gives notices to whoever asks for them from a place on. It keeps nothing
// and may be used concurrently.
type Feed struct {
	node Node
	// tick is how often time is looked at where nothing is recorded; pause is
	// the least time between two looks of one reader.
	tick, pause time.Duration
}

// NewFeed makes a feed. Zero durations mean two seconds and 100 ms.
func NewFeed(n Node, tick, pause time.Duration) *Feed {
	if tick <= 0 {
		tick = 2 * time.Second
	}
	if pause <= 0 {
		pause = 100 * time.Millisecond
	}
	return &Feed{n, tick, pause}
}

// ErrAhead says that the place lies behind the end of the log.
var ErrAhead = errors.New("the log ends before this place")

// ErrStranger says that nobody is registered under the key.
var ErrStranger = errors.New("no agent has this key")

// Begin checks whom somebody asks about and from where on; nil is from now on.
// Errors: ErrStranger, ErrAhead, *notify.InterestError.
func (f *Feed) Begin(who notify.Interest, from *notify.Cursor) (notify.Cursor, error) {
	if err := who.Check(); err != nil {
		return notify.Cursor{}, err
	}
	height := f.node.Height()
	var place notify.Cursor
	var err error
	f.node.View(func(s *ledger.State, nowMs int64) {
		if _, ok := s.Agent(who.Agent); !ok {
			err = ErrStranger
			return
		}
		place = notify.Start(s, notify.Instant{TimeMs: nowMs, Height: height})
		if from == nil {
			return
		}
		if from.Seq > place.Seq || from.TimeMs > nowMs || from.Height > height {
			err = ErrAhead
		}
		place = *from
	})
	return place, err
}

// Next returns the notices that follow a place, at least one of them, and the
// place after them. When ctx ends before there is one it returns its error and
// the place up to which there is none. An error of another kind is that of the
// log, or of a node that stops.
func (f *Feed) Next(ctx context.Context, who notify.Interest, from notify.Cursor) ([]notify.Told, notify.Cursor, error) {
	for {
		list, next, more := f.look(who, from)
		from = next
		if len(list) > 0 {
			return list, next, f.date(list)
		}
		if more {
			continue
		}
		if err := f.wait(ctx, from); err != nil {
			return nil, from, err
		}
	}
}

func (f *Feed) look(who notify.Interest, from notify.Cursor) (list []notify.Told, next notify.Cursor, more bool) {
	height := f.node.Height()
	f.node.View(func(s *ledger.State, nowMs int64) {
		list, next, more = notify.Since(s, notify.Instant{TimeMs: nowMs, Height: max(height, s.Clock().Height)}, who, from)
	})
	return list, next, more
}

// date gives the notices of entries that have no time their entry's.
func (f *Feed) date(list []notify.Told) error {
	for i := range list {
		n := &list[i].Notice
		if n.TimeMs != 0 {
			continue
		}
		e, _, err := f.node.Entry(n.Seq)
		if err != nil {
			return fmt.Errorf("notifier: entry %d: %w", n.Seq, err)
		}
		n.TimeMs = e.Stamp.TimeMs
	}
	return nil
}

// wait returns when there may be something new.
func (f *Feed) wait(ctx context.Context, from notify.Cursor) error {
	if err := backoff.Sleep(ctx, f.pause); err != nil {
		return err
	}
	tick, cancel := context.WithTimeout(ctx, f.tick)
	defer cancel()
	if _, err := f.node.WaitSize(tick, from.Seq); err != nil && tick.Err() == nil {
		return err
	}
	return ctx.Err()
}
