package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/webhook"
)

type webhooksConfig struct {
	Enabled       bool     `yaml:"enabled" doc:"false: they stay pending"`
	AllowHTTP     bool     `yaml:"allow_http" doc:"also deliver to http URLs"`
	AllowNetworks []string `yaml:"allow_networks,flow" doc:"private networks that may be called, as 10.1.0.0/16"`
	CAFile        string   `yaml:"ca_file" doc:"PEM; empty: the certificate authorities of the system"`
	GiveUpS       int64    `yaml:"give_up_s" doc:"since the execution that asked for it"`
}

func defaultWebhooks() webhooksConfig {
	return webhooksConfig{Enabled: true, AllowNetworks: []string{}, GiveUpS: int64(node.DefaultWebhookSchedule.GiveUp / time.Second)}
}

func (c webhooksConfig) validate() error {
	if c.GiveUpS < 60 || c.GiveUpS > 30*86400 {
		return fmt.Errorf("webhooks.give_up_s: is %d, must be between 60 and %d", c.GiveUpS, 30*86400)
	}
	_, err := c.networks()
	return err
}

func (c webhooksConfig) networks() ([]netip.Prefix, error) {
	return parseNetworks("webhooks.allow_networks", c.AllowNetworks)
}

func parseNetworks(key string, texts []string) ([]netip.Prefix, error) {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		p, err := netip.ParsePrefix(text)
		if err != nil || p != p.Masked() {
			return nil, fmt.Errorf("%s[%d]: %q is not a network such as 10.1.0.0/16", key, i, text)
		}
		list[i] = p
	}
	return list, nil
}

func (c webhooksConfig) schedule() node.WebhookSchedule {
	s := node.DefaultWebhookSchedule
	s.GiveUp = time.Duration(c.GiveUpS) * time.Second
	return s
}

// webhookRoot derives what webhook secrets derive from, so that they need no
// place in the key file and no backup of their own.
func (s secrets) webhookRoot(economy string) webhook.Root {
	m := hmac.New(sha256.New, s.holds[:])
	m.Write([]byte("econd/webhooks/" + economy))
	return webhook.Root(m.Sum(nil))
}

// openWebhooks makes the client that signs and delivers, also where deliveries
// are off: the operator may want to hand out secrets before it turns them on.
func (d *daemon) openWebhooks(s secrets, economy string) error {
	networks, err := d.cfg.Webhooks.networks()
	if err != nil {
		return err
	}
	cfg := webhook.Config{Root: s.webhookRoot(economy), Operator: s.operator, Now: time.Now, UserAgent: "econd/" + d.build.Version,
		AllowHTTP: d.cfg.Webhooks.AllowHTTP, AllowNetworks: networks}
	if cfg.RootCAs, err = rootsIn("webhooks.ca_file", d.cfg.Webhooks.CAFile); err != nil {
		return err
	}
	if d.webhooks, err = webhook.New(cfg); err != nil {
		return err
	}
	// What agents may call is no matter of what decisions may.
	cfg.AllowHTTP = d.cfg.Notifications.AllowHTTP
	if cfg.AllowNetworks, err = d.cfg.Notifications.networks(); err != nil {
		return err
	}
	d.agentHooks, err = webhook.New(cfg)
	return err
}

// deliveries is nil where the operator has turned webhooks off.
func (d *daemon) deliveries() node.Webhooks {
	if !d.cfg.Webhooks.Enabled {
		d.log.Info("webhooks are off: what proposals call stays pending")
		return nil
	}
	return webhooksPort{d.webhooks}
}

// webhooksPort makes the adapter the node's Webhooks.
type webhooksPort struct{ client *webhook.Client }

func (p webhooksPort) Deliver(ctx context.Context, id, url string, body []byte) node.Delivery {
	r := p.client.Deliver(ctx, id, url, body)
	out := node.Delivery{Status: r.Status, Reason: r.Reason, RetryAfter: r.RetryAfter}
	switch r.Outcome {
	case webhook.Delivered:
		out.Outcome = node.DeliveryDone
	case webhook.Refused:
		out.Outcome = node.DeliveryRefused
	}
	return out
}

// WebhookSecret implements httpapi.Admin.
func (d *daemon) WebhookSecret(url string) (origin, secret string, ok bool) {
	origin, s, err := d.webhooks.Secret(url)
	return origin, s.Reveal(), err == nil
}
