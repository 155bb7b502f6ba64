package notifier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/notify"
)

// worker serves one webhook.
type worker struct {
	n       *Notifier
	hook    Webhook
	saved   notify.Cursor
	savedAt time.Time
	cancel  context.CancelFunc
	done    chan struct{}
}

// run sends notices until ctx ends or the webhook is disabled, which is nil, or
// until the store or the log fails.
func (k *worker) run(ctx context.Context) error {
	for {
		wait, cancel := context.WithTimeout(ctx, k.n.cfg.SaveEvery)
		list, next, err := k.next(wait)
		idle := errors.Is(err, context.DeadlineExceeded)
		cancel()
		switch {
		case ctx.Err() != nil || errors.Is(err, node.ErrStopping):
			return k.skipTo(next)
		case idle:
			err = k.skipTo(next)
		case errors.Is(err, errBrokeOff):
			err = nil
			_ = backoff.Sleep(ctx, k.n.cfg.SaveEvery)
		case err == nil:
			err = k.send(ctx, list)
		}
		if err != nil || k.hook.Disabled || ctx.Err() != nil {
			return err
		}
	}
}

// errBrokeOff: what derives notices broke off, a fault of econd. It is tried again.
var errBrokeOff = errors.New("what derives notices broke off")

// next is the feed's Next; breaking off in it stops this webhook for a while, and
// nothing else.
func (k *worker) next(ctx context.Context) (list []notify.Told, next notify.Cursor, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			k.n.cfg.Log.Error("notices broke off: a fault of econd", "agent", k.hook.Agent.String(), "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			list, next, err = nil, k.hook.Cursor, errBrokeOff
		}
	}()
	return k.n.cfg.Feed.Next(ctx, k.hook.interest(), k.hook.Cursor)
}

// skipTo makes the place durable up to which there was nothing to send.
func (k *worker) skipTo(at notify.Cursor) error {
	k.hook.Cursor = at
	if at == k.saved {
		return nil
	}
	return k.save()
}

func (k *worker) save() error {
	k.saved = k.hook.Cursor
	return k.n.cfg.Store.Change(k.hook)
}

// document is the body of a webhook.
type document struct {
	Type string        `json:"type"` // "notice." and the kind
	Data notify.Notice `json:"data"`
}

// send delivers notices one after the other, each until it is taken.
func (k *worker) send(ctx context.Context, list []notify.Told) error {
	for _, t := range list {
		body, err := json.Marshal(document{"notice." + string(t.Notice.Kind), t.Notice})
		if err != nil {
			return fmt.Errorf("notifier: %w", err)
		}
		for taken := false; !taken; {
			d := k.n.cfg.Sender.Deliver(ctx, k.hook.Agent, t.Notice.ID, k.hook.URL, body)
			if ctx.Err() != nil && d.Outcome != node.DeliveryDone {
				return nil // this node's end, not the receiver's
			}
			taken = d.Outcome == node.DeliveryDone
			if err := k.note(t, d); err != nil || k.hook.Disabled {
				return err
			}
			if !taken && backoff.Sleep(ctx, max(k.n.cfg.Schedule.pause(k.hook.Tries), d.RetryAfter)) != nil {
				return nil
			}
		}
	}
	return nil
}

// note makes durable what came of an attempt.
func (k *worker) note(t notify.Told, d node.Delivery) error {
	now, w := k.n.cfg.Now().UnixMilli(), &k.hook
	if d.Outcome == node.DeliveryDone {
		w.Cursor, w.DeliveredMs = t.Cursor, now
		w.Delivered++
		w.Tries, w.FailingMs, w.Status, w.Reason = 0, 0, 0, ""
		return k.save()
	}
	if w.Tries++; w.FailingMs == 0 {
		w.FailingMs = now
	}
	w.Status, w.Reason = d.Status, d.Reason
	w.Disabled = d.Outcome == node.DeliveryRefused || now-w.FailingMs >= k.n.cfg.Schedule.GiveUp.Milliseconds()
	k.n.cfg.Log.Debug("notice not taken", "agent", w.Agent.String(), "notice", t.Notice.ID, "try", w.Tries, "reason", d.Reason, "disabled", w.Disabled)
	if w.Disabled {
		k.n.cfg.Log.Info("webhook of an agent disabled", "agent", w.Agent.String(), "reason", d.Reason)
	}
	return k.save()
}
