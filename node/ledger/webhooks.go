package ledger

import (
	"strings"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// Webhook tells a service that the proposal was executed, see docs/webhooks.md. It is delivered after
// that, signed and with an idempotency key; a receiver that never takes it makes
// the action failed, and changes nothing else.
type Webhook struct {
	Type string `json:"type"`
	URL  string `json:"url" schema:"max=1024"`
	Data op.Raw `json:"data" schema:"is=AnyObject"` // goes along, at most 16 KiB
}

// Limits of a webhook.
const (
	maxURL  = 1024
	maxData = 16 << 10
)

func (a *Webhook) kind() string { return constitution.ActionWebhook }

func (a *Webhook) do(d *plan) error {
	if err := checkURL("url", a.URL); err != nil {
		return err
	}
	if len(a.Data) > maxData || !strings.HasPrefix(string(a.Data), "{") {
		return refusal.New(refusal.ErrInvalid, "data", "object", "must be a JSON object of at most %d bytes", maxData)
	}
	d.later(func(s *State, from actionRef) { s.call(a, from) })
	return nil
}

// checkURL admits plain http and https addresses without credentials. Whether
// http and private addresses are called at all is the operator's choice.
func checkURL(field, url string) error {
	rest, ok := strings.CutPrefix(url, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(url, "http://")
	}
	host, _, _ := strings.Cut(rest, "/")
	if !ok || host == "" || strings.ContainsAny(host, "@?#") || len(url) > maxURL {
		return refusal.New(refusal.ErrInvalid, field, "url", "must be an https address of at most %d bytes without credentials", maxURL)
	}
	for _, c := range []byte(url) {
		if c <= ' ' || c > '~' {
			return refusal.New(refusal.ErrInvalid, field, "url", "must have printable ASCII characters only")
		}
	}
	return nil
}

// webhookBody is what the receiver gets.
type webhookBody struct {
	Type     string `json:"type"`
	Economy  string `json:"economy"`
	Proposal op.ID  `json:"proposal"`
	Action   int    `json:"action"` // index among the proposal's actions
	Seq      uint64 `json:"seq"`    // entry of the execution
	TimeMs   int64  `json:"time_ms"`
	Data     op.Raw `json:"data"`
}

func (s *State) call(a *Webhook, from actionRef) {
	body := webhookBody{"proposal.executed", s.economy, s.proposals.list[from.proposal].id, from.action, s.next, s.clock.TimeMs, a.Data}
	id := s.proposals.actionID("webhook", from)
	effect := s.emit(Effect{Kind: EffectWebhook, Webhook: id, URL: a.URL, Body: op.Raw(op.EncodeContent(body))})
	s.webhooks.add(webhookCall{id: id, effect: effect, url: a.URL, from: from})
	s.proposals.pendingAction(from, id)
}

func (s *State) webhookByEffect(effect string) (*webhookCall, error) {
	i, ok := s.webhooks.at[effect]
	if !ok || !s.Pending(effect) {
		return nil, refusal.New(refusal.ErrFact, "content.effect", "effect-answered-once", "no pending webhook %+q", effect)
	}
	return &s.webhooks.list[i], nil
}

func (s *State) webhookDelivered(e *op.Entry, c *op.WebhookDelivered) error {
	w, err := s.webhookByEffect(c.Effect)
	if err != nil {
		return err
	}
	if c.Status < 200 || c.Status > 299 {
		return refusal.New(refusal.ErrFact, "content.status", "status", "is %d, delivered is 200 to 299", c.Status)
	}
	w.end(c.Status, "")
	s.effects.answer(c.Effect)
	s.proposals.settleAction(w.from, "")
	return nil
}

func (s *State) webhookFailed(e *op.Entry, c *op.WebhookFailed) error {
	w, err := s.webhookByEffect(c.Effect)
	if err != nil {
		return err
	}
	if err := refusal.TextWithin("content.reason", c.Reason, 1, 500); err != nil {
		return err
	}
	w.end(0, c.Reason)
	s.effects.answer(c.Effect)
	s.proposals.settleAction(w.from, "webhook: "+c.Reason)
	return nil
}
