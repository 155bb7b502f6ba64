package nostr

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/coder/websocket"

	"github.com/econd/econd/node/op"
)

// read takes what the relay sends until the connection or ctx ends.
func (s *session) read(ctx context.Context) error {
	for {
		kind, raw, err := s.conn.Read(ctx)
		if err != nil {
			s.close() // who waits for an answer learns of it
			return fmt.Errorf("%w: %w", errLost, err)
		}
		s.mu.Lock()
		s.heard = time.Now()
		s.mu.Unlock()
		if kind != websocket.MessageText {
			err = s.fault("a binary message")
		} else {
			err = s.take(ctx, raw)
		}
		if err != nil {
			s.close()
			return err
		}
	}
}

// fault counts a message that should not be; the last one that is borne is an error.
func (s *session) fault(what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults++
	s.link.pool.cfg.Log.Debug("bad message of a relay", "event", "relay_fault", "relay", s.link.url, "what", what, "count", s.faults)
	if s.faults >= maxFaults {
		return fmt.Errorf("%d messages that should not be, the last: %s", s.faults, what)
	}
	return nil
}

// take reads one message of a relay.
func (s *session) take(ctx context.Context, raw []byte) error {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil || len(items) < 2 {
		return s.fault("no array of two items and more")
	}
	var name string
	var args [3]string // those of the first items that are strings
	if json.Unmarshal(items[0], &name) != nil {
		return s.fault("no name of a message")
	}
	for i := range args {
		if i+1 < len(items) {
			_ = json.Unmarshal(items[i+1], &args[i])
		}
	}
	switch name {
	case "EVENT":
		if len(items) != 3 {
			return s.fault("EVENT without an event")
		}
		return s.takeEvent(args[0], items[2])
	case "OK":
		var ok bool
		id, err := op.ParseID(args[0])
		if err != nil || len(items) < 3 || json.Unmarshal(items[2], &ok) != nil {
			return s.fault("OK without an id and a word")
		}
		return s.takeOK(ctx, id, verdict{ok, args[2]})
	case "EOSE":
		return s.takeEOSE(args[0])
	case "CLOSED":
		return s.takeClosed(ctx, args[0], args[1])
	case "AUTH":
		return s.takeAuth(ctx, args[0])
	case "NOTICE":
		s.link.pool.cfg.Log.Info("notice of a relay", "event", "relay_notice", "relay", s.link.url, "text", plain(args[0]))
		return nil
	}
	return s.fault("a message of another name")
}

func (s *session) takeEvent(id string, raw json.RawMessage) error {
	s.mu.Lock()
	a := s.open[id]
	s.mu.Unlock()
	if a == nil {
		return nil // what was on its way when the subscription was closed
	}
	e, err := Decode(raw)
	switch {
	case err != nil:
		return s.fault(err.Error())
	case !a.sub.filter.Fits(e):
		return s.fault("an event that was not asked for")
	case a.sub.known(e.ID):
		return nil
	}
	if err := e.Verify(); err != nil {
		return s.fault(err.Error())
	}
	a.sub.hand(e)
	return nil
}

func (s *session) takeOK(ctx context.Context, id op.ID, v verdict) error {
	s.mu.Lock()
	waiting, auth := s.pending[id], id == s.authID
	delete(s.pending, id)
	var again []*Subscription
	if auth && v.ok && !s.hasGreet {
		s.hasGreet = true
		close(s.greeted)
		for _, a := range s.open { // those that it had closed until it knew who is there
			if a.tries > 0 {
				again = append(again, a.sub)
			}
		}
	}
	s.mu.Unlock()
	if waiting != nil {
		waiting <- v
	}
	if auth && !v.ok {
		return fmt.Errorf("AUTH refused: %s", plain(v.reason))
	}
	for _, sub := range again {
		if err := s.ask(ctx, sub); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) takeEOSE(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.open[id]; a != nil && !a.isDone {
		a.isDone = true
		close(a.stored)
	}
	return nil
}

// takeClosed asks again once the relay knows who is there, and gives up the session for any
// other reason.
func (s *session) takeClosed(ctx context.Context, id, reason string) error {
	s.mu.Lock()
	a := s.open[id]
	var greeted bool
	if a != nil {
		a.tries++
		greeted = s.hasGreet
	}
	s.mu.Unlock()
	switch {
	case a == nil:
		return nil
	case strings.HasPrefix(reason, authRequired) && a.tries == 1:
		if greeted {
			return s.ask(ctx, a.sub)
		}
		return nil
	}
	return fmt.Errorf("subscription closed: %s", plain(reason))
}

// takeAuth answers a challenge (NIP-42).
func (s *session) takeAuth(ctx context.Context, challenge string) error {
	if challenge == "" || len(challenge) > 1024 || strings.ContainsFunc(challenge, unicode.IsControl) {
		return s.fault("a challenge that is none")
	}
	e := &op.Event{CreatedAt: time.Now().Unix(), Kind: kindAuth, Tags: [][]string{{"relay", s.link.url}, {"challenge", challenge}}}
	if err := e.Sign(s.link.pool.cfg.Key); err != nil {
		return err
	}
	s.mu.Lock()
	s.authID = e.ID
	s.mu.Unlock()
	return s.send(ctx, "AUTH", json.RawMessage(Encode(e)))
}
