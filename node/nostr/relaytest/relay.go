// Package relaytest is a Nostr relay for tests: NIP-01 in memory, and NIP-42 where it is
// asked for. It can be told to misbehave, each event for itself: see Relay.Pass.
package relaytest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/econd/econd/node/nostr"
	"github.com/econd/econd/node/op"
)

// Relay is a relay on this machine, for as long as its test.
type Relay struct {
	t      *testing.T
	server *httptest.Server

	mu     sync.Mutex
	conns  map[*conn]struct{}
	stored []*op.Event
	dials  int

	auth    bool
	deaf    bool
	refuse  string
	pass    func(*op.Event) []*op.Event
	seen    []*op.Event
	changed chan struct{}
}

type conn struct {
	ws        *websocket.Conn
	subs      map[string][]filter
	challenge string
	known     op.PublicKey
}

// New starts a relay that behaves.
func New(t *testing.T) *Relay {
	t.Helper()
	r := &Relay{t: t, conns: map[*conn]struct{}{}, changed: make(chan struct{})}
	r.server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(func() {
		r.CloseAll()
		r.server.Close()
	})
	return r
}

// URL is where the relay listens.
func (r *Relay) URL() string { return "ws" + strings.TrimPrefix(r.server.URL, "http") }

// RequireAuth has the relay take and give nothing before it knows who is there (NIP-42).
func (r *Relay) RequireAuth() { r.set(func() { r.auth = true }) }

// Deaf has the relay close every connection at its start, or no more.
func (r *Relay) Deaf(deaf bool) { r.set(func() { r.deaf = deaf }) }

// Refuse has the relay answer every event with OK false and that reason; "" ends it.
func (r *Relay) Refuse(reason string) { r.set(func() { r.refuse = reason }) }

// Pass says what becomes of an event on its way to those who listen: nothing, the event
// twice, others before it, or another in its place. nil passes it on as it is. It is called
// with one event at a time; what it waits for delays all.
func (r *Relay) Pass(pass func(*op.Event) []*op.Event) { r.set(func() { r.pass = pass }) }

func (r *Relay) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// CloseAll breaks all connections.
func (r *Relay) CloseAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns {
		_ = c.ws.CloseNow()
	}
}

// Dials counts the connections that were made.
func (r *Relay) Dials() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.dials
}

// Published returns the events that were taken, in their order.
func (r *Relay) Published() []*op.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seen)
}

// Await waits until an event that was taken fits.
func (r *Relay) Await(ctx context.Context, fits func(*op.Event) bool) *op.Event {
	r.t.Helper()
	for {
		r.mu.Lock()
		i, changed := slices.IndexFunc(r.seen, fits), r.changed
		if i >= 0 {
			defer r.mu.Unlock()
			return r.seen[i]
		}
		r.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			r.t.Error("no such event came to the relay")
			return nil
		}
	}
}

// Inject hands an event to all that listen, asked for or not, verified or not.
func (r *Relay) Inject(e *op.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns {
		for id := range c.subs {
			c.send("EVENT", id, json.RawMessage(nostr.Encode(e)))
		}
	}
}

// Listening waits until as many subscriptions are open.
func (r *Relay) Listening(ctx context.Context, n int) {
	r.t.Helper()
	for {
		r.mu.Lock()
		have, changed := 0, r.changed
		for c := range r.conns {
			have += len(c.subs)
		}
		r.mu.Unlock()
		if have >= n {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			r.t.Errorf("%d subscriptions, not %d", have, n)
			return
		}
	}
}

func (r *Relay) serve(w http.ResponseWriter, req *http.Request) {
	ws, err := websocket.Accept(w, req, nil)
	if err != nil {
		return
	}
	defer func() { _ = ws.CloseNow() }()
	ws.SetReadLimit(nostr.MaxMessage)
	c := &conn{ws: ws, subs: map[string][]filter{}}
	r.mu.Lock()
	r.dials++
	deaf := r.deaf
	if !deaf {
		r.conns[c] = struct{}{}
		if r.auth {
			c.challenge = fmt.Sprintf("challenge-%d", r.dials)
			c.send("AUTH", c.challenge)
		}
	}
	r.mu.Unlock()
	if deaf {
		return
	}
	defer r.set(func() {
		delete(r.conns, c)
		r.tell()
	})
	for {
		_, raw, err := ws.Read(req.Context())
		if err != nil {
			return
		}
		r.take(c, raw)
	}
}

// tell wakes who waits; the lock is held.
func (r *Relay) tell() {
	close(r.changed)
	r.changed = make(chan struct{})
}

