package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/econd/econd/node/op"
)

const logPath = "/v1/log"

// errBrokenOff says that an answer ended in the midst of an entry.
var errBrokenOff = errors.New("the log broke off")

// Log gives the first size entries of the log, which are those that econd says it has
// in Info, held against each other as Events does. An answer that breaks off is resumed
// after its last whole entry. It ends with the first error.
func (c *Client) Log(ctx context.Context, size uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		economy, err := c.Economy(ctx)
		if err == nil {
			e := &exporter{c: c, entryCheck: entryCheck{known: true, economy: economy}, size: size, yield: yield}
			err = e.until(ctx)
		}
		if err != nil && !errors.Is(err, errEnough) {
			yield(Entry{}, err)
		}
	}
}

// LogLines gives the entries from one number to before size as they come, a line each without
// its end, and looks into none of them: for who replays them. An answer that breaks off is resumed after
// its last whole line. A line is good until the next. It ends with the first error.
func (c *Client) LogLines(ctx context.Context, from, size uint64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		e := &exporter{c: c, raw: true, size: size, yield: func(e Entry, err error) bool { return yield(e.Line, err) }}
		e.next = from
		if err := e.until(ctx); err != nil && !errors.Is(err, errEnough) {
			yield(nil, err)
		}
	}
}

// exporter gives entries in order and remembers where it is.
type exporter struct {
	entryCheck
	c      *Client
	raw    bool     // lines are not looked into
	size   uint64   // that is wanted
	bought purchase // until an entry came
	yield  func(Entry, error) bool
}

func (e *exporter) until(ctx context.Context) error {
	for tries := 0; e.next < e.size; tries++ {
		before := e.next
		err := e.some(ctx)
		if err != nil && (tries >= 5 || toPayAgain(err) || !errors.Is(err, errBrokenOff)) {
			return e.bought.end(err, "GET "+logPath)
		}
		e.bought.last = err
		if e.next > before {
			tries = 0
		} else if err == nil {
			return e.bought.end(fmt.Errorf("econd says it has %d entries and gives %d", e.size, e.next), "GET "+logPath)
		}
	}
	return nil
}

// some takes what one answer gives.
func (e *exporter) some(ctx context.Context) error {
	resp, err := e.c.open(ctx, request{method: http.MethodGet, path: logPath, bought: &e.bought,
		query: url.Values{"from": {strconv.FormatUint(e.next, 10)}}})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return e.lines(resp.Body)
}

// take decodes the line that is due, where lines are looked into.
func (e *exporter) take(line []byte) (*op.Entry, error) {
	if e.raw {
		e.next++
		return nil, nil
	}
	return e.entryCheck.take(line)
}

// lines takes entries, one on each line.
func (e *exporter) lines(body io.Reader) error {
	r := bufio.NewReaderSize(body, op.MaxEventBytes+1024)
	for {
		line, err := r.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0:
			return nil
		case errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("entry %d is longer than an entry can be", e.next)
		case err != nil: // in the midst of a line
			return fmt.Errorf("%w after entry %d: %w", errBrokenOff, e.next, err)
		}
		line = line[:len(line)-1]
		entry, err := e.take(line)
		if err != nil {
			return err
		}
		e.bought.served()
		if !e.yield(Entry{entry, line}, nil) || e.next >= e.size {
			return errEnough
		}
	}
}
