package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/op"
)

// longStream is how long a connection lasts that was worth its price though no event
// came: then none happened.
const longStream = time.Minute

// maxStreamed bounds the data of one event.
const maxStreamed = op.MaxEventBytes + 1024

// errEnough ends a stream of which enough was seen.
var errEnough = errors.New("enough events")

// errLong refuses what is no event.
var errLong = errors.New("an event of the stream is longer than one can be")

// sseEvent is one server-sent event (HTML Living Standard section 9.2).
type sseEvent struct{ id, name, data string }

// stream follows one of econd's streams over any number of connections, each
// beginning behind the last place seen. Not for concurrent use.
type stream struct {
	c     *Client
	path  string
	query url.Values
	last  string                     // place behind which to begin; "" for now
	check func(sseEvent) error       // refuses an event, before it counts as served
	show  func(sseEvent) (more bool) // takes an event that was checked

	// begins checks the place behind which a connection says that it begins; nil for
	// nothing but that it is the place asked for.
	begins func(place string) error

	pauses backoff.Pauses // before the next connection
	bought purchase       // of the connection, until it showed an event
}

// follow reads until ctx ends or enough was seen, which is no error. A stream that
// breaks off, or an econd that is away or busy once the first stream was open, is tried
// again and again, with pauses that grow while nothing comes. What else answers in econd's
// place ends it, after RetryFor.
func (s *stream) follow(ctx context.Context) error {
	s.pauses = backoff.Pauses{First: 250 * time.Millisecond, Longest: 30 * time.Second}
	for opened := false; ; {
		err := s.once(ctx, &opened)
		switch {
		case ctx.Err() != nil || errors.Is(err, errEnough):
			return nil
		case err != nil && !(opened && away(err)):
			return err
		case err != nil && s.c.cfg.Away != nil:
			s.c.cfg.Away(err)
		}
		if s.pauses.Sleep(ctx) != nil {
			return nil
		}
	}
}

// once reads one connection to its end.
func (s *stream) once(ctx context.Context, opened *bool) error {
	r := request{method: http.MethodGet, path: s.path, query: s.query, bought: &s.bought,
		header: func(string, string) (http.Header, error) {
			h := http.Header{"Accept": {"text/event-stream"}}
			if s.last != "" {
				h.Set("Last-Event-ID", s.last)
			}
			return h, nil
		}}
	resp, err := s.c.open(ctx, r)
	if err != nil {
		return err
	}
	*opened = true
	began := time.Now()
	err = s.read(resp.Body)
	_ = resp.Body.Close()
	if time.Since(began) > s.c.seen.longStream {
		s.bought.served()
	}
	if err == nil || errors.Is(err, errEnough) {
		return err
	}
	return s.bought.end(err, r.what())
}

// read takes the events of one connection. One that breaks off is no error.
func (s *stream) read(body io.Reader) error {
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, maxStreamed+16)
	var e sseEvent
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case lines.Text() == "":
			if err := s.take(e); err != nil {
				return err
			}
			e = sseEvent{}
		case field == "id":
			e.id = value
		case field == "event":
			e.name = value
		case field == "data":
			e.data += value
		}
		if len(e.data) > maxStreamed {
			return errLong
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return errLong
	}
	return nil
}

// take shows an event and notes its place. hello has a place alone.
func (s *stream) take(e sseEvent) error {
	if e.name == "hello" {
		if err := s.hello(e.id); err != nil {
			return err
		}
	}
	more := true
	if e.data != "" && e.name != "hello" {
		if err := s.check(e); err != nil {
			return err
		}
		s.pauses.Reset()
		s.bought.served()
		more = s.show(e)
	}
	if e.id != "" {
		s.last = e.id
	}
	if !more {
		return errEnough
	}
	return nil
}

// hello checks where a connection begins.
func (s *stream) hello(place string) error {
	if s.begins != nil {
		return s.begins(place)
	}
	if s.last != "" && place != s.last {
		return fmt.Errorf("econd's stream was to go on behind %s and begins behind %q: what lies between was left out or comes again", s.last, place)
	}
	return nil
}
