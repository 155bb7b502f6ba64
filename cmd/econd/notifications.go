package main

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/notifier"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/subscriptions"
	"github.com/econd/econd/node/webhook"
)

// notificationsConfig is about the webhooks that agents set. Their streams need
// no configuration.
type notificationsConfig struct {
	Webhooks      bool     `yaml:"webhooks" doc:"false: agents read their streams"`
	MaxWebhooks   int      `yaml:"max_webhooks" doc:"of agents with stake; docs/limits.md"`
	AllowHTTP     bool     `yaml:"allow_http" doc:"also deliver to http URLs"`
	AllowNetworks []string `yaml:"allow_networks,flow" doc:"private networks that agents may have called"`
	GiveUpS       int64    `yaml:"give_up_s" doc:"of failing until a webhook is disabled"`
}

func defaultNotifications() notificationsConfig {
	return notificationsConfig{Webhooks: true, MaxWebhooks: 1000, AllowNetworks: []string{}, GiveUpS: int64(notifier.DefaultSchedule.GiveUp / time.Second)}
}

func (c notificationsConfig) validate() error {
	if c.MaxWebhooks < 1 || c.MaxWebhooks > 10_000 {
		return fmt.Errorf("notifications.max_webhooks: is %d, must be between 1 and 10000", c.MaxWebhooks)
	}
	if c.GiveUpS < 60 || c.GiveUpS > 30*86400 {
		return fmt.Errorf("notifications.give_up_s: is %d, must be between 60 and %d", c.GiveUpS, 30*86400)
	}
	_, err := c.networks()
	return err
}

func (c notificationsConfig) networks() ([]netip.Prefix, error) {
	return parseNetworks("notifications.allow_networks", c.AllowNetworks)
}

// openNotifier opens the file of subscriptions and makes what tells agents.
func (d *daemon) openNotifier() error {
	cfg := d.cfg.Notifications
	var err error
	if d.subscriptions, err = subscriptions.Open(subscriptions.Config{Path: d.cfg.subscriptions(), Most: cfg.MaxWebhooks}); err != nil {
		return err
	}
	d.feed = notifier.NewFeed(d.node, 0, 0)
	schedule := notifier.DefaultSchedule
	schedule.GiveUp = time.Duration(cfg.GiveUpS) * time.Second
	n := notifier.Config{Feed: d.feed, Store: d.subscriptions, Schedule: schedule, Now: time.Now, Log: d.log}
	if cfg.Webhooks {
		n.Sender = agentSender{d.agentHooks}
	}
	d.notifier, err = notifier.New(n)
	return err
}

// agentSender makes the adapter the notifier's Sender. Every agent has secrets
// of its own.
type agentSender struct{ client *webhook.Client }

func (s agentSender) Check(url string) error { return s.client.Check(url) }

func (s agentSender) Secret(agent op.PublicKey, url string) (origin, secret string, err error) {
	origin, key, err := s.client.For(agent.String()).Secret(url)
	return origin, key.Reveal(), err
}

func (s agentSender) Deliver(ctx context.Context, agent op.PublicKey, id, url string, body []byte) node.Delivery {
	return webhooksPort{s.client.For(agent.String())}.Deliver(ctx, id, url, body)
}
