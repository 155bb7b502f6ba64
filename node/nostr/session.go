package nostr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/econd/econd/node/op"
)

// ErrRefused is an event that a relay said it does not take.
var ErrRefused = errors.New("refused by the relay")

// errLost is what a session ends with.
var errLost = errors.New("connection lost")

const kindAuth op.Kind = 22242 // NIP-42

const (
	maxFaults  = 16  // messages that nobody asked for, and then the relay is left
	maxPending = 256 // events that wait for their OK
	maxQueue   = 16  // messages that wait to be written

	authRequired = "auth-required:" // NIP-42
	rateLimited  = "rate-limited:"  // NIP-01
	duplicate    = "duplicate:"     // NIP-01
)

// session is one connection.
type session struct {
	link *link
	conn *websocket.Conn
	done chan struct{} // closed at its end
	out  chan []byte   // messages that are to be written

	mu       sync.Mutex
	open     map[string]*asked
	pending  map[op.ID]chan verdict
	greeted  chan struct{} // closed once an AUTH was answered with OK
	authID   op.ID         // the last AUTH that was sent
	heard    time.Time
	faults   int
	isDone   bool // done is closed
	hasGreet bool // greeted is closed
}

// asked is a subscription at a relay.
type asked struct {
	sub    *Subscription
	stored chan struct{} // closed at EOSE
	isDone bool
	tries  int // after CLOSED with auth-required
}

type verdict struct {
	ok     bool
	reason string
}

func dial(ctx context.Context, l *link) (*session, error) {
	dialing, cancel := context.WithTimeout(ctx, l.pool.cfg.Patience)
	defer cancel()
	conn, _, err := websocket.Dial(dialing, l.url, &websocket.DialOptions{HTTPClient: httpClient})
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	conn.SetReadLimit(MaxMessage)
	return &session{link: l, conn: conn, done: make(chan struct{}), out: make(chan []byte, maxQueue), open: map[string]*asked{}, pending: map[op.ID]chan verdict{},
		greeted: make(chan struct{}), heard: time.Now()}, nil
}

func (s *session) close() {
	_ = s.conn.CloseNow()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.isDone {
		s.isDone = true
		close(s.done)
	}
	for _, a := range s.open {
		a.sub.until(s.link, s.heard)
	}
}

// send puts one message, an array whose first item names it, into the queue of what is
// written. A caller that gives up takes nothing back, and breaks no connection.
func (s *session) send(ctx context.Context, items ...any) error {
	select {
	case s.out <- encodeJSON(items):
		return nil
	case <-s.done:
		return errLost
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write empties the queue.
func (s *session) write(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case raw := <-s.out:
			writing, cancel := context.WithTimeout(ctx, s.link.pool.cfg.Patience)
			err := s.conn.Write(writing, websocket.MessageText, raw)
			cancel()
			if err != nil {
				return fmt.Errorf("%w: %w", errLost, err)
			}
		}
	}
}

// ping finds out that a silent relay is gone.
func (s *session) ping(ctx context.Context) error {
	every := time.NewTicker(s.link.pool.cfg.Ping)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-every.C:
		}
		waiting, cancel := context.WithTimeout(ctx, s.link.pool.cfg.Patience)
		err := s.conn.Ping(waiting)
		cancel()
		if err != nil {
			return fmt.Errorf("%w: ping: %w", errLost, err)
		}
	}
}

// expect notes subscriptions that ask is called for.
func (s *session) expect(subs []*Subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sub := range subs {
		s.open[sub.id] = &asked{sub: sub, stored: make(chan struct{})}
	}
}

func (s *session) ask(ctx context.Context, sub *Subscription) error {
	return s.send(ctx, "REQ", sub.id, sub.filter.wire(sub.from(s.link)))
}

func (s *session) forget(ctx context.Context, sub *Subscription) {
	s.mu.Lock()
	_, there := s.open[sub.id]
	delete(s.open, sub.id)
	s.mu.Unlock()
	if there {
		_ = s.send(ctx, "CLOSE", sub.id)
	}
}

// listening waits until the relay has said of every subscription that it is in place, so
// that the answer to what is published next is not missed. A relay that never says so is
// not waited for.
func (s *session) listening(ctx context.Context) error {
	s.mu.Lock()
	all := make([]*asked, 0, len(s.open))
	for _, a := range s.open {
		all = append(all, a)
	}
	s.mu.Unlock()
	enough := time.NewTimer(s.link.pool.cfg.Patience)
	defer enough.Stop()
	for _, a := range all {
		select {
		case <-a.stored:
		case <-enough.C:
			return nil
		case <-s.done:
			return errLost
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// publish sends an event and waits for the relay's OK. ErrRefused is final; after another
// error the event may be sent again.
func (s *session) publish(ctx context.Context, e *op.Event) error {
	if err := s.listening(ctx); err != nil {
		return err
	}
	for greeted := false; ; greeted = true {
		v, err := s.sendEvent(ctx, e)
		switch {
		case err != nil:
			return err
		case v.ok || strings.HasPrefix(v.reason, duplicate):
			return nil
		case strings.HasPrefix(v.reason, rateLimited):
			return fmt.Errorf("%w: %s", errLost, plain(v.reason))
		case !strings.HasPrefix(v.reason, authRequired) || greeted:
			return fmt.Errorf("%w: %s", ErrRefused, plain(v.reason))
		}
		if err := s.authenticated(ctx); err != nil {
			return err
		}
	}
}

func (s *session) sendEvent(ctx context.Context, e *op.Event) (verdict, error) {
	answer := make(chan verdict, 1)
	s.mu.Lock()
	if len(s.pending) >= maxPending || s.pending[e.ID] != nil {
		s.mu.Unlock()
		return verdict{}, errors.New("too many events wait for this relay's OK")
	}
	s.pending[e.ID] = answer
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.pending, e.ID)
	}()
	if err := s.send(ctx, "EVENT", json.RawMessage(Encode(e))); err != nil {
		return verdict{}, err
	}
	enough := time.NewTimer(s.link.pool.cfg.Patience)
	defer enough.Stop()
	select {
	case v := <-answer:
		return v, nil
	case <-enough.C:
		return verdict{}, errors.New("no OK in time")
	case <-s.done:
		return verdict{}, errLost
	case <-ctx.Done():
		return verdict{}, ctx.Err()
	}
}

// authenticated waits until the relay has taken an AUTH.
func (s *session) authenticated(ctx context.Context) error {
	enough := time.NewTimer(s.link.pool.cfg.Patience)
	defer enough.Stop()
	select {
	case <-s.greeted:
		return nil
	case <-enough.C:
		return fmt.Errorf("%w: it wants to know who is there, and does not ask (NIP-42)", ErrRefused)
	case <-s.done:
		return errLost
	case <-ctx.Done():
		return ctx.Err()
	}
}
