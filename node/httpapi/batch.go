package httpapi

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Sizes of the NDJSON path. A request holds at most chunksAhead + 2 chunks and
// maxPending bytes of answers.
const (
	batchEvents = 1000      // handed to the node at once
	chunkBytes  = 256 << 10 // read from the body at once
	chunksAhead = 4         // read but not yet decoded
)

// postMany answers every line of an NDJSON body with one NDJSON line, in
// order, while the body is still coming in. Whatever is there is handed to the
// node together: a client that waits for each answer gets it at once, and one
// that pours gets large batches.
//
//	body -> read (chunks of whole lines) -> decode, SubmitMany, compose -> outbox -> client
func (a *API) postMany(c echo.Context, p *admission.Pass) error {
	req := c.Request()
	if limit := a.cfg.Limits.BatchBytes; req.ContentLength > limit {
		return bodyProblem(&http.MaxBytesError{Limit: limit})
	}
	leave, err := a.enter(c, &a.rooms.batches)
	if err != nil {
		return err
	}
	defer leave()
	if err := a.beforeBatch(c, p); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(req.Context())
	defer cancel()
	conn := newConn(c, a.cfg.Limits.Stall)
	// Without this net/http reads the whole body before the first answer.
	// HTTP/2 does not need it and says so.
	_ = conn.rc.EnableFullDuplex()
	c.Response().Header().Set(echo.HeaderContentType, ndjsonType)

	b := &batch{api: a, ctx: ctx, pass: p, out: newOutbox(), chunks: make(chan chunk, chunksAhead)}
	var wg sync.WaitGroup
	var readErr error
	wg.Go(func() {
		defer close(b.chunks)
		readErr = b.read(http.MaxBytesReader(nil, req.Body, a.cfg.Limits.BatchBytes), conn)
	})
	wg.Go(func() {
		if b.out.run(conn) != nil {
			cancel()
		}
	})
	err = b.answer()
	if err != nil {
		cancel()
		_ = conn.rc.SetReadDeadline(time.Now()) // wakes the reader
	}
	for range b.chunks { // whatever was read after a failure
	}
	if err == nil && readErr != nil {
		b.refuse(b.next, bodyProblem(readErr))
		b.flush()
	}
	b.out.close()
	wg.Wait()
	return nil
}

// chunk is a piece of a body that ends at the end of a line; tooLong stands for
// one line that was longer than any event may be.
type chunk struct {
	text    []byte
	tooLong bool
}

var chunkPool = sync.Pool{New: func() any { b := make([]byte, chunkBytes); return &b }}

func getChunk() []byte  { return *chunkPool.Get().(*[]byte) }
func putChunk(b []byte) { b = b[:cap(b)]; chunkPool.Put(&b) }

// batch is one NDJSON request.
type batch struct {
	api    *API
	ctx    context.Context
	chunks chan chunk
	out    *outbox
	pass   *admission.Pass

	next   int // number of the next line, from 1 on once started
	lines  []line
	events []*op.Event
	errs   []error
	buf    []byte // answers composed and not yet handed to out
}

type line struct {
	text    []byte
	number  int
	tooLong bool
}

// read cuts the body into chunks until its end or ctx's.
func (b *batch) read(body io.Reader, conn *conn) error {
	buf, filled, skipping := getChunk(), 0, false
	for {
		conn.reading()
		n, err := body.Read(buf[filled:])
		fresh := filled
		filled += n
		if skipping {
			end := bytes.IndexByte(buf[:filled], '\n')
			if end < 0 {
				filled = 0
			} else {
				filled, skipping = copy(buf, buf[end+1:filled]), false
			}
			fresh = 0
		}
		if last := bytes.LastIndexByte(buf[fresh:filled], '\n'); last >= 0 {
			last += fresh
			rest := getChunk()
			n := copy(rest, buf[last+1:filled])
			if !b.send(chunk{text: buf[:last+1]}) {
				return nil
			}
			buf, filled = rest, n
		} else if filled == len(buf) {
			filled, skipping = 0, true
			if !b.send(chunk{tooLong: true}) {
				return nil
			}
		}
		if err != nil {
			return b.finish(buf[:filled], err)
		}
	}
}

// finish hands on a last line without a newline. A body that broke off may
// have broken off inside a line, which is not taken then.
func (b *batch) finish(rest []byte, err error) error {
	if err != io.EOF {
		return err
	}
	if len(rest) > 0 {
		b.send(chunk{text: rest})
	}
	return nil
}

