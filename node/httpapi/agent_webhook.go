package httpapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/notifier"
	"github.com/econd/econd/node/notify"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// maxTarget bounds the body that sets a webhook.
const maxTarget = 16 << 10

func viewOfWebhook(w notifier.Webhook) view.Webhook {
	v := view.Webhook{URL: w.URL, Kinds: []string{}, Tracks: append([]string{}, w.Tracks...), SetMs: w.SetMs, State: "active",
		Place: w.Cursor.String(), Delivered: w.Delivered, DeliveredMs: w.DeliveredMs, Tries: w.Tries, FailingMs: w.FailingMs, Status: w.Status, Reason: w.Reason}
	for _, k := range w.Kinds {
		v.Kinds = append(v.Kinds, string(k))
	}
	switch {
	case w.Disabled:
		v.State = "disabled"
	case w.FailingMs != 0:
		v.State = "failing"
	}
	return v
}

// signedRequest is one that an agent authorised by NIP-98. Its webhook goes by the key that it
// registered, so it stays with the agent when another key speaks.
type signedRequest struct {
	event *op.Event
	agent op.PublicKey
	body  []byte
}

// signedBy lets a request pass that the key in its path authorised by NIP-98, if it speaks for
// its agent. A key that nobody registered is refused before anything is checked or remembered of it.
func (a *API) signedBy(c echo.Context) (r signedRequest, err error) {
	if _, err = queryOf(c); err != nil {
		return r, err
	}
	if a.cfg.Webhooks == nil {
		return r, notFound("path", "route", "this node keeps no webhooks of agents")
	}
	agent, err := keyParam(c, "pubkey")
	if err != nil {
		return r, err
	}
	if !a.cfg.Node.Known(agent) {
		return r, noticeProblem(notifier.ErrStranger)
	}
	if r.body, err = io.ReadAll(io.LimitReader(c.Request().Body, maxTarget+1)); err != nil {
		return r, err
	}
	if len(r.body) > maxTarget {
		return r, &Problem{Rule: "size", Title: "Too large", Status: http.StatusRequestEntityTooLarge, Field: "body", Detail: "must have at most 16,384 bytes"}
	}
	if r.event, err = a.authorised(c, r.body); err != nil {
		return r, err
	}
	if r.event.PubKey != agent {
		return r, &Problem{Rule: "own-webhook", Title: "Not allowed to the signer", Status: http.StatusForbidden,
			Field: "Authorization.pubkey", Detail: "only the agent itself may do this"}
	}
	a.cfg.Node.View(func(s *ledger.State, _ int64) { r.agent, err = s.Speaking(agent) })
	if err != nil {
		return r, err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return r, nil
}

// putWebhook sets the agent's webhook.
func (a *API) putWebhook(c echo.Context) error {
	r, err := a.signedBy(c)
	if err != nil {
		return err
	}
	var b view.WebhookTarget
	if err := op.Unmarshal(bytes.TrimSpace(r.body), "body", &b); err != nil {
		return err
	}
	t := notifier.Target{URL: b.URL, Tracks: b.Tracks}
	for _, k := range b.Kinds {
		t.Kinds = append(t.Kinds, notify.Kind(k))
	}
	return a.carryOut(c, r.event, deed{act: func(context.Context) (any, error) {
		w, err := a.cfg.Webhooks.Set(r.agent, signedAt(r.event), t)
		if err != nil {
			return nil, noticeProblem(err)
		}
		return viewOfWebhook(w), nil
	}})
}

// signedAt is the place of a request among those of its key.
func signedAt(e *op.Event) notifier.Signed { return notifier.Signed{At: e.CreatedAt, Order: e.Order()} }

// getWebhook shows the agent its webhook and how it fares.
func (a *API) getWebhook(c echo.Context) error {
	r, err := a.signedBy(c)
	if err != nil {
		return err
	}
	w, err := a.cfg.Webhooks.Get(r.agent)
	if err != nil {
		return noticeProblem(err)
	}
	return reply(c, viewOfWebhook(w))
}

// deleteWebhook ends it.
func (a *API) deleteWebhook(c echo.Context) error {
	r, err := a.signedBy(c)
	if err != nil {
		return err
	}
	return a.carryOut(c, r.event, deed{act: func(context.Context) (any, error) {
		return nil, noticeProblem(a.cfg.Webhooks.Remove(r.agent, signedAt(r.event)))
	}})
}

// agentWebhookSecret shows what its receivers check it with.
func (a *API) agentWebhookSecret(c echo.Context) error {
	r, err := a.signedBy(c)
	if err != nil {
		return err
	}
	origin, secret, err := a.cfg.Webhooks.Secret(r.agent)
	if err != nil {
		return noticeProblem(err)
	}
	return reply(c, view.WebhookSecret{Origin: origin, Secret: secret})
}

// noticeProblem puts what is wrong with a webhook or a stream into a problem.
func noticeProblem(err error) error {
	var interest *notify.InterestError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &interest):
		return badRequest(interest.Field, "interest", interest.Text)
	case errors.Is(err, notifier.ErrURL):
		return badRequest("url", "webhook-url", strings.TrimPrefix(err.Error(), notifier.ErrURL.Error()+": "))
	case errors.Is(err, notifier.ErrStranger):
		return notFound("pubkey", "agent", "no agent with this key is registered")
	case errors.Is(err, notifier.ErrNone):
		return notFound("pubkey", "webhook", err.Error())
	case errors.Is(err, notifier.ErrOlder):
		return &Problem{Rule: "webhook-order", Title: "Signed later is newer", Status: http.StatusConflict,
			Field: "Authorization.created_at", Detail: err.Error()}
	case errors.Is(err, notifier.ErrOff):
		return notFound("path", "webhooks-off", err.Error())
	case errors.Is(err, notifier.ErrStake):
		return &Problem{Rule: "webhook-stake", Title: "Not allowed to the signer", Status: http.StatusForbidden, Field: "pubkey", Detail: err.Error()}
	case errors.Is(err, notifier.ErrFull):
		return busy("webhooks-full", err.Error())
	}
	return err
}
