package main

import (
	"net/url"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// A command with --at asks for the past in every request, on every page.
func TestAtIsSentWithEveryRequest(t *testing.T) {
	for _, line := range [][]string{
		{"info"}, {"proposal", "list"}, {"proposal", "list", "--state", "active"}, {"proposal", "show", proposalID},
		{"proposal", "explain", proposalID}, {"proposal", "ballots", proposalID}, {"delegations"},
	} {
		s := newEcond(t)
		g := newAgent(t, s)
		g.json(append(line, "--at", "7")...)
		require.NotEmpty(t, s.requests, line)
		for _, r := range s.requests {
			u, err := url.Parse(strings.TrimPrefix(r, "GET "))
			require.NoError(t, err)
			require.Equal(t, "7", u.Query().Get("at"), "%v: %s", line, r)
		}
		g.json(line...)
		require.NotContains(t, s.requests[len(s.requests)-1], "at=", line)
	}
}

func TestAtIsASequenceNumberOfCommandsThatRead(t *testing.T) {
	s := newEcond(t)
	for _, line := range [][]string{{"info", "--at", "-1"}, {"info", "--at", "x"}, {"info", "--at", ""},
		{"register", "--name", "a", "--at", "1"}, {"proposal", "cancel", proposalID, "--reason", "r", "--at", "1"}} {
		require.Equal(t, exitUsage, newAgent(t, s).run(line...).code, line)
	}
	require.Empty(t, s.requests)
}

// What lists and shows has a past, except for what is the user's own or econctl's.
func TestWhatShowsStateHasAPast(t *testing.T) {
	found := 0
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, child := range c.Commands() {
			walk(child)
		}
		switch name := c.CommandPath(); c.Name() {
		case "list", "show", "explain", "ballots", "history":
			if !strings.HasPrefix(name, "econctl key ") && !strings.HasPrefix(name, "econctl nwc ") && !strings.HasPrefix(name, "econctl webhook ") && !strings.HasPrefix(name, "econctl operation ") {
				found++
				require.NotNil(t, c.Flags().Lookup("at"), name)
			}
		}
	}
	walk(newRoot(newApp(nil, nil, nil)))
	require.Greater(t, found, 9)
}
