package node_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

func (w *treasury) receiver() *nodetest.Receiver { return w.World.Webhooks.(*nodetest.Receiver) }

func (w *treasury) hook() op.ID {
	return w.decide(ledger.Webhook{Type: "webhook", URL: "https://example.com/hook", Data: op.Raw(`{"model":"v2"}`)})
}

var unsure = node.Delivery{Outcome: node.DeliveryUnsure, Status: 503, Reason: "answered 503"}

// A webhook that is not taken at first is tried again with the same document
// and the same idempotency key until it is.
func TestWebhookIsDelivered(t *testing.T) {
	w := newTreasury(t)
	w.receiver().Answer(unsure, node.Delivery{Reason: "no answer within 15s"}, node.Delivery{Outcome: node.DeliveryDone, Status: 204})
	id := w.hook()
	w.untilResult(id, "done")
	seen := w.receiver().Seen()
	if len(seen) != 3 || seen[0] != seen[1] || seen[1] != seen[2] || seen[0].URL != "https://example.com/hook" {
		t.Fatalf("%+v", seen)
	}
	var body struct {
		Type     string
		Economy  string
		Proposal string
		Data     struct{ Model string }
	}
	if err := json.Unmarshal([]byte(seen[0].Body), &body); err != nil || body.Type != "proposal.executed" ||
		body.Economy != nodetest.Economy || body.Proposal != id.String() || body.Data.Model != "v2" {
		t.Fatalf("%v: %s", err, seen[0].Body)
	}
}

// A receiver that took it before the node was killed gets the same document
// again under the same key, so that it can tell.
func TestWebhookAcrossCrash(t *testing.T) {
	w := newTreasury(t)
	w.receiver().Answer(unsure) // taken, and the answer lost
	id := w.hook()
	w.waitFor("an attempt", func() bool { return len(w.receiver().Seen()) > 0 })
	w.Halt()
	w.receiver().Answer(node.Delivery{Outcome: node.DeliveryDone, Status: 200})
	w.Start()
	w.untilResult(id, "done")
	seen := w.receiver().Seen()
	if first, last := seen[0], seen[len(seen)-1]; len(seen) < 2 || first != last {
		t.Fatalf("%+v", seen)
	}
}

// A refusal is final at once; what is only not taken is given up when the
// schedule ends, and not before.
func TestWebhookFails(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		w := newTreasury(t)
		w.receiver().Answer(node.Delivery{Outcome: node.DeliveryRefused, Status: 410, Reason: "answered 410"})
		if got := w.untilResult(w.hook(), "failed"); got.Reason != "webhook: answered 410" || len(w.receiver().Seen()) != 1 {
			t.Fatalf("%+v after %d attempts", got, len(w.receiver().Seen()))
		}
	})
	t.Run("given up", func(t *testing.T) {
		w := newTreasury(t)
		w.receiver().Answer(unsure)
		id := w.hook()
		w.Clock.Add(time.Hour - time.Second)
		w.waitFor("enough attempts", func() bool { return len(w.receiver().Seen()) > 3 })
		if got := w.result(id).State; got != "pending" {
			t.Fatalf("%s before the schedule ended", got)
		}
		w.Clock.Add(time.Second)
		if got := w.untilResult(id, "failed"); got.Reason != "webhook: given up after 1h0m0s: answered 503" {
			t.Fatalf("%+v", got)
		}
	})
	t.Run("late but tried", func(t *testing.T) {
		w := newTreasury(t)
		w.Halt()
		hooks := w.World.Webhooks
		w.World.Webhooks = nil
		w.Start()
		id := w.hook()
		w.Halt()
		w.Clock.Add(100 * time.Hour) // down for days
		w.World.Webhooks = hooks
		w.receiver().Answer(unsure, unsure, node.Delivery{Outcome: node.DeliveryDone, Status: 200})
		w.Start()
		w.untilResult(id, "done")
	})
}

// A receiver that asks to be left alone is.
func TestWebhookRetryAfter(t *testing.T) {
	w := newTreasury(t)
	later := unsure
	later.RetryAfter = time.Hour
	w.receiver().Answer(later)
	w.hook()
	w.waitFor("an attempt", func() bool { return len(w.receiver().Seen()) > 0 })
	time.Sleep(600 * time.Millisecond) // more than the first pause
	if n := len(w.receiver().Seen()); n != 1 {
		t.Fatalf("%d attempts within the hour", n)
	}
}

// With webhooks off they wait on the record, and readiness says so.
func TestWebhooksOff(t *testing.T) {
	w := newTreasury(t)
	w.Halt()
	var out syncBuffer
	hooks := w.World.Webhooks
	w.World.Webhooks, w.Log = nil, slog.New(slog.NewTextHandler(&out, nil))
	w.Start()
	id := w.hook()
	w.waitFor("the log line", func() bool { return strings.Contains(out.String(), "webhooks are off") })
	if p := w.Node.Ready(); len(p) != 1 || !strings.Contains(p[0], "webhooks.enabled") {
		t.Errorf("%v", p)
	}
	w.Halt()
	w.World.Webhooks = hooks
	w.Start()
	w.untilResult(id, "done")
}
