package lnd

import (
	"context"
	"errors"
	"io"
	"time"
)

// Pauses between attempts to open a stream again.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// keepTrying runs a stream until it returns nil, ctx ends, or it fails in a
// way that a new attempt will not mend. run calls alive once LND has answered,
// so that the next pause is short again. LND ends its streams without an
// error when it shuts down (io.EOF here), which is a failure like any other.
func (c *Client) keepTrying(ctx context.Context, doing string,
	run func(ctx context.Context, alive func()) error) error {

	pause := firstPause
	for {
		attempt, cancel := context.WithCancel(ctx)
		err := run(attempt, func() { pause = firstPause })
		cancel()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		wrapped := wrap(doing, err)
		if errors.Is(wrapped, ErrPermission) || errors.Is(wrapped, ErrNetwork) {
			return wrapped
		}
		if !errors.Is(err, io.EOF) && !errors.Is(wrapped, ErrUnavailable) {
			// A refusal that repeating may not mend: be patient.
			pause = max(pause, time.Second)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
		pause = min(2*pause, lastPause)
	}
}
