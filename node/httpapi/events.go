package httpapi

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/op"
)

// eventBytes is how much of the log one write of a stream carries at most, one
// entry more: all the memory that a slow reader can hold.
const eventBytes = 64 << 10

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
	for ctx.Err() == nil {
		size := a.cfg.Node.Size()
		if size <= next {
			wait, cancel := context.WithTimeout(ctx, a.cfg.Limits.Heartbeat)
			_, err := a.cfg.Node.WaitSize(wait, next)
			beat := wait.Err() != nil && ctx.Err() == nil
			cancel()
			switch {
			case beat:
				if _, err := w.Write([]byte(": beat\n\n")); err != nil {
					return err
				}
			case err != nil:
				return nil // stopping
			}
			continue
		}
		var err error
		if buf, next, err = a.readEvents(buf[:0], next, size); err != nil {
			a.cfg.Log.Error("event stream: cannot read the log", "seq", next, "err", err)
			return nil
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	return nil
}

func (a *API) readEvents(buf []byte, at, to uint64) ([]byte, uint64, error) {
	err := a.cfg.Node.Entries(at, to, func(seq uint64, line []byte) error {
		buf = append(buf, "id: "...)
		buf = strconv.AppendUint(buf, seq, 10)
		buf = append(buf, "\nevent: "...)
		buf = append(buf, kindOf(line).String()...)
		buf = append(buf, "\ndata: "...)
		buf = append(buf, line...)
		buf = append(buf, "\n\n"...)
		at = seq + 1
		if len(buf) >= eventBytes {
			return errFull
		}
		return nil
	})
	if errors.Is(err, errFull) {
		err = nil
	}
	return buf, at, err
}

// kindOf finds the kind in a canonical entry: the first member of that name,
// since only numbers and hex come before it.
func kindOf(line []byte) op.Kind {
	_, rest, _ := bytes.Cut(line, []byte(`,"kind":`))
	digits, _, _ := bytes.Cut(rest, []byte{','})
	n, err := strconv.ParseUint(string(digits), 10, 16)
	if err != nil {
		return 0
	}
	return op.Kind(n)
}
