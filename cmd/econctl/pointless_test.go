package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What can be seen to be refused is refused before anything is signed or paid.
func TestPointlessOperationsAreNotSent(t *testing.T) {
	s := newEcond(t)
	s.price["operations"] = 10
	g := newAgent(t, s)
	for _, line := range [][]string{
		{"propose", "--track", "poll", "--title", ""},
		{"propose", "--track", "poll", "--title", strings.Repeat("x", 201)},
		{"register", "--name", ""},
		{"register", "--name", strings.Repeat("x", 65)},
	} {
		o := g.run(line...)
		require.Equal(t, exitUsage, o.code, o.err)
		require.Contains(t, o.err, " bytes, and has ")
		require.NotContains(t, o.err, "paid")
	}
	require.Empty(t, s.events)
}

// What the schema of an operation refuses is not paid for.
func TestOperationsAgainstTheirSchemaAreNotSent(t *testing.T) {
	s := newEcond(t)
	s.price["operations"] = 10
	g := newAgent(t, s)
	for line, want := range map[[2]string]string{
		{"register", `{"name":""}`}:                                  "'/name'",
		{"lock-stake", `{"amount_sat":-5}`}:                          "'/amount_sat'",
		{"vote", `{"proposal":"` + proposalID + `","choice":"For"}`}: "'/choice'",
		{"vote", `{"proposal":"` + proposalID + `"}`}:                "choice",
		{"register", `{"name":"a","name":"b"}`}:                      "name",
	} {
		o := g.run("operation", "send", line[0], line[1])
		require.Equal(t, exitUsage, o.code, "%v: %s", line, o.err)
		require.Contains(t, o.err, want)
		require.NotContains(t, o.err, "paid")
	}
	require.Empty(t, s.events)
}
