package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/op"
)

// The recovery key alone revokes, from a machine that knows the agent's key and econd; the new key agreed.
func TestKeyIsRevokedByTheRecoveryKey(t *testing.T) {
	s := newEcond(t)
	agent := newAgent(t, s)
	fresh, recovery := newAgent(t, s), newAgent(t, s) // each with a key file of its own
	lost := agent.key.Public().String()

	o := fresh.run("--json", "key", "agree", lost)
	require.Equal(t, exitOK, o.code, o.err)
	file := filepath.Join(recovery.dir, "agreed.json")
	require.NoError(t, os.WriteFile(file, []byte(o.out), 0o600))

	o = recovery.run("key", "revoke", lost, "--agreed", file)
	require.Equal(t, exitOK, o.code, o.err)
	e := s.last()
	require.Equal(t, recovery.key.Public(), e.PubKey)
	content, err := e.Decoded()
	require.NoError(t, err)
	c := content.(*op.RevokeKey)
	require.Equal(t, fresh.key.Public(), c.NewKey)
	require.NoError(t, op.VerifyTakeOver(economy, agent.key.Public(), c.NewKey, c.Signature))

	// Without a successor nobody speaks for the agent.
	o = recovery.run("key", "revoke", lost)
	require.Equal(t, exitOK, o.code, o.err)
	require.JSONEq(t, `{"agent":"`+lost+`"}`, s.last().Content)

	// An agreement about another agent is no use.
	o = recovery.run("key", "revoke", strings.Repeat("ab", 32), "--agreed", file)
	require.Equal(t, exitUsage, o.code, o.err)
	o = recovery.run("key", "recover", lost, "--agreed", file)
	require.Equal(t, exitOK, o.code, o.err)
	require.Equal(t, op.KindRecoverKey, s.last().Kind)
	o = agent.run("key", "stop-recovery", lost, fresh.key.Public().String())
	require.Equal(t, exitOK, o.code, o.err)
	require.Equal(t, op.KindStopRecovery, s.last().Kind)
}

func TestRecoveryIsNamed(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	one, err := keyfile.NewSecretKey()
	require.NoError(t, err)
	key := one.Public().String()
	o := g.run("register", "--name", "ada", "--recovery", key, "--guardian", key, "--wait", "48h")
	require.Equal(t, exitOK, o.code, o.err)
	require.JSONEq(t, `{"name":"ada","recovery":"`+key+`","guardians":{"m":1,"keys":["`+key+`"],"wait_s":172800}}`, s.last().Content)
	o = g.run("key", "guard", "--recovery", key)
	require.Equal(t, exitOK, o.code, o.err)
	require.JSONEq(t, `{"recovery":"`+key+`"}`, s.last().Content)
	require.Equal(t, exitUsage, g.run("key", "guard", "--guardian", "nobody").code)
}
