package node

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// PreimageOf derives the preimage of a hold from the operator's hold secret:
// HMAC-SHA256 over the economy and the hold's id. So it exists before the
// invoice does, it is the same after any crash and after a restore from an old
// backup, and the ballot store holds no secret.
func PreimageOf(secret [32]byte, economy string, hold op.ID) op.Hash {
	m := hmac.New(sha256.New, secret[:])
	fmt.Fprintf(m, "econd/hold/%s/%s", economy, hold)
	return op.Hash(m.Sum(nil))
}

// hands carries out effects: at most handCount of a sort at a time, in no fixed
// order between holds. The ledger never has two effects pending that contradict
// each other.
type hands struct {
	mu      sync.Mutex
	effects []ledger.Effect
	holds   []op.ID
	ready   chan struct{}
}

const handCount = 8

func (h *hands) init() { h.ready = make(chan struct{}, 1) }

func (h *hands) push(e ledger.Effect) {
	h.mu.Lock()
	h.effects = append(h.effects, e)
	h.mu.Unlock()
	h.signal()
}

func (h *hands) watch(id op.ID) {
	h.mu.Lock()
	h.holds = append(h.holds, id)
	h.mu.Unlock()
	h.signal()
}

func (h *hands) signal() {
	select {
	case h.ready <- struct{}{}:
	default:
	}
}

func (h *hands) take() ([]ledger.Effect, []op.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	effects, holds := h.effects, h.holds
	h.effects, h.holds = nil, nil
	return effects, holds
}

// runEffects starts with what was pending at the last stop and goes on with
// what entries bring. The same path serves a fresh start and a recovery.
func (n *Node) runEffects(ctx context.Context) error {
	n.mu.RLock()
	for _, e := range n.state.PendingEffects() {
		n.hands.push(e)
	}
	for _, h := range n.state.Holds() {
		if h.PaymentHash != nil {
			n.hands.watch(h.ID)
		}
	}
	n.mu.RUnlock()
	g, ctx := errgroup.WithContext(ctx)
	slots := newSlots()
	for {
		effects, holds := n.hands.take()
		for _, id := range holds {
			g.Go(func() error { return n.watchHold(ctx, id) })
		}
		for _, e := range effects {
			g.Go(func() error { return n.carryOut(ctx, e, slots.of(e.Kind)) })
		}
		select {
		case <-ctx.Done():
			return g.Wait()
		case <-n.hands.ready:
		}
	}
}

// slots bound the attempts under way at a time, apart for each sort of effect:
// a payee or a webhook's receiver that does not answer must not keep holds
// waiting.
type slots struct{ holds, payments, webhooks chan struct{} }

func newSlots() slots {
	return slots{make(chan struct{}, handCount), make(chan struct{}, handCount), make(chan struct{}, handCount)}
}

func (s slots) of(kind ledger.EffectKind) chan struct{} {
	switch kind {
	case ledger.EffectPay, ledger.EffectKeysend:
		return s.payments
	case ledger.EffectWebhook:
		return s.webhooks
	}
	return s.holds
}

