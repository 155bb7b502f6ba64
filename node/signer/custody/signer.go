package custody

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/signer"
)

// Custodian keeps one key. Its methods are called by one goroutine at a time.
type Custodian interface {
	// Key asks for the key; who gets it wipes it. again is how soon the custodian must be asked
	// anew, so that what lets the signer in does not run out, 0 for whenever. An error that is
	// ErrDenied or ErrMalformed means that there is no key any more; any other, that there was no
	// answer.
	Key(ctx context.Context) (key *Key, again time.Duration, err error)

	// Close gives back what let the signer in.
	Close() error
}

// The defaults of a Config.
const (
	DefaultCheck   = time.Minute
	DefaultGrace   = 10 * time.Minute
	DefaultTimeout = 30 * time.Second
)

// Config of a Signer.
type Config struct {
	Custodian Custodian

	// Account is the one of the seed whose key signs; nil: the one that the custodian's copy names.
	Account *uint32

	// Check is how often the custodian is asked again, and so how long a key that was taken back
	// signs on at most while the custodian answers. 0: DefaultCheck. At least a second.
	Check time.Duration

	// Grace is how long a key signs on after the custodian's last yes, while it gives no answer.
	// 0: DefaultGrace. At least Check.
	Grace time.Duration

	// Timeout bounds one question to the custodian, its retries included. 0: DefaultTimeout.
	Timeout time.Duration

	// Tell is told when signing stops, with the reason, and when it goes on, with nil; nil: nobody.
	// It is called by one goroutine at a time and must return soon.
	Tell func(reason error)
}

func (c *Config) complete() error {
	if c.Custodian == nil {
		return errors.New("Custodian: is missing")
	}
	for _, d := range []struct {
		to       *time.Duration
		fallback time.Duration
	}{{&c.Check, DefaultCheck}, {&c.Grace, DefaultGrace}, {&c.Timeout, DefaultTimeout}} {
		if *d.to == 0 {
			*d.to = d.fallback
		}
	}
	switch {
	case c.Check < time.Second:
		return fmt.Errorf("Check: is %s, must be at least 1s", c.Check)
	case c.Grace < c.Check:
		return fmt.Errorf("Grace: is %s, must be at least the %s between two questions", c.Grace, c.Check)
	case c.Timeout < 0:
		return fmt.Errorf("Timeout: is %s, must be above 0", c.Timeout)
	}
	if c.Tell == nil {
		c.Tell = func(error) {}
	}
	return nil
}

// Signer signs with a key that is lent. Its methods may be called concurrently.
type Signer struct {
	cfg    Config
	public op.PublicKey
	ending context.Context // ends with Close
	end    context.CancelFunc
	keeper sync.WaitGroup
	expiry *time.Timer   // wipes at the end of the grace
	asking chan struct{} // one place, taken by who asks the custodian

	mu     sync.RWMutex // held for reading while the key signs
	key    op.SecretKey
	lost   error     // why there is no key; nil where there is
	proven time.Time // when the question began that was last answered with yes
	failed error     // the answer to the last question; nil: yes
	asked  time.Time // when the last question ended
}

// Open asks the custodian for the key and keeps asking until Close. It fails where the first
// question has no yes. The custodian is the signer's from then on, and closed where Open fails.
func Open(ctx context.Context, cfg Config) (*Signer, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("custody: %w", err)
	}
	s := &Signer{cfg: cfg, asking: make(chan struct{}, 1), lost: signer.ErrAway}
	s.ending, s.end = context.WithCancel(context.WithoutCancel(ctx))
	s.expiry = time.AfterFunc(cfg.Grace, s.expire)
	again, err := s.ask(ctx)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.keeper.Go(func() { s.keep(again) })
	return s, nil
}

// Public implements signer.Signer.
func (s *Signer) Public() op.PublicKey { return s.public }

// String names the key and hides the secret.
func (s *Signer) String() string { return "signer of " + s.public.String() }

// GoString hides the secret.
func (s *Signer) GoString() string { return s.String() }

// Format hides the secret from every verb.
func (s *Signer) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// MarshalText is String: the secret has no JSON.
func (s *Signer) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Sign implements signer.Signer. Where the last yes is older than the grace the custodian is asked
// first: a clock that was turned, or a machine that slept, counts as time. Errors beyond those of the
// port: ErrDenied, which is signer.ErrRefused, and ErrMalformed.
func (s *Signer) Sign(ctx context.Context, e *op.Event) error {
	return signer.Complete(ctx, s.public, e, func(ctx context.Context, e *op.Event) ([64]byte, error) {
		signed, err := s.sign(e)
		if err == nil && !signed {
			if _, err = s.ask(ctx); err == nil {
				signed, err = s.sign(e)
			}
		}
		if err == nil && !signed {
			err = fmt.Errorf("%w: the custodian's last yes is older than %s", signer.ErrAway, s.cfg.Grace)
		}
		return e.Sig, err
	})
}

