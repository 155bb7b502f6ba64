package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// An agent reads its own stream, one notice a line with --json, and asks again
// from the place that it has.
func TestNotificationsWatch(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	out := g.run("notifications", "watch", "--count", "2", "--after", "0-0-0", "--kinds", "vote-needed", "--json").out
	require.Equal(t, 2, strings.Count(out, "\n"))
	require.Contains(t, out, `"id":"ntc_1"`)
	out = g.run("notifications", "watch", "--count", "1").out
	require.Contains(t, out, "vote-needed  p1  Vote.  until 2027-01-15 08:00:00")
}

// The webhook of one's own is set with a signed request and shown with what is
// wrong with it.
func TestAgentWebhook(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	require.Contains(t, g.run("webhook", "set", "https://agent.example/x", "--kinds", "vote-needed,hold-ending").out, "https://agent.example/x")
	out := g.run("webhook", "show").out
	require.Contains(t, out, "disabled")
	require.Contains(t, out, "last failure answered 410")
	require.Contains(t, out, "econctl webhook set")
	require.Contains(t, g.run("webhook", "secret").out, "whsec_YWdlbnQ=\n")
	require.Contains(t, g.run("webhook", "remove").out, "removed")
}