// errand is an effect and what this process knows of its attempts.
type errand struct {
	ledger.Effect
	tries   int   // attempts made
	sinceMs int64 // since when a payment looks over without having paid; 0: it does not
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
	for wait := 250 * time.Millisecond; ; wait = min(2*wait, 30*time.Second) {
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
		level, pause := slog.LevelWarn, wait
		if later := (*laterError)(nil); errors.As(err, &later) {
			level, pause = slog.LevelInfo, max(wait, later.after)
			if told == later.why {
				level = slog.LevelDebug // a payment can hang for days
			}
			told = later.why
		}
		n.cfg.Log.Log(ctx, level, "effect will be tried again", "effect", e.ID, "kind", string(e.Kind), "in", pause.String(), "error", err.Error())
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// subject names what an effect is about, for the operator's log.
func subject(e ledger.Effect) string {
	switch e.Kind {
	case ledger.EffectPay, ledger.EffectKeysend:
		return "payout " + e.Payout
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
	kind, fact, err := n.attempt(ctx, job)
	if err != nil {
		return err
	}
	return n.fact(ctx, kind, fact)
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
	case ledger.EffectWebhook:
		return n.attemptWebhook(ctx, job)
	}
	panic("node: unknown effect " + string(job.Kind))
}

func (n *Node) attemptHold(ctx context.Context, e ledger.Effect) (op.Kind, any, error) {
	preimage := PreimageOf(n.cfg.HoldSecret, n.economy, e.Hold)
	hash := op.Hash(sha256.Sum256(preimage[:]))
	gone := func(reason string) (op.Kind, any, error) {
		return op.KindHoldCancelled, op.HoldCancelled{Effect: e.ID, Hold: e.Hold, Reason: reason}, nil
	}
	switch e.Kind {
	case ledger.EffectOpenHold:
		invoice, err := n.cfg.Lightning.OpenHold(ctx, HoldRequest{PaymentHash: hash, AmountSat: e.AmountSat,
			CltvBlocks: e.CltvBlocks, ExpirySec: e.ExpiryS, Memo: e.Memo})
		return op.KindHoldOffered, op.HoldOffered{Effect: e.ID, Hold: e.Hold, PaymentHash: hash, Invoice: invoice}, err
	case ledger.EffectSettleHold:
		err := n.cfg.Lightning.SettleHold(ctx, preimage)
		if errors.Is(err, ErrHoldGone) {
			return gone("LND had cancelled the hold before it could be settled")
		}
		return op.KindHoldSettled, op.HoldSettled{Effect: e.ID, Hold: e.Hold}, err
	default:
		err := n.cfg.Lightning.CancelHold(ctx, hash)
		switch {
		case errors.Is(err, ErrHoldSettled):
			return n.foundSettled(ctx, e, hash)
		case err != nil && !errors.Is(err, ErrHoldGone):
			return 0, nil, err
		}
		return gone("cancelled as asked")
	}
}

// foundSettled answers a cancel effect for a hold that LND has settled.
func (n *Node) foundSettled(ctx context.Context, e ledger.Effect, hash op.Hash) (op.Kind, any, error) {
	h, err := n.cfg.Lightning.LookupHold(ctx, hash)
	if err == nil && h.Status != HoldSettled {
		err = fmt.Errorf("hold %s: LND says that it is settled, and then that it is not", e.Hold)
	}
	if err != nil {
		return 0, nil, err
	}
	n.mu.RLock()
	view, _ := n.state.Hold(e.Hold)
	n.mu.RUnlock()
	return op.KindHoldSettled, settledFact(e.ID, view, h), nil
}

// settledFact is the fact of a hold that LND has settled. It says what was paid
// where the log never saw that.
func settledFact(effect string, view ledger.HoldView, h Hold) op.HoldSettled {
	f := op.HoldSettled{Effect: effect, Hold: view.ID}
	if view.PaidSat == 0 {
		f.AmountSat, f.RestMsat = h.AmountSat, h.RestMsat
	}
	return f
}

// watchHold reports what happens to one hold invoice until it ends. What the
// record knows already is not reported; a refusal of the ledger means that it
// was overtaken.
func (n *Node) watchHold(ctx context.Context, id op.ID) error {
	n.mu.RLock()
	view, ok := n.state.Hold(id)
	n.mu.RUnlock()
	if !ok || view.PaymentHash == nil {
		return nil
	}
	var broken error
	err := n.cfg.Lightning.WatchHold(ctx, *view.PaymentHash, func(h Hold) bool {
		err := n.reportHold(ctx, view, h)
		if errors.Is(err, ErrNotDurable) {
			broken = err
			return false
		}
		return h.Status == HoldOpen || h.Status == HoldAccepted || h.Status == HoldUnknown
	})
	if broken != nil || ctx.Err() != nil {
		return broken
	}
	return err
}

func (n *Node) reportHold(ctx context.Context, view ledger.HoldView, h Hold) error {
	n.mu.RLock()
	now, _ := n.state.Hold(view.ID)
	n.mu.RUnlock()
	var err error
	switch {
	case h.Status == HoldAccepted && now.State == "offered":
		err = n.fact(ctx, op.KindHoldLocked, op.HoldLocked{Hold: view.ID, AmountSat: h.AmountSat, ExpiryHeight: h.ExpiryHeight})
	case h.Status == HoldSettled && (now.State == "offered" || now.State == "locked"):
		err = n.fact(ctx, op.KindHoldSettled, settledFact("", now, h))
	case h.Status == HoldCancelled && (now.State == "offered" || now.State == "locked"):
		err = n.fact(ctx, op.KindHoldCancelled, op.HoldCancelled{Hold: view.ID, Reason: "cancelled by LND: not paid in time, or too close to its expiry"})
	}
	if err != nil && !settledAlready(err) && ctx.Err() == nil {
		n.cfg.Log.Warn("hold not recorded", "hold", view.ID.String(), "error", err.Error())
	}
	return err
}
