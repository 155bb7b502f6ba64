package node

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// effectQueue holds effects that are to be carried out. At most effectsAtOnce of a
// sort are under way at a time, in no fixed order between holds: the ledger never
// has two effects pending that contradict each other.
type effectQueue struct {
	mu      sync.Mutex
	effects []ledger.Effect
	ready   chan struct{}
}

const effectsAtOnce = 8

// spendsAtOnce is how many spends of wallets are in work at a time, and spendsOfOne how many of one
// agent: whom it pays may be slow on purpose, and must keep nobody else waiting.
const spendsAtOnce, spendsOfOne = 64, 4

func (q *effectQueue) init() { q.ready = make(chan struct{}, 1) }

func (q *effectQueue) push(e ledger.Effect) {
	q.mu.Lock()
	q.effects = append(q.effects, e)
	q.mu.Unlock()
	q.signal()
}

func (q *effectQueue) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

func (q *effectQueue) take() []ledger.Effect {
	q.mu.Lock()
	defer q.mu.Unlock()
	effects := q.effects
	q.effects = nil
	return effects
}

// runEffects starts with what was pending at the last stop and goes on with
// what entries bring. The same path serves a fresh start and a recovery.
func (n *Node) runEffects(ctx context.Context) error {
	if err := n.agree(ctx); err != nil {
		return err
	}
	if len(n.disagreements()) > 0 {
		return nil
	}
	n.mu.RLock()
	for _, e := range n.state.PendingEffects() {
		n.effectQueue.push(e)
	}
	n.mu.RUnlock()
	g, ctx := errgroup.WithContext(ctx)
	slots := newSlots()
	for {
		for _, e := range n.effectQueue.take() {
			g.Go(func() error { return n.carryOut(ctx, e, slots.of(e.Kind)) })
		}
		select {
		case <-ctx.Done():
			return g.Wait()
		case <-n.effectQueue.ready:
		}
	}
}

// slots bound the attempts under way at a time, apart for each sort of effect:
// a payee or a webhook's receiver that does not answer must not keep holds
// waiting.
type slots struct{ holds, payments, spends, webhooks chan struct{} }

func newSlots() slots {
	return slots{make(chan struct{}, effectsAtOnce), make(chan struct{}, effectsAtOnce), make(chan struct{}, spendsAtOnce), make(chan struct{}, effectsAtOnce)}
}

func (s slots) of(kind ledger.EffectKind) chan struct{} {
	switch kind {
	case ledger.EffectPay, ledger.EffectKeysend:
		return s.payments
	case ledger.EffectSpend:
		return s.spends
	case ledger.EffectWebhook:
		return s.webhooks
	}
	return s.holds
}

// errand is an effect and what this process knows of its attempts.
type errand struct {
	ledger.Effect
	tries   int   // attempts made
	sinceMs int64 // since when a payment looks over without having paid, or its payee does not answer; 0: it does not
	sent    bool  // its payment was handed to the Lightning node by this errand
}

// laterError is an attempt that went as it should and has no end yet.
type laterError struct {
	why   string
	after time.Duration // 0: as after a failure
}

func (e *laterError) Error() string { return e.why }

// carryOut does one effect until it is done and recorded. What has no end yet is
// tried again with a growing delay.
func (n *Node) carryOut(ctx context.Context, e ledger.Effect, slot chan struct{}) error {
	if !n.able(e) {
		return nil
	}
	job, told := &errand{Effect: e}, ""
	for pauses := (backoff.Pauses{First: 250 * time.Millisecond, Longest: 30 * time.Second}); ; {
		err := n.tryOnce(ctx, job, slot)
		switch {
		case err == nil:
			n.cfg.Log.Info("carried out", "effect", e.ID, "kind", string(e.Kind), "for", subject(e))
			return nil
		case ctx.Err() != nil, errors.Is(err, ErrStopping):
			return nil
		case errors.Is(err, ErrNotDurable):
			return err
		case n.answeredAlready(e):
			return nil
		}
		level, pause := slog.LevelWarn, pauses.Next()
		if later := (*laterError)(nil); errors.As(err, &later) {
			level, pause = slog.LevelInfo, max(pause, later.after)
			if told == later.why {
				level = slog.LevelDebug // a payment can hang for days
			}
			told = later.why
		}
		n.cfg.Log.Log(ctx, level, "effect will be tried again", "effect", e.ID, "kind", string(e.Kind), "in", pause.String(), "error", err.Error())
		if backoff.Sleep(ctx, pause) != nil {
			return nil
		}
	}
}

// subject names what an effect is about, for the operator's log.
func subject(e ledger.Effect) string {
	switch e.Kind {
	case ledger.EffectPay, ledger.EffectKeysend:
		return "payout " + e.Payout
	case ledger.EffectSpend:
		return e.Spend
	case ledger.EffectWebhook:
		return "webhook"
	}
	return "hold " + e.Hold.String()
}

// able tells whether this node can do an effect at all. One that it cannot do
// stays pending, for a start with what is missing.
func (n *Node) able(e ledger.Effect) bool {
	missing := ""
	switch {
	case (e.Kind == ledger.EffectPay || e.Kind == ledger.EffectKeysend) && n.cfg.Payments == nil:
		missing = "payments are off: econd has no macaroon for them"
	case e.Kind == ledger.EffectSpend && (n.cfg.Payments == nil || n.cfg.Spends == nil):
		missing = "spends are off: econd has no macaroon for payments"
	case e.Kind == ledger.EffectWebhook && n.cfg.Webhooks == nil:
		missing = "webhooks are off"
	default:
		return true
	}
	n.cfg.Log.Warn("effect stays pending", "effect", e.ID, "kind", string(e.Kind), "why", missing)
	return false
}

// tryOnce makes one attempt in its slot and records the fact that answers the
// effect, if there is one.
func (n *Node) tryOnce(ctx context.Context, job *errand, slot chan struct{}) error {
	select {
	case slot <- struct{}{}:
		defer func() { <-slot }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if n.answeredAlready(job.Effect) {
		return errWithdrawn
	}
	kind, fact, err := n.attemptSafely(func() (op.Kind, any, error) { return n.attempt(ctx, job) }, job.ID)
	if err == nil {
		err = n.fact(ctx, kind, fact)
	}
	return err
}

// errWithdrawn: the log has the answer to an effect, or another took its place.
var errWithdrawn = errors.New("the log asks for it no more")

// answeredAlready tells whether the log has the answer to an effect.
func (n *Node) answeredAlready(e ledger.Effect) bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return !n.state.Pending(e.ID)
}

// attempt does an effect once and returns the fact that answers it.
func (n *Node) attempt(ctx context.Context, job *errand) (op.Kind, any, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	job.tries++
	switch job.Kind {
	case ledger.EffectOpenHold, ledger.EffectSettleHold, ledger.EffectCancelHold:
		return n.attemptHold(ctx, job.Effect)
	case ledger.EffectPay, ledger.EffectKeysend:
		return n.attemptPayment(ctx, job)
	case ledger.EffectSpend:
		return n.attemptSpend(ctx, job)
	case ledger.EffectWebhook:
		return n.attemptWebhook(ctx, job)
	}
	panic("node: unknown effect " + string(job.Kind))
}
