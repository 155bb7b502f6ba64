package nostr

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/econd/econd/node/op"
)

// Bounds of a subscription.
const (
	waiting  = 256  // events that wait for their reader
	remember = 4096 // ids from which on the oldest are forgotten; see recent
)

// Subscription receives the events that fit a filter, each once, from all relays of a pool.
type Subscription struct {
	pool   *Pool
	id     string
	filter Filter
	events chan *op.Event

	mu    sync.Mutex
	seen  recent
	since map[*link]int64 // from when on events are asked for at a relay that was there before
	lost  int
}

// Subscribe asks all relays for the events of a filter, and those that come later for what
// they missed. Close ends it.
func (p *Pool) Subscribe(ctx context.Context, f Filter) *Subscription {
	p.mu.Lock()
	p.last++
	s := &Subscription{pool: p, id: "s" + strconv.Itoa(p.last), filter: f,
		events: make(chan *op.Event, waiting), since: map[*link]int64{}}
	p.subs[s.id] = s
	var sessions []*session
	for _, l := range p.links {
		if session, _ := l.now(); session != nil {
			session.expect([]*Subscription{s})
			sessions = append(sessions, session)
		}
	}
	p.mu.Unlock()
	for _, session := range sessions {
		_ = session.ask(ctx, s) // a session that breaks is followed by one that asks
	}
	return s
}

// Events are the events that came. The channel is never closed; a reader that falls far
// behind loses events, see Lost.
func (s *Subscription) Events() <-chan *op.Event { return s.events }

// Lost counts the events for which there was no room.
func (s *Subscription) Lost() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost
}

// Close tells the relays that nobody listens any more.
func (s *Subscription) Close(ctx context.Context) {
	s.pool.mu.Lock()
	delete(s.pool.subs, s.id)
	s.pool.mu.Unlock()
	for _, l := range s.pool.links {
		if session, _ := l.now(); session != nil {
			session.forget(ctx, s)
		}
	}
}

// from is since when a relay is asked for events.
func (s *Subscription) from(l *link) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(s.filter.Since, s.since[l])
}

// until notes that a relay was heard last at that time.
func (s *Subscription) until(l *link, last time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since[l] = max(s.since[l], last.Add(-s.pool.cfg.Overlap).Unix())
}

// known tells whether an event was handed up. What is only said to be an event is not noted.
func (s *Subscription) known(id op.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.has(id)
}

// hand gives an event that was verified to the reader.
func (s *Subscription) hand(e *op.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen.has(e.ID) {
		return // another relay was faster meanwhile
	}
	select {
	case s.events <- e:
		s.seen.add(e.ID)
	default:
		s.lost++
	}
}

// recent remembers at least the last `remember` ids, and at most twice as many.
type recent struct{ young, old map[op.ID]struct{} }

func (r *recent) has(id op.ID) bool {
	_, young := r.young[id]
	_, old := r.old[id]
	return young || old
}

func (r *recent) add(id op.ID) {
	if r.young == nil || len(r.young) >= remember {
		r.old, r.young = r.young, map[op.ID]struct{}{}
	}
	r.young[id] = struct{}{}
}
