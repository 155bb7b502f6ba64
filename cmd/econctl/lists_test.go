package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// Every command that lists things heads its columns, also those of one column.
func TestListsHaveHeadings(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	known := s.Config.Handler
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if items, ok := map[string]any{
			"/v1/pools":    map[string]any{"name": "reserve", "share_ppm": 125_000, "sat": 900},
			"/v1/payouts":  map[string]any{"id": "7-0", "agent": proposalID, "pool": "reserve", "amount_sat": 5, "purpose": "pay", "state": "claimable", "until_ms": 1000, "reason": "no\x1b route"},
			"/v1/rules":    map[string]any{"name": "load", "when": "true"},
			"/v1/figures":  map[string]any{"name": "load", "unit": "%", "least_reports": 2, "last": map[string]any{"time_ms": 1000, "value": 5, "reports": 3}},
			"/v1/breakers": map[string]any{"id": proposalID, "scope": "wallet", "subject": "wallet-1", "cause": "denials", "figures": "30 of\x1b 30"},
			"/v1/wallets":  map[string]any{"id": "wallet-1", "name": "errands", "open": true},
			"/v1/payments": map[string]any{"id": "spend-1", "state": "settled", "purpose": "food", "steps": []any{}},
			"/v1/stakes":   map[string]any{"id": proposalID, "purpose": "stake", "amount_sat": 5000, "state": "locked"},
		}[r.URL.Path]; ok {
			reply(w, map[string]any{"items": []any{items}})
			return
		}
		known.ServeHTTP(w, r)
	})
	arguments := map[string][]string{"econctl proposal ballots": {proposalID}, "econctl wallet payments": {"wallet-1"}}
	headings := regexp.MustCompile(`^[A-Z][A-Z0-9 ,-]+\n`)
	lists := 0
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, child := range c.Commands() {
			walk(child)
		}
		if !strings.HasPrefix(c.Short, "List ") {
			return
		}
		lists++
		line := append(strings.Fields(c.CommandPath())[1:], arguments[c.CommandPath()]...)
		o := g.run(line...)
		require.Equal(t, exitOK, o.code, "%v: %s", line, o.err)
		require.Regexp(t, headings, o.out, line)
		require.NotContains(t, o.out, "\x1b", line)
		require.NotEmpty(t, g.json(line...)["items"], line)
	}
	walk(anyRoot())
	require.GreaterOrEqual(t, lists, 16)
	require.Equal(t, "POOL     FREE SAT  PART OF WHAT IS FORFEITED\nreserve  900       12.5 %\n", g.run("pool", "list").out)
	require.Equal(t, "PAYOUT  STATE      SAT  FOR  POOL     AGENT"+strings.Repeat(" ", 61)+"CLAIM UNTIL\n7-0     claimable  5    pay  reserve  "+proposalID+"  1970-01-01T00:00:01.000Z\n  no\ufffd route\n"+
		"To claim one of yours: lncli addinvoice --amt SAT, then econctl payout claim PAYOUT INVOICE\n", g.run("payout", "list").out)
	require.Equal(t, "METRIC  UNIT  REPORTS FOR THE NEXT  TIME                  VALUE  OF REPORTS\nload    %     0 of 2                1970-01-01T00:00:01Z  5      3\n", g.run("figures").out)
}

// Columns have the width of their longest cell, in letters; remarks stand below
// their row and move no column; nothing ends in blanks.
func TestTable(t *testing.T) {
	same := func(s string) string { return s }
	require.Equal(t, "none\n", tableOf("A\tB", nil, same))
	require.Equal(t, "A     B  C\nüüüü  1\n  a remark that is long\n  another\nx     2  3\n",
		tableOf("A\tB\tC", []string{"üüüü\t1\t\na remark that is long\nanother", "x\t2\t3"}, same))
}

// Scores and what makes them are shares of the whole for people, and numbers of
// 2^-60 only in what programs read.
func TestScoresAreShares(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{"name": "Ada", "score": "127974287011360015", "flow": "576460752303423488"})
	})
	require.Equal(t, "flow   50.00 %\nname   Ada\nscore  11.10 %\n", g.run("agent", "show").out)
	require.Equal(t, "127974287011360015", g.json("agent", "show")["score"])
}
