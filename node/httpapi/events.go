package httpapi

import (
	"context"
	"math"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/admission"
)

// events streams entries: id is the sequence number, event the name of the operation
// or fact, data the canonical entry. It starts after the entry that Last-Event-ID or
// ?after= names (-1: from the genesis on), else with what comes next. A stream reads
// the log at its reader's pace.
func (a *API) events(c echo.Context) error {
	next, err := a.firstEvent(c)
	if err != nil {
		return err
	}
	after := int64(next) - 1
	return a.streamed(c, strconv.FormatInt(after, 10), hello[int64]{after}, func(ctx context.Context, w *conn) error { return a.follow(ctx, w, next) })
}

// firstEvent is the sequence number at which a stream starts.
func (a *API) firstEvent(c echo.Context) (uint64, error) {
	q, err := queryOf(c, "after")
	if err != nil {
		return 0, err
	}
	size := int64(a.cfg.Node.Size())
	after, err := q.number("after", -1, math.MaxInt64-1, size-1)
	if err != nil {
		return 0, err
	}
	// A client that reconnects repeats the URL; where it was counts more.
	if last := c.Request().Header.Get("Last-Event-ID"); last != "" {
		if after, err = (query{"Last-Event-ID": last}).number("Last-Event-ID", -1, math.MaxInt64-1, 0); err != nil {
			return 0, err
		}
	}
	if after >= size {
		return 0, badRequest("after", "range", "the log ends before this entry: its last is "+strconv.FormatInt(size-1, 10))
	}
	return uint64(after + 1), nil
}

// follow writes entries as they come until ctx ends, which is no error, or the
// reader fails.
func (a *API) follow(ctx context.Context, w *conn, next uint64) error {
	var buf []byte
	return a.beating(ctx, w, func(wait context.Context) ([]byte, error) {
		size, err := a.cfg.Node.WaitSize(wait, next)
		if err != nil {
			return nil, err
		}
		buf = buf[:0]
		next, err = a.cfg.Group(next, size, func(seq uint64, line []byte) {
			buf = append(buf, "id: "...)
			buf = strconv.AppendUint(buf, seq, 10)
			buf = append(buf, "\nevent: "...)
			buf = append(buf, admission.KindOf(line).String()...)
			buf = append(buf, "\ndata: "...)
			buf = append(buf, line...)
			buf = append(buf, "\n\n"...)
		})
		if err != nil {
			a.cfg.Log.Error("event stream: cannot read the log", "seq", next, "err", err)
		}
		return buf, err
	})
}
