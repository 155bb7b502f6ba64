package nwc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/nostr"
	"github.com/econd/econd/node/op"
)

// Kinds of NIP-47. Notifications for NIP-04, 23196, are not sent.
const (
	KindInfo         op.Kind = 13194
	KindRequest      op.Kind = 23194
	KindResponse     op.Kind = 23195
	KindNotification op.Kind = 23197
)

const (
	encryption = "nip44_v2"

	maxAtOnce = 16 // requests of a connection
	burst     = 60 // requests of a connection, and then perMinute
	perMinute = 60

	lookEvery    = 2 * time.Second // for connections that were made or revoked
	publishFor   = 10 * time.Minute
	maxLateStamp = 5 * 60 // seconds that a client's clock may be ahead
)

// Config makes a Service. Store, Master, Journal and Open are required.
type Config struct {
	Store   *Store
	Master  Master
	Journal string // file of the requests that were begun

	// Open gives the wallet of that name, with what can be received by it; receiver and holder may be nil.
	Open func(wallet string) (w Wallet, r Receiver, h Holder, err error)

	Log *slog.Logger     // nil: silent
	Now func() time.Time // nil: time.Now

	FirstPause time.Duration // see nostr.Config
	LookEvery  time.Duration // for connections; 0: 2 s
}

// Service answers the clients of all connections.
type Service struct {
	cfg     Config
	journal *journal

	mu      sync.Mutex
	running map[string]*served // by id
}

// New checks the configuration and opens the journal, which one process may have open. Close it.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Open == nil || cfg.Journal == "" {
		return nil, errors.New("nwc: Store, Journal and Open are required")
	}
	if _, err := cfg.Master.key(""); err != nil {
		return nil, err
	}
	j, err := openJournal(cfg.Journal)
	if err != nil {
		return nil, err
	}
	s := &Service{cfg: cfg, journal: j, running: map[string]*served{}}
	if s.cfg.Log == nil {
		s.cfg.Log = slog.New(slog.DiscardHandler)
	}
	if s.cfg.Now == nil {
		s.cfg.Now = time.Now
	}
	if s.cfg.LookEvery <= 0 {
		s.cfg.LookEvery = lookEvery
	}
	return s, nil
}

// Close ends the journal; call it after Run.
func (s *Service) Close() error { return s.journal.close() }

// Run serves until ctx ends. Connections that are made or revoked meanwhile are found. It ends with an error
// where it cannot remember what it does.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		var pruned time.Time
		for {
			if now := s.cfg.Now(); now.Sub(pruned) > time.Hour {
				if err := s.journal.prune(now); err != nil {
					return err
				}
				pruned = now
			}
			if err := s.look(ctx, group); err != nil {
				s.cfg.Log.Error("connections", "event", "nwc_connections", "error", err)
			}
			if backoff.Sleep(ctx, s.cfg.LookEvery) != nil {
				return nil
			}
		}
	})
	return group.Wait()
}

// look starts what was connected and stops what was revoked.
func (s *Service) look(ctx context.Context, group *errgroup.Group) error {
	list, err := s.cfg.Store.List()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	stand := map[string]bool{}
	for _, c := range list {
		stand[c.ID] = true
		if s.running[c.ID] != nil {
			continue
		}
		v, err := s.open(ctx, c)
		if err != nil {
			return fmt.Errorf("connection %s: %w", c.Name, err)
		}
		s.running[c.ID] = v
		group.Go(func() error {
			err := v.run()
			if v.ctx.Err() != nil && ctx.Err() == nil || ctx.Err() != nil {
				return nil // revoked, or all ends
			}
			return err
		})
	}
	for id, v := range s.running {
		if !stand[id] {
			s.cfg.Log.Info("revoked", "event", "nwc_revoked", "connection", v.c.Name)
			v.stop()
			delete(s.running, id)
		}
	}
	return nil
}

// served is one connection that is served.
type served struct {
	s    *Service
	c    Connection
	key  op.SecretKey
	talk nostr.Conversation
	pool *nostr.Pool
	back *backend
	ctx  context.Context //nolint:containedctx // ends with the connection, which its payments outlive not
	stop context.CancelFunc

	mu     sync.Mutex
	tokens float64
	filled time.Time
}

func (s *Service) open(ctx context.Context, c Connection) (*served, error) {
	key, err := s.cfg.Master.key(c.ID)
	if err != nil {
		return nil, err
	}
	if key.Public() != c.Service {
		return nil, errors.New("its service key is not of this service's secret")
	}
	talk, err := nostr.NewConversation(key, c.Client)
	if err != nil {
		return nil, err
	}
	pool, err := nostr.New(nostr.Config{Relays: c.Relays, Key: key, Log: s.cfg.Log, FirstPause: s.cfg.FirstPause, Overlap: maxAge * time.Second})
	if err != nil {
		return nil, err
	}
	w, r, h, err := s.cfg.Open(c.Wallet)
	if err != nil {
		return nil, err
	}
	v := &served{s: s, c: c, key: key, talk: talk, pool: pool, tokens: burst, filled: s.cfg.Now()}
	v.ctx, v.stop = context.WithCancel(ctx)
	v.back = &backend{wallet: w, receiver: r, holder: h, now: s.cfg.Now, paid: func(t Transaction) { s.tell(c.Wallet, "payment_sent", t) }}
	return v, nil
}

