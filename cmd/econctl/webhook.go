package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/webhook"
)

// adminWebhookSecret sends the URL's origin only: paths of webhooks often are
// secrets of their receivers.
func adminWebhookSecret(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "webhook-secret URL",
		Short: "Show the secret that the receivers at a URL's origin check webhooks with",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			origin, err := webhook.Origin(list[0])
			if err != nil {
				return cli.Usage(err)
			}
			path := "/v1/admin/webhook-secret?" + url.Values{"origin": {origin}}.Encode()
			raw, err := a.read(c.Context(), request{method: http.MethodGet, path: path, header: a.authorise(nil)})
			if err != nil {
				return err
			}
			var v struct {
				Origin string `json:"origin"`
				Secret string `json:"secret"`
			}
			if err := json.Unmarshal(raw, &v); err != nil {
				return fmt.Errorf("econd's answer: %w", err)
			}
			return a.print(v, fmt.Sprintf("%s\nfor every webhook to %s; hand it to the receiver over a safe way\n", v.Secret, v.Origin))
		},
	}
}

// outside is what executed proposals wait for.
type outside struct {
	Payments        bool `json:"payments"`
	PaymentsPending int  `json:"payments_pending"`
	Webhooks        bool `json:"webhooks"`
	WebhooksPending int  `json:"webhooks_pending"`

	Recovery []string `json:"recovery"`
}

// text says what waits, and for what.
func (o *outside) text() string {
	if o == nil {
		return ""
	}
	var text string
	for _, why := range o.Recovery {
		text += fmt.Sprintf("%-12s reads only: %s\n", "recovery", why)
	}
	for _, w := range []struct {
		name    string
		on      bool
		pending int
		key     string
	}{{"payments", o.Payments, o.PaymentsPending, "lnd.pay_macaroon"}, {"webhooks", o.Webhooks, o.WebhooksPending, "webhooks.enabled"}} {
		switch {
		case !w.on:
			text += fmt.Sprintf("%-12s off, %d pending; the operator turns them on with %s in econd.yaml\n", w.name, w.pending, w.key)
		case w.pending > 0:
			text += fmt.Sprintf("%-12s %d pending\n", w.name, w.pending)
		}
	}
	return text
}
