package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
)

// Any operation goes by its name; what is no operation or no content is not sent.
func TestOperationsByName(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	var list struct{ Items []operationView }
	o := g.run("operation", "list", "--json")
	require.NoError(t, json.Unmarshal([]byte(o.out), &list), o.out)
	require.Len(t, list.Items, len(operationNames()))
	for _, v := range list.Items {
		require.False(t, v.Kind.IsFact())
		require.NotEmpty(t, v.SignedBy+v.Text)
		o := g.run("operation", "schema", v.Name, "--json")
		require.Equal(t, exitOK, o.code, o.err)
		require.Contains(t, o.out, `"additionalProperties"`)
	}
	o = g.run("operation", "send", "delegate-statement", `{"track":"", "text":"as <you> & I like"}`)
	require.Equal(t, exitOK, o.code, o.err)
	require.Len(t, s.events, 1)
	for refused, line := range map[string][]string{
		`"close" is no operation`:    {"operation", "send", "close", "{}"},
		"content.text: missing":      {"operation", "send", "3912", `{"track":""}`},
		"econctl operation schema v": {"operation", "send", "vote", `[]`},
	} {
		o := g.run(line...)
		require.Equal(t, exitUsage, o.code, o.err)
		require.Contains(t, o.err, refused)
	}
	require.Len(t, s.events, 1)
	require.NotContains(t, operationNames(), op.KindClose.String())
}