// run serves the connection until it is stopped.
func (v *served) run() error {
	group, ctx := errgroup.WithContext(v.ctx)
	sub := v.pool.Subscribe(ctx, nostr.Filter{Kinds: []op.Kind{KindRequest}, Authors: []op.PublicKey{v.c.Client}, P: []op.PublicKey{v.c.Service},
		Since: v.s.cfg.Now().Unix() - maxLife})
	group.Go(func() error { return v.pool.Run(ctx) })
	group.Go(func() error { return v.announce(ctx) })
	if v.back.receiver != nil {
		group.Go(func() error { return v.receive(ctx) })
	}
	unfinished, err := v.s.journal.open(v.c.ID)
	if err != nil {
		return err
	}
	places := make(chan struct{}, maxAtOnce)
	for id, r := range unfinished {
		places <- struct{}{}
		group.Go(func() error {
			defer func() { <-places }()
			return v.resume(ctx, id, r)
		})
	}
	group.Go(func() error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case e := <-sub.Events():
				if !v.good(e) {
					continue
				}
				select {
				case places <- struct{}{}:
				default:
					v.reject(ctx, e, Errorf(RateLimited, "%d requests are under way already", maxAtOnce))
					continue
				}
				group.Go(func() error {
					defer func() { <-places }()
					return v.take(ctx, e)
				})
			}
		}
	})
	return group.Wait()
}

// good tells whether a request is neither expired nor old, by its expiration (NIP-40) or its own time.
func (v *served) good(e *op.Event) bool {
	now := v.s.cfg.Now().Unix()
	if e.CreatedAt > now+maxLateStamp || e.CreatedAt < now-maxLife {
		return false
	}
	text, ok := nostr.Tag(e, "expiration")
	if !ok {
		return e.CreatedAt >= now-maxAge
	}
	until, err := strconv.ParseInt(text, 10, 64)
	return err == nil && now <= until
}

// announce publishes what the connection can do.
func (v *served) announce(ctx context.Context) error {
	e := &op.Event{CreatedAt: v.s.cfg.Now().Unix(), Kind: KindInfo, Content: strings.Join(append(v.back.names(), "notifications"), " "),
		Tags: [][]string{{"encryption", encryption}, {"notifications", strings.Join(v.back.notifications(), " ")}}}
	if err := e.Sign(v.key); err != nil {
		return err
	}
	if err := v.pool.Publish(ctx, e); err != nil && ctx.Err() == nil {
		v.s.cfg.Log.Warn("not announced", "event", "nwc_unannounced", "connection", v.c.Name, "error", err)
	}
	return nil
}

// allowed takes a token from the connection's bucket.
func (v *served) allowed() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.s.cfg.Now()
	v.tokens = min(burst, v.tokens+now.Sub(v.filled).Minutes()*perMinute)
	v.filled = now
	if v.tokens < 1 {
		return false
	}
	v.tokens--
	return true
}

// tell notifies the clients of a wallet.
func (s *Service) tell(wallet, what string, t Transaction) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.running {
		if v.c.Wallet == wallet {
			go v.notify(what, t)
		}
	}
}

// notify is sent once and not remembered: a client that was away asks for its transactions.
func (v *served) notify(what string, t Transaction) {
	ctx, cancel := context.WithTimeout(v.ctx, time.Minute)
	defer cancel()
	e, err := v.seal(KindNotification, map[string]any{"notification_type": what, "notification": t}, nil)
	if err == nil && v.s.cfg.Store.Stands(v.c) {
		err = v.pool.Publish(ctx, e)
	}
	if err != nil && ctx.Err() == nil {
		v.s.cfg.Log.Info("not notified", "event", "nwc_unnotified", "connection", v.c.Name, "error", err)
	}
}

// receive notifies of what is received, again and again where the receiver breaks off.
func (v *served) receive(ctx context.Context) error {
	pauses := backoff.Pauses{First: time.Second, Longest: time.Minute}
	for ctx.Err() == nil {
		err := v.back.receiver.Received(ctx, func(t Transaction) { v.notify("payment_received", t) })
		if ctx.Err() == nil {
			v.s.cfg.Log.Info("receiver away", "event", "nwc_receiver_away", "connection", v.c.Name, "error", err)
		}
		_ = pauses.Sleep(ctx)
	}
	return nil
}

// seal encrypts a value for the client and signs the event.
func (v *served) seal(kind op.Kind, value any, request *op.Event) (*op.Event, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	payload, err := v.talk.Encrypt(string(plain))
	if err != nil {
		return nil, err
	}
	e := &op.Event{CreatedAt: v.s.cfg.Now().Unix(), Kind: kind, Tags: [][]string{{"p", v.c.Client.String()}}, Content: payload}
	if request != nil {
		e.Tags = append(e.Tags, []string{"e", request.ID.String()})
	}
	return e, e.Sign(v.key)
}
