package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/signer"
)

// counted is a place for a key that no file has.
type counted struct {
	*signer.Memory
	signed, closed int
}

func (c *counted) Sign(ctx context.Context, e *op.Event) error {
	c.signed++
	return c.Memory.Sign(ctx, e)
}

func (c *counted) Close() error {
	c.closed++
	return c.Memory.Close()
}

// elsewhere adds such a place to what an agent's econctl knows.
func (g *agent) elsewhere(secret string) *counted {
	c := &counted{}
	g.openers = append(openers(), opener{"elsewhere", "elsewhere:PLACE", "a test", func(_ context.Context, _ *app, rest string) (signer.Signer, error) {
		require.Equal(g.t, "//here?x=1", rest)
		key, err := op.NewSecretKey([]byte(secret))
		c.Memory = signer.NewMemory(key)
		return c, err
	}})
	return c
}

// Operations, requests (NIP-98) and jury votes are signed by what the configuration names; no key file is needed.
func TestWhatTheConfigurationNamesSigns(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	require.NoError(t, os.Remove(filepath.Join(g.dir, "agent.key")))
	secret := strings.Repeat("e", 32)
	key, err := op.NewSecretKey([]byte(secret))
	require.NoError(t, err)
	c := g.elsewhere(secret)
	const uri = "--signer=elsewhere://here?x=1"

	o := g.run(uri, "register", "--name", "far")
	require.Equal(t, exitOK, o.code, o.err)
	require.Equal(t, key.Public(), s.last().PubKey)
	require.Equal(t, []int{1, 1}, []int{c.signed, c.closed})

	o = g.run(uri, "admin", "webhook-secret", "https://x.example")
	require.Equal(t, exitOK, o.code, o.err)
	require.Equal(t, 2, c.signed)

	seat := seatOf(s, key.Public())
	require.Equal(t, exitOK, g.run(uri, "juror", "commit", proposalID, "uphold").code)
	seat["commitment"] = contentOf[op.JuryCommit](t, s).Commitment.String()
	require.Equal(t, exitOK, g.run(uri, "juror", "reveal", proposalID).code)
	require.Equal(t, "uphold", contentOf[op.JuryReveal](t, s).Vote)

	v := g.json(uri, "key", "show")
	require.Equal(t, key.Public().String(), v["pubkey"])
	require.Equal(t, "elsewhere", v["signer"])
	require.NotContains(t, v, "file")
	o = g.run("--signer", "keystore", "register", "--name", "near")
	require.Contains(t, o.err, "make a key with: econctl key new")
}

// The URI may name the key file; --key on the command line goes before a configured signer.
func TestKeystoreByURI(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	other, err := keyfile.NewSecretKey()
	require.NoError(t, err)
	require.NoError(t, keyfile.Write(filepath.Join(g.dir, "other.key"), keyfile.NewAgent(other)))
	config := filepath.Join(g.dir, "config.yaml")
	run := func(text string, line ...string) outcome {
		require.NoError(t, os.WriteFile(config, []byte(text), 0o600))
		g.bare = true
		return g.run(append([]string{"--config", config, "--econd", s.URL}, line...)...)
	}
	o := run("signer: keystore:other.key\n", "register", "--name", "a")
	require.Equal(t, exitOK, o.code, o.err)
	require.Equal(t, other.Public(), s.last().PubKey)
	o = run("signer: lnd\n", "--key", filepath.Join(g.dir, "agent.key"), "register", "--name", "a")
	require.Equal(t, exitOK, o.code, o.err)
	require.Equal(t, g.key.Public(), s.last().PubKey)

	for text, want := range map[string]string{
		"signer: paper:x\n": `signer: begins with "paper", must be one of: keystore[:FILE], lnd[:FAMILY/INDEX], bunker[:FILE], vault:MOUNT/PATH[#VERSION], kms:FILE`,
		"signer: lnd:6/0\n": "signer: lnd signer configuration: key: must be FAMILY/INDEX, the family from 1000",
		"signer: lnd\n":     "lnd.sign_macaroon: is not set; make the macaroon with: (umask 077 && lncli bakemacaroon",
	} {
		o := run(text, "register", "--name", "a")
		require.Equal(t, exitUsage, o.code, o.err)
		require.Contains(t, o.err, want)
	}
	o = run("signer: lnd\nlnd:\n  sign_macaroon: sign.mac\n", "register", "--name", "a")
	require.Contains(t, o.err, "the address of LND is not set")
}