func (b *batch) send(c chunk) bool {
	select {
	case b.chunks <- c:
		return true
	case <-b.ctx.Done():
		return false
	}
}

// answer works until the chunks end, or fails where nobody takes the answers
// any more.
func (b *batch) answer() error {
	b.next = 1
	var taken []chunk
	for first := range b.chunks {
		taken = append(taken[:0], first)
		b.lines = b.lines[:0]
		b.split(first)
	more:
		for len(b.lines) < batchEvents {
			select {
			case c, ok := <-b.chunks:
				if !ok {
					break more
				}
				taken = append(taken, c)
				b.split(c)
			default:
				break more
			}
		}
		for rest := b.lines; len(rest) > 0; {
			n := min(len(rest), batchEvents)
			if err := b.submit(rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		for _, c := range taken {
			if c.text != nil {
				putChunk(c.text)
			}
		}
	}
	return nil
}

// split finds the lines of a chunk. Empty lines count, but get no answer.
func (b *batch) split(c chunk) {
	if c.tooLong {
		b.lines = append(b.lines, line{number: b.next, tooLong: true})
		b.next++
	}
	for text := c.text; len(text) > 0; b.next++ {
		var l []byte
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			l, text = text[:end], text[end+1:]
		} else {
			l, text = text, nil
		}
		if len(l) > 0 && len(bytes.TrimSpace(l)) > 0 {
			b.lines = append(b.lines, line{text: l, number: b.next})
		}
	}
}

// submit decodes and records up to batchEvents lines and composes the answers.
func (b *batch) submit(lines []line) error {
	b.events = append(b.events[:0], make([]*op.Event, len(lines))...)
	b.errs = append(b.errs[:0], make([]error, len(lines))...)
	decodeLines(lines, b.events, b.errs)
	for i, r := range b.api.cfg.SubmitMany(b.ctx, b.pass, b.events, b.errs, func() error { return usedUp(b.pass) }, costs) {
		if r.Err != nil {
			b.refuse(lines[i].number, problemOf(r.Err))
		} else {
			b.accept(lines[i].number, r.Receipt)
		}
	}
	return b.flush()
}

func (b *batch) flush() error {
	err := b.out.add(b.buf)
	b.buf = b.buf[:0]
	return err
}

func (b *batch) accept(number int, r view.Receipt) {
	status := receiptStatus(r)
	b.api.metrics.outcome(status, r.Replay)
	b.head(number, status)
	b.buf = append(b.buf, `,"receipt":`...)
	b.buf = appendReceipt(b.buf, r)
	b.buf = append(b.buf, "}\n"...)
}

func (b *batch) refuse(number int, p *Problem) {
	if p.Status == http.StatusInternalServerError {
		b.api.cfg.Log.Error("operation failed", "err", p.cause)
	}
	b.api.metrics.outcome(p.Status, false)
	b.head(number, p.Status)
	b.buf = append(b.buf, `,"problem":`...)
	b.buf = p.Append(b.buf)
	b.buf = append(b.buf, "}\n"...)
}

func (b *batch) head(number, status int) {
	b.buf = append(b.buf, `{"line":`...)
	b.buf = strconv.AppendInt(b.buf, int64(number), 10)
	b.buf = append(b.buf, `,"status":`...)
	b.buf = strconv.AppendInt(b.buf, int64(status), 10)
}

// decodeLines decodes on all cores. Each line fills its place in events or in
// errs.
func decodeLines(lines []line, events []*op.Event, errs []error) {
	const share = 64 // lines that are worth a goroutine
	workers := min(runtime.GOMAXPROCS(0), (len(lines)+share-1)/share)
	if workers <= 1 {
		decodeShare(lines, events, errs)
		return
	}
	var wg sync.WaitGroup
	for w := range workers {
		from, to := w*len(lines)/workers, (w+1)*len(lines)/workers
		wg.Go(func() { decodeShare(lines[from:to], events[from:to], errs[from:to]) })
	}
	wg.Wait()
}

func decodeShare(lines []line, events []*op.Event, errs []error) {
	for i, l := range lines {
		if l.tooLong {
			errs[i] = &op.FieldError{Kind: op.ErrOversize, Field: "event",
				Rule: "longer than " + strconv.Itoa(op.MaxEventBytes) + " bytes"}
			continue
		}
		events[i], errs[i] = op.Decode(l.text)
	}
}
