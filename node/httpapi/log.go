package httpapi

import (
	"errors"
	"math"

	"github.com/labstack/echo/v4"
)

// exportBytes is how much of an export is composed before it is written, one entry
// more, so that no read of the store waits for a client: beside what the store reads
// at once all the memory that a slow reader can hold.
const exportBytes = 64 << 10

var errFull = errors.New("enough for one write")

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
		if buf, at, err = a.readLog(buf[:0], at, to); err != nil {
			return err
		}
		if _, err := w.Write(buf); err != nil {
			return nil // the reader is gone or too slow
		}
	}
	return nil
}

// readLog appends lines from at on until there are enough bytes, and returns
// where it stopped.
func (a *API) readLog(buf []byte, at, to uint64) ([]byte, uint64, error) {
	err := a.cfg.Node.Entries(at, to, func(seq uint64, line []byte) error {
		buf = append(append(buf, line...), '\n')
		at = seq + 1
		if len(buf) >= exportBytes {
			return errFull
		}
		return nil
	})
	if errors.Is(err, errFull) {
		err = nil
	}
	return buf, at, err
}