// sign signs with the key that is held. false: the custodian is to be asked first.
func (s *Signer) sign(e *op.Event) (bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	switch {
	case s.lost != nil && !errors.Is(s.lost, signer.ErrAway):
		return false, s.lost
	case s.lost != nil || s.age() >= s.cfg.Grace:
		return false, nil
	}
	return true, e.Sign(s.key)
}

// age is the time since the last yes, by that clock which says more: the one that never turns
// stands still while the machine sleeps, and the other may be set. It is called with mu held.
func (s *Signer) age() time.Duration {
	return max(time.Since(s.proven), time.Now().Round(0).Sub(s.proven.Round(0)))
}

// Close implements signer.Signer, and gives back what let the signer in to the custodian.
func (s *Signer) Close() error {
	s.end()
	s.keeper.Wait()
	s.asking <- struct{}{}
	defer func() { <-s.asking }()
	s.expiry.Stop()
	s.mu.Lock()
	closed := errors.Is(s.lost, signer.ErrClosed)
	s.wipe(signer.ErrClosed)
	s.mu.Unlock()
	if closed {
		return nil
	}
	return s.cfg.Custodian.Close()
}

// wipe is called with mu held.
func (s *Signer) wipe(reason error) {
	s.key.Wipe()
	s.key, s.lost = op.SecretKey{}, reason
}

// keep asks again and again.
func (s *Signer) keep(again time.Duration) {
	pauses := backoff.Pauses{First: time.Second, Longest: s.cfg.Check}
	wait := s.next(again, nil, &pauses)
	for backoff.Sleep(s.ending, wait) == nil {
		again, err := s.ask(s.ending)
		wait = s.next(again, err, &pauses)
	}
}

// next is how long to wait after a question.
func (s *Signer) next(again time.Duration, err error, pauses *backoff.Pauses) time.Duration {
	if errors.Is(err, signer.ErrAway) {
		return pauses.Next()
	}
	pauses.Reset()
	if again > 0 {
		return max(min(again, s.cfg.Check), time.Second)
	}
	return s.cfg.Check
}

// ask puts one question, and keeps what it brings: the key, or why there is none.
func (s *Signer) ask(ctx context.Context) (again time.Duration, err error) {
	select {
	case s.asking <- struct{}{}:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	defer func() { <-s.asking }()
	if s.ending.Err() != nil {
		return 0, signer.ErrClosed
	}
	if err := s.justFailed(); err != nil {
		return 0, err
	}
	asking, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	defer context.AfterFunc(s.ending, cancel)()
	began := time.Now()
	key, again, err := s.cfg.Custodian.Key(asking)
	if err != nil {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		return 0, s.took(op.SecretKey{}, began, sorted(err))
	}
	defer key.Wipe()
	secret, err := key.Signing(s.cfg.Account)
	return again, s.took(secret, began, err)
}

// justFailed is the answer of a question that ended without one less than a second ago: who signs
// much does not ask for each event.
func (s *Signer) justFailed() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if errors.Is(s.failed, signer.ErrAway) && time.Since(s.asked) < time.Second {
		return s.failed
	}
	return nil
}

// sorted makes every error one of this package's kinds.
func sorted(err error) error {
	for _, kind := range []error{ErrDenied, ErrMalformed, signer.ErrAway} {
		if errors.Is(err, kind) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", signer.ErrAway, err)
}

// took keeps the answer to a question that began at a time.
func (s *Signer) took(secret op.SecretKey, began time.Time, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && s.public == (op.PublicKey{}) {
		s.public = secret.Public()
	}
	if err == nil && secret.Public() != s.public {
		err = fmt.Errorf("%w: it has another key now, that of %s", ErrDenied, secret.Public())
		secret.Wipe()
	}
	s.failed, s.asked = err, time.Now()
	switch {
	case err == nil:
		s.regain(secret, began)
	case !errors.Is(err, signer.ErrAway):
		s.lose(err)
	case s.lost != nil:
		s.lost = err // the newest reason
	}
	return err
}

// regain is called with mu held.
func (s *Signer) regain(secret op.SecretKey, began time.Time) {
	s.key.Wipe()
	before := s.lost
	s.key, s.lost, s.proven = secret, nil, began
	s.expiry.Reset(s.cfg.Grace - time.Since(began))
	if before != nil && before != signer.ErrAway {
		s.cfg.Tell(nil)
	}
}

// lose is called with mu held.
func (s *Signer) lose(reason error) {
	told := s.lost != nil
	s.wipe(reason)
	if !told {
		s.cfg.Tell(reason)
	}
}

// expire wipes a key whose grace is over.
func (s *Signer) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost == nil && s.age() >= s.cfg.Grace {
		s.lose(fmt.Errorf("%w since %s: %w", signer.ErrAway, s.cfg.Grace, s.failed))
	}
}
