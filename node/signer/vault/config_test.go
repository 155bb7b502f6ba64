package vault

import (
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/signer/vault/vaulttest"
)

func TestConfigNamesTheFault(t *testing.T) {
	good := Config{Address: "https://vault.example:8200/", Path: "/econd/agents/alice/"}
	s, err := New(good)
	require.NoError(t, err)
	require.Equal(t, "vault https://vault.example:8200 secret/econd/agents/alice", s.String())
	for _, c := range []struct {
		want   string
		change func(*Config)
	}{
		{"Address", func(c *Config) { c.Address = "" }},
		{"Address", func(c *Config) { c.Address = "http://vault.example:8200" }},
		{"Address", func(c *Config) { c.Address = "http://127.0.0.1.example:8200" }},
		{"Address", func(c *Config) { c.Address = "ftp://127.0.0.1" }},
		{"Address", func(c *Config) { c.Address = "https://a:b@vault.example" }},
		{"Address", func(c *Config) { c.Address = "https://vault.example/v1" }},
		{"Address", func(c *Config) { c.Address = "https://vault.example?x=y" }},
		{"Path", func(c *Config) { c.Path = "" }},
		{"Path", func(c *Config) { c.Path = "a/../b" }},
		{"Path", func(c *Config) { c.Path = "a//b" }},
		{"Path", func(c *Config) { c.Path = "a?b" }},
		{"Path", func(c *Config) { c.Path = "a/*" }},
		{"Path", func(c *Config) { c.Path = "a b" }},
		{"Mount", func(c *Config) { c.Mount = "%2e" }},
		{"Namespace", func(c *Config) { c.Namespace = "a\nb" }},
		{"AppRoleMount", func(c *Config) { c.AppRoleMount = ".." }},
		{"Version", func(c *Config) { c.Version = -1 }},
		{"Timeout", func(c *Config) { c.Timeout = -1 }},
		{"SecretIDFile", func(c *Config) { c.RoleID = "x" }},
		{"SecretIDFile", func(c *Config) { c.SecretIDFile = "x" }},
		{"TokenFile", func(c *Config) { c.RoleID, c.SecretIDFile, c.TokenFile = "x", "y", "z" }},
		{"CAFile", func(c *Config) { c.CAFile = "none.pem" }},
	} {
		cfg := good
		c.change(&cfg)
		_, err := New(cfg)
		require.ErrorContains(t, err, c.want+":")
	}
}

// The certificate is checked, against the authority that the configuration names.
func TestCertificates(t *testing.T) {
	d := vaulttest.New()
	h := httptest.NewTLSServer(d)
	t.Cleanup(h.Close)
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	a := &vaulttest.Admin{Base: h.URL, Root: d.Root, Client: h.Client()}
	p := a.NewPlace(t, "", "")
	s := store(t, config(p))
	s.client.SetMaxRetries(0)
	_, _, err := s.Key(t.Context())
	require.ErrorIs(t, err, signer.ErrAway)
	require.ErrorContains(t, err, "name the authority of its certificate by ca_file")

	cfg := config(p)
	cfg.CAFile = filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(cfg.CAFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Certificate().Raw}), 0o600))
	require.NoError(t, store(t, cfg).Put(t.Context(), key(t, words)))
}

// Nothing of the environment changes where a key is read.
func TestTheEnvironmentIsNotAsked(t *testing.T) {
	_, a := double(t)
	p := a.NewPlace(t, "", "")
	for name, value := range map[string]string{"VAULT_ADDR": "http://127.0.0.1:1", "BAO_ADDR": "http://127.0.0.1:1", "VAULT_NAMESPACE": "x", "VAULT_SKIP_VERIFY": "nonsense",
		"VAULT_MAX_RETRIES": "nonsense", "VAULT_TOKEN": "hvs.other", "VAULT_PROXY_ADDR": "http://127.0.0.1:1"} {
		t.Setenv(name, value)
	}
	require.NoError(t, store(t, config(p)).Put(t.Context(), key(t, words)))
}
