package node

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/econd/econd/node/op"
)

// WebhookSchedule says when a webhook that was not taken is tried again. The
// zero value is DefaultWebhookSchedule.
type WebhookSchedule struct {
	First   time.Duration // pause after the first attempt; each is four times the one before
	Longest time.Duration // and at most this; all with a fifth of jitter either way
	GiveUp  time.Duration // since the entry that asked for it
}

// DefaultWebhookSchedule spans three days: attempts after 5 s, 25 s, 2 min,
// 7 min, 28 min, 2 h, 8 h, then every 6 hours.
var DefaultWebhookSchedule = WebhookSchedule{First: 5 * time.Second, Longest: 6 * time.Hour, GiveUp: 72 * time.Hour}

// minDeliveries is how often a process tries at least, however late it is: a node
// that was down for days must not give up on a receiver that was not.
const minDeliveries = 3

func (s WebhookSchedule) check() error {
	if s != (WebhookSchedule{}) && (s.First <= 0 || s.Longest < s.First || s.GiveUp <= 0) {
		return fmt.Errorf("node: Config.WebhookSchedule: First %v and GiveUp %v must be positive, Longest %v at least First", s.First, s.GiveUp, s.Longest)
	}
	return nil
}

func (s WebhookSchedule) orDefault() WebhookSchedule {
	if s == (WebhookSchedule{}) {
		return DefaultWebhookSchedule
	}
	return s
}

// pause is how long to wait after so many attempts. share is the jitter's, from
// 0 to 1.
func (s WebhookSchedule) pause(tries int, share float64) time.Duration {
	d := s.First
	for i := 1; i < tries && d < s.Longest; i++ {
		d *= 4
	}
	d = min(d, s.Longest)
	return d - d/5 + time.Duration(share*float64(2*d/5))
}

// WebhookID is the idempotency key of a delivery: the same for the same action of
// the same proposal of an economy, wherever in the log that was executed, another
// for any other, and without the full stop that Standard Webhooks forbids. webhook
// is the ledger's id.
func WebhookID(economy, webhook string) string {
	sum := sha256.Sum256([]byte("econd/webhook/" + economy + "/" + webhook))
	return fmt.Sprintf("whk_%x", sum[:16])
}

// attemptWebhook delivers a webhook once. What the receiver does not take is
// tried again until the schedule gives up.
func (n *Node) attemptWebhook(ctx context.Context, job *errand) (op.Kind, any, error) {
	asked, err := n.askedAtMs(job.ID)
	if err != nil {
		return 0, nil, err
	}
	d := n.cfg.Webhooks.Deliver(ctx, WebhookID(n.economy, job.Webhook), job.URL, job.Body)
	if d.Outcome != DeliveryDone && ctx.Err() != nil {
		return 0, nil, ctx.Err() // this node's end, not the receiver's
	}
	s := n.cfg.WebhookSchedule.orDefault()
	late := n.cfg.Clock.NowMs()-asked >= s.GiveUp.Milliseconds() && job.tries >= minDeliveries
	switch {
	case d.Outcome == DeliveryDone:
		return op.KindWebhookDelivered, op.WebhookDelivered{Effect: job.ID, Status: int64(d.Status)}, nil
	case d.Outcome == DeliveryRefused:
		return op.KindWebhookFailed, op.WebhookFailed{Effect: job.ID, Reason: reasonFrom(d.Reason)}, nil
	case late:
		return op.KindWebhookFailed, op.WebhookFailed{Effect: job.ID,
			Reason: reasonFrom(fmt.Sprintf("given up after %v: %s", s.GiveUp, d.Reason))}, nil
	}
	return 0, nil, &laterError{why: "not taken: " + d.Reason, after: max(s.pause(job.tries, rand.Float64()), d.RetryAfter)}
}

// askedAtMs is the time of the entry that made an effect.
func (n *Node) askedAtMs(effect string) (int64, error) {
	text, _, _ := strings.Cut(effect, "/")
	seq, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("node: effect id %q: %w", effect, err)
	}
	e, _, err := n.Entry(seq)
	if err != nil {
		return 0, err
	}
	return e.Stamp.TimeMs, nil
}
