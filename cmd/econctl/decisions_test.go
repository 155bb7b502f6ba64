package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
)

func TestDecisionsAreShown(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	self := g.key.Public().String()
	const second = "1970-01-01T00:00:01.000Z"
	for _, c := range []struct {
		line []string
		path string
		text string
	}{
		{[]string{"constitution", "versions"}, "/v1/constitution/versions", "VERSION  FROM ENTRY  AT                        SHA-256" + strings.Repeat(" ", 59) + "BY PROPOSAL\n" +
			"1        0           " + second + "  " + proposalID + "  genesis\n" +
			"2        7           1970-01-01T00:00:02.000Z  " + proposalID + "  " + proposalID + "\n"},
		{[]string{"constitution", "show", "--version", "2"}, "/v1/constitution/versions/2", formatNote + "version: 1\n"},
		{[]string{"registry", "list"}, "/v1/registry", "STATUS   KIND   NAME  VERSION  SHA-256" + strings.Repeat(" ", 59) + "URL\nallowed  model  sum   2        " + proposalID + "  https://x\uFFFD[2J\n"},
		{[]string{"grant", "list"}, "/v1/grants", "GRANT  SAT  POOL     AGENT" + strings.Repeat(" ", 61) + "DRAWN  TO DRAW  COURSE\n" +
			"7-0    900  reserve  " + proposalID + "  3      5        until " + second + "\n" +
			"8-0    900  reserve  " + proposalID + "  0      0        revoked " + second + "\n"},
		{[]string{"grant", "show", "7-0"}, "/v1/grants/7-0", "version  1\n"},
		{[]string{"registry", "show", "provider", self}, "/v1/registry/provider/" + self, "version  1\n"},
		{[]string{"budget", "list"}, "/v1/budgets/" + self, "POOL      SAT  IN EACH  UNTIL                     NOW\n" +
			"reserve   5    1 min    " + second + "  in force\nfounders  5    1 min    " + second + "  over\n"},
	} {
		o := g.run(c.line...)
		require.Equal(t, exitOK, o.code, o.err)
		require.Equal(t, c.text, o.out, c.line)
		require.Equal(t, "GET "+c.path, s.requests[len(s.requests)-1])
		require.NotEmpty(t, g.json(append(c.line, "--at", "3")...))
		require.Equal(t, "GET "+c.path+"?at=3", s.requests[len(s.requests)-1])
	}
	for _, c := range [][]string{
		{"registry list --kind model --status denied", "/v1/registry?kind=model&status=denied"},
		{"registry show tool web 1.0+x", "/v1/registry/tool/web?version=1.0%2Bx"},
		{"grant list --agent " + self, "/v1/grants?agent=" + self},
	} {
		require.Equal(t, exitOK, g.run(strings.Fields(c[0])...).code)
		require.Equal(t, "GET "+c[1], s.requests[len(s.requests)-1])
	}
	for _, line := range []string{"registry show weapon x", "registry show model x", "registry show provider " + self + " 1", "registry show provider ada",
		"constitution show --version 0", "grant draw 7-0 0", "grant draw 7-0 x", "grant list --agent ada"} {
		require.Equal(t, exitUsage, g.run(strings.Fields(line)...).code, line)
	}
}

func TestGrantDraw(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	o := g.run("grant", "draw", "7-0", "2500")
	require.Equal(t, exitOK, o.code, o.err)
	require.Contains(t, o.out, "2500 sat: see econctl payout list")
	last := s.events[len(s.events)-1]
	require.Equal(t, op.KindDrawGrant, last.Kind)
	require.JSONEq(t, `{"grant":"7-0","sat":2500}`, last.Content)
}

// The schema needs no econd.
func TestConstitutionSchema(t *testing.T) {
	s := newEcond(t)
	o := newAgent(t, s).run("constitution", "schema")
	require.Equal(t, exitOK, o.code, o.err)
	var schema struct{ Title string }
	require.NoError(t, json.Unmarshal([]byte(o.out), &schema))
	require.Equal(t, "econd constitution", schema.Title)
	require.Empty(t, s.requests)
}
