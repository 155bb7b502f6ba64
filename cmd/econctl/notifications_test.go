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

// After a cut answer the very same signed request is sent again, which econd answers
// as the first; the next one of the same second is another. Tokens that were bought
// stay at home: aperture would forward them in its place.
func TestSignedRequestsAreRepeatedAsTheyAre(t *testing.T) {
	s := newEcond(t)
	s.price["operations"] = 10
	g := newAgent(t, s)
	g.json("register", "--name", "me", "--max-sats", "10")
	s.loseSign = 1
	set := g.run("webhook", "set", "https://agent.example/x")
	require.Equal(t, exitOK, set.code, set.err)
	require.Equal(t, exitOK, g.run("webhook", "remove").code)
	require.Equal(t, exitOK, g.run("webhook", "remove").code)
	require.Len(t, s.signed, 4)
	for _, values := range s.signed {
		require.Len(t, values, 1, "one credential")
	}
	require.Equal(t, s.signed[0], s.signed[1])
	require.NotEqual(t, s.signed[2], s.signed[3])
}
