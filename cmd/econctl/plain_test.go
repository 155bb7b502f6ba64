package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// No text of econd's answers can move the cursor, colour what follows or turn it around,
// whatever member it stands in.
func TestForeignTextIsPlain(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	const evil = "a\tb\x1b[2Jc\u202e\u009b31m\u200f\U000e0041"
	item := map[string]any{}
	for _, member := range strings.Fields(`id name pubkey score state track title txid voter choice weight agent pool purpose reason unit kind by
		proposer proposal to from text url status opened_by provider endpoint delegate recipient metric juror challenger guardian reporter field economy network version`) {
		item[member] = evil
	}
	answer := func() string {
		v := maps.Clone(item)
		v["items"], v["next"] = []any{item}, evil
		text, err := json.Marshal(v)
		require.NoError(t, err)
		return string(text)
	}
	sent := answer()
	for _, member := range strings.Fields("id pubkey txid voter agent proposer proposal from to challenger guardian reporter") {
		item[member] = proposalID // else it is refused as none
	}
	item["score"], item["weight"] = "7", "7"
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/webhook") { // whose status is a number
			fmt.Fprint(w, strings.ReplaceAll(sent, `"status":`, `"standing":`))
			return
		}
		fmt.Fprint(w, sent)
	})
	shown := 0
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, child := range c.Commands() {
			walk(child)
		}
		if !strings.HasPrefix(c.Short, "List ") && !strings.HasPrefix(c.Short, "Show ") {
			return
		}
		line := strings.Fields(c.CommandPath())[1:]
		if strings.Contains(c.Use, " ") {
			line = append(line, proposalID)
		}
		o := g.run(line...)
		require.False(t, strings.ContainsAny(o.out+o.err, "\x1b\t\u202e\u009b\u200f\U000e0041"), "%v: %q %q", line, o.out, o.err)
		if strings.Contains(o.out, "31m") {
			shown++
		}
	}
	walk(anyRoot()) // where an id is none, that is said
	sent, shown = answer(), 0
	walk(anyRoot())
	require.GreaterOrEqual(t, shown, 10, "commands that show it")
}

// JSON for people is the same JSON.
func TestPlainJSONIsTheSame(t *testing.T) {
	for _, text := range []string{"plain", "\u202e turned", "\u009b31m", "\u200d joined", "\U000e0041 tag", "\u00a0"} {
		raw, err := json.Marshal(text)
		require.NoError(t, err)
		shown := plainJSON(string(raw))
		var got string
		require.NoError(t, json.Unmarshal([]byte(shown), &got), shown)
		require.Equal(t, text, got)
		require.False(t, strings.ContainsAny(shown, "\u202e\u009b\u200d\U000e0041\u00a0"), shown)
	}
}
