package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/statement"
	"github.com/econd/econd/node/view"
)

// SignedStanding is an agent's standing as of the last epoch, signed by the operator for
// other systems. It is taken only if its signature verifies and it is about that agent
// in that form.
func (c *Client) SignedStanding(ctx context.Context, agent op.PublicKey, form statement.Form) ([]byte, error) {
	return c.ReputationStatement(agent, string(form)).checked(ctx, func(data []byte) error {
		s, got, err := statement.Open(data)
		if err != nil {
			return err
		}
		if got != form || s.Subject != agent {
			return fmt.Errorf("econd's statement is a %s about %s, not what was asked for", got, s.Subject)
		}
		return nil
	})
}

// SetWebhook has the Signer's agent told at a URL, and returns what econd says of it, and
// that as it came.
func (c *Client) SetWebhook(ctx context.Context, agent op.PublicKey, t view.WebhookTarget) (view.Webhook, json.RawMessage, error) {
	body, err := json.Marshal(t)
	if err != nil {
		return view.Webhook{}, nil, err
	}
	return signed[view.Webhook](ctx, c, http.MethodPut, webhookPath(agent), nil, body)
}

// Webhook is the present one of the Signer's agent.
func (c *Client) Webhook(ctx context.Context, agent op.PublicKey) (view.Webhook, json.RawMessage, error) {
	return signed[view.Webhook](ctx, c, http.MethodGet, webhookPath(agent), nil, nil)
}

// WebhookSecret is what the receiver of the Signer's agent checks webhooks with. Its text
// is a secret.
func (c *Client) WebhookSecret(ctx context.Context, agent op.PublicKey) (view.WebhookSecret, json.RawMessage, error) {
	return signed[view.WebhookSecret](ctx, c, http.MethodGet, webhookPath(agent)+"/secret", nil, nil)
}

// RemoveWebhook ends the webhook of the Signer's agent.
func (c *Client) RemoveWebhook(ctx context.Context, agent op.PublicKey) error {
	return c.order(ctx, http.MethodDelete, webhookPath(agent))
}

func webhookPath(agent op.PublicKey) string { return "/v1/agents/" + agent.String() + "/webhook" }

// OriginSecret is, for the operator, what every receiver at an origin checks webhooks
// with.
func (c *Client) OriginSecret(ctx context.Context, origin string) (view.WebhookSecret, error) {
	v, _, err := signed[view.WebhookSecret](ctx, c, http.MethodGet, "/v1/admin/webhook-secret", url.Values{"origin": {origin}}, nil)
	return v, err
}

// AnchorNow has the operator's econd commit its checkpoint to Bitcoin now.
func (c *Client) AnchorNow(ctx context.Context) error {
	return c.order(ctx, http.MethodPost, "/v1/admin/anchor")
}

// RevokeToken makes a token of econd's own gate worthless, for the operator.
func (c *Client) RevokeToken(ctx context.Context, id l402.TokenID) error {
	return c.order(ctx, http.MethodDelete, "/v1/admin/tokens/"+id.String())
}

// Backup writes a backup of the operator's ballot store, and returns how many bytes
// came. With an error they are not all.
func (c *Client) Backup(ctx context.Context, to io.Writer) (int64, error) {
	resp, err := c.open(ctx, request{method: http.MethodGet, path: "/v1/admin/backup", header: c.authorise(ctx, nil)})
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); media != "application/octet-stream" {
		return 0, &AnswerError{"/v1/admin/backup", "a backup, application/octet-stream", fmt.Errorf("it is called %q", media)}
	}
	return io.Copy(to, resp.Body)
}

// order makes a signed request whose answer says nothing.
func (c *Client) order(ctx context.Context, method, path string) error {
	_, err := c.take(ctx, request{method: method, path: path, header: c.authorise(ctx, nil), order: true}, func([]byte) error { return nil })
	return err
}

// signed makes a signed request and decodes its answer.
func signed[T any](ctx context.Context, c *Client, method, path string, query url.Values, body []byte) (v T, text json.RawMessage, err error) {
	text, err = c.take(ctx, request{method: method, path: path, query: query, body: body, header: c.authorise(ctx, body)}, func(data []byte) error {
		return decode(path, data, &v, anObject[T]())
	})
	return v, text, err
}
