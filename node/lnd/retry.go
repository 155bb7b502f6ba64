package lnd

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/backoff"
)

// keepTrying runs a stream until it returns nil, ctx ends, or it fails in a
// way that a new attempt will not mend. run calls alive once LND has answered,
// so that the next pause is short again. LND ends its streams without an
// error when it shuts down (io.EOF here), which is a failure like any other.
func (c *Client) keepTrying(ctx context.Context, doing string,
	run func(ctx context.Context, alive func()) error) error {

	pauses := backoff.Pauses{First: 100 * time.Millisecond, Longest: 5 * time.Second}
	for {
		attempt, cancel := context.WithCancel(ctx)
		err := run(attempt, pauses.Reset)
		cancel()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		wrapped := wrap(doing, err)
		if errors.Is(wrapped, ErrPermission) || errors.Is(wrapped, node.ErrOtherNetwork) {
			return wrapped
		}
		if !errors.Is(err, io.EOF) && !errors.Is(wrapped, node.ErrLightningAway) {
			// A refusal that repeating may not mend: be patient.
			pauses.Raise(time.Second)
		}
		if err := pauses.Sleep(ctx); err != nil {
			return err
		}
	}
}
