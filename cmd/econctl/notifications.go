package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
)

func newNotifications(a *app) *cobra.Command {
	return cli.Group("notifications", "What concerns an agent", notificationsWatch(a))
}

func notificationsWatch(a *app) *cobra.Command {
	w := &stream{app: a, show: a.showNotice}
	var agent, kinds, tracks string
	c := &cobra.Command{
		Use:   "watch",
		Short: "Follow what concerns you; with --json print notices as they are, one per line",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			key, err := a.agentOrMe(agent)
			if err != nil {
				return err
			}
			w.path = "/v1/agents/" + key.String() + "/notifications"
			w.query = url.Values{}
			for name, value := range map[string]string{"kinds": kinds, "tracks": tracks} {
				if value != "" {
					w.query.Set(name, value)
				}
			}
			return w.follow(c.Context())
		},
	}
	c.Flags().StringVar(&agent, "agent", "", "another agent's key, hex or npub (default: your own)")
	c.Flags().StringVar(&w.last, "after", "", "start after this place, 0-0-0 for the beginning (default: what comes next)")
	c.Flags().StringVar(&kinds, "kinds", "", "kinds wanted, with commas (default: all)")
	c.Flags().StringVar(&tracks, "tracks", "", "tracks to follow besides your own, with commas")
	c.Flags().Uint64Var(&w.left, "count", 0, "end after this many notices; 0 for never")
	return c
}

// agentOrMe parses a key, or is that of the key file.
func (a *app) agentOrMe(text string) (op.PublicKey, error) {
	if text != "" {
		return parseKey("agent", text)
	}
	key, err := a.key()
	if err != nil {
		return op.PublicKey{}, err
	}
	return key.Public(), nil
}

func (a *app) showNotice(e sseEvent) error {
	var n struct {
		ID, Kind, Subject, Text string
		TimeMs                  int64 `json:"time_ms"`
		UntilMs                 int64 `json:"until_ms"`
	}
	if err := json.Unmarshal([]byte(e.data), &n); err != nil {
		return fmt.Errorf("a notice from econd: %w", err)
	}
	if n.ID == "" || n.Kind == "" {
		return errors.New("econd's stream gives something that is no notice: it has no id or no kind")
	}
	text := e.data
	if !a.asJSON {
		text = fmt.Sprintf("%s  %s  %s  %s", noticeTime(n.TimeMs), oneLine(n.Kind), oneLine(n.Subject), oneLine(n.Text))
		if n.UntilMs != 0 {
			text += "  until " + noticeTime(n.UntilMs)
		}
	}
	_, err := fmt.Fprintln(a.stdout, text)
	return err
}

func noticeTime(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05") }

func newWebhook(a *app) *cobra.Command {
	return cli.Group("webhook", "Where you are told what concerns you", webhookSet(a),
		webhookCall(a, "show", "Show your webhook, whether it is served and if not, why", http.MethodGet, ""),
		webhookCall(a, "secret", "Show what your receiver checks webhooks with; keep it secret", http.MethodGet, "/secret"),
		webhookCall(a, "remove", "End your webhook", http.MethodDelete, ""))
}

func webhookSet(a *app) *cobra.Command {
	var t struct {
		URL    string   `json:"url"`
		Kinds  []string `json:"kinds,omitempty"`
		Tracks []string `json:"tracks,omitempty"`
	}
	c := &cobra.Command{
		Use:   "set URL",
		Short: "Be told at a URL of yours, or again at one that was disabled",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			t.URL = list[0]
			body, err := json.Marshal(t)
			if err != nil {
				return err
			}
			return a.webhook(c.Context(), http.MethodPut, "", body)
		},
	}
	c.Flags().StringSliceVar(&t.Kinds, "kinds", nil, "kinds wanted, with commas (default: all)")
	c.Flags().StringSliceVar(&t.Tracks, "tracks", nil, "tracks to follow besides your own, with commas")
	return c
}

func webhookCall(a *app, use, short, method, tail string) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.webhook(c.Context(), method, tail, nil) }}
}

// webhook makes one request about the webhook of the key file's agent.
func (a *app) webhook(ctx context.Context, method, tail string, body []byte) error {
	key, err := a.key()
	if err != nil {
		return err
	}
	raw, err := a.read(ctx, request{method: method, path: "/v1/agents/" + key.Public().String() + "/webhook" + tail,
		body: body, header: a.authorise(body)})
	if err != nil {
		return err
	}
	if method == http.MethodDelete {
		return a.print(map[string]bool{"removed": true}, "removed\n")
	}
	var v webhookView
	if err := json.Unmarshal(raw, &v); err != nil {
		return fmt.Errorf("econd's answer: %w", err)
	}
	return a.print(json.RawMessage(raw), v.text())
}

// webhookView is a webhook, or its secret.
type webhookView struct {
	URL, State, Reason, Origin, Secret string
	Kinds, Tracks                      []string
	Delivered                          uint64
}

func (v webhookView) text() string {
	if v.Secret != "" {
		return fmt.Sprintf("%s\nfor your webhook at %s\n", oneLine(v.Secret), oneLine(v.Origin))
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
	return text
}
