package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

func newWebhook(a *app) *cobra.Command {
	return cli.Group("webhook", "Where you are told what concerns you", webhookSet(a), webhookShow(a), webhookSecret(a), webhookRemove(a))
}

func webhookSet(a *app) *cobra.Command {
	var t view.WebhookTarget
	c := command("set URL", "Be told at a URL of yours, or again at one that was disabled", func(ctx context.Context, list []string) error {
		self, err := a.self()
		if err != nil {
			return err
		}
		t.URL = list[0]
		v, raw, err := a.econd.SetWebhook(ctx, self, t)
		return a.printWebhook(v, raw, err)
	})
	c.Flags().StringSliceVar(&t.Kinds, "kinds", nil, "kinds wanted, with commas (default: all)")
	c.Flags().StringSliceVar(&t.Tracks, "tracks", nil, "tracks to follow besides your own, with commas")
	return c
}

func webhookShow(a *app) *cobra.Command {
	return command("show", "Show your webhook, whether it is served and if not, why", a.ofSelf(func(ctx context.Context, self op.PublicKey) error {
		v, raw, err := a.econd.Webhook(ctx, self)
		return a.printWebhook(v, raw, err)
	}))
}

func webhookSecret(a *app) *cobra.Command {
	return command("secret", "Show what your receiver checks webhooks with; keep it secret", a.ofSelf(func(ctx context.Context, self op.PublicKey) error {
		v, raw, err := a.econd.WebhookSecret(ctx, self)
		if err != nil {
			return err
		}
		return a.print(raw, fmt.Sprintf("%s\nfor your webhook at %s\n", oneLine(v.Secret), oneLine(v.Origin)))
	}))
}

func webhookRemove(a *app) *cobra.Command {
	return command("remove", "End your webhook", a.ofSelf(func(ctx context.Context, self op.PublicKey) error {
		if err := a.econd.RemoveWebhook(ctx, self); err != nil {
			return err
		}
		return a.print(map[string]bool{"removed": true}, "removed\n")
	}))
}

func (a *app) printWebhook(v view.Webhook, raw json.RawMessage, err error) error {
	if err != nil {
		return err
	}
	text := fmt.Sprintf("url          %s\nstate        %s\ndelivered    %d\n", oneLine(v.URL), oneLine(v.State), v.Delivered)
	if len(v.Kinds) > 0 {
		text += "kinds        " + oneLine(strings.Join(v.Kinds, ", ")) + "\n"
	}
	if len(v.Tracks) > 0 {
		text += "tracks       " + oneLine(strings.Join(v.Tracks, ", ")) + "\n"
	}
	if v.Reason != "" {
		text += "last failure " + oneLine(v.Reason) + "\n"
	}
	if v.State == "disabled" {
		text += "Nothing is sent until you set it again: econctl webhook set URL\n"
	}
	return a.print(raw, text)
}
