package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// participation answers as econd does.
func participation(w http.ResponseWriter, r *http.Request) {
	item := map[string]any{"track": "price", "votes": 3, "possible": 3, "cast": 2, "turnout_ppm": 666666,
		"ballots": 2, "agreed": 1, "differed": 1, "agreement_ppm": 500000}
	switch parts := strings.Split(r.URL.Path, "/"); {
	case parts[2] == "tracks" && parts[3] != "price":
		refuse(w, 404, map[string]any{"title": "Not found", "field": "track", "rule": "track", "detail": "no such track"})
	case parts[2] == "tracks":
		v := map[string]any{"proposal": proposalID, "seq": 9, "time_ms": 1000, "passed": true, "eligible": "8", "counted": "5", "delegated": "2",
			"turnout_ppm": 625000, "registered": 10, "ballots": 3, "delegators": 1, "heads_ppm": 400000, "gini_ppm": 125000, "nakamoto": 2}
		page := map[string]any{"track": "price", "votes": 2, "passed": 1, "turnout_ppm": 625000, "heads_ppm": 400000, "moving_ppm": 1, "items": []any{v}}
		if r.URL.Query().Get("cursor") == "" {
			page["next"] = "more"
		} else {
			v["passed"], v["nakamoto"] = false, 0
		}
		reply(w, page)
	case strings.HasSuffix(r.URL.Path, "/delegate-report"):
		item["entrusted"], item["spoke"], item["passed_on"], item["carried"] = 4, 2, 1, 2
		item["last_weight"], item["most_weight"], item["average_weight"] = "7", "9", "8"
		item["overrides"], item["contrary"] = 3, 1
		reply(w, map[string]any{"agent": parts[3], "items": []any{item}})
	default:
		item["delegated"], item["delegates"] = 1, []any{map[string]any{"agent": proposalID, "votes": 1}}
		reply(w, map[string]any{"agent": parts[3], "items": []any{item}})
	}
}

func TestParticipation(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	self := g.key.Public().String()
	heads := "TRACK  VOTED               WITH THE OUTCOME  "
	voter := "price  2 of 3 (66.6666 %)  1 of 2 (50 %)     "
	turnout := "62.5 %   40 %\n  weight 5 of 8, 2 delegated; 3 ballots and 1 delegators of 10 agents\n"
	for _, c := range []struct {
		line []string
		path string
		text string
	}{
		{[]string{"participation"}, "/v1/agents/" + self + "/participation", heads + "DELEGATED\n" + voter + "1\n  1 to " + proposalID + "\n"},
		{[]string{"participation", "delegate", npub(g.key.Public())}, "/v1/agents/" + self + "/delegate-report", heads + "ENTRUSTED\n" + voter +
			"4\n  spoke 2, passed on 1, silent 1\n  spoke for others 2 times, weight last 7, most 9, average 8\n  overridden by 3 ballots, 1 of them contrary\n"},
		{[]string{"participation", "track", "price"}, "/v1/tracks/price/participation", "price  2 votes, 1 passed, turnout 62.5 % of weight, 40 % of heads, moving average 0.0001 %\n" +
			"PROPOSAL" + strings.Repeat(" ", 58) + "CLOSED                    RESULT    TURNOUT  OF HEADS\n" +
			proposalID + "  1970-01-01T00:00:01.000Z  passed    " + turnout + "  behind the ballots: Gini 12.5 %, more than half with 2\n" +
			proposalID + "  1970-01-01T00:00:01.000Z  defeated  " + turnout},
	} {
		before := len(s.requests)
		o := g.run(c.line...)
		require.Equal(t, exitOK, o.code, o.err)
		require.Equal(t, c.text, o.out, c.line)
		require.Equal(t, "GET "+c.path, s.requests[before])
		before = len(s.requests)
		require.NotEmpty(t, g.json(append(c.line, "--at", "3")...)["items"])
		require.Equal(t, "GET "+c.path+"?at=3", s.requests[before])
	}
	require.Len(t, g.json("participation", "track", "price")["items"], 2, "all pages")
	g.json("participation", "--track", "price")
	require.Equal(t, "GET /v1/agents/"+self+"/participation?track=price", s.requests[len(s.requests)-1])

	for _, line := range [][]string{{"nobody"}, {"a", "b"}, {"track"}, {"track", ""}, {"delegate", "nobody"}} {
		require.Equal(t, exitUsage, g.run(append([]string{"participation"}, line...)...).code, line)
	}
	o := g.run("participation", "track", "fees")
	require.Equal(t, exitNotFound, o.code)
	require.Contains(t, o.err, "no such track")
}

func TestPercentIsExact(t *testing.T) {
	for ppm, want := range map[uint32]string{0: "0 %", 1: "0.0001 %", 125_000: "12.5 %", 100_000: "10 %", 999_999: "99.9999 %", 1_000_000: "100 %"} {
		require.Equal(t, want, percent(ppm))
	}
}
