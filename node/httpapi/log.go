package httpapi

import (
	"math"

	"github.com/labstack/echo/v4"
)

// exportLog streams the canonical bytes of entries, one per line: what an
// auditor replays. It ends at the log's size as of the request.
func (a *API) exportLog(c echo.Context) error {
	q, err := queryOf(c, "from", "limit")
	if err != nil {
		return err
	}
	size := a.cfg.Node.Size()
	from, err := q.number("from", 0, math.MaxInt64, 0)
	if err != nil {
		return err
	}
	limit, err := q.number("limit", 1, math.MaxInt64, math.MaxInt64)
	if err != nil {
		return err
	}
	at := min(uint64(from), size)
	to := size
	if uint64(limit) < size-at {
		to = at + uint64(limit)
	}
	c.Response().Header().Set(echo.HeaderContentType, ndjsonType)
	c.Response().WriteHeader(200)
	w := newConn(c, a.cfg.Limits.Stall)
	var buf []byte
	for at < to {
		if err := a.stop.Err(); err != nil {
			return err
		}
		if err := c.Request().Context().Err(); err != nil {
			return err
		}
		buf = buf[:0]
		if at, err = a.cfg.Group(at, to, func(_ uint64, line []byte) { buf = append(append(buf, line...), '\n') }); err != nil {
			return err
		}
		if _, err := w.Write(buf); err != nil {
			return nil // the reader is gone or too slow
		}
	}
	return nil
}