func (c *conn) send(items ...any) {
	raw, err := json.Marshal(items)
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = c.ws.Write(ctx, websocket.MessageText, raw)
}

func (r *Relay) take(c *conn, raw []byte) {
	var items []json.RawMessage
	var name, id string
	if json.Unmarshal(raw, &items) != nil || len(items) < 2 || json.Unmarshal(items[0], &name) != nil {
		c.send("NOTICE", "not a message of NIP-01")
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.tell()
	_ = json.Unmarshal(items[1], &id)
	switch name {
	case "EVENT":
		r.event(c, items[1])
	case "AUTH":
		r.authenticate(c, items[1])
	case "CLOSE":
		delete(c.subs, id)
	case "REQ":
		r.request(c, id, items[2:])
	}
}

func (r *Relay) event(c *conn, raw json.RawMessage) {
	e, err := nostr.Decode(raw)
	switch {
	case err != nil || e.Verify() != nil:
		c.send("OK", strings.Repeat("0", 64), false, "invalid: bad event")
		return
	case r.auth && c.known == (op.PublicKey{}):
		c.send("OK", e.ID, false, "auth-required: who are you?")
		return
	case r.refuse != "":
		c.send("OK", e.ID, false, r.refuse)
		return
	case slices.ContainsFunc(r.seen, func(o *op.Event) bool { return o.ID == e.ID }):
		c.send("OK", e.ID, true, "duplicate: known")
		return
	}
	r.seen = append(r.seen, e)
	if 10000 <= e.Kind && e.Kind < 20000 { // replaceable
		r.stored = slices.DeleteFunc(r.stored, func(o *op.Event) bool { return o.Kind == e.Kind && o.PubKey == e.PubKey })
	}
	r.stored = append(r.stored, e) // ephemeral ones too, as NIP-47 would have it
	c.send("OK", e.ID, true, "")
	passed := []*op.Event{e}
	if r.pass != nil {
		passed = r.pass(e)
	}
	for _, e := range passed {
		for c := range r.conns {
			for id, filters := range c.subs {
				if slices.ContainsFunc(filters, func(f filter) bool { return f.fits(e) }) {
					c.send("EVENT", id, json.RawMessage(nostr.Encode(e)))
				}
			}
		}
	}
}

func (r *Relay) authenticate(c *conn, raw json.RawMessage) {
	e, err := nostr.Decode(raw)
	if err != nil {
		return
	}
	relay, _ := nostr.Tag(e, "relay")
	challenge, _ := nostr.Tag(e, "challenge")
	if e.Verify() != nil || e.Kind != 22242 || relay != r.URL() || challenge != c.challenge {
		c.send("OK", e.ID, false, "restricted: no")
		return
	}
	c.known = e.PubKey
	c.send("OK", e.ID, true, "")
}

func (r *Relay) request(c *conn, id string, raw []json.RawMessage) {
	if r.auth && c.known == (op.PublicKey{}) {
		c.send("CLOSED", id, "auth-required: who are you?")
		return
	}
	filters := make([]filter, len(raw))
	for i, text := range raw {
		if json.Unmarshal(text, &filters[i]) != nil {
			c.send("CLOSED", id, "invalid: filter")
			return
		}
	}
	c.subs[id] = filters
	for _, e := range r.stored {
		if slices.ContainsFunc(filters, func(f filter) bool {
			return (f.Limit == nil || *f.Limit > 0) && e.CreatedAt >= f.Since && f.fits(e)
		}) {
			c.send("EVENT", id, json.RawMessage(nostr.Encode(e)))
		}
	}
	c.send("EOSE", id)
}

// filter is one of NIP-01, as it travels.
type filter struct {
	IDs     []string  `json:"ids"`
	Authors []string  `json:"authors"`
	Kinds   []op.Kind `json:"kinds"`
	P       []string  `json:"#p"`
	E       []string  `json:"#e"`
	Since   int64     `json:"since"`
	Limit   *int      `json:"limit"`
}

func (f filter) fits(e *op.Event) bool {
	in := func(list []string, values ...string) bool {
		return list == nil || slices.ContainsFunc(values, func(v string) bool { return slices.Contains(list, v) })
	}
	return in(f.IDs, e.ID.String()) && in(f.Authors, e.PubKey.String()) && (f.Kinds == nil || slices.Contains(f.Kinds, e.Kind)) &&
		in(f.P, tags(e, "p")...) && in(f.E, tags(e, "e")...)
}

func tags(e *op.Event, name string) (values []string) {
	for _, t := range e.Tags {
		if len(t) > 1 && t[0] == name {
			values = append(values, t[1])
		}
	}
	return values
}
