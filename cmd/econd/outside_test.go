package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/webhook"
)

// The secrets of webhooks are the same after any restart, and others in another
// economy; none of them is the hold secret itself.
func TestWebhookRoot(t *testing.T) {
	s := secrets{holds: [32]byte{9}}
	root := s.webhookRoot("a-1")
	if root != s.webhookRoot("a-1") || root == s.webhookRoot("a-2") || root == webhook.Root(s.holds) ||
		root == (secrets{holds: [32]byte{8}}).webhookRoot("a-1") {
		t.Error("roots do not follow from secret and economy alone")
	}
}

// What econd.yaml says of webhooks is what the client does.
func TestWebhooksFromConfiguration(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201) }))
	t.Cleanup(server.Close)
	key, err := openedSecrets(t)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		change func(*webhooksConfig)
		want   node.DeliveryOutcome
		reason string
	}{
		"default":        {func(*webhooksConfig) {}, node.DeliveryRefused, "http is not allowed"},
		"http":           {func(c *webhooksConfig) { c.AllowHTTP = true }, node.DeliveryRefused, "127.0.0.1 is not an address of the internet"},
		"http, loopback": {func(c *webhooksConfig) { c.AllowHTTP, c.AllowNetworks = true, []string{"127.0.0.0/8"} }, node.DeliveryDone, ""},
	} {
		d := &daemon{cfg: defaultConfig(t.TempDir())}
		tc.change(&d.cfg.Webhooks)
		if err := d.openWebhooks(key, "a-1"); err != nil {
			t.Fatal(err)
		}
		got := d.deliveries().Deliver(context.Background(), "id", server.URL, []byte("{}"))
		if got.Outcome != tc.want || !strings.Contains(got.Reason, tc.reason) || got.Outcome == node.DeliveryDone && got.Status != 201 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	d := &daemon{cfg: defaultConfig(t.TempDir())}
	d.cfg.Webhooks.CAFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := d.openWebhooks(key, "a-1"); err == nil || !strings.Contains(err.Error(), "webhooks.ca_file") {
		t.Errorf("a missing CA file: %v", err)
	}
	if err := os.WriteFile(d.cfg.Webhooks.CAFile, []byte("no PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.openWebhooks(key, "a-1"); err == nil || !strings.Contains(err.Error(), "no certificate") {
		t.Errorf("an empty CA file: %v", err)
	}
	d.cfg.Webhooks.GiveUpS = 120
	if s := d.cfg.Webhooks.schedule(); s.GiveUp != 2*time.Minute || s.First != node.DefaultWebhookSchedule.First {
		t.Errorf("%+v", s)
	}
}

func openedSecrets(t *testing.T) (secrets, error) {
	t.Helper()
	k, err := keyfile.NewOperator()
	if err != nil {
		return secrets{}, err
	}
	return secretsFrom(k)
}
