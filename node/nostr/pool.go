package nostr

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/op"
)

// MaxRelays bounds a pool.
const MaxRelays = 8

// Config makes a Pool. Zero durations take the defaults that their comments name.
type Config struct {
	Relays []string     // wss://, or ws:// for this machine alone; 1 to MaxRelays
	Key    op.SecretKey // answers a relay that asks who is there (NIP-42)
	Log    *slog.Logger // nil: silent

	FirstPause   time.Duration // before the first attempt to connect again; 1 s
	LongestPause time.Duration // 1 min
	Ping         time.Duration // between pings of a silent connection; 30 s
	Patience     time.Duration // for a dial, an OK, a pong, an EOSE; 10 s
	Overlap      time.Duration // how far before a connection broke events are asked for again; 2 min
}

// Pool keeps a connection to each of its relays. Its methods may be called concurrently;
// nothing happens before and after Run.
type Pool struct {
	cfg   Config
	links []*link

	mu   sync.Mutex
	subs map[string]*Subscription
	last int
}

// New checks the configuration and names what is wrong with it.
func New(cfg Config) (*Pool, error) {
	if n := len(cfg.Relays); n < 1 || n > MaxRelays {
		return nil, fmt.Errorf("nostr: %d relays, 1 to %d are allowed", n, MaxRelays)
	}
	if cfg.Key.Public() == (op.PublicKey{}) {
		return nil, errors.New("nostr: Key missing")
	}
	p := &Pool{cfg: cfg, subs: map[string]*Subscription{}}
	if p.cfg.Log == nil {
		p.cfg.Log = slog.New(slog.DiscardHandler)
	}
	for at, value := range map[*time.Duration]time.Duration{&p.cfg.FirstPause: time.Second, &p.cfg.LongestPause: time.Minute,
		&p.cfg.Ping: 30 * time.Second, &p.cfg.Patience: 10 * time.Second, &p.cfg.Overlap: 2 * time.Minute} {
		if *at <= 0 {
			*at = value
		}
	}
	for i, relay := range cfg.Relays {
		if err := CheckRelay(relay); err != nil {
			return nil, fmt.Errorf("nostr: relay %d: %w", i+1, err)
		}
		for _, before := range cfg.Relays[:i] {
			if before == relay {
				return nil, fmt.Errorf("nostr: relay %d: is there twice", i+1)
			}
		}
		p.links = append(p.links, &link{pool: p, url: relay, changed: make(chan struct{})})
	}
	return p, nil
}

// CheckRelay tells what is wrong with a relay's URL. What travels is signed and encrypted,
// but who speaks with whom is not, so ws:// is for this machine alone.
func CheckRelay(text string) error {
	u, err := url.Parse(text)
	switch {
	case len(text) > 256:
		return errors.New("URL longer than 256 bytes")
	case err != nil:
		return errors.New("not a URL")
	case u.Hostname() == "":
		return errors.New("URL without a host")
	case u.User != nil || u.Fragment != "":
		return errors.New("URL with a user or a fragment")
	case u.Scheme == "ws" && !loopback(u.Hostname()):
		return errors.New("ws:// is for this machine alone, use wss://")
	case u.Scheme != "wss" && u.Scheme != "ws":
		return errors.New("must start with wss://")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Run connects to all relays and keeps connected until ctx ends. A relay that is away
// ends nothing. It returns nil once ctx ended.
func (p *Pool) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, l := range p.links {
		group.Go(func() error { return l.run(ctx) })
	}
	return group.Wait()
}

// Publish sends an event to all relays and returns nil once one of them has taken it; those
// that are connected then get as long as Config.Patience for it, too. A relay that is away
// is waited for, and sent the event again, until ctx ends. The error says what each relay
// said, and is ctx's where none said anything.
func (p *Pool) Publish(ctx context.Context, e *op.Event) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type answer struct {
		l   *link
		err error
	}
	answers := make(chan answer, len(p.links))
	for _, l := range p.links {
		go func() { answers <- answer{l, l.publish(ctx, e)} }()
	}
	taken := false
	var refusals []error
	var grace *time.Timer
	for range p.links {
		a := <-answers
		switch {
		case a.err != nil:
			refusals = append(refusals, fmt.Errorf("%s: %w", a.l.url, a.err))
		case !taken:
			taken = true
			wait := time.Duration(0)
			if p.connected() > 1 {
				wait = p.cfg.Patience
			}
			grace = time.AfterFunc(wait, cancel)
			defer grace.Stop()
		}
	}
	if taken {
		return nil
	}
	return fmt.Errorf("nostr: no relay took the event: %w", errors.Join(refusals...))
}

// connected counts the relays that are there.
func (p *Pool) connected() (n int) {
	for _, l := range p.links {
		if s, _ := l.now(); s != nil {
			n++
		}
	}
	return n
}

// link is one relay: a session with it, or none, and what is kept from one to the next.
type link struct {
	pool *Pool
	url  string

	mu      sync.Mutex
	session *session
	changed chan struct{} // closed and made anew when session changes
}

// now returns the session, nil if there is none, and what is closed when that changes.
func (l *link) now() (*session, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.session, l.changed
}

func (l *link) set(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.session = s
	close(l.changed)
	l.changed = make(chan struct{})
}

// run connects again and again. A session that served for a minute starts the pauses anew.
func (l *link) run(ctx context.Context) error {
	cfg := l.pool.cfg
	pauses := backoff.Pauses{First: cfg.FirstPause, Longest: cfg.LongestPause}
	for ctx.Err() == nil {
		began := time.Now()
		err := l.serve(ctx)
		if ctx.Err() != nil {
			break
		}
		if time.Since(began) > time.Minute {
			pauses.Reset()
		}
		cfg.Log.Info("relay away", "event", "relay_away", "relay", l.url, "error", err)
		_ = pauses.Sleep(ctx)
	}
	return nil
}

// serve holds one session from its dial to its end.
func (l *link) serve(ctx context.Context) error {
	s, err := dial(ctx, l)
	if err != nil {
		return err
	}
	defer s.close()
	l.pool.mu.Lock() // a subscription is in the list, or comes to a session that is set
	subs := make([]*Subscription, 0, len(l.pool.subs))
	for _, sub := range l.pool.subs {
		subs = append(subs, sub)
	}
	s.expect(subs)
	l.set(s)
	l.pool.mu.Unlock()
	defer l.set(nil)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.read(ctx) })
	group.Go(func() error { return s.write(ctx) })
	group.Go(func() error { return s.ping(ctx) })
	group.Go(func() error {
		for _, sub := range subs {
			if err := s.ask(ctx, sub); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

// publish gets one event to the relay.
func (l *link) publish(ctx context.Context, e *op.Event) error {
	pauses := backoff.Pauses{First: l.pool.cfg.FirstPause, Longest: l.pool.cfg.LongestPause}
	for {
		s, changed := l.now()
		if s == nil {
			select {
			case <-changed:
			case <-ctx.Done():
				return ctx.Err()
			}
			continue
		}
		err := s.publish(ctx, e)
		if err == nil || errors.Is(err, ErrRefused) || ctx.Err() != nil {
			return err
		}
		if err := pauses.Sleep(ctx); err != nil {
			return err
		}
	}
}

// httpClient follows no redirect: the relay is who was named.
var httpClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
