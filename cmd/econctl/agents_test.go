package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStateIsShown(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	for _, c := range []struct {
		line []string
		path string
		text string
	}{
		{[]string{"agent", "list"}, "/v1/agents", "AGENT" + strings.Repeat(" ", 61) + "STAKED SAT  SCORE    NAME\n" + proposalID + "  5000        11.10 %  a\uFFFD[2Jda\n"},
		{[]string{"constitution", "show"}, "/v1/constitution", formatNote + "disputes:\n  fields:\n  - general\n  - models\ntracks:\n- name: price\n- name: poll\nversion: 1\n"},
		{[]string{"anchors"}, "/v1/anchors", "TRANSACTION" + strings.Repeat(" ", 55) + "STATE    ENTRIES  BLOCK\n" + proposalID + "  final    9        500\n" + proposalID + "  pending  12\n"},
		{[]string{"recoveries"}, "/v1/recoveries", "ENTRY  TIME                      WHAT" + strings.Repeat(" ", 108) + "REASON\n" +
			"7      1970-01-01T00:00:01.000Z  the log goes on from a backup; a head over 9 entries had been signed" + strings.Repeat(" ", 44) + "a b\n" +
			"8      1970-01-01T00:00:01.000Z  the log goes on from a backup\n" +
			"9      1970-01-01T00:00:01.000Z  a second line of anchors: output 1 of " + proposalID + " is gone  c\n"},
		{[]string{"pauses"}, "/v1/pauses", "TRACK  FROM                      UNTIL                     ENTRY  REASON\nprice  1970-01-01T00:00:01.000Z  1970-01-01T01:00:01.000Z  4      a b\n"},
		{[]string{"pauses", "--waiting"}, "/v1/pauses/motions",
			"SIGNED  TO SIGN IT, TOO\n1 of 2  econctl admin pause price signal --until 1970-01-01T01:00:01.000Z --reason TEXT\n  " + proposalID + "  look\uFFFD\n" +
				"1 of 2  econctl admin unpause price --reason TEXT\n  " + proposalID + "  look\uFFFD\n"},
	} {
		o := g.run(c.line...)
		require.Equal(t, exitOK, o.code, o.err)
		require.Equal(t, c.text, o.out, c.line)
		require.Equal(t, "GET "+c.path, s.requests[len(s.requests)-1])
		require.NotEmpty(t, g.json(append(c.line, "--at", "3")...))
		require.Equal(t, "GET "+c.path+"?at=3", s.requests[len(s.requests)-1])
	}
	g.run("agent", "show")
	require.Equal(t, "GET /v1/agents/"+g.key.Public().String(), s.requests[len(s.requests)-1])
}

func TestConsistencyProof(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	path := filepath.Join(t.TempDir(), "out")
	g.json("proof", "consistency", "--old", "2", "--size", "5", "--out", path)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, `{"old":2,"size":5,"hashes":[]}`+"\n", string(data))

	g.json("register", "--name", "Ada")
	require.Equal(t, `{"old":0,"size":1,"hashes":[]}`+"\n", g.run("proof", "consistency", "--old", "0").out, "the whole log")
	o := g.run("proof", "consistency", "--old", "2")
	require.Equal(t, exitUsage, o.code)
	require.Contains(t, o.err, "is 2, must be at most the size, which is 1")
	require.Equal(t, exitUsage, g.run("proof", "consistency").code)
	require.True(t, strings.HasPrefix(s.requests[len(s.requests)-1], "GET /v1/info"))
}
