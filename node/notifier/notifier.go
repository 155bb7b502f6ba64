package notifier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/econd/econd/node/op"
)

// Schedule says when a notice that was not taken is tried again, and for how
// long.
type Schedule struct {
	First   time.Duration // pause after the first attempt; each is four times the one before
	Longest time.Duration // and at most this
	GiveUp  time.Duration // since the first failure; then the webhook is disabled
}

// DefaultSchedule spans three days.
var DefaultSchedule = Schedule{First: 5 * time.Second, Longest: 6 * time.Hour, GiveUp: 72 * time.Hour}

// pause is how long to wait after so many attempts.
func (s Schedule) pause(tries int) time.Duration {
	d := s.First
	for i := 1; i < tries && d < s.Longest; i++ {
		d *= 4
	}
	return min(d, s.Longest)
}

// Config is what a Notifier is made of. Every field is needed but Sender and
// SaveEvery.
type Config struct {
	Feed     *Feed
	Store    Store
	Sender   Sender // nil: webhooks are off, and those that are set wait
	Schedule Schedule
	Now      func() time.Time
	Log      *slog.Logger

	// SaveEvery is how often the place of a webhook to which there was nothing
	// to send is made durable, so that a restart does not look at much again.
	// Default one minute.
	SaveEvery time.Duration
}

// Notifier keeps the webhooks of agents and serves them. Safe for concurrent
// use.
type Notifier struct {
	cfg Config

	mu      sync.Mutex // also orders writes to the store with the workers' lives
	workers map[op.PublicKey]*worker
	group   *errgroup.Group // set while Run runs
	ctx     context.Context
}

// New checks the configuration; the error names a bad field.
func New(cfg Config) (*Notifier, error) {
	switch {
	case cfg.Feed == nil || cfg.Store == nil || cfg.Now == nil || cfg.Log == nil:
		return nil, errors.New("notifier: Config: Feed, Store, Now and Log are all needed")
	case cfg.Schedule.First <= 0 || cfg.Schedule.Longest < cfg.Schedule.First || cfg.Schedule.GiveUp <= 0:
		return nil, fmt.Errorf("notifier: Config.Schedule: First %v and GiveUp %v must be positive, Longest %v at least First",
			cfg.Schedule.First, cfg.Schedule.GiveUp, cfg.Schedule.Longest)
	}
	if cfg.SaveEvery <= 0 {
		cfg.SaveEvery = time.Minute
	}
	return &Notifier{cfg: cfg, workers: map[op.PublicKey]*worker{}}, nil
}

// Run serves the webhooks until ctx ends (nil) or the store fails. It is to be
// called once.
func (n *Notifier) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	if err := n.begin(ctx, g); err != nil {
		return err
	}
	g.Go(func() error { <-ctx.Done(); return nil })
	err := g.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (n *Notifier) begin(ctx context.Context, g *errgroup.Group) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	list, err := n.cfg.Store.All()
	if err != nil {
		return err
	}
	n.ctx, n.group = ctx, g
	for _, w := range list {
		n.startWorker(w)
	}
	return nil
}

// Set makes an agent's webhook, or replaces it. A webhook that is replaced goes
// on where it was, and is no longer disabled. Where there is no place, the webhook of
// the agent with the least stake ends for one with more. Errors: ErrOff, ErrURL,
// ErrFull, ErrStake, ErrStranger, ErrOlder, *notify.InterestError.
func (n *Notifier) Set(agent op.PublicKey, signed Signed, t Target) (Webhook, error) {
	if n.cfg.Sender == nil {
		return Webhook{}, ErrOff
	}
	if len(t.URL) > MaxURL {
		return Webhook{}, fmt.Errorf("%w: has %d bytes, at most %d are allowed", ErrURL, len(t.URL), MaxURL)
	}
	if err := n.cfg.Sender.Check(t.URL); err != nil {
		return Webhook{}, fmt.Errorf("%w: %w", ErrURL, err)
	}
	w := Webhook{Agent: agent, Target: t}
	place, err := n.cfg.Feed.Begin(w.interest(), nil)
	if err != nil {
		return Webhook{}, err
	}
	if n.cfg.Feed.stakes(agent)[0] == 0 {
		return Webhook{}, ErrStake
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.stopWorker(agent)
	w.SetMs, w.Cursor = n.cfg.Now().UnixMilli(), place
	old, err := n.cfg.Store.Get(agent)
	switch {
	case err == nil:
		w.Cursor, w.SetMs = old.Cursor, max(w.SetMs, old.SetMs+1)
	case !errors.Is(err, ErrNone):
		return Webhook{}, err
	}
	if putErr := n.put(w, signed); putErr != nil {
		if err == nil {
			n.startWorker(old)
		}
		return Webhook{}, putErr
	}
	n.startWorker(w)
	return w, nil
}

// Get returns an agent's webhook; ErrNone.
func (n *Notifier) Get(agent op.PublicKey) (Webhook, error) { return n.cfg.Store.Get(agent) }

// Remove ends an agent's webhook; ErrNone, ErrOlder. An attempt under way may still
// arrive.
func (n *Notifier) Remove(agent op.PublicKey, signed Signed) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.stopWorker(agent)
	err := n.cfg.Store.Delete(agent, signed)
	if !errors.Is(err, ErrOlder) {
		return err
	}
	switch w, getErr := n.cfg.Store.Get(agent); {
	case getErr == nil:
		n.startWorker(w)
	case !errors.Is(getErr, ErrNone):
		return getErr
	}
	return err
}

// Secret is what the receivers of an agent's webhook check it with, and the
// origin that it is for; ErrNone, ErrOff.
func (n *Notifier) Secret(agent op.PublicKey) (origin, secret string, err error) {
	if n.cfg.Sender == nil {
		return "", "", ErrOff
	}
	w, err := n.cfg.Store.Get(agent)
	if err != nil {
		return "", "", err
	}
	return n.cfg.Sender.Secret(agent, w.URL)
}

// startWorker starts the worker of a webhook. The caller holds mu.
func (n *Notifier) startWorker(w Webhook) {
	if n.group == nil || n.ctx.Err() != nil || n.cfg.Sender == nil || w.Disabled {
		return
	}
	ctx, cancel := context.WithCancel(n.ctx)
	k := &worker{n: n, hook: w, saved: w.Cursor, savedAt: n.cfg.Now(), cancel: cancel, done: make(chan struct{})}
	n.workers[w.Agent] = k
	n.group.Go(func() error {
		defer close(k.done)
		defer cancel()
		return k.run(ctx)
	})
}

// stopWorker ends the worker of an agent's webhook and waits for it. The caller
// holds mu.
func (n *Notifier) stopWorker(agent op.PublicKey) {
	k := n.workers[agent]
	if k == nil {
		return
	}
	delete(n.workers, agent)
	k.cancel()
	<-k.done
}
