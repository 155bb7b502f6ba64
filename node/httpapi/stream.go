package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/labstack/echo/v4"
)

// hello is the data of a stream's first event: the place after which it begins, as
// Last-Event-ID and ?after= take it.
type hello[Place int64 | string] struct {
	After Place `json:"after"`
}

// streamed answers with server-sent events (HTML Living Standard section 9.2). The
// first, hello, has the place where the stream begins, as its id and in its data, and is
// sent before anything is waited for: a break before any other event loses nothing.
// follow writes the rest until its context ends, which is no error, or the reader fails.
//
// A reader that takes nothing for too long is dropped, and every stream ends after
// its lifetime; both resume where they were, by the id of the last event.
func (a *API) streamed(c echo.Context, place string, first any, follow func(context.Context, *conn) error) error {
	data, err := json.Marshal(first)
	if err != nil {
		return err
	}
	a.metrics.streams.Inc()
	defer a.metrics.streams.Dec()
	ctx, cancel := context.WithTimeout(c.Request().Context(), a.cfg.Limits.StreamLifetime)
	defer cancel()
	defer context.AfterFunc(a.stop, cancel)()

	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	c.Response().WriteHeader(200)
	w := newConn(c, a.cfg.Limits.Stall)
	_ = w.rc.SetReadDeadline(time.Time{}) // nothing more is read
	if _, err = fmt.Fprintf(w, "retry: 2000\nid: %s\nevent: hello\ndata: %s\n\n", place, data); err == nil {
		err = follow(ctx, w)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) { // other readers left by themselves
		a.metrics.dropped.Inc()
	}
	return nil
}

// beating writes what next gives, as it comes, and a comment where nothing came for a
// heartbeat. It ends with ctx, or where next fails before its own ends, which both are no
// error, or where the reader fails.
func (a *API) beating(ctx context.Context, w *conn, next func(wait context.Context) ([]byte, error)) error {
	for ctx.Err() == nil {
		wait, cancel := context.WithTimeout(ctx, a.cfg.Limits.Heartbeat)
		text, err := next(wait)
		beat := wait.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case err == nil:
		case beat:
			text = []byte(": beat\n\n")
		default:
			return nil // stopping
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	return nil
}
