package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/signer/kms/kmstest"
	"github.com/econd/econd/node/signer/vault/vaulttest"
)

// keeps puts a new key into a place, signs by it, and finds that it is not replaced.
func (g *agent) keeps(scheme string, line ...string) map[string]any {
	g.t.Helper()
	require.NoError(g.t, os.Remove(filepath.Join(g.dir, "agent.key")))
	words := filepath.Join(g.dir, "words")
	require.NoError(g.t, os.WriteFile(words, []byte("leader monkey parrot ring guide accident before fence cannon height naive bean"), 0o600))
	v := g.json(append(line, "key", "import", "--words-file", words)...)
	require.Equal(g.t, "17162c921dc4d2518f9a101db33695df1afb56ab82f5ff3e5da6eec3ca5cd917", v["pubkey"])
	require.Equal(g.t, scheme, v["signer"])
	require.Equal(g.t, v, g.json(append(line, "key", "show")...))
	require.NoFileExists(g.t, filepath.Join(g.dir, "agent.key"))

	o := g.run(append(line, "register", "--name", "far")...)
	require.Equal(g.t, exitOK, o.code, o.err)
	self, err := op.ParsePublicKey(v["pubkey"].(string))
	require.NoError(g.t, err)
	require.Equal(g.t, self, g.s.last().PubKey)

	other := g.json(append(line, "--account", "1", "key", "show")...)
	require.NotEqual(g.t, v["pubkey"], other["pubkey"])

	o = g.run(append(line, "key", "new")...)
	require.Equal(g.t, exitFailed, o.code)
	require.Contains(g.t, o.err, "there is a key already")
	require.Equal(g.t, v, g.json(append(line, "key", "show")...))
	require.Equal(g.t, exitUsage, g.run(append(line, "key", "new", "--plain")...).code)
	file := filepath.Join(g.dir, "file.key")
	require.Equal(g.t, exitOK, g.run(append(line, "key", "new", "--plain", "--out", file)...).code)
	require.FileExists(g.t, file)
	return v
}

// bareOf runs econctl by a configuration file, without the flags of a test's agent.
func (g *agent) bareOf(config string) []string {
	path := filepath.Join(g.dir, "config.yaml")
	require.NoError(g.t, os.WriteFile(path, []byte(config), 0o600))
	g.bare = true
	return []string{"--config", path, "--econd", g.s.URL}
}

func TestAKeyInVault(t *testing.T) {
	g := newAgent(t, newEcond(t))
	d := vaulttest.New()
	h := httptest.NewServer(d)
	t.Cleanup(h.Close)
	p := (&vaulttest.Admin{Base: h.URL, Root: d.Root, Client: h.Client()}).NewPlace(t, "20m", "30m")
	require.NoError(t, os.WriteFile(filepath.Join(g.dir, "secret_id"), []byte(p.SecretID), 0o600))
	line := g.bareOf("signer: vault:" + p.Mount + "/econd/alice\nvault:\n  address: " + h.URL + "\n  role_id: " + p.RoleID +
		"\n  secret_id_file: secret_id\n  approle_mount: " + p.AppRole + "\ncustody:\n  check: 10s\n  grace: 1m\n")
	g.keeps("vault", line...)
	last := d.Requests()[len(d.Requests())-1]
	require.Equal(t, "auth/token/revoke-self", last.Path, "a command leaves no token behind")

	t.Setenv("VAULT_ADDR", h.URL)
	token := filepath.Join(g.dir, "token")
	require.NoError(t, os.WriteFile(token, []byte(d.Root), 0o600))
	o := g.run("--econd", g.s.URL, "--signer", "vault:"+p.Mount+":econd/alice#1", "--vault-token-file", token, "key", "show")
	require.Equal(t, exitOK, o.code, o.err)
	d.Health(503)
	o = g.run(append(line, "register", "--name", "x")...)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.err, "it is sealed")
	require.NotContains(t, o.err, p.SecretID)
	d.Health(200)
	p.Allow(t)
	o = g.run(append(line, "register", "--name", "x")...)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.err, "permission denied")

	for uri, want := range map[string]string{"vault": "must be vault:MOUNT/PATH", "vault:x": "must be vault:MOUNT/PATH", "vault:x/y#0": "must be vault:MOUNT/PATH", "vault:x/y#z": "must be vault:MOUNT/PATH", "vault:x/../y": "Path:"} {
		o := g.run(append(line, "--signer", uri, "key", "show")...)
		require.Equal(t, exitUsage, o.code, uri)
		require.Contains(t, o.err, want)
	}
	o = g.run(append(line, "--custody-check", "1ms", "key", "show")...)
	require.Equal(t, exitUsage, o.code)
	require.Contains(t, o.err, "custody.check")
}

func TestAKeyUnderKMS(t *testing.T) {
	g := newAgent(t, newEcond(t))
	d := kmstest.New()
	h := httptest.NewServer(d)
	t.Cleanup(h.Close)
	arn, user := d.NewKey(), d.NewUser("kms:GenerateDataKey", "kms:Decrypt")
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": user.ID, "AWS_SECRET_ACCESS_KEY": user.Secret, "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true"} {
		t.Setenv(name, value)
	}
	line := g.bareOf("signer: kms:keys/alice.json\nkms:\n  key: " + arn + "\n  endpoint: " + h.URL + "\n  economy: abcd\n")
	g.keeps("kms", line...)
	text, err := os.ReadFile(filepath.Join(g.dir, "keys", "alice.json"))
	require.NoError(t, err)
	require.Contains(t, string(text), `"economy": "abcd"`)
	d.Set(arn, "Disabled")
	o := g.run(append(line, "register", "--name", "x")...)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.err, "the key is disabled")
	require.NotContains(t, o.err, user.Secret)
	require.Equal(t, exitUsage, g.run(append(line, "--signer", "kms", "key", "show")...).code)
}
