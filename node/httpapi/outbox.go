package httpapi

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

// conn moves the deadlines of a connection along while bytes move.
type conn struct {
	res   *echo.Response
	rc    *http.ResponseController
	stall time.Duration
}

func newConn(c echo.Context, stall time.Duration) *conn {
	return &conn{res: c.Response(), rc: http.NewResponseController(c.Response().Writer), stall: stall}
}

// reading gives the next read its time. A writer that knows no deadlines (a
// recorder in a test) cannot stall either.
func (c *conn) reading() { _ = c.rc.SetReadDeadline(time.Now().Add(c.stall)) }

// Write writes and flushes; it fails where the peer takes nothing for too long.
func (c *conn) Write(b []byte) (int, error) {
	_ = c.rc.SetWriteDeadline(time.Now().Add(c.stall))
	n, err := c.res.Write(b)
	if err != nil {
		return n, err
	}
	if err := c.rc.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return n, err
	}
	return n, nil
}

// maxPending is how many bytes of answers wait for a client that is still
// sending. One that reads only after it sent everything gets along with about
// 15,000 operations in one request; above that it has to read meanwhile.
const maxPending = 4 << 20

// outbox keeps answers until the client takes them, so that a client which
// sends first and reads later does not lock up against this side.
type outbox struct {
	mu      sync.Mutex
	changed sync.Cond
	buf     []byte
	closed  bool
	err     error
}

func newOutbox() *outbox {
	o := &outbox{}
	o.changed.L = &o.mu
	return o
}

// add takes a copy of b, waiting while more than maxPending bytes are kept. It
// returns the error that ended run, if one did.
func (o *outbox) add(b []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.buf) > maxPending && o.err == nil {
		o.changed.Wait()
	}
	if o.err == nil {
		o.buf = append(o.buf, b...)
		o.changed.Broadcast()
	}
	return o.err
}

// close lets run end once everything is written.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.changed.Broadcast()
}

// run writes what is added until close, or until w fails.
func (o *outbox) run(w io.Writer) error {
	var spare []byte
	for {
		o.mu.Lock()
		for len(o.buf) == 0 && !o.closed {
			o.changed.Wait()
		}
		if len(o.buf) == 0 {
			o.mu.Unlock()
			return nil
		}
		out := o.buf
		o.buf = spare[:0]
		o.changed.Broadcast()
		o.mu.Unlock()
		if _, err := w.Write(out); err != nil {
			o.mu.Lock()
			o.err = err
			o.changed.Broadcast()
			o.mu.Unlock()
			return err
		}
		spare = out
	}
}
